import type { Clock } from '../../clock.ts';

/** The clock of one process: it keeps track of its running timers, and runs none after the process has died. */
export class CountedClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<unknown>();
  isDead = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get running(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#clock.now();
  }

  setTimeout(callback: () => void, delayMs: number): unknown {
    if (this.isDead) return undefined;
    const handle = this.#clock.setTimeout(() => {
      this.#timers.delete(handle);
      callback();
    }, delayMs);
    this.#timers.add(handle);
    return handle;
  }

  clearTimeout(handle: unknown): void {
    this.#timers.delete(handle);
    this.#clock.clearTimeout(handle);
  }

  kill(): void {
    this.isDead = true;
    for (const handle of [...this.#timers]) this.clearTimeout(handle);
  }
}
