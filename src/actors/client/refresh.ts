import type { Clock } from '../../clock.ts';
import type { CheckedToken } from '../../token/check.ts';

const LEAST_LEAD_MS = 30_000;
const LEAD_SHARE = 0.1;
const LEAST_SPACING_MS = 5_000;
const MOST_FAILURES = 3;

export interface RefreshTimes {
  /** The server's clock minus this device's. */
  readonly skewMs: number;
  readonly nowMs: number;
  /** When a token was last asked for in the background; `null`: never. */
  readonly refreshedAtMs: number | null;
}

/**
 * When a token should be replaced, by this device's clock: 30 s or a tenth of its life before it expires, whichever is
 * earlier, yet never in its first half. After a refresh the new token is left alone for half its life whatever the
 * clocks say, so that a wrong one makes no loop. `null` for a token that does not expire.
 */
export function refreshDueAtMs(
  { expiresAtMs, issuedAtMs }: Pick<CheckedToken, 'expiresAtMs' | 'issuedAtMs'>,
  { skewMs, nowMs, refreshedAtMs }: RefreshTimes,
): number | null {
  if (expiresAtMs === null) return null;
  const lifeMs = Math.max(0, expiresAtMs - (issuedAtMs ?? nowMs + skewMs));
  const leadMs = Math.min(Math.max(LEAST_LEAD_MS, lifeMs * LEAD_SHARE), lifeMs / 2);
  const dueAtMs = expiresAtMs - leadMs - skewMs;
  if (refreshedAtMs === null) return dueAtMs;
  return Math.max(dueAtMs, refreshedAtMs + Math.max(lifeMs / 2, LEAST_SPACING_MS));
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
  let isLoading = false;

  function replan(): void {
    const held = token();
    const isDone = held === null || held.text === settledFor;
    dueAtMs = isDone ? null : refreshDueAtMs(held, { skewMs, nowMs: clock.now(), refreshedAtMs });
  }

  function finish(before: CheckedToken, loaded: boolean): void {
    isLoading = false;
    const nowMs = clock.now();
    if (loaded) {
      failures = 0;
      if (token()?.text === before.text) settledFor = before.text;
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
