'use client';
import { useSelector } from '@xstate/react';
import { useContext, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { ChatClient } from '../client/builder.ts';
import type { ChartSnapshot, ClientSnapshot, Status } from '../client/client-snapshot.ts';
import type { ChatListener } from '../client/listeners.ts';
import { type SteadyStatusOptions, steadyStatus } from '../client/steady-status.ts';
import { assertFit, FUNCTION, knownMembers } from '../input.ts';
import type { User } from '../user.ts';
import { type SessionCommands, sessionCommands } from './commands.ts';
import { useLatest } from './latest.ts';
import { SessionContext } from './provider.tsx';
import type { SessionStore } from './session-store.ts';
import { idleChart, idleSession, sessionView, statusSource } from './views.ts';

/** The session as a component sees it: what is, and what can be done. */
export type ChatSession = ClientSnapshot & SessionCommands;

/**
 * Everything about the session, commands included. `can.retryNow` is about the command of the hooks, which logs in again,
 * too. Renders again after every change; a component that needs less takes one of the narrower hooks.
 */
export function useChatSession(): ChatSession {
  const snapshot = useSessionSelector(everything);
  const commands = useSessionCommands();
  return useMemo(() => ({ ...snapshot, ...commands }), [snapshot, commands]);
}

/**
 * What `selector` makes of the session. Renders again only when that is another value; `isEqual` (default `===`) decides
 * for selectors that make objects.
 */
export function useSessionSelector<Selected>(
  selector: (snapshot: ClientSnapshot) => Selected,
  isEqual?: (a: Selected, b: Selected) => boolean,
): Selected {
  assertFit('selector', selector, FUNCTION);
  const store = useStore();
  const view = useMemo(() => sessionView(store), [store]);
  return useSelector(useIsHydrated() ? view : idleSession, selector, isEqual);
}

/**
 * Where the session is, in a user's terms. With `graceMs` it is made steady for a banner: one outage is one thing, shown
 * only when it lasts longer than that, and hidden at once (see `steadyStatus`).
 */
export function useSessionStatus(options: SteadyStatusOptions = {}): Status {
  knownMembers(options, ['graceMs']);
  const { graceMs } = options;
  const store = useStore();
  const steady = useMemo(
    () => (graceMs === undefined ? null : steadyStatus(statusSource(store), { graceMs })),
    [store, graceMs],
  );
  const plain = useSessionSelector(steady === null ? status : idle);
  const shown = useSyncExternalStore(steady?.subscribe ?? subscribeToNothing, steady?.getStatus ?? idle, idle);
  return steady === null ? plain : shown;
}

/** Whose session it is; `null` without one. */
export function useSessionUser(): User | null {
  return useSessionSelector(user);
}

/** The commands alone; never renders again because of the session. */
export function useSessionCommands(): SessionCommands {
  const store = useStore();
  return useMemo(() => sessionCommands(store), [store]);
}

/** The client itself. It is another one after the provider was hidden for a while and shown again (`<Activity>`). */
export function useSessionClient(): ChatClient {
  const { subscribe, getClient } = useStore();
  return useSyncExternalStore(subscribe, getClient, getClient);
}

/**
 * What `selector` makes of the statechart itself: its state, tags and context. Throws while rendering if the statechart
 * failed, which {@link useSessionSelector} shows as the status `failed`.
 */
export function useSessionMachine<Selected>(
  selector: (chart: ChartSnapshot) => Selected,
  isEqual?: (a: Selected, b: Selected) => boolean,
): Selected {
  assertFit('selector', selector, FUNCTION);
  const client = useSessionClient();
  // The actor is made by its first use, which a server has no reason for.
  return useSelector(useIsHydrated() ? client.actor : idleChart, selector, isEqual);
}

/**
 * Calls `listener` for every chat event of `type`, or of every type with `'*'`, while the component is mounted. The
 * listener may be written inline: the newest is called, and nothing is subscribed anew. Events do not render.
 */
export function useChatEvent<Type extends string>(type: Type, listener: ChatListener<Type>): void {
  assertFit('listener', listener, FUNCTION);
  const client = useSessionClient();
  const latest = useLatest(listener);
  useEffect(() => client.on(type, (event) => latest.current(event)), [client, type, latest]);
}

function useStore(): SessionStore {
  const store = useContext(SessionContext);
  if (store === null) throw new Error('Session hooks need a <ChatSessionProvider> or <SessionProvider> above them.');
  return store;
}

/**
 * `false` on a server and while its page is being hydrated: both must render the same, whatever a client of the page's
 * own has done meanwhile.
 */
function useIsHydrated(): boolean {
  return useSyncExternalStore(subscribeToNothing, yes, no);
}

const subscribeToNothing = () => () => {};
const idle = (): Status => 'idle';
const yes = () => true;
const no = () => false;

const everything = (snapshot: ClientSnapshot) => snapshot;
const status = (snapshot: ClientSnapshot) => snapshot.status;
const user = (snapshot: ClientSnapshot) => snapshot.user;
