/**
 * Time as this library sees it. One clock serves the statechart and the actors, so a test that replaces it controls
 * every timeout at once. Structurally a superset of XState's `Clock`; XState's `SimulatedClock` fits as it is.
 */
export interface Clock {
  /** Calls `callback` once after `delayMs` milliseconds; returns a handle for {@link Clock.clearTimeout}. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  /** Wall-clock time in milliseconds since the epoch. It may jump, and it is expected to after a sleep. */
  now(): number;
  /**
   * Milliseconds since any moment, by a clock that is never set, like `performance.now()`. Where there is none, the times
   * in a snapshot (`nextAttemptAt`) do not follow a wall clock that is set.
   */
  elapsedMs?(): number;
}

/** The clock of the platform. */
export const systemClock: Clock = {
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
  now: () => Date.now(),
  elapsedMs: () => globalThis.performance?.now() ?? Date.now(),
};

/** Changes when the wall clock is set, and on some platforms when the device slept; always 0 where that cannot be noticed. */
export function wallOffsetMs(clock: Clock): number {
  const now = clock.now();
  return now - (clock.elapsedMs?.() ?? now);
}

/** Returns what stops the timer. */
export function startTimer(clock: Clock, callback: () => void, delayMs: number): () => void {
  const timer = clock.setTimeout(callback, delayMs);
  return () => clock.clearTimeout(timer);
}

/** The longest delay a platform timer keeps (2^31 − 1 ms); Node fires anything longer at once. */
export const LONGEST_DELAY_MS = 2_147_483_647;

/** A timer that fires later than this is late: the thread was busy, or the process or the device was suspended. */
const LATE_MS = 100;
const GRACE_MS = 500;

/**
 * Calls `onTimeout` where no reply has come after `delayMs` milliseconds; returns what stops that. A platform that was
 * busy or suspended fires the overdue timer first, and delivers afterwards what arrived in time: a session would end by a
 * time-out with its reply already there. So a late timer waits once more, at most for {@link GRACE_MS} and no longer than
 * at first.
 */
export function boundReply(clock: Clock, onTimeout: () => void, delayMs: number): () => void {
  const dueAtMs = clock.now() + delayMs;
  let timer = clock.setTimeout(() => {
    if (clock.now() - dueAtMs <= LATE_MS) onTimeout();
    else timer = clock.setTimeout(onTimeout, Math.min(delayMs, GRACE_MS));
  }, delayMs);
  return () => clock.clearTimeout(timer);
}

/** The timers of one statechart, which bound replies. */
export class PatientTimers {
  /** When the timer that was started last is due, in milliseconds since the epoch. */
  lastDueAtMs = 0;
  #wallOffsetMs = 0;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    this.lastDueAtMs = this.#clock.now() + delayMs;
    this.#wallOffsetMs = wallOffsetMs(this.#clock);
    return boundReply(this.#clock, callback, delayMs);
  }

  /** Moves {@link lastDueAtMs} along with a wall clock that was set meanwhile; returns whether it was. */
  followWallClock(): boolean {
    const setByMs = wallOffsetMs(this.#clock) - this.#wallOffsetMs;
    if (Math.abs(setByMs) < LATE_MS) return false;
    this.lastDueAtMs += setByMs;
    this.#wallOffsetMs += setByMs;
    return true;
  }

  /** Returns what is left of the timer that was started last whenever it is called: a wall clock that was set back adds nothing. */
  countdown(): () => number {
    const dueAtMs = this.lastDueAtMs;
    const offsetMs = this.#wallOffsetMs;
    return () => dueAtMs - this.#clock.now() + Math.min(0, wallOffsetMs(this.#clock) - offsetMs);
  }

  clearTimeout(stop: unknown): void {
    (stop as (() => void) | undefined)?.();
  }
}

/**
 * Calls `task`, which must not throw, in a later microtask. A promise costs Node a third of `queueMicrotask`, which makes
 * an asynchronous resource for each call.
 */
export function later(task: () => void): void {
  void SETTLED.then(task);
}

const SETTLED = Promise.resolve();
