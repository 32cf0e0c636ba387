import { invalidArgument } from '../errors.ts';
import type { User } from '../user.ts';
import { checkRecordOptions, hasMethods } from './check-options.ts';
import { withLock } from './mutex.ts';
import { decodeRecord, encodeRecord, type StoredRecord } from './record.ts';
import type { ReportCorruptRecord, UserRepository } from './repository.ts';

/** Anything with these methods, synchronous or not: `localStorage`, React Native's `AsyncStorage`, a map behind a worker. */
export interface KeyValueStorage {
  getItem(key: string): string | null | undefined | PromiseLike<string | null | undefined>;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

export interface StorageRepositoryOptions {
  /** The API key that the record is bound to: what another app stored under the same key reads as nobody. */
  readonly apiKey: string;
  /** The key in the storage. Default: `sessionchart:` followed by the API key. */
  readonly key?: string;
  /**
   * Where `storage` events come from, by which tabs hear of each other. Default: the window, where there is one; `null`
   * for none. Only what concerns this very storage and key is heard.
   */
  readonly events?: StorageEventTarget | null;
}

/** The part of a window that is used. */
export interface StorageEventTarget {
  addEventListener(type: 'storage', listener: (event: StorageChange) => void): void;
  removeEventListener(type: 'storage', listener: (event: StorageChange) => void): void;
}

/** The part of a `StorageEvent` that is used. */
export interface StorageChange {
  /** `null` when the whole storage was cleared. */
  readonly key?: string | null;
  readonly newValue?: string | null;
  readonly storageArea?: unknown;
}

/**
 * Keeps the user as one JSON record under one key of a storage.
 *
 * Several tabs over one `localStorage` share the user. What one tab writes, the others are told by the window's
 * `storage` event: a logout, or a login of another user, ends their session without touching the record; a tab in which
 * nobody is logged in does not listen, and sees it at its next `restore()`. Other storages are not watched.
 *
 * The record holds the user and nothing secret. A corrupt one reads as nobody, is reported, and stays until the next
 * login or logout. A storage that throws (blocked, full) fails that one operation; the session works without.
 *
 * @param storage The storage, or a function that gives it, called for each operation: for a storage whose access
 * itself may throw, or that is reopened.
 * @throws SessionError `invalidArgument` that names `storage`, `options`, `apiKey`, `key` or `events`.
 */
export function storageRepository(
  storage: KeyValueStorage | (() => KeyValueStorage),
  options: StorageRepositoryOptions,
): UserRepository {
  if (typeof storage !== 'function') checkStorage(storage);
  checkRecordOptions(options);
  const { apiKey, key = `sessionchart:${apiKey}`, events } = options;
  if (typeof key !== 'string') throw invalidArgument('key', 'expected a string');
  if (events !== undefined && events !== null && !hasMethods(events, 'addEventListener', 'removeEventListener')) {
    throw invalidArgument('events', 'expected a window, or null');
  }
  const open = typeof storage === 'function' ? () => checkStorage(storage()) : () => storage;
  const decode = (text: unknown) => decodeRecord(apiKey, text);

  return {
    async getCurrentUser(report) {
      const place = open();
      return withLock(place, key, async () => userOf(decode(await place.getItem(key)), report));
    },
    async setCurrentUser(user) {
      const place = open();
      return withLock(place, key, async () => {
        await place.setItem(key, encodeRecord(apiKey, user));
      });
    },
    async clearCurrentUser() {
      const place = open();
      return withLock(place, key, () => remove(place, key, apiKey));
    },
    subscribe(listener) {
      const target = events === undefined ? windowOf(globalThis) : events;
      if (target === null) return () => {};
      const onStorage = (event: StorageChange) => {
        if (!concerns(event, key, open)) return;
        const record = decode(event.key === key ? event.newValue : null);
        if (record.kind === 'user') listener(record.user);
        if (record.kind === 'nobody') listener(null);
      };
      target.addEventListener('storage', onStorage);
      return () => target.removeEventListener('storage', onStorage);
    },
  };
}

/**
 * Keeps the user in the browser's `localStorage`; see {@link storageRepository}. Safe to create anywhere: the storage is
 * looked for when it is used. Where there is none (a server that renders) nobody is stored; where it is blocked or full,
 * the session works, and says that its user is not stored.
 */
export function browserRepository(options: StorageRepositoryOptions): UserRepository {
  return storageRepository(() => pageStorage() ?? NO_STORAGE, options);
}

/** Without a document there is no page whose storage it could be: newer Node has a global of that name, too. */
function pageStorage(): KeyValueStorage | null {
  return typeof document === 'undefined' ? null : globalThis.localStorage;
}

const NO_STORAGE: KeyValueStorage = {
  getItem: () => null,
  setItem: () => {
    throw new Error('There is no localStorage here.');
  },
  removeItem: () => {},
};

function checkStorage(storage: KeyValueStorage): KeyValueStorage {
  if (hasMethods(storage, 'getItem', 'setItem', 'removeItem')) return storage;
  throw invalidArgument('storage', 'expected getItem, setItem and removeItem, or a function that gives them');
}

function userOf(record: StoredRecord, report: ReportCorruptRecord | undefined): User | null {
  if (record.kind === 'corrupt') report?.({ message: record.message });
  return record.kind === 'user' ? record.user : null;
}

/** Removes the record, or failing that overwrites it with one that says nobody. Another app's record stays. */
async function remove(storage: KeyValueStorage, key: string, apiKey: string): Promise<void> {
  let found: unknown = null;
  try {
    found = storage.getItem(key);
    // Only where it must be waited for: what a page removes on its way out is removed before it is gone.
    if (isPromiseLike(found)) found = await found;
  } catch {
    // Unreadable, so by all that is known it is this app's.
  }
  if (decodeRecord(apiKey, found).kind === 'otherApp') return;
  try {
    await storage.removeItem(key);
  } catch (cause) {
    try {
      await storage.setItem(key, encodeRecord(apiKey, null));
    } catch {
      throw cause;
    }
  }
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value;
}

function concerns(event: StorageChange, key: string, open: () => KeyValueStorage): boolean {
  if (event.key !== key && event.key !== null) return false;
  try {
    return event.storageArea === open();
  } catch {
    return false;
  }
}

function windowOf(place: Partial<StorageEventTarget>): StorageEventTarget | null {
  return typeof place.addEventListener === 'function' ? (place as StorageEventTarget) : null;
}
