import type { Environment, EnvironmentChange, EnvironmentReading } from '../../environment/environment.ts';

/** A device with a network and a screen. */
export class Device implements Environment {
  #reading: EnvironmentReading = { online: true, foreground: true };
  readonly #listeners = new Set<(change: EnvironmentChange) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  readonly read = (): EnvironmentReading => this.#reading;

  readonly subscribe: Environment['subscribe'] = (listener) => {
    const own = (change: EnvironmentChange) => listener(change);
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  };

  change(change: EnvironmentChange): void {
    const { online, foreground } = this.#reading;
    this.#reading = {
      online: change === 'online' || (change !== 'offline' && online),
      foreground: change === 'foreground' || (change !== 'background' && foreground),
    };
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** It has a network again, and its user looks at it. */
  heal(): void {
    if (!this.#reading.online) this.change('online');
    if (!this.#reading.foreground) this.change('foreground');
  }

  kill(): void {
    this.#listeners.clear();
  }
}
