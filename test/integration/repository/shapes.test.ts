import { describe, expect, it } from 'vitest';
import { type AnyStorage, defaultKey } from '../../../src/repository/key-value-storage.ts';
import { encodeRecord } from '../../../src/repository/record.ts';
import { storageRepository } from '../../../src/repository/storage.ts';
import { MapStorage, MmkvStandIn, ParsingStorage, RedisStandIn, SecureStoreStandIn } from './storages.ts';

const apiKey = 'key';
const large = { id: 'alice', biography: 'Zoë 😀 '.repeat(2_000) };

describe('the key in the storage', () => {
  it.each(['dev-key', 'a:b', 'a b/c', 'ключ', '😀', '_', 'a_3a_b'])(
    'by default is legal everywhere (%j)',
    async (of) => {
      const storage = new SecureStoreStandIn();
      const repository = storageRepository(storage, { apiKey: of });
      await repository.setCurrentUser({ id: 'alice' });
      expect(await repository.getCurrentUser()).toEqual({ id: 'alice' });
    },
  );

  it('by default is another one for every API key', () => {
    const keys = ['a:b', 'a_3a_b', 'a_b', 'ab', 'a b', 'A_b'].map(defaultKey);
    expect(new Set(keys).size).toBe(keys.length);
    expect(defaultKey('dev-key')).toBe('sessionchart.dev-key');
  });

  it('is refused at creation where the storage cannot have it', () => {
    for (const key of ['sessionchart:user', 'a b', 'ключ']) {
      expect(() => storageRepository(new SecureStoreStandIn(), { apiKey, key })).toThrow(
        expect.objectContaining({ code: 'invalidArgument', field: 'key' }),
      );
      storageRepository(new RedisStandIn(), { apiKey, key });
    }
    expect(() => storageRepository(new MapStorage(), { apiKey, key: '' })).toThrow(
      expect.objectContaining({ code: 'invalidArgument', field: 'key' }),
    );
  });

  it('is an error of each operation where the storage is known only then', async () => {
    const repository = storageRepository(() => new SecureStoreStandIn(), { apiKey, key: 'a:b' });
    await expect(repository.getCurrentUser()).rejects.toMatchObject({ code: 'invalidArgument', field: 'key' });
  });
});

describe('a storage', () => {
  it.each([[null], [{}], ['localStorage'], [new Map()], [{ getItem: () => null, setItem: () => {} }]])(
    'with other methods (%o) is refused by name',
    (storage) => {
      expect(() => storageRepository(storage as unknown as AnyStorage, { apiKey })).toThrow(
        expect.objectContaining({ code: 'invalidArgument', field: 'storage' }),
      );
    },
  );

  it('keeps its methods’ this', async () => {
    class Strict extends MmkvStandIn {
      override getString = (key: string) => this.values.get(key);
    }
    const repository = storageRepository(new Strict(), { apiKey });
    await repository.setCurrentUser(large);
    expect(await repository.getCurrentUser()).toEqual(large);
  });

  it('may sit behind a Proxy, and methods of the repository may be detached', async () => {
    const { getCurrentUser, setCurrentUser } = new Proxy(storageRepository(new MapStorage(), { apiKey }), {});
    await setCurrentUser(large);
    expect(await getCurrentUser()).toEqual(large);
  });

  it('that returns parsed JSON keeps its own object', async () => {
    const storage = new ParsingStorage();
    const held = JSON.parse(encodeRecord(apiKey, { id: 'alice', name: 'Alice' }));
    Object.assign(storage, { getItem: () => held });
    const user = (await storageRepository(storage, { apiKey }).getCurrentUser()) as { name?: string };
    user.name = 'Mallory';
    expect(held.user.name).toBe('Alice');
  });
});

it.each([new MmkvStandIn(), new RedisStandIn()])(
  'a storage of large values keeps the record in one',
  async (storage) => {
    await storageRepository(storage, { apiKey }).setCurrentUser(large);
    expect([...storage.values.keys()]).toEqual(['sessionchart.key']);
  },
);

it.each([new MapStorage(), new MmkvStandIn(), new RedisStandIn(), new SecureStoreStandIn()])(
  'a storage that is empty holds no user, and nothing is reported',
  async (storage) => {
    const problems: unknown[] = [];
    expect(await storageRepository(storage, { apiKey }).getCurrentUser((problem) => problems.push(problem))).toBeNull();
    expect(problems).toEqual([]);
  },
);

describe('a storage of small values', () => {
  const keysOf = (storage: SecureStoreStandIn) => [...storage.values.keys()].sort();

  it('has nothing left after a logout, and as little as needed after a login', async () => {
    const storage = new SecureStoreStandIn();
    const repository = storageRepository(storage, { apiKey });
    // A large record goes to one of two sets of keys in turn.
    for (const logins of [1, 2]) {
      for (let login = 1; login <= logins; login += 1) await repository.setCurrentUser(large);
      await repository.setCurrentUser({ id: 'bob' });
      expect(keysOf(storage)).toEqual(['sessionchart.key']);
    }
    await repository.setCurrentUser(large);
    await repository.clearCurrentUser();
    expect(keysOf(storage)).toEqual([]);
  });

  it('laws 6 and 7: keeps the old user or the new one wherever a write ends, and forgets every part of it', async () => {
    for (const before of [{ id: 'bob' }, { id: 'bob', biography: 'Bob '.repeat(3_000) }]) {
      for (let calls = 0; calls < 60; calls += 1) {
        const storage = new SecureStoreStandIn();
        await storageRepository(storage, { apiKey }).setCurrentUser(before);
        // The process dies: what it calls from here on has no effect.
        let left = calls;
        const dying = {
          getItemAsync: (key: string) => storage.getItemAsync(key),
          setItemAsync: async (key: string, value: string) => {
            left -= 1;
            if (left < 0) throw new Error('killed');
            await storage.setItemAsync(key, value);
          },
          deleteItemAsync: async (key: string) => {
            left -= 1;
            if (left < 0) throw new Error('killed');
            await storage.deleteItemAsync(key);
          },
        };
        await Promise.resolve(storageRepository(dying, { apiKey }).setCurrentUser(large)).catch(() => {});
        const next = storageRepository(storage, { apiKey });
        expect([before, large]).toContainEqual(await next.getCurrentUser());
        await next.clearCurrentUser();
        expect(keysOf(storage)).toEqual([]);
      }
    }
  });

  it('law 8: of which a double returns the same value for every key is not read for ever', async () => {
    const double = {
      getItemAsync: () => Promise.resolve('a value'),
      setItemAsync: () => Promise.resolve(),
      deleteItemAsync: () => Promise.resolve(),
    };
    const repository = storageRepository(double, { apiKey });
    await repository.setCurrentUser(large);
    expect(await repository.getCurrentUser()).toBeNull();
    await repository.clearCurrentUser();
  });

  it('law 6: a removal that ended half-way restores no user, and the next one completes it', async () => {
    const storage = new SecureStoreStandIn();
    const repository = storageRepository(storage, { apiKey });
    await repository.setCurrentUser(large);
    const { deleteItemAsync } = storage;
    let left = 2;
    storage.deleteItemAsync = (key) => {
      left -= 1;
      return left < 0 ? Promise.reject(new Error('killed')) : deleteItemAsync.call(storage, key);
    };
    await expect(
      storageRepository(Object.assign(storage, { setItemAsync: () => Promise.reject(new Error('killed')) }), {
        apiKey,
      }).clearCurrentUser(),
    ).rejects.toThrow('killed');
    expect(await repository.getCurrentUser()).toBeNull();
    storage.deleteItemAsync = deleteItemAsync;
    await repository.clearCurrentUser();
    expect(keysOf(storage)).toEqual([]);
  });
});
