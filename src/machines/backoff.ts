import { LONGEST_DELAY_MS } from '../clock.ts';
import type { SessionContext } from './types.ts';

/*
 * How long to wait before the next attempt. Pure: chance comes from a generator in the context.
 *
 * The window doubles with each failure from `backoffBaseMs` to `backoffCapMs`; the delay is uniform over the upper
 * four fifths of it, at every step and at the cap too, so that clients that were dropped together come back apart.
 */

type Pacing = Pick<SessionContext, 'timing' | 'random' | 'failedAttempts' | 'retryAfterMs' | 'presence'>;

interface Drawn {
  readonly delayMs: number;
  readonly random: number;
}

const LOWEST_SHARE = 0.2;

/** The ordinary wait after a failure. `failedAttempts` counts the one that just happened. */
export function scheduleBackoff(context: Pacing): Drawn {
  const { backoffBaseMs, backoffCapMs } = context.timing;
  const doublings = Math.min(Math.max(context.failedAttempts - 1, 0), 31);
  const windowMs = Math.min(backoffBaseMs * 2 ** doublings, backoffCapMs);
  const drawn = spread(context.random, windowMs);
  if (context.presence === 'background') {
    const slow = spread(drawn.random, context.timing.offlineRetryMs);
    return atLeast(context.retryAfterMs, { ...slow, delayMs: Math.max(slow.delayMs, drawn.delayMs) }, windowMs);
  }
  return atLeast(context.retryAfterMs, drawn, windowMs);
}

/** The wait while the device says that it is offline: rare, since the device is believed, but it is tried. */
export function scheduleOfflineRetry(context: Pacing): Drawn {
  const drawn = spread(context.random, context.timing.offlineRetryMs);
  return atLeast(context.retryAfterMs, drawn, context.timing.backoffBaseMs);
}

/** The short wait once the network or the app is back. */
export function scheduleQuickRetry(context: Pacing): Drawn {
  return atLeast(
    context.retryAfterMs,
    spread(context.random, context.timing.quickRetryMs),
    context.timing.quickRetryMs,
  );
}

function spread(random: number, windowMs: number): Drawn {
  const next = nextRandom(random);
  const share = LOWEST_SHARE + (1 - LOWEST_SHARE) * next.value;
  return { random: next.state, delayMs: Math.min(Math.round(windowMs * share), LONGEST_DELAY_MS) };
}

/** The server's advice is a floor, and clients that were given the same one are spread above it. */
function atLeast(retryAfterMs: number, drawn: Drawn, windowMs: number): Drawn {
  if (retryAfterMs <= drawn.delayMs) return drawn;
  const next = nextRandom(drawn.random);
  return { random: next.state, delayMs: Math.min(Math.round(retryAfterMs + windowMs * next.value), LONGEST_DELAY_MS) };
}

/** One step of mulberry32: small, seedable, and good enough to spread delays. */
function nextRandom(state: number): { readonly state: number; readonly value: number } {
  const next = (state + 0x6d2b79f5) | 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { state: next, value: ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 };
}
