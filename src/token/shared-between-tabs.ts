import type { LoadToken } from './source.ts';

type Token = Awaited<ReturnType<LoadToken>>;

/**
 * Returns a token provider by which the tabs of one origin that need a token for the same user at about the same time ask
 * `loadToken` once: one asks, under a Web Lock, and the others receive its token by a `BroadcastChannel`.
 *
 * A token then reaches the memory of other pages of this origin, where any script can read it, as it can call the token
 * endpoint; it is not stored. A tab waits for another one's load for at most 5 s. Without Web Locks, channels or a
 * document, each call asks `loadToken`.
 *
 * @param app Distinguishes apps of one origin, for instance by the API key.
 */
export function sharedBetweenTabs(app: string, loadToken: LoadToken): LoadToken {
  if (typeof document === 'undefined' || typeof BroadcastChannel === 'undefined' || !navigator.locks) return loadToken;
  const name = `sessionchart.token.${app}`;
  const received = new Map<string, { readonly token: Token; readonly atMs: number }>();
  const channel = new BroadcastChannel(name);
  channel.onmessage = ({ data: { userId, token } }) => received.set(userId, { token, atMs: Date.now() });

  /** What another tab has loaded lately. Each token is taken once: the server may have refused it. */
  function take(userId: string): Token | null {
    const found = received.get(userId);
    received.delete(userId);
    return found !== undefined && Date.now() - found.atMs < FRESH_MS ? found.token : null;
  }

  return async (user, request) => {
    const lock = `${name}.${user.id}`;
    const known = take(user.id);
    if (known !== null) return known;
    const load = async () => {
      const token = await loadToken(user, request);
      if (token !== '') channel.postMessage({ userId: user.id, token });
      return token;
    };
    const loaded = await navigator.locks.request(lock, { ifAvailable: true }, (held) => held && load());
    if (loaded !== null) return loaded;

    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), LONGEST_WAIT_MS);
    request.signal.addEventListener('abort', () => patience.abort());
    let isOurTurn = false;
    try {
      return await navigator.locks.request(lock, { signal: patience.signal }, async () => {
        isOurTurn = true;
        // The lock may be here before the message that was sent first.
        await new Promise((resolve) => setTimeout(resolve, MESSAGE_MS));
        return take(user.id) ?? (await load());
      });
    } catch (error) {
      if (isOurTurn || request.signal.aborted) throw error;
      // The tab that loads may be frozen.
      return load();
    } finally {
      clearTimeout(timer);
    }
  };
}

const FRESH_MS = 10_000;
const LONGEST_WAIT_MS = 5_000;
const MESSAGE_MS = 50;
