import { invalidArgument, OwnError } from '../errors.ts';
import { assertFit, FILLED_STRING, hasMethods, isThenable } from '../input.ts';
import { type AnyStorage, asKeyValueStorage, defaultKey, type KeyValueStorage } from './key-value-storage.ts';
import { orNull, placeOf, repositoryOf } from './place.ts';
import { checkRecordOptions, decodeRecord, encodeRecord } from './record.ts';
import type { ProvidedRepository } from './repository.ts';

export interface StorageRepositoryOptions {
  /** The API key that the record is bound to: a record of another app under the same key reads as no user. */
  readonly apiKey: string;
  /**
   * The key in the storage. Default: `sessionchart.` followed by the API key, in which every character other than a
   * letter, a digit, `.` and `-` is replaced by its code.
   */
  readonly key?: string | undefined;
  /**
   * Where `storage` events (changes made in other tabs) and `pageshow` events (a return from the back/forward cache)
   * come from. Default: the window, where there is one; `null` for none. Only changes of this very storage and key count.
   */
  readonly events?: StorageEventTarget | null | undefined;
}

/** The part of a window that is used. */
export interface StorageEventTarget {
  addEventListener(type: 'storage' | 'pageshow', listener: (event: StorageChange) => void, capture?: boolean): void;
  removeEventListener(type: 'storage' | 'pageshow', listener: (event: StorageChange) => void, capture?: boolean): void;
}

/** The part of a `StorageEvent` and of a `PageTransitionEvent` that is used. */
export interface StorageChange {
  /** `null` when the whole storage was cleared. */
  readonly key?: string | null;
  /** Not used: storage is read again. */
  readonly newValue?: string | null;
  readonly storageArea?: unknown;
  readonly persisted?: boolean;
}

/**
 * Keeps the user as one JSON record under one key of a storage: `localStorage`, React Native's `AsyncStorage`,
 * `unstorage`, `expo-secure-store`, `react-native-mmkv`, a client of Redis, or any object with `getItem`, `setItem` and
 * `removeItem`.
 *
 * Several tabs over one `localStorage` share the user, and so do several repositories over one storage object in this
 * process. A logout, or a login of another user, ends the sessions of the others without touching the record. A tab
 * without a session does not watch, and sees the change at its next `restore()`. Other storages are not watched.
 *
 * The record holds the user and nothing secret. A corrupt record reads as no user, is reported, and stays until the next
 * login or logout. A storage that throws (blocked, full) fails that one operation; the session works without it.
 *
 * @param storage The storage, or a function that returns it, called for each operation: for a storage whose access
 * itself may throw, or that is reopened.
 * @throws SessionError `invalidArgument` that names `storage`, `options`, `apiKey`, `key` or `events`.
 */
export function storageRepository(
  storage: AnyStorage | (() => AnyStorage),
  options: StorageRepositoryOptions,
): ProvidedRepository {
  checkRecordOptions(options, ['key', 'events']);
  const { apiKey, key = defaultKey(apiKey), events } = options;
  assertFit('key', key, FILLED_STRING);
  if (events !== undefined && events !== null && !hasMethods(events, 'addEventListener', 'removeEventListener')) {
    throw invalidArgument('events', 'expected a window, or null');
  }
  const fixed = typeof storage === 'function' ? null : asKeyValueStorage(storage, key);
  const open = () => {
    const given = typeof storage === 'function' ? storage() : storage;
    return { given, items: fixed ?? asKeyValueStorage(given, key) };
  };

  const repository = repositoryOf(apiKey, () => {
    const { given, items } = open();
    return {
      place: placeOf(given, key),
      read: async () => decodeRecord(apiKey, await foundIn(items, key)),
      write: (record) => write(items, key, record),
      remove: () => remove(items, key, apiKey),
    };
  });
  return {
    ...repository,
    subscribe(listener) {
      const target = events === undefined ? windowOf(globalThis) : events;
      const stopPlace = repository.subscribe(listener);
      if (target === null) return stopPlace;

      let isStopped = false;
      // The event's own value may be older than what this tab has written since.
      const readAgain = async () => {
        try {
          const { given, items } = open();
          const isNewest = placeOf(given, key).watchWrites();
          let found = items.getItem(key);
          if (isThenable(found)) found = await found;
          const record = decodeRecord(apiKey, found);
          if (isStopped || !isNewest()) return;
          if (record.kind === 'user') listener(record.user);
          if (record.kind === 'noUser') listener(null);
        } catch {
          // Unreadable: what is stored is unknown, and the next load reports it.
        }
      };
      const onStorage = (event: StorageChange) => {
        const opened = event.key === key || event.key === null ? orNull(open) : null;
        if (opened !== null && event.storageArea === opened.given) void readAgain();
      };
      const onPageShow = (event: StorageChange) => {
        if (event.persisted === true) void readAgain();
      };
      target.addEventListener('storage', onStorage);
      // Captured: before the environment resumes the session, which opens a socket.
      target.addEventListener('pageshow', onPageShow, true);
      return () => {
        isStopped = true;
        stopPlace();
        target.removeEventListener('storage', onStorage);
        target.removeEventListener('pageshow', onPageShow, true);
      };
    },
  };
}

/**
 * Keeps the user in the browser's `localStorage`; see {@link storageRepository}. Safe to create anywhere: the storage is
 * looked up when it is used. Where there is none (a server that renders) no user is stored; where it is blocked or full,
 * the session works, and reports that its user is not stored.
 */
export function browserRepository(options: StorageRepositoryOptions): ProvidedRepository {
  return storageRepository(() => pageStorage() ?? NO_STORAGE, options);
}

/** Without a document there is no page whose storage it could be: newer versions of Node have a global of that name. */
function pageStorage(): KeyValueStorage | null {
  return typeof document === 'undefined' ? null : globalThis.localStorage;
}

const NO_STORAGE: KeyValueStorage = {
  getItem: () => null,
  setItem: () => {
    throw new OwnError('There is no localStorage here.');
  },
  removeItem: () => {},
};

/** An empty string is a corrupt record, except in a storage that returns one where there is nothing. */
async function foundIn(items: KeyValueStorage, key: string): Promise<unknown> {
  const found = await items.getItem(key);
  return found === '' && (await items.getItem(`${key}.nothing`)) === '' ? null : found;
}

/** A storage that catches its own failures reports them by `false`. */
async function write(items: KeyValueStorage, key: string, record: string): Promise<void> {
  if ((await items.setItem(key, record)) === false) throw new OwnError('The storage refused it.');
}

/**
 * Removes the record or, failing that, overwrites it with a record of no user. The record of another app stays, and so
 * does one that was written elsewhere while the removal was failing. Returns whether a record of this app is gone.
 */
async function remove(items: KeyValueStorage, key: string, apiKey: string): Promise<boolean> {
  let before: unknown = null;
  let isReadable = true;
  try {
    before = items.getItem(key);
    // Awaited only if necessary: what a page removes on its way out is removed before it is gone.
    if (isThenable(before)) before = await before;
  } catch {
    // It may be this app's.
    isReadable = false;
  }
  if (decodeRecord(apiKey, before).kind === 'otherApp') return false;
  try {
    // By `false` some storages report a failure, and others that there was nothing to remove.
    if ((await items.removeItem(key)) !== false) return true;
    if (decodeRecord(apiKey, await foundIn(items, key)).kind === 'noUser') return true;
    throw new OwnError('The storage refused it.');
  } catch (cause) {
    try {
      const now = isReadable ? await items.getItem(key) : before;
      const isNewLogin = decodeRecord(apiKey, now).kind === 'user' && textOf(now) !== textOf(before);
      if (isNewLogin) return false;
      await write(items, key, encodeRecord(apiKey, null));
      return true;
    } catch {
      throw cause;
    }
  }
}

const textOf = (found: unknown): unknown => (typeof found === 'object' ? JSON.stringify(found) : found);

function windowOf(place: Partial<StorageEventTarget>): StorageEventTarget | null {
  return typeof place.addEventListener === 'function' ? (place as StorageEventTarget) : null;
}
