import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ChatClient, createChatClient, memoryRepository, type UserRepository } from '../../../src/index.ts';
import type { KeyValueStorage } from '../../../src/repository/key-value-storage.ts';
import { encodeRecord } from '../../../src/repository/record.ts';
import { browserRepository, storageRepository } from '../../../src/repository/storage.ts';
import { Backend } from '../../../src/testing/index.ts';
import type { User } from '../../../src/user.ts';
import { AsyncMapStorage, MapStorage, ParsingStorage, SecureStoreStandIn, TabWindow } from './storages.ts';

const apiKey = 'key';
const KEY = 'sessionchart.key';
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
    ['{"version":1,"apiKey":7,"user":null}', 'malformed at apiKey'],
    [7 as unknown as string, 'not text'],
  ])('E2: a corrupt record %j reads as no user and is reported, without quoting it', async (text, problem) => {
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

  it('an empty string reads as no user, and is not reported, in a storage that returns one for nothing', async () => {
    const storage = new MapStorage();
    const { getItem } = storage;
    storage.getItem = (key) => getItem.call(storage, key) ?? '';
    const problems: string[] = [];
    const repository = storageRepository(storage, { apiKey });
    expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    await repository.setCurrentUser(alice);
    expect(await repository.getCurrentUser()).toEqual(alice);
    storage.removeItem = (key) => {
      storage.values.delete(key);
      return false;
    };
    await repository.clearCurrentUser();
    expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    expect(problems).toEqual([]);
    expect(storage.values.size).toBe(0);
  });

  it('a chunk that reads as an empty string is a missing one', async () => {
    const storage = new SecureStoreStandIn();
    let reads = 0;
    const { getItemAsync } = storage;
    storage.getItemAsync = async (key) => {
      reads += 1;
      return (await getItemAsync.call(storage, key)) ?? '';
    };
    const repository = storageRepository(storage, { apiKey });
    const large = { id: 'alice', text: 'x'.repeat(5_000) };
    await repository.setCurrentUser(large);
    expect(await repository.getCurrentUser()).toEqual(large);
    await repository.clearCurrentUser();
    expect(await repository.getCurrentUser()).toBeNull();
    expect(reads).toBeLessThan(30);
  });

  it('law 7: a record with a byte order mark, as some editors write it, is read', async () => {
    const storage = new MapStorage();
    storage.values.set(KEY, `\uFEFF${encodeRecord(apiKey, alice)}`);
    expect(await storageRepository(storage, { apiKey }).getCurrentUser()).toEqual(alice);
  });

  it('E2: a record of which parts are missing reads as no user, however many it says there are', async () => {
    const storage = new SecureStoreStandIn();
    storage.values.set(KEY, 'chunks:a:999999999');
    const problems: string[] = [];
    const repository = storageRepository(storage, { apiKey });
    expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    expect(problems).toEqual([expect.stringContaining('not JSON')]);
    await repository.setCurrentUser(alice);
    expect(await repository.getCurrentUser()).toEqual(alice);
  });

  it("another app's record under the same key reads as no user, is reported, and survives a logout", async () => {
    const storage = new MapStorage();
    const other = storageRepository(storage, { apiKey: 'other', key: 'shared' });
    const own = storageRepository(storage, { apiKey, key: 'shared' });
    const seen: (User | null)[] = [];
    await other.setCurrentUser(bob);
    other.subscribe?.((user) => seen.push(user));
    const problems: string[] = [];
    expect(await own.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    await own.clearCurrentUser();
    expect([await other.getCurrentUser(), seen]).toEqual([bob, []]);
    expect(problems).toEqual([expect.stringContaining('belongs to another API key')]);
  });

  it('E3: full storage refuses the write, and keeps what it has', async () => {
    const storage = new MapStorage();
    await storageRepository(storage, { apiKey }).setCurrentUser(alice);
    storage.setItem = fail('QuotaExceededError');
    await expect(storageRepository(storage, { apiKey }).setCurrentUser(bob)).rejects.toThrow('QuotaExceededError');
    expect(await storageRepository(storage, { apiKey }).getCurrentUser()).toEqual(alice);
  });

  it('E3: a storage that refuses a write by returning false fails that write', async () => {
    for (const refused of [false, Promise.resolve(false)]) {
      const repository = storageRepository(spoiled({ setItem: () => refused }), { apiKey });
      await expect(repository.setCurrentUser(alice)).rejects.toThrow('The storage refused it.');
    }
  });

  it('law 6: a removal that is refused by returning false counts as one only where nothing is left', async () => {
    const repository = storageRepository(spoiled({ removeItem: () => false }), { apiKey });
    await repository.clearCurrentUser();
    await repository.setCurrentUser(alice);
    await repository.clearCurrentUser();
    expect(await repository.getCurrentUser()).toBeNull();

    const refusing = spoiled({ removeItem: () => false });
    await storageRepository(refusing, { apiKey }).setCurrentUser(alice);
    Object.assign(refusing, { setItem: () => false });
    await expect(storageRepository(refusing, { apiKey }).clearCurrentUser()).rejects.toThrow('The storage refused it.');
  });

  it('a record that the storage returns as bytes is read', async () => {
    const toBytes = [
      (text: string) => Buffer.from(text),
      (text: string) => new TextEncoder().encode(text),
      (text: string) => new TextEncoder().encode(text).buffer,
    ];
    for (const encode of toBytes) {
      const values = new Map<string, unknown>();
      const storage = {
        getItem: (key: string) => values.get(key) ?? null,
        setItem: (key: string, value: string) => void values.set(key, encode(value)),
        removeItem: (key: string) => void values.delete(key),
      };
      await storageRepository(storage, { apiKey }).setCurrentUser(alice);
      expect(await storageRepository(storage, { apiKey }).getCurrentUser()).toEqual(alice);
      await storageRepository(storage, { apiKey }).clearCurrentUser();
      expect(values.size).toBe(0);
    }
  });

  it.each([
    ['as on most platforms', () => {}],
    ['without a TextDecoder, as on React Native', () => vi.stubGlobal('TextDecoder', undefined)],
  ])('bytes are read as UTF-8, and reported where they are none (%s)', async (_, arrange) => {
    onTestFinished(() => void vi.unstubAllGlobals());
    arrange();
    const zoe = { id: 'alice', name: 'Zoë 😀' };
    const record = JSON.stringify(JSON.parse(encodeRecord(apiKey, zoe)), null, '\t');
    let stored: Uint8Array = Buffer.from(record);
    const storage = { getItem: () => stored, setItem: () => {}, removeItem: () => {} };
    const repository = storageRepository(storage, { apiKey });
    expect(await repository.getCurrentUser()).toEqual(zoe);
    stored = Buffer.from([0xff, 0xfe, 0x00]);
    const problems: string[] = [];
    expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
    expect(problems).toEqual([expect.stringContaining('is not JSON')]);
  });

  it('law 6: what cannot be removed is overwritten with a record of no user', async () => {
    for (const storage of [new MapStorage(), new ParsingStorage()]) {
      storage.removeItem = fail('not now');
      const repository = storageRepository(storage, { apiKey });
      await repository.setCurrentUser(alice);
      const seen: (User | null)[] = [];
      storageRepository(storage, { apiKey }).subscribe?.((user) => seen.push(user));
      await repository.clearCurrentUser();
      const problems: string[] = [];
      expect(await repository.getCurrentUser(({ message }) => problems.push(message))).toBeNull();
      expect(problems).toEqual([]);
      expect(storage.values.get(KEY)).not.toContain('alice');
      expect(seen).toEqual([null]);
    }
  });

  it('law 6: what can be neither removed nor overwritten is an error', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    Object.assign(storage, { removeItem: fail('not now'), setItem: fail('nor that') });
    await expect(repository.clearCurrentUser()).rejects.toThrow('not now');
    expect(await repository.getCurrentUser()).toEqual(alice);
  });

  it('law 6: what cannot be read is still removed or, failing that, overwritten', async () => {
    for (const spoil of [{}, { removeItem: fail('not now') }]) {
      const storage = spoiled(spoil);
      const repository = storageRepository(storage, { apiKey });
      await repository.setCurrentUser(alice);
      storage.getItem = fail('unreadable');
      await repository.clearCurrentUser();
      expect([...storage.values.values()].join()).not.toContain('alice');
    }
  });

  it('law 6: over a synchronous storage the removal is done before the call returns', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    // As in a session, which watches.
    repository.subscribe?.(() => {});
    await repository.setCurrentUser(alice);
    const cleared = repository.clearCurrentUser();
    expect(storage.values.size).toBe(0);
    await cleared;
  });

  it('law 6: a logout by a new object waits for the write of the one before', async () => {
    const storage = new AsyncMapStorage();
    const repository = storageRepository(storage, { apiKey });
    const stop = repository.subscribe?.(() => {});
    const writing = repository.setCurrentUser(alice);
    stop?.();
    const clearing = storageRepository(storage, { apiKey }).clearCurrentUser();
    await Promise.all([writing, clearing]);
    expect(storage.values.size).toBe(0);
  });

  it('law 6: nothing is done past a write that waits for another one', async () => {
    const storage = new AsyncMapStorage();
    const { setItem, removeItem } = storage;
    const calls: string[] = [];
    const logged = async (call: string, act: () => Promise<void>) => {
      calls.push(`${call} begins`);
      await act();
      calls.push(`${call} ends`);
    };
    storage.setItem = (key, value) => logged('set', () => setItem.call(storage, key, value));
    storage.removeItem = (key) => logged('remove', () => removeItem.call(storage, key));
    for (const act of ['setCurrentUser', 'clearCurrentUser'] as const) {
      const first = storageRepository(storage, { apiKey }).setCurrentUser(alice);
      const second = storageRepository(storage, { apiKey }).setCurrentUser(bob);
      await first;
      await storageRepository(storage, { apiKey })[act](alice);
      await second;
    }
    const set = ['set begins', 'set ends'];
    expect(calls).toEqual([...set, ...set, ...set, ...set, ...set, 'remove begins', 'remove ends']);
  });

  it('law 6: a removal that hangs can be tried again, also by a new object; law 7: a login waits for both', async () => {
    const storage = new AsyncMapStorage();
    const repository = storageRepository(storage, { apiKey });
    const other = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    const { setItem, removeItem } = storage;
    const calls: string[] = [];
    let release = () => {};
    storage.setItem = (key, value) => {
      calls.push('set');
      return setItem.call(storage, key, value);
    };
    storage.removeItem = (key) => {
      calls.push('remove');
      if (calls.length > 1) return removeItem.call(storage, key);
      return new Promise((resolve) => {
        release = () => resolve(removeItem.call(storage, key));
      });
    };
    const late = repository.clearCurrentUser();
    await repository.clearCurrentUser();
    await other.clearCurrentUser();
    expect([calls, storage.values.size]).toEqual([['remove', 'remove', 'remove'], 0]);

    const login = other.setCurrentUser(bob);
    const next = other.clearCurrentUser();
    const last = other.setCurrentUser(alice);
    release();
    calls.push('released');
    await Promise.all([late, login, next, last]);
    expect(calls.slice(3)).toEqual(['released', 'set', 'remove', 'set']);
  });

  it('law 6: a removal waits for no read that hangs; law 7: a login waits for both', async () => {
    const storage = new AsyncMapStorage();
    const repository = storageRepository(storage, { apiKey });
    const other = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    const { getItem, setItem } = storage;
    const calls: string[] = [];
    let release = () => {};
    storage.getItem = (key) => {
      storage.getItem = getItem;
      return new Promise((resolve) => {
        release = () => resolve(getItem.call(storage, key));
      });
    };
    storage.setItem = (key, value) => {
      calls.push('set');
      return setItem.call(storage, key, value);
    };
    const late = [repository.getCurrentUser(), other.getCurrentUser()];
    await repository.clearCurrentUser();
    await other.clearCurrentUser();
    expect(storage.values.size).toBe(0);

    const login = other.setCurrentUser(bob);
    const next = repository.getCurrentUser();
    release();
    calls.push('released');
    expect(await Promise.all([...late, login, next])).toEqual([null, null, true, bob]);
    expect(calls).toEqual(['released', 'set']);
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

  it('law 11: a listener that throws fails no operation of another repository, and the next one is called', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    const other = storageRepository(storage, { apiKey });
    const seen: (User | null)[] = [];
    other.subscribe?.(fail('the app is gone'));
    other.subscribe?.((user) => seen.push(user));
    await repository.setCurrentUser(alice);
    await repository.clearCurrentUser();
    expect(seen).toEqual([alice, null]);
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

describe('law 6: a removal that fails late', () => {
  /** A storage whose removal fails when the test says so. */
  function failingLate(storage: KeyValueStorage) {
    let reject: (cause: unknown) => void = () => {};
    const failing = new Promise<void>((_, onReject) => {
      reject = onReject;
    });
    Object.assign(storage, { removeItem: () => failing });
    return () => reject(new Error('too late'));
  }

  it('leaves the login that another tab has written meanwhile', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    const fail = failingLate(storage);
    const cleared = repository.clearCurrentUser();
    storage.setItem(KEY, encodeRecord(apiKey, bob));
    fail();
    await cleared;
    expect(await repository.getCurrentUser()).toEqual(bob);
  });

  it('is a failure where it cannot be seen who is stored by then', async () => {
    const storage = new MapStorage();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(alice);
    const failNow = failingLate(storage);
    const cleared = repository.clearCurrentUser();
    storage.getItem = fail('unreadable');
    failNow();
    await expect(cleared).rejects.toThrow('too late');
    expect(storage.values.get(KEY)).toContain('alice');
  });
});

describe('several tabs over one storage', () => {
  const storage = new MapStorage();
  const write = (text: string | null) => (text === null ? storage.removeItem(KEY) : storage.setItem(KEY, text));

  function listen() {
    const tab = new TabWindow();
    const changes: (User | null)[] = [];
    const repository = storageRepository(storage, { apiKey, events: tab });
    const stop = repository.subscribe?.((user) => changes.push(user)) ?? (() => {});
    return { tab, changes, stop };
  }

  it("E15: are notified of another user's login, of a logout, and when everything is cleared", () => {
    const { tab, changes } = listen();
    for (const [key, text] of [
      [KEY, encodeRecord(apiKey, bob)],
      [KEY, null],
      [KEY, encodeRecord(apiKey, null)],
      [null, null],
    ] as const) {
      write(text);
      tab.fire({ key, storageArea: storage });
    }
    expect(changes).toEqual([bob, null, null, null]);
  });

  it('read storage again, because the value of an event may be older than their own write', () => {
    const { tab, changes } = listen();
    write(encodeRecord(apiKey, bob));
    tab.fire({ key: KEY, newValue: encodeRecord(apiKey, alice), storageArea: storage });
    tab.fire({ key: KEY, newValue: null, storageArea: storage });
    expect(changes).toEqual([bob, bob]);
  });

  it('look at storage at once when the page comes back from the back/forward cache, and only then', () => {
    const { tab, changes } = listen();
    write(null);
    tab.show(false);
    expect(changes).toEqual([]);
    tab.show(true);
    expect(changes).toEqual([null]);
  });

  it('law 6: look at it before a session of that page is resumed', () => {
    const tab = new TabWindow();
    const order: string[] = [];
    tab.addEventListener('pageshow', () => order.push('resumed'));
    const stop = storageRepository(storage, { apiKey, events: tab }).subscribe?.(() => order.push('changed'));
    tab.show(true);
    stop?.();
    expect(order).toEqual(['changed', 'resumed']);
  });

  it('are not notified of other keys and storages, nor of records that are not theirs or not understood', () => {
    const { tab, changes } = listen();
    write(null);
    tab.fire({ key: 'theme', storageArea: storage });
    tab.fire({ key: KEY, storageArea: new MapStorage() });
    for (const text of [encodeRecord('other', bob), '{"version":2}']) {
      write(text);
      tab.fire({ key: KEY, storageArea: storage });
    }
    expect(changes).toEqual([]);
  });

  it('law 11: survive a storage that cannot be read by then', async () => {
    const { tab, changes } = listen();
    const { getItem } = storage;
    storage.getItem = fail('SecurityError');
    tab.fire({ key: KEY, storageArea: storage });
    storage.getItem = getItem;
    await Promise.resolve();
    expect(changes).toEqual([]);
  });

  it('law 2: listen only until they are stopped', () => {
    const { tab, changes, stop } = listen();
    expect(tab.listeners).toHaveLength(2);
    stop();
    stop();
    expect(tab.listeners).toEqual([]);
    tab.fire({ key: KEY, storageArea: storage });
    expect(changes).toEqual([]);
  });

  it('law 4: are not notified of what is read after they were stopped', async () => {
    const slow = new AsyncMapStorage();
    const tab = new TabWindow();
    const changes: (User | null)[] = [];
    const stop = storageRepository(slow, { apiKey, events: tab }).subscribe?.((user) => changes.push(user));
    tab.show(true);
    stop?.();
    await slow.getItem(KEY);
    await slow.getItem(KEY);
    expect(changes).toEqual([]);
  });

  describe('law 4: a slow look at storage', () => {
    function slowTab() {
      const values = new Map([[KEY, encodeRecord(apiKey, alice)]]);
      const reads: (() => void)[] = [];
      const writes: (() => void)[] = [];
      const slow: KeyValueStorage = {
        getItem: (key) => {
          const found = values.get(key) ?? null;
          return new Promise((resolve) => reads.push(() => resolve(found)));
        },
        setItem: (key, value) => {
          values.set(key, value);
          return new Promise<void>((resolve) => writes.push(resolve));
        },
        removeItem: async (key) => void values.delete(key),
      };
      const tab = new TabWindow();
      const changes: (User | null)[] = [];
      const repository = storageRepository(slow, { apiKey, events: tab });
      repository.subscribe?.((user) => changes.push(user));
      const readAll = async () => {
        for (const read of reads.splice(0)) read();
        await new Promise((resolve) => setImmediate(resolve));
      };
      return { repository, slow, tab, changes, writes, readAll };
    }

    it('reports what it finds', async () => {
      const { tab, changes, readAll } = slowTab();
      tab.show(true);
      await readAll();
      expect(changes).toEqual([alice]);
    });

    it('does not report what an own login has replaced since', async () => {
      const { repository, tab, changes, writes, readAll } = slowTab();
      tab.show(true);
      const saved = repository.setCurrentUser(bob);
      await readAll();
      for (const write of writes) write();
      await saved;
      await readAll();
      expect(changes).toEqual([]);
    });

    it('does not report what an own login is replacing', async () => {
      const { repository, tab, changes, writes, readAll } = slowTab();
      const saved = repository.setCurrentUser(bob);
      tab.show(true);
      for (const write of writes) write();
      await saved;
      await readAll();
      expect(changes).toEqual([]);
      tab.show(true);
      await readAll();
      expect(changes).toEqual([bob]);
    });

    it('does not report a user who has logged out since', async () => {
      const { repository, tab, changes, readAll } = slowTab();
      tab.show(true);
      const cleared = repository.clearCurrentUser();
      await readAll();
      await cleared;
      expect(changes).toEqual([]);
    });

    it('does not report what another repository of this process has replaced since', async () => {
      const { slow, tab, changes, writes, readAll } = slowTab();
      tab.show(true);
      const saved = storageRepository(slow, { apiKey, events: null }).setCurrentUser(bob);
      for (const write of writes) write();
      await saved;
      await readAll();
      expect(changes).toEqual([bob]);
    });

    it('looks again after a write that failed', async () => {
      const { repository, slow, tab, changes, readAll } = slowTab();
      slow.setItem = () => Promise.reject(new Error('full'));
      await expect(repository.setCurrentUser(bob)).rejects.toThrow('full');
      tab.show(true);
      await readAll();
      expect(changes).toEqual([alice]);
    });
  });

  it('without a window there are no events', () => {
    expect(storageRepository(storage, { apiKey }).subscribe?.(() => {})).toBeTypeOf('function');
    expect(storageRepository(storage, { apiKey, events: null }).subscribe?.(() => {})).toBeTypeOf('function');
  });
});

describe('several repositories over one storage object, where no events are fired', () => {
  it.each([
    ['synchronous', () => new MapStorage()],
    ['asynchronous', () => new AsyncMapStorage()],
  ])('see each other’s logins and logouts, and not their own (%s)', async (_, create) => {
    const storage = create();
    const [one, other] = [storageRepository(storage, { apiKey }), storageRepository(() => storage, { apiKey })];
    const seen: [string, string | undefined][] = [];
    const stop = [
      one.subscribe?.((user) => seen.push(['one', user?.id])),
      other.subscribe?.((user) => seen.push(['other', user?.id])),
    ];
    await one.setCurrentUser(alice);
    await other.clearCurrentUser();
    await storageRepository(storage, { apiKey, key: 'elsewhere' }).setCurrentUser(bob);
    for (const end of stop) end?.();
    await one.setCurrentUser(bob);
    expect(seen).toEqual([
      ['other', 'alice'],
      ['one', undefined],
    ]);
  });

  it('law 11: stopping twice stops no one else', async () => {
    const storage = new MapStorage();
    const seen: unknown[] = [];
    const stop = storageRepository(storage, { apiKey }).subscribe?.(() => {});
    stop?.();
    storageRepository(storage, { apiKey }).subscribe?.((user) => seen.push(user));
    stop?.();
    await storageRepository(storage, { apiKey }).setCurrentUser(alice);
    expect(seen).toEqual([alice]);
  });
});

describe('law 6: a new profile and a logout at the same time', () => {
  /** Two clients of one process over one storage: `one` gets a new profile, and `two` logs out. */
  async function atOnce(repositoryOf: (backend: Backend) => () => UserRepository) {
    const backend = new Backend();
    const create = repositoryOf(backend);
    const clients = [1, 2].map(() => createChatClient({ ...backend.options(), userRepository: create() }));
    const [one, two] = clients as [ChatClient, ChatClient];
    onTestFinished(async () => {
      for (const client of clients) await client.dispose();
    });
    one.connectUser(alice).enqueue(() => {});
    await backend.clock.advance(1_000);
    two.restore().enqueue(() => {});
    await backend.clock.advance(1_000);
    expect(clients.map((client) => client.getSnapshot().status)).toEqual(['online', 'online']);
    one.connectUser({ ...alice, name: 'New' }).enqueue(() => {});
    const logout = two.disconnect();
    await backend.clock.advance(10_000);
    expect(await logout).toMatchObject({ success: true });
    expect(clients.map((client) => client.getSnapshot().status)).toEqual(['loggedOut', 'loggedOut']);
    expect(await create().getCurrentUser()).toBeNull();
  }

  it('over asynchronous storage, each client with a repository of its own', () =>
    atOnce(({ clock }) => {
      const values = new Map<string, string>();
      const later = <Value>(act: () => Value) =>
        new Promise<Value>((resolve) => clock.setTimeout(() => resolve(act()), 50));
      const slow: KeyValueStorage = {
        getItem: (key) => later(() => values.get(key) ?? null),
        setItem: (key, value) => later(() => void values.set(key, value)),
        removeItem: (key) => later(() => void values.delete(key)),
      };
      const create = () => storageRepository(slow, { apiKey, events: null });
      // Nothing to wait for once the clock stands still.
      return () => Object.assign(create(), { getCurrentUser: async () => storedIn(values) });
    }));

  it('over one repository', () =>
    atOnce(() => {
      const repository = memoryRepository();
      return () => repository;
    }));

  const storedIn = (values: ReadonlyMap<string, string>): User | null =>
    (JSON.parse(values.get(KEY) ?? '{"user":null}') as { readonly user: User | null }).user;
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
    ['on a server with a storage for all visitors', () => vi.stubGlobal('localStorage', new MapStorage())],
    ['where the page has none', () => page(() => null)],
  ])('%s no user is stored, and a login fails to store one', async (_, arrange) => {
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
