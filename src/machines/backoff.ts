import { LONGEST_DELAY_MS } from '../clock.ts';
import type { SessionContext } from './types.ts';

/*
 * How long to wait before the next attempt. Pure: chance comes from a generator in the context.
 *
 * The window grows in equal steps from `backoffBaseMs` (3 s) at the first failure to `backoffCapMs` (25 s) at the fourth:
 * 3, 10.3, 17.7, 25 s. While it grows, the wait is uniform over its upper four fifths; at the cap, over its upper half.
 *
 * - The first window is short for the lone user whose connection was cut: 1.8 s on average.
 * - The steps are wide for the server that restarts in seconds: doubling windows (3, 6, 12, …) bring most clients back
 *   twice within the first seconds, while they are still being refused.
 * - The cap decides the rate that a server meets after a long outage, clients / mean wait; the upper half only, since
 *   the longest wait decides when the last client is back.
 *
 * Simulated with this code by `npm run bench -- storm`: 100,000 clients at a server that accepts 5,000 a second, so 95 %
 * are back after 19 s at best. After an outage of 60 s: at most 5,641 attempts in a second, 95 % back after 21.4 s,
 * 576,000 attempts in all (doubling windows to 30 s: 5,705, 24.5 s, 645,000). After 5 s: 13,934 and 22.5 s (22,662 and
 * 28.6 s); 13,706 and 22.7 s when the server announces its restart by close code 1012.
 */

type Paced = Pick<SessionContext, 'timing' | 'pacing' | 'device'>;

interface Drawn {
  readonly delayMs: number;
  readonly random: number;
}

/** Failures in a row until the window is at its cap. */
const STEPS = 3;
const LOWEST_SHARE = 0.2;
const LOWEST_SHARE_AT_CAP = 0.5;

/** The ordinary wait after a failure. `failedAttempts` counts the one that just happened. */
export function scheduleBackoff({ timing, pacing, device }: Paced): Drawn {
  const { backoffBaseMs, backoffCapMs } = timing;
  const steps = Math.min(Math.max(pacing.failedAttempts - 1, 0), STEPS);
  const windowMs = backoffBaseMs + ((Math.max(backoffCapMs, backoffBaseMs) - backoffBaseMs) * steps) / STEPS;
  const drawn = spread(pacing.random, windowMs, steps === STEPS ? LOWEST_SHARE_AT_CAP : LOWEST_SHARE);
  if (device.presence === 'background') {
    const slow = spread(drawn.random, timing.backgroundRetryMs);
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

function spread(random: number, windowMs: number, lowestShare = LOWEST_SHARE): Drawn {
  const next = nextRandom(random);
  const share = lowestShare + (1 - lowestShare) * next.value;
  return { random: next.state, delayMs: Math.min(Math.round(windowMs * share), LONGEST_DELAY_MS) };
}

/** The server's advice is the shortest wait; clients that were given the same advice are spread above it. */
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
