import type { ChatClient } from '../client/builder.ts';
import type { SessionStore } from './session-store.ts';

/**
 * What can be done. The functions stay the same from render to render. All but `retryNow` are the client's own: each
 * returns a `Call`, and none throws, rejects or hangs. While the provider is hidden or unmounted, `disconnect()` logs out,
 * and the others fail with `disposed` until it is shown again.
 */
export interface SessionCommands {
  readonly connectUser: ChatClient['connectUser'];
  readonly connectGuestUser: ChatClient['connectGuestUser'];
  readonly connectAnonymousUser: ChatClient['connectAnonymousUser'];
  readonly switchUser: ChatClient['switchUser'];
  readonly disconnect: ChatClient['disconnect'];
  readonly suspend: ChatClient['suspend'];
  readonly resume: ChatClient['resume'];
  readonly request: ChatClient['request'];
  /**
   * Tries again at once: cuts a wait short, or, where the session of the provider's `user` has ended or their login has
   * failed, logs them in again. `can.retryNow` of the hooks shows where it does something, status and error how that goes.
   */
  readonly retryNow: () => void;
}

export function sessionCommands({ getClient, disconnect, retryNow }: SessionStore): SessionCommands {
  return {
    connectUser: (...input) => getClient().connectUser(...input),
    connectGuestUser: (...input) => getClient().connectGuestUser(...input),
    connectAnonymousUser: (...input) => getClient().connectAnonymousUser(...input),
    switchUser: (...input) => getClient().switchUser(...input),
    disconnect,
    suspend: () => getClient().suspend(),
    resume: () => getClient().resume(),
    request: (...input) => getClient().request(...input),
    retryNow,
  };
}
