export { settled } from '../../../src/testing/virtual-clock.ts';

/** Rung whenever something happened anywhere, so that no one has to poll or to sleep. */
export class ConditionSignal {
  readonly #waiting = new Set<() => void>();

  ring(): void {
    for (const look of [...this.#waiting]) look();
  }

  /** Resolves as soon as `condition` holds; it is looked at now and at every ring. */
  until(condition: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const look = () => {
        if (!condition()) return;
        finish();
        resolve();
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`Not within ${timeoutMs} ms: ${what}`));
      }, timeoutMs);
      this.#waiting.add(look);
    });
  }
}
