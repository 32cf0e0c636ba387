import { OwnError } from '../errors.ts';
import { assertFit, FILLED_STRING, FUNCTION, isObject } from '../input.ts';
import type { User } from '../user.ts';
import { validateToken } from './load-token.ts';
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
  assertFit('app', app, FILLED_STRING);
  assertFit('loadToken', loadToken, FUNCTION);
  const name = `sessionchart.token.${app}`;
  const channel = openChannel(name);
  if (channel === null) return loadToken;
  const received = new Map<unknown, { readonly token: Token; readonly atMs: number }>();
  channel.onmessage = ({ data }) => {
    // Any script of this origin can send here.
    if (isObject(data)) received.set(data.userId, { token: data.token as Token, atMs: Date.now() });
    for (const look of looking) look();
  };
  const looking = new Set<() => void>();
  /** The lock may be here before the message that was sent first. */
  const messageFor = (userId: string) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (received.has(userId)) end();
      };
      const end = () => {
        clearTimeout(timer);
        looking.delete(look);
        resolve();
      };
      const timer = setTimeout(end, LONGEST_DELIVERY_MS);
      looking.add(look);
      look();
    });

  /** What another tab has loaded lately. Each token is taken once: the server may have refused it. */
  function take(user: User): Token | null {
    const found = received.get(user.id);
    received.delete(user.id);
    if (found === undefined || Date.now() - found.atMs >= FRESH_MS) return null;
    // What is no token is a failure of the tab that has loaded it.
    return validateToken(found.token, user).ok ? found.token : null;
  }

  return async (user, request) => {
    let hasSent = false;
    const load = async () => {
      if (request.signal.aborted) throw new OwnError('the call was aborted');
      const token = await loadToken(user, request);
      if (token !== '') {
        send(channel, { userId: user.id, token });
        hasSent = true;
      }
      return token;
    };
    /** Loads without the lock where it can't be had: locks are denied here, or the tab that holds it may be frozen. */
    const underLock = async <Held>(options: LockOptions, act: (held: Lock | null) => Promise<Held>) => {
      let isOurTurn = false;
      return new Promise<Held | Token>((resolve, reject) => {
        const turn = async (held: Lock | null) => {
          isOurTurn = true;
          await act(held).then(resolve, reject);
          // Until the message has arrived, another tab would find neither the lock taken nor the token.
          if (hasSent) await new Promise((end) => setTimeout(end, LONGEST_DELIVERY_MS));
        };
        const withoutLock = (error: unknown) => {
          if (isOurTurn) reject(error);
          else load().then(resolve, reject);
        };
        Promise.resolve()
          .then(() => navigator.locks.request(`${name}.${user.id}`, options, turn))
          .catch(withoutLock);
      });
    };
    const patience = new AbortController();
    request.signal.addEventListener('abort', () => patience.abort());
    const known = take(user);
    if (known !== null) return known;
    const loaded = await underLock({ ifAvailable: true }, async (held) => held && load());
    if (loaded !== null) return loaded;

    const timer = setTimeout(() => patience.abort(), LONGEST_WAIT_MS);
    try {
      return await underLock({ signal: patience.signal }, async () => {
        await messageFor(user.id);
        return take(user) ?? (await load());
      });
    } finally {
      clearTimeout(timer);
    }
  };
}

/** `null` where tabs can't share: without a document, channels or locks, or where they are denied. */
function openChannel(name: string): BroadcastChannel | null {
  if (typeof document === 'undefined' || typeof BroadcastChannel === 'undefined') return null;
  try {
    return navigator.locks ? new BroadcastChannel(name) : null;
  } catch {
    return null;
  }
}

function send(channel: BroadcastChannel, message: object): void {
  try {
    channel.postMessage(message);
  } catch {
    // What the provider returned cannot be copied: the other tabs load by themselves.
  }
}

const FRESH_MS = 10_000;
const LONGEST_WAIT_MS = 5_000;
/** Most messages take a few milliseconds; a page that is busy takes longer. */
const LONGEST_DELIVERY_MS = 200;
