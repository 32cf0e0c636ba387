import type { KeyValueStorage, StorageChange, StorageEventTarget } from '../../../src/repository/storage.ts';

/** Web Storage as a page has it: synchronous, text only. */
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

/** The same answers in later tasks, as React Native's AsyncStorage gives them; a read overtakes a write under way. */
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

/** A tab's window: hears of what other tabs do to the storage they share, as browsers tell it. */
export class TabWindow implements StorageEventTarget {
  readonly listeners = new Set<(event: StorageChange) => void>();

  addEventListener(_: 'storage', listener: (event: StorageChange) => void): void {
    this.listeners.add(listener);
  }

  removeEventListener(_: 'storage', listener: (event: StorageChange) => void): void {
    this.listeners.delete(listener);
  }

  hear(event: StorageChange): void {
    for (const listener of [...this.listeners]) listener(event);
  }
}
