import type { Clock } from '../../clock.ts';
import type { CheckedToken } from '../../token/validate.ts';

const LEAST_LEAD_MS = 30_000;
const LEAD_SHARE = 0.1;
const LEAST_SPACING_MS = 5_000;
const MOST_FAILURES = 3;
/** The longest spacing is then 43 minutes. */
const MOST_DOUBLINGS = 9;

export interface RefreshTimes {
  /** The server's clock minus this device's. */
  readonly skewMs: number;
  readonly nowMs: number;
  /** When a token was last asked for in the background; `null`: never. */
  readonly refreshedAtMs: number | null;
  /** How many refreshes in a row brought a token that is as good as expired. */
  readonly inVain: number;
}

type Times = Pick<CheckedToken, 'expiresAtMs' | 'issuedAtMs'>;

/**
 * When a token should be replaced, by this device's clock: 30 s or a tenth of its life before it expires, whichever is
 * earlier, yet never in its first half. After a refresh the new token is left alone for half its life whatever the
 * clocks say, so that a wrong one makes no loop; where they leave it no life to speak of, each refresh doubles the
 * time to the next. `null` for a token that does not expire.
 */
export function refreshDueAtMs(token: Times, times: RefreshTimes): number | null {
  const { expiresAtMs } = token;
  if (expiresAtMs === null) return null;
  const { skewMs, refreshedAtMs, inVain } = times;
  const lifeMs = lifeOf(token, times);
  const leadMs = Math.min(Math.max(LEAST_LEAD_MS, lifeMs * LEAD_SHARE), lifeMs / 2);
  const dueAtMs = expiresAtMs - leadMs - skewMs;
  if (refreshedAtMs === null) return dueAtMs;
  const spacingMs = isAsGoodAsExpired(token, times)
    ? LEAST_SPACING_MS * 2 ** Math.min(inVain, MOST_DOUBLINGS)
    : lifeMs / 2;
  return Math.max(dueAtMs, refreshedAtMs + spacingMs);
}

type Moment = Pick<RefreshTimes, 'skewMs' | 'nowMs'>;

function lifeOf({ expiresAtMs, issuedAtMs }: Times, { skewMs, nowMs }: Moment): number {
  return Math.max(0, (expiresAtMs ?? Number.POSITIVE_INFINITY) - (issuedAtMs ?? nowMs + skewMs));
}

/** Either it lives too short to be kept fresh, or a clock is so wrong that nothing follows from it. */
function isAsGoodAsExpired(token: Times, moment: Moment): boolean {
  return lifeOf(token, moment) / 2 < LEAST_SPACING_MS;
}

export interface RefresherOptions {
  readonly clock: Clock;
  /** The token that is held. */
  readonly token: () => CheckedToken | null;
  /** Whether the source could give another one. */
  readonly canRefresh: () => boolean;
  /** Loads a token; says how that went. The new one is held by then. */
  readonly load: (done: (loaded: boolean) => void) => void;
}

/** Replaces the held token before it expires. Has no timer: it is asked every few seconds while connected. */
export interface Refresher {
  /** The server's clock was read; `null`: it did not say. */
  setServerTime(serverTimeMs: number | null): void;
  /** Another token is held now. */
  replan(): void;
  tick(): void;
}

export function createRefresher({ clock, token, canRefresh, load }: RefresherOptions): Refresher {
  let skewMs = 0;
  let dueAtMs: number | null = null;
  let refreshedAtMs: number | null = null;
  /** The token for which nothing more is done. */
  let settledFor: string | null = null;
  let failures = 0;
  let inVain = 0;
  let isLoading = false;

  function replan(): void {
    const held = token();
    const isDone = held === null || held.text === settledFor;
    dueAtMs = isDone ? null : refreshDueAtMs(held, { skewMs, nowMs: clock.now(), refreshedAtMs, inVain });
  }

  function finish(before: CheckedToken, loaded: boolean): void {
    isLoading = false;
    const nowMs = clock.now();
    if (loaded) {
      failures = 0;
      const held = token();
      inVain = held !== null && isAsGoodAsExpired(held, { skewMs, nowMs }) ? inVain + 1 : 0;
      if (held?.text === before.text) settledFor = before.text;
      return replan();
    }
    failures += 1;
    if (failures >= MOST_FAILURES) {
      failures = 0;
      settledFor = before.text;
      dueAtMs = null;
      return;
    }
    const leftMs = (before.expiresAtMs ?? 0) - skewMs - nowMs;
    dueAtMs = nowMs + Math.max(LEAST_SPACING_MS, leftMs / 4);
  }

  return {
    setServerTime(serverTimeMs) {
      if (serverTimeMs !== null) skewMs = serverTimeMs - clock.now();
      replan();
    },
    replan,
    tick() {
      const held = token();
      if (isLoading || held === null || dueAtMs === null || clock.now() < dueAtMs || !canRefresh()) return;
      isLoading = true;
      dueAtMs = null;
      refreshedAtMs = clock.now();
      load((loaded) => finish(held, loaded));
    },
  };
}
