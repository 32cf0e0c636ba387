import type { KeyValueStorage } from '../../../src/repository/key-value-storage.ts';
import type { StorageChange, StorageEventTarget } from '../../../src/repository/storage.ts';

/** Web Storage as a page has it: synchronous, strings only. */
export class MapStorage implements KeyValueStorage {
  readonly values = new Map<string, string>();

  getItem(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.values.set(key, String(value));
  }

  removeItem(key: string): void {
    this.values.delete(key);
  }
}

/** The same, in later tasks, like React Native's AsyncStorage; a read overtakes a write under way. */
export class AsyncMapStorage implements KeyValueStorage {
  readonly values = new Map<string, string>();

  async getItem(key: string): Promise<string | null> {
    await nextTask();
    return this.values.get(key) ?? null;
  }

  async setItem(key: string, value: string): Promise<void> {
    for (let task = 0; task < 3; task += 1) await nextTask();
    this.values.set(key, value);
  }

  async removeItem(key: string): Promise<void> {
    await nextTask();
    this.values.delete(key);
  }
}

const nextTask = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The window of a tab: gets the events that a browser fires when another tab has changed the storage they share. */
export class TabWindow implements StorageEventTarget {
  readonly listeners = new Set<(event: StorageChange) => void>();
  readonly #types = new Map<(event: StorageChange) => void, string>();

  addEventListener(type: string, listener: (event: StorageChange) => void): void {
    this.listeners.add(listener);
    this.#types.set(listener, type);
  }

  removeEventListener(_: string, listener: (event: StorageChange) => void): void {
    this.listeners.delete(listener);
  }

  /** Another tab has changed the storage. */
  fire(event: StorageChange): void {
    this.#fire('storage', event);
  }

  /** The page is shown; `persisted`: it comes back from the back/forward cache. */
  show(persisted: boolean): void {
    this.#fire('pageshow', { persisted });
  }

  #fire(type: string, event: StorageChange): void {
    for (const listener of [...this.listeners]) if (this.#types.get(listener) === type) listener(event);
  }
}
