import type { Environment, EnvironmentChange } from '../../environment/environment.ts';

/** A device with a network and a screen. */
export class Device {
  #reading = { online: true, foreground: true };
  readonly #listeners = new Set<(change: EnvironmentChange) => void>();

  get listeners(): number {
    return this.#listeners.size;
  }

  environment(): Environment {
    return {
      read: () => ({ ...this.#reading }),
      subscribe: (listener) => {
        const own = (change: EnvironmentChange) => listener(change);
        this.#listeners.add(own);
        return () => this.#listeners.delete(own);
      },
    };
  }

  change(change: EnvironmentChange): void {
    if (change === 'online' || change === 'offline') this.#reading = { ...this.#reading, online: change === 'online' };
    if (change === 'foreground' || change === 'background') {
      this.#reading = { ...this.#reading, foreground: change === 'foreground' };
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  /** It has a network again, and its user looks at it. */
  heal(): void {
    if (!this.#reading.online) this.change('online');
    if (!this.#reading.foreground) this.change('foreground');
  }

  /** The process died, and receives nothing more. */
  kill(): void {
    this.#listeners.clear();
  }
}
