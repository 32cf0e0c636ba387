import { invalidArgument } from '../errors.ts';
import { hasMethods } from '../input.ts';
import { inChunks } from './chunks.ts';

/** `localStorage`, React Native's `AsyncStorage`, `unstorage`, and everything made in their image, synchronous or not. */
export interface KeyValueStorage {
  /** The value, now or later. Some storages return JSON already parsed. */
  getItem(key: string): unknown;
  setItem(key: string, value: string): unknown;
  removeItem(key: string): unknown;
}

/** The module `expo-secure-store`. Its keys consist of letters, digits, `.`, `-` and `_`; its values have 2,048 bytes. */
export interface SecureStorage {
  getItemAsync(key: string): Promise<string | null>;
  setItemAsync(key: string, value: string): Promise<void>;
  deleteItemAsync(key: string): Promise<void>;
}

/** An instance of `react-native-mmkv`: `remove` from version 4 on, `delete` before. */
export type MmkvStorage = {
  getString(key: string): string | undefined;
  set(key: string, value: string): void;
} & ({ remove(key: string): unknown } | { delete(key: string): unknown });

/** A client of Redis (`ioredis`, `redis`), or the module `idb-keyval`. */
export interface RedisStorage {
  get(key: string): PromiseLike<unknown>;
  set(key: string, value: string): PromiseLike<unknown>;
  del(key: string): PromiseLike<unknown>;
}

/** Every kind of storage that `storageRepository` takes. */
export type AnyStorage = KeyValueStorage | SecureStorage | MmkvStorage | RedisStorage;

/** Their methods, by name: of reading, writing and removing. */
const SHAPES = [
  ['getItem', 'setItem', 'removeItem'],
  ['getItemAsync', 'setItemAsync', 'deleteItemAsync'],
  ['getString', 'set', 'remove'],
  ['getString', 'set', 'delete'],
  ['get', 'set', 'del'],
] as const;

const SECURE = SHAPES[1];
const SECURE_KEY = /^[\w.-]+$/;
const SECURE_VALUE_BYTES = 2_048;

/**
 * `storage` with the methods of Web Storage.
 *
 * @throws SessionError `invalidArgument` that names `storage` or, where this storage cannot have it, `key`.
 */
export function asKeyValueStorage(storage: AnyStorage, key: string): KeyValueStorage {
  const shape = SHAPES.find((names) => hasMethods(storage, ...names));
  if (shape === undefined) {
    throw invalidArgument(
      'storage',
      'expected getItem, setItem and removeItem (or the methods of expo-secure-store, MMKV or Redis), or a function that returns them',
    );
  }
  if (shape === SECURE && !SECURE_KEY.test(key)) {
    throw invalidArgument('key', 'expo-secure-store takes letters, digits, ".", "-" and "_" only');
  }
  if (shape === SHAPES[0]) return storage as KeyValueStorage;
  const [read, write, remove] = shape;
  const call = (name: string, ...values: readonly string[]): unknown =>
    (storage as unknown as Readonly<Record<string, (...values: readonly string[]) => unknown>>)[name]?.(...values);
  const renamed: KeyValueStorage = {
    getItem: (name) => call(read, name),
    setItem: (name, value) => call(write, name, value),
    removeItem: (name) => call(remove, name),
  };
  return shape === SECURE ? inChunks(renamed, SECURE_VALUE_BYTES) : renamed;
}

/** The default key: legal in every storage, and one for each API key. */
export function defaultKey(apiKey: string): string {
  return `sessionchart.${apiKey.replace(/[^A-Za-z0-9.-]/g, (character) => `_${character.charCodeAt(0).toString(16)}_`)}`;
}
