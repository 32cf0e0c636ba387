import { afterEach, describe, expect, it, vi } from 'vitest';
import { encodeRecord } from '../../../src/repository/record.ts';
import { browserRepository, type KeyValueStorage, storageRepository } from '../../../src/repository/storage.ts';
import type { User } from '../../../src/user.ts';
import { AsyncMapStorage, MapStorage, TabWindow } from './storages.ts';

const apiKey = 'key';
const KEY = 'sessionchart:key';
const alice = { id: 'alice', name: 'Alice' };
const bob = { id: 'bob' };
const fail = (message: string) => () => {
  throw new Error(message);
};

const spoiled = (spoil: Partial<KeyValueStorage>) => Object.assign(new MapStorage(), spoil);

describe('storageRepository', () => {
  it('keeps one record under one key, named after the API key or as the app likes', async () => {
    const storage = new MapStorage();
    await storageRepository(storage, { apiKey }).setCurrentUser(alice);
    await storageRepository(storage, { apiKey, key: 'mine' }).setCurrentUser(bob);
    expect([...storage.values.keys()]).toEqual([KEY, 'mine']);
    expect(JSON.parse(storage.values.get(KEY) ?? '')).toEqual({ version: 1, apiKey, user: alice });
  });

  it.each([
    ['', 'not JSON'],
    ['eyJhbGciOiJIUzI1NiJ9.eyJ1c2VyX2lkIjoiYWxpY2UifQ.signature', 'not JSON'],
    ['null', 'no version'],
    ['{"version":"1"}', 'no version'],
    ['{"version":99}', 'version 99'],
    ['{"version":1,"apiKey":"key","user":{"id":7}}', 'malformed at user.id'],
    ['{"version":1,"apiKey":"key","user":"alice"}', 'malformed at user'],
    [7 as unknown as string, 'not text'],
  ])('E2: a corrupt record %j reads as nobody and is reported, without a word of it', async (text, problem) => {
    const storage = new MapStorage();
    storage.values.set(KEY, text);
    const problems: string[] = [];
    const repository = storageRepository(storage, { apiKey });
    expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(problems.join()).not.toContain('eyJ');
    expect(storage.values.get(KEY)).toBe(text);
    await repository.setCurrentUser(alice);
    expect(await repository.getCurrentUser()).toEqual(alice);
  });

  it("another app's record under the same key reads as nobody, and a logout leaves it", async () => {
    const storage = new MapStorage();
    const other = storageRepository(storage, { apiKey: 'other', key: 'shared' });
    const own = storageRepository(storage, { apiKey, key: 'shared' });
    await other.setCurrentUser(bob);
    const problems: string[] = [];
    expect(await own.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    await own.clearCurrentUser();
    expect(await other.getCurrentUser()).toEqual(bob);
    expect(problems).toEqual([]);
  });

  it('E3: full storage refuses the write, and keeps what it has', async () => {
    const storage = new MapStorage();
    await storageRepository(storage, { apiKey }).setCurrentUser(alice);
    storage.setItem = fail('QuotaExceededError');
    await expect(storageRepository(storage, { apiKey }).setCurrentUser(bob)).rejects.toThrow('QuotaExceededError');
    expect(await storageRepository(storage, { apiKey }).getCurrentUser()).toEqual(alice);
  });

  it('law 6: what cannot be removed is overwritten with a record that says nobody', async () => {
    const storage = spoiled({ removeItem: fail('not now') });
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    await repository.clearCurrentUser();
    const problems: string[] = [];
    expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    expect(problems).toEqual([]);
    expect(storage.values.get(KEY)).not.toContain('alice');
  });

  it('law 6: what can be neither removed nor overwritten is an error', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    Object.assign(storage, { removeItem: fail('not now'), setItem: fail('nor that') });
    await expect(repository.clearCurrentUser()).rejects.toThrow('not now');
    expect(await repository.getCurrentUser()).toEqual(alice);
  });

  it('law 6: what cannot be read is removed all the same', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    storage.getItem = fail('unreadable');
    await repository.clearCurrentUser();
    expect(storage.values.size).toBe(0);
  });

  it('law 6: over a synchronous storage the removal is done before the call returns', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    const cleared = repository.clearCurrentUser();
    expect(storage.values.size).toBe(0);
    await cleared;
  });

  it('law 6: a logout by a new object waits for the write of the one before', async () => {
    const storage = new AsyncMapStorage();
    const writing = storageRepository(storage, { apiKey }).setCurrentUser(alice);
    const clearing = storageRepository(storage, { apiKey }).clearCurrentUser();
    await Promise.all([writing, clearing]);
    expect(storage.values.size).toBe(0);
  });

  it('a failed operation does not keep the next one from its turn', async () => {
    const storage = new AsyncMapStorage();
    const setItem = storage.setItem.bind(storage);
    storage.setItem = () => Promise.reject(new Error('busy'));
    const repository = storageRepository(storage, { apiKey });
    const failing = repository.setCurrentUser(alice);
    await expect(failing).rejects.toThrow('busy');
    storage.setItem = setItem;
    await repository.setCurrentUser(bob);
    expect(await repository.getCurrentUser()).toEqual(bob);
  });

  it('E7: a storage given as a function is opened for each operation, so that a closed one can be reopened', async () => {
    const storage = new MapStorage();
    let isClosed = true;
    const repository = storageRepository(
      () => {
        if (isClosed) throw new Error('the connection is closing');
        return storage;
      },
      { apiKey },
    );
    await expect(repository.setCurrentUser(alice)).rejects.toThrow('the connection is closing');
    isClosed = false;
    await repository.setCurrentUser(alice);
    expect(await repository.getCurrentUser()).toEqual(alice);
  });
});

describe('several tabs over one storage', () => {
  const storage = new MapStorage();

  function listen() {
    const tab = new TabWindow();
    const heard: (User | null)[] = [];
    const repository = storageRepository(storage, { apiKey, events: tab });
    const stop = repository.subscribe?.((user) => heard.push(user)) ?? (() => {});
    return { tab, heard, stop };
  }

  it("E15: hear of another user's login, of a logout, and of everything being cleared", () => {
    const { tab, heard } = listen();
    tab.hear({ key: KEY, newValue: encodeRecord(apiKey, bob), storageArea: storage });
    tab.hear({ key: KEY, newValue: null, storageArea: storage });
    tab.hear({ key: KEY, newValue: encodeRecord(apiKey, null), storageArea: storage });
    tab.hear({ key: null, newValue: null, storageArea: storage });
    expect(heard).toEqual([bob, null, null, null]);
  });

  it('do not hear of other keys and storages, nor of records that are not theirs or not understood', () => {
    const { tab, heard } = listen();
    tab.hear({ key: 'theme', newValue: null, storageArea: storage });
    tab.hear({ key: KEY, newValue: null, storageArea: new MapStorage() });
    tab.hear({ key: KEY, newValue: encodeRecord('other', bob), storageArea: storage });
    tab.hear({ key: KEY, newValue: '{"version":2}', storageArea: storage });
    expect(heard).toEqual([]);
  });

  it('law 2: listen only while somebody asked for it', () => {
    const { tab, heard, stop } = listen();
    expect(tab.listeners.size).toBe(1);
    stop();
    stop();
    expect(tab.listeners.size).toBe(0);
    tab.hear({ key: KEY, newValue: null, storageArea: storage });
    expect(heard).toEqual([]);
  });

  it('without a window there is nothing to hear', () => {
    expect(storageRepository(storage, { apiKey }).subscribe?.(() => {})).toBeTypeOf('function');
    expect(storageRepository(storage, { apiKey, events: null }).subscribe?.(() => {})).toBeTypeOf('function');
  });
});

describe('browserRepository', () => {
  afterEach(() => vi.unstubAllGlobals());

  /** A page whose `localStorage` is what `give` says, at each access. */
  function page(give: () => unknown): void {
    vi.stubGlobal('document', {});
    // A getter can't be stubbed, but what was there before is put back when this is undone.
    vi.stubGlobal('localStorage', undefined);
    Object.defineProperty(globalThis, 'localStorage', { get: give, configurable: true });
  }

  it('keeps the user in localStorage', async () => {
    const storage = new MapStorage();
    page(() => storage);
    const repository = browserRepository({ apiKey });
    await repository.setCurrentUser(alice);
    expect(await repository.getCurrentUser()).toEqual(alice);
    expect(storage.values.has(KEY)).toBe(true);
  });

  it.each([
    ['on a server that renders', () => {}],
    ['where the page has none', () => page(() => null)],
  ])('%s nobody is stored, and a login says that its user is not', async (_, arrange) => {
    arrange();
    const repository = browserRepository({ apiKey });
    expect(await repository.getCurrentUser()).toBeNull();
    await expect(repository.setCurrentUser(alice)).rejects.toThrow('There is no localStorage here.');
    await repository.clearCurrentUser();
  });

  it('can be created where localStorage is blocked; each use says that it is', async () => {
    page(fail('SecurityError'));
    const repository = browserRepository({ apiKey });
    await expect(repository.getCurrentUser()).rejects.toThrow('SecurityError');
    await expect(repository.setCurrentUser(alice)).rejects.toThrow('SecurityError');
    await expect(repository.clearCurrentUser()).rejects.toThrow('SecurityError');
    expect(repository.subscribe?.(() => {})).toBeTypeOf('function');
  });
});
