import { type Clock, wallOffsetMs } from '../../clock.ts';
import type { CheckedToken } from '../../token/token-result.ts';

const LEAST_LEAD_MS = 30_000;
const LEAD_SHARE = 0.1;
const LEAST_SPACING_MS = 5_000;
const MOST_FAILURES = 3;
/** The longest spacing is then 43 minutes. */
const MOST_DOUBLINGS = 9;
const NEVER = Number.POSITIVE_INFINITY;

export interface RefreshTimes {
  /** The server's clock minus this device's. */
  readonly skewMs: number;
  readonly nowMs: number;
  /** When a token was last asked for in the background; `-Infinity`: never. */
  readonly refreshedAtMs: number;
  /** How many refreshes in a row brought a token that is as good as expired. */
  readonly inVain: number;
  /** The longest life that a token had before the device's clock was set; 0 where it was not set. */
  readonly longestLifeMs: number;
}

type Times = Pick<CheckedToken, 'expiresAtMs' | 'issuedAtMs'>;

/**
 * When a token should be replaced, by this device's clock: 30 s or a tenth of its life before it expires, whichever is
 * earlier, yet never in its first half. After a refresh the new token is left alone for half its life whatever the
 * clocks say, so that a wrong one makes no loop; where they leave it no life to speak of, each refresh doubles the
 * time to the next. `Infinity` for a token that does not expire.
 */
export function refreshDueAtMs(token: Times, times: RefreshTimes): number {
  const { expiresAtMs } = token;
  if (expiresAtMs === null) return NEVER;
  const { skewMs, refreshedAtMs, inVain } = times;
  const lifeMs = lifeOf(token, times);
  const leadMs = Math.min(Math.max(LEAST_LEAD_MS, lifeMs * LEAD_SHARE), lifeMs / 2);
  const dueAtMs = expiresAtMs - leadMs - skewMs;
  const spacingMs = isAsGoodAsExpired(token, times)
    ? LEAST_SPACING_MS * 2 ** Math.min(inVain, MOST_DOUBLINGS)
    : lifeMs / 2;
  return Math.max(dueAtMs, refreshedAtMs + spacingMs);
}

function lifeOf({ expiresAtMs, issuedAtMs }: Times, { skewMs, nowMs }: Pick<RefreshTimes, 'skewMs' | 'nowMs'>): number {
  return Math.max(0, (expiresAtMs ?? NEVER) - (issuedAtMs ?? nowMs + skewMs));
}

/**
 * Either it lives too short to be kept fresh, or a clock is so wrong that nothing follows from it. Where a token does not
 * say when it was issued its life is measured by the clocks: after one was set, a life that is much shorter than those
 * before proves it wrong.
 */
function isAsGoodAsExpired(token: Times, times: Omit<RefreshTimes, 'refreshedAtMs' | 'inVain'>): boolean {
  const longestLifeMs = token.issuedAtMs === null ? times.longestLifeMs : 0;
  return lifeOf(token, times) < Math.max(2 * LEAST_SPACING_MS, longestLifeMs / 2);
}

interface TokenHolder {
  readonly token: CheckedToken | null;
}

/** Replaces the held token before it expires. Has no timer: {@link tick} is called every few seconds while connected. */
export class TokenRefresher {
  /** The server's clock minus this device's. */
  skewMs = 0;
  readonly #clock: Clock;
  readonly #holder: TokenHolder;
  #dueAtMs = NEVER;
  #refreshedAtMs = -NEVER;
  /** The token for which nothing more is done. */
  #settledFor: string | null = null;
  #failures = 0;
  #inVain = 0;
  /** Of the tokens that were measured while the clock was not in doubt. */
  #longestLifeMs = 0;
  #loadingFor: CheckedToken | null = null;
  #checkedAtMs = 0;
  /** When the server's clock was read last. */
  #wallOffsetMs: number;

  constructor(clock: Clock, holder: TokenHolder) {
    this.#clock = clock;
    this.#holder = holder;
    this.#wallOffsetMs = wallOffsetMs(clock);
  }

  /** The server said hello, and its time where it is known: what was settled by a wrong clock is open again. */
  onHello(serverTimeMs: number | null): void {
    // Before the server's time is read, which makes up for a clock that was set meanwhile.
    const nowMs = this.followClock();
    if (serverTimeMs !== null) {
      this.skewMs = serverTimeMs - nowMs;
      this.#wallOffsetMs = wallOffsetMs(this.#clock);
    }
    this.#settledFor = null;
    this.replan();
  }

  replan(): void {
    const { token } = this.#holder;
    this.#dueAtMs = NEVER;
    if (token === null || token.text === this.#settledFor) return;
    const times = this.#readTimes();
    if (token.expiresAtMs !== null && times.longestLifeMs === 0) {
      this.#longestLifeMs = Math.max(this.#longestLifeMs, lifeOf(token, times));
    }
    this.#dueAtMs = refreshDueAtMs(token, times);
  }

  #readTimes(): RefreshTimes {
    const isSet = Math.abs(wallOffsetMs(this.#clock) - this.#wallOffsetMs) > LEAST_SPACING_MS;
    return {
      skewMs: this.skewMs,
      nowMs: this.#clock.now(),
      refreshedAtMs: this.#refreshedAtMs,
      inVain: this.#inVain,
      longestLifeMs: isSet ? this.#longestLifeMs : 0,
    };
  }

  /** Whether the token is due to be replaced; the caller then loads one and calls {@link finish}. */
  isDue(): boolean {
    const nowMs = this.followClock();
    return this.#loadingFor === null && this.#holder.token !== null && nowMs >= this.#dueAtMs;
  }

  /** Where the device's clock was set back, everything moves with it: the refresh would be late by as much. */
  followClock(): number {
    const nowMs = this.#clock.now();
    const backMs = this.#checkedAtMs - nowMs;
    this.#checkedAtMs = nowMs;
    if (backMs > 0) {
      this.skewMs += backMs;
      this.#refreshedAtMs -= backMs;
      this.#dueAtMs -= backMs;
    }
    return nowMs;
  }

  start(): void {
    this.#loadingFor = this.#holder.token;
    this.#dueAtMs = NEVER;
    this.#refreshedAtMs = this.#clock.now();
  }

  finish(loaded: boolean): void {
    const before = this.#loadingFor;
    this.#loadingFor = null;
    if (before === null) return;
    const times = this.#readTimes();
    const { token } = this.#holder;
    if (loaded) {
      this.#failures = 0;
      this.#inVain = token !== null && isAsGoodAsExpired(token, times) ? this.#inVain + 1 : 0;
      if (token?.text === before.text) this.#settledFor = before.text;
      return this.replan();
    }
    this.#failures += 1;
    if (this.#failures >= MOST_FAILURES) {
      this.#failures = 0;
      this.#settledFor = before.text;
      this.#dueAtMs = NEVER;
      return;
    }
    const leftMs = (before.expiresAtMs ?? 0) - times.skewMs - times.nowMs;
    this.#dueAtMs = times.nowMs + Math.max(LEAST_SPACING_MS, leftMs / 4);
  }
}
