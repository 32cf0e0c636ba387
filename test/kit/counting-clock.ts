import { SimulatedClock } from 'xstate';

/** A clock that tests move, and that counts the running timers: law 2 says when there are none. */
export class CountingClock extends SimulatedClock {
  readonly #running = new Set<number>();

  get running(): number {
    return this.#running.size;
  }

  override setTimeout(callback: () => void, delayMs: number): number {
    const id = super.setTimeout(() => {
      this.#running.delete(id);
      callback();
    }, delayMs);
    this.#running.add(id);
    return id;
  }

  override clearTimeout(id: number): void {
    this.#running.delete(id);
    super.clearTimeout(id);
  }
}
