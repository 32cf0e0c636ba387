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
  listeners: readonly Registration[] = [];

  addEventListener(type: string, listener: (event: StorageChange) => void, capture = false): void {
    this.listeners = [...this.listeners, { type, listener, capture }];
  }

  removeEventListener(type: string, listener: (event: StorageChange) => void, capture = false): void {
    this.listeners = this.listeners.filter(
      (other) => other.type !== type || other.listener !== listener || other.capture !== capture,
    );
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
    const ofType = this.listeners.filter((registration) => registration.type === type);
    const inOrder = [...ofType.filter(({ capture }) => capture), ...ofType.filter(({ capture }) => !capture)];
    for (const { listener } of inOrder) listener(event);
  }
}

interface Registration {
  readonly type: string;
  readonly listener: (event: StorageChange) => void;
  readonly capture: boolean;
}

/*
 * Stand-ins for packages that need a device, made after their documentation and sources: expo-secure-store 57 and
 * react-native-mmkv 4. The real packages of the others run through the same contract by `npm run test:full`.
 */

/** `expo-secure-store`: refuses other keys, and values of more than 2,048 bytes as older versions of iOS do. */
export class SecureStoreStandIn {
  readonly values = new Map<string, string>();

  async getItemAsync(key: string): Promise<string | null> {
    ensureValidKey(key);
    await nextTask();
    return this.values.get(key) ?? null;
  }

  async setItemAsync(key: string, value: string): Promise<void> {
    ensureValidKey(key);
    if (Buffer.byteLength(value) > 2_048) throw new Error('The value is larger than 2048 bytes.');
    await nextTask();
    this.values.set(key, value);
  }

  async deleteItemAsync(key: string): Promise<void> {
    ensureValidKey(key);
    await nextTask();
    this.values.delete(key);
  }
}

function ensureValidKey(key: string): void {
  if (/^[\w.-]+$/.test(key)) return;
  throw new Error(
    'Invalid key provided to SecureStore. Keys must not be empty and contain only alphanumeric characters, ".", "-", and "_".',
  );
}

/** `react-native-mmkv` 4: synchronous, and without `delete`. */
export class MmkvStandIn {
  readonly values = new Map<string, string>();
  getString = (key: string): string | undefined => this.values.get(key);
  set = (key: string, value: string): void => void this.values.set(key, value);
  remove = (key: string): boolean => this.values.delete(key);
}

/** `react-native-mmkv` 2 and 3. */
export class OldMmkvStandIn {
  readonly values = new Map<string, string>();
  getString = (key: string): string | undefined => this.values.get(key);
  set = (key: string, value: string): void => void this.values.set(key, value);
  delete = (key: string): boolean => this.values.delete(key);
}

/** A client of Redis, as `ioredis` has it. */
export class RedisStandIn {
  readonly values = new Map<string, string>();

  async get(key: string): Promise<string | null> {
    await nextTask();
    return this.values.get(key) ?? null;
  }

  async set(key: string, value: string): Promise<'OK'> {
    await nextTask();
    this.values.set(key, value);
    return 'OK';
  }

  async del(key: string): Promise<number> {
    await nextTask();
    return this.values.delete(key) ? 1 : 0;
  }
}

/** Returns JSON parsed, as `unstorage` does. */
export class ParsingStorage extends MapStorage {
  override getItem(key: string): string | null {
    const text = super.getItem(key);
    return text === null ? null : JSON.parse(text);
  }
}
