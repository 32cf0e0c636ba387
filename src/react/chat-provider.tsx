'use client';
import { type ReactElement, useState } from 'react';
import { createChatClient } from '../client/create-client.ts';
import type { ChatClientOptions } from '../client/options.ts';
import { knownProps } from '../input.ts';
import type { TokenSource } from '../token/source.ts';
import { useLatest, useTokenSource } from './latest.ts';
import { ProvidedSession, WANTED_SESSION, type WantedSession } from './provider.tsx';
import { SessionStore } from './session-store.ts';

export interface ChatSessionProviderProps extends WantedSession {
  /**
   * Options of `createChatClient`, read once when the provider is first rendered (of `onDiagnostic` the newest is called).
   * Give the provider another `key` to start over with others.
   */
  readonly options: Omit<ChatClientOptions, 'tokenProvider'>;
}

/**
 * Gives everything below it one session. Rendering starts nothing, on a server nothing at all; once mounted it restores
 * or logs in as `user` asks, and keeps one socket, also under StrictMode. Failures are values in `useChatSession()`.
 *
 * It creates the client, and disposes it a macrotask after it was unmounted, or when a logout under way is over; one whose
 * session has ended holds nothing to dispose. The stored user stays. For a client of the app's own there is
 * {@link SessionProvider}.
 *
 * ```tsx
 * <ChatSessionProvider options={{ apiKey }} user={user} tokenProvider={(user) => fetchToken(user.id)}>
 *   <App />
 * </ChatSessionProvider>
 * ```
 *
 * @throws SessionError `invalidArgument` while rendering, for a prop that there is not, and for `options` that `createChatClient` refuses.
 */
export function ChatSessionProvider(props: ChatSessionProviderProps): ReactElement {
  knownProps(props, ['options', ...WANTED_SESSION]);
  const { options, user, tokenProvider, children } = props;
  const source = useTokenSource(tokenProvider);
  const latest = useLatest(options);
  const [store] = useState(() => {
    const create = (own: TokenSource | undefined) =>
      createChatClient({
        ...options,
        ...(own !== undefined && { tokenProvider: own }),
        onDiagnostic: (diagnostic) => latest.current.onDiagnostic?.(diagnostic),
      });
    return new SessionStore(create(source), create, source);
  });
  return (
    <ProvidedSession store={store} user={user} source={source}>
      {children}
    </ProvidedSession>
  );
}
