/**
 * Time as this library sees it. One clock serves the statechart and the actors, so a test that replaces it controls
 * every timeout at once. Structurally a superset of XState's `Clock`; XState's `SimulatedClock` fits as it is.
 */
export interface Clock {
  /** Calls `callback` once after `delayMs` milliseconds; answers a handle for {@link Clock.clearTimeout}. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Wall-clock time in milliseconds since the epoch. It may jump, and it is expected to after a sleep. */
  now(): number;
}

/** The clock of the platform. */
export const systemClock: Clock = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  now: () => Date.now(),
};

/** The longest delay a platform timer keeps (2^31 − 1 ms); Node fires anything longer at once. */
export const LONGEST_DELAY_MS = 2_147_483_647;
