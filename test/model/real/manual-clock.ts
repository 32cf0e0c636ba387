import type { Clock } from '../../../src/index.ts';

interface Timer {
  readonly callback: () => void;
  readonly delayMs: number;
  readonly dueMs: number;
}

/** How long a late bound waits, by `PatientTimers`. No stage lasts that long. */
const GRACE_MS = 500;

/** A clock that stands still. A timer fires when a test fires it, and never by itself. */
export class ManualClock implements Clock {
  #nowMs = Date.UTC(2030, 0, 1);
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();

  now(): number {
    return this.#nowMs;
  }

  setTimeout(callback: () => void, delayMs: number): number {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { callback, delayMs, dueMs: this.#nowMs + delayMs });
    return this.#lastId;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle as number);
  }

  /** How long the timers are that run, in milliseconds. */
  get running(): readonly number[] {
    return [...this.#timers.values()].map(({ delayMs }) => delayMs);
  }

  /** How many timers there ever were. */
  get everSet(): number {
    return this.#lastId;
  }

  /** Time passes, and no timer fires. */
  sleep(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  /** Fires the timers that fit, in the order in which they were set, and says how many that were. */
  fire(fits: (timer: Omit<Timer, 'callback'>) => boolean): number {
    const due = [...this.#timers].filter(([, timer]) => fits(timer));
    for (const [id, timer] of due) {
      if (!this.#timers.delete(id)) continue;
      const isLate = this.#nowMs > timer.dueMs;
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      const last = this.#lastId;
      timer.callback();
      // A bound that fires late waits a short time more for a reply that is on its way; nothing is.
      const again = isLate ? this.#timers.get(last + 1) : undefined;
      if (again?.delayMs === GRACE_MS) this.fire((each) => each === again);
    }
    return due.length;
  }
}
