'use client';
import { createContext, type ReactElement, type ReactNode, useEffect, useMemo, useState } from 'react';
import type { ChatClient } from '../client/create-client.ts';
import { createChatClient } from '../client/create-client.ts';
import type { ChatClientOptions } from '../client/options.ts';
import type { TokenSource } from '../token/source.ts';
import { useLatest } from './latest.ts';
import { SessionStore, type WantedUser } from './session-store.ts';
import { useTokenSource } from './token-source.ts';

export const SessionContext = createContext<SessionStore | null>(null);

interface CommonProps {
  /**
   * Whose session it shall be.
   *
   * - `undefined`, or left out: not known yet. A stored user is restored, and a session that runs goes on.
   * - `null`: no one's. After another value it logs out and removes the stored user. As the first value, which state of an
   *   app often begins with, it starts nothing and removes nothing.
   * - a user: theirs. They are logged in; another user is logged out completely before.
   *
   * It acts when it changes: an object made anew with every render starts nothing, and a new name or picture is sent to
   * the server and stored.
   */
  readonly user?: WantedUser;
  /**
   * Where tokens come from. A provider may be written inline: the newest one is asked, and a new one starts nothing. A
   * token that changes is adopted for the next load.
   */
  readonly tokenProvider?: TokenSource | undefined;
  readonly children?: ReactNode;
}

/** With a client of the app's own, for instance one that is used outside of React too. The app disposes it. */
export interface GivenClientProps extends CommonProps {
  readonly client: ChatClient;
  readonly options?: undefined;
}

/** With a client that the provider creates, and disposes a macrotask after it was unmounted; the stored user stays. */
export interface CreatedClientProps extends CommonProps {
  /**
   * Options of `createChatClient`, read once when the provider is first rendered (of `onDiagnostic` the newest is called).
   * Give the provider another `key` to start over with others.
   */
  readonly options: Omit<ChatClientOptions, 'tokenProvider'>;
  readonly client?: undefined;
}

export type ChatSessionProviderProps = GivenClientProps | CreatedClientProps;

/**
 * Gives everything below it one session. Rendering starts nothing, on a server nothing at all; once mounted it restores
 * or logs in as `user` says, and keeps one socket, also under StrictMode. Failures are values in `useChatSession()`.
 *
 * ```tsx
 * <ChatSessionProvider options={{ apiKey }} user={user} tokenProvider={(user) => fetchToken(user.id)}>
 *   <App />
 * </ChatSessionProvider>
 * ```
 *
 * @throws SessionError `invalidArgument` while rendering, for `options` that `createChatClient` refuses.
 */
export function ChatSessionProvider(props: ChatSessionProviderProps): ReactElement {
  return props.client === undefined ? <CreatedClient {...props} /> : <GivenClient {...props} />;
}

function CreatedClient({ options, user, tokenProvider, children }: CreatedClientProps): ReactElement {
  const source = useTokenSource(tokenProvider);
  const latest = useLatest(options);
  const [store] = useState(() => {
    const create = () =>
      createChatClient({
        ...options,
        ...(source !== undefined && { tokenProvider: source }),
        onDiagnostic: (diagnostic) => latest.current.onDiagnostic?.(diagnostic),
      });
    return new SessionStore({ kind: 'created', create, source });
  });
  return (
    <Session store={store} user={user} source={source}>
      {children}
    </Session>
  );
}

function GivenClient({ client, user, tokenProvider, children }: GivenClientProps): ReactElement {
  const source = useTokenSource(tokenProvider);
  const store = useMemo(() => new SessionStore({ kind: 'given', client }), [client]);
  return (
    <Session store={store} user={user} source={source}>
      {children}
    </Session>
  );
}

interface SessionProps {
  readonly store: SessionStore;
  readonly user: WantedUser;
  readonly source: TokenSource | undefined;
  readonly children: ReactNode;
}

function Session({ store, user, source, children }: SessionProps): ReactElement {
  useEffect(() => store.hold(), [store]);
  useEffect(() => store.want(user, source), [store, user, source]);
  return <SessionContext.Provider value={store}>{children}</SessionContext.Provider>;
}
