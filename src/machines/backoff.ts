import { LONGEST_DELAY_MS } from '../clock.ts';
import type { SessionContext } from './types.ts';

/*
 * How long to wait before the next attempt. Pure: chance comes from a generator in the context.
 *
 * The window doubles with each failure from `backoffBaseMs` to `backoffCapMs`; the delay is uniform over the upper
 * four fifths of it, at every step and at the cap too, so that clients that were dropped together come back apart.
 */

type Paced = Pick<SessionContext, 'timing' | 'pacing' | 'device'>;

interface Drawn {
  readonly delayMs: number;
  readonly random: number;
}

const LOWEST_SHARE = 0.2;

/** The ordinary wait after a failure. `failedAttempts` counts the one that just happened. */
export function scheduleBackoff({ timing, pacing, device }: Paced): Drawn {
  const doublings = Math.min(Math.max(pacing.failedAttempts - 1, 0), 31);
  const windowMs = Math.min(timing.backoffBaseMs * 2 ** doublings, timing.backoffCapMs);
  const drawn = spread(pacing.random, windowMs);
  if (device.presence === 'background') {
    const slow = spread(drawn.random, timing.offlineRetryMs);
    return atLeast(pacing.retryAfterMs, { ...slow, delayMs: Math.max(slow.delayMs, drawn.delayMs) }, windowMs);
  }
  return atLeast(pacing.retryAfterMs, drawn, windowMs);
}

/** The wait while the device reports that it is offline: long, because the report is usually right. */
export function scheduleOfflineRetry({ timing, pacing }: Paced): Drawn {
  return atLeast(pacing.retryAfterMs, spread(pacing.random, timing.offlineRetryMs), timing.backoffBaseMs);
}

/** The short wait once the network or the app is back. It is available once, until a full wait has passed. */
export function scheduleQuickRetry({ timing, pacing }: Paced): Drawn & { readonly quickRetry: 'used' } {
  const drawn = spread(pacing.random, timing.quickRetryMs);
  return { ...atLeast(pacing.retryAfterMs, drawn, timing.quickRetryMs), quickRetry: 'used' };
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
