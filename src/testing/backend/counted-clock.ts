import type { Clock } from '../../clock.ts';

/** A clock that keeps track of its running timers. */
export class CountedClock implements Clock {
  readonly #clock: Clock;
  readonly #timers = new Set<unknown>();

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

  clearAll(): void {
    for (const handle of [...this.#timers]) this.clearTimeout(handle);
  }
}
