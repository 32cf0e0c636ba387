'use client';
import { createContext, type ReactElement, type ReactNode, useEffect, useLayoutEffect, useMemo } from 'react';
import type { ChatClient } from '../client/builder.ts';
import { assertFit, type Check, hasMethods, knownProps } from '../input.ts';
import type { TokenSource } from '../token/source.ts';
import { useTokenSource } from './latest.ts';
import { SessionStore, type WantedUser } from './session-store.ts';

export const SessionContext = createContext<SessionStore | null>(null);

export interface WantedSession {
  /**
   * Whose session it shall be.
   *
   * - `undefined`, or left out: not known yet. A stored user is restored, and a session that runs goes on.
   * - `null`: no one's. After another value it logs out and removes the stored user. As the first value, which state of an
   *   app often begins with, it starts nothing and removes nothing.
   * - a user: theirs. They are logged in; another user is logged out completely before.
   *
   * It acts when its values change: an object made anew with every render starts nothing, and a new name or picture is
   * sent to the server and stored while this user's session runs. A session that has ended stays so for the same user,
   * also with a new name and when it is hidden and shown, until `retryNow()`, which logs in again, or a login by a command.
   */
  readonly user?: WantedUser;
  /**
   * Where tokens come from. A provider may be written inline: the newest one is asked, and a new one starts nothing. A
   * token that changes is adopted for the next load; a session that ended because of its token begins again with it.
   */
  readonly tokenProvider?: TokenSource | undefined;
  readonly children?: ReactNode;
}

const CLIENT: Check = [(value) => hasMethods(value, 'getSnapshot', 'subscribe', 'connectUser'), 'a client'];

/** The props that every provider has. */
export const WANTED_SESSION = ['user', 'tokenProvider', 'children'];

export interface SessionProviderProps extends WantedSession {
  /** Created and disposed by the app; of any protocol. */
  readonly client: ChatClient;
}

/**
 * Gives everything below it the session of a client of the app's own, for instance one of its own protocol, or one that
 * is used outside of React too. It does what {@link ChatSessionProvider} does, and brings no protocol into a bundle. To
 * restore a stored user the client needs a `tokenProvider` of its own; that of the provider is asked from the next load on.
 *
 * ```tsx
 * const client = createProtocolClient({ protocol, tokenProvider });
 *
 * <SessionProvider client={client} user={user}>
 *   <App />
 * </SessionProvider>
 * ```
 *
 * @throws SessionError `invalidArgument` while rendering, for a prop that there is not, and for what is no client.
 */
export function SessionProvider(props: SessionProviderProps): ReactElement {
  knownProps(props, ['client', ...WANTED_SESSION]);
  const { client, user, tokenProvider, children } = props;
  assertFit('client', client, CLIENT);
  const source = useTokenSource(tokenProvider);
  const store = useMemo(() => new SessionStore(client), [client]);
  return (
    <ProvidedSession store={store} user={user} source={source}>
      {children}
    </ProvidedSession>
  );
}

interface ProvidedSessionProps {
  readonly store: SessionStore;
  readonly user: WantedUser;
  readonly source: TokenSource | undefined;
  readonly children: ReactNode;
}

export function ProvidedSession({ store, user, source, children }: ProvidedSessionProps): ReactElement {
  useEffect(() => store.want(user, source), [store, user, source]);
  return (
    <SessionContext.Provider value={store}>
      <Hold store={store} />
      {children}
    </SessionContext.Provider>
  );
}

/** The first child: its effects run before those of the app's components, which may use the client. */
function Hold({ store }: { readonly store: SessionStore }): null {
  // Without a clean-up: a Suspense boundary that shows its fallback cleans up layout effects, and the session goes on.
  useEarlyEffect(() => store.revive(), [store]);
  useEffect(() => store.hold(), [store]);
  return null;
}

/** Before the layout effects of the siblings that follow. React 18 warns of one where a server renders. */
const useEarlyEffect = typeof window === 'undefined' ? useEffect : useLayoutEffect;
