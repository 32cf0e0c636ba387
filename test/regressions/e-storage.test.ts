import { describe, expect, it } from 'vitest';
import { memoryRepository, type User, type UserRepository } from '../../src/index.ts';
import { storageRepository } from '../../src/repository/storage.ts';
import { deferred, startWorld, until } from '../kit/world.ts';

/* scenarios of storage and restore; the numbers are those of the list they were collected in */

const alice: User = { id: 'alice', name: 'Alice' };
const bob: User = { id: 'bob', name: 'Bob' };
const never = new Promise<never>(() => {});

/** Web Storage as a page has it, one per "origin"; several clients over it are several tabs. */
function webStorage(initial: Record<string, string> = {}) {
  const values = new Map(Object.entries(initial));
  return {
    values,
    getItem: (key: string) => values.get(key) ?? null,
    setItem: (key: string, value: string) => void values.set(key, value),
    removeItem: (key: string) => void values.delete(key),
  };
}

/** A memory repository whose methods a test can spoil. */
function spoilable(spoiled: Partial<UserRepository>): UserRepository {
  const memory = memoryRepository();
  return { ...memory, ...spoiled };
}

describe('E: storage and restore', () => {
  it.each(['{"version":1,', '', 'null', '[]', '{"version":99}', '{"version":1,"apiKey":"dev-key","user":{"id":7}}'])(
    'E2: a corrupt record (%s) reads as no user, and a login works',
    async (corrupt) => {
      const { server, client: create } = await startWorld();
      const storage = webStorage();
      const first = create({ userRepository: storageRepository(storage, { apiKey: server.apiKey }) });
      await first.connectUser(alice).orThrow();
      await expect.poll(() => storage.values.size).toBe(1);
      await first.dispose();
      const [key = ''] = storage.values.keys();
      storage.values.set(key, corrupt);
      const client = create({ userRepository: storageRepository(storage, { apiKey: server.apiKey }) });
      expect(await client.restore()).toEqual({ success: true, value: null });
      expect(await client.connectUser(alice)).toMatchObject({ success: true });
    },
  );

  it('E3: full storage leaves the session working, and is reported', async () => {
    const { client: create, diagnostics } = await startWorld();
    const userRepository = spoilable({
      setCurrentUser: () => {
        throw new DOMException('the quota is exceeded', 'QuotaExceededError');
      },
    });
    const client = create({ userRepository });
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    const reported = await until(client, ({ storageError }) => storageError !== null);
    expect(reported).toMatchObject({ status: 'online', storageError: { code: 'storageFailed' } });
    expect(diagnostics.filter(({ source }) => source === 'repository')).toHaveLength(1);
  });

  it('E5: storage that never replies does not hold up the restore', async () => {
    const { client: create } = await startWorld({}, { restoreTimeoutMs: 500 });
    const client = create({ userRepository: spoilable({ getCurrentUser: () => never }) });
    expect(await client.restore()).toMatchObject({ success: false, error: { code: 'storageTimedOut' } });
    expect(client.getSnapshot().status).toBe('loggedOut');
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
  });

  it('E5: a login does not wait for storage that never replies', async () => {
    const { client: create } = await startWorld();
    const client = create({ userRepository: spoilable({ getCurrentUser: () => never }) });
    const [restored, connected] = await Promise.all([client.restore(), client.connectUser(alice)]);
    expect(restored).toMatchObject({ success: true, value: alice });
    expect(connected).toMatchObject({ success: true });
  });

  it('law 6: a read of the storage that never replies holds up no logout', async () => {
    const { server, client: create } = await startWorld({}, { restoreTimeoutMs: 500 });
    const storage = webStorage();
    const repository = () => storageRepository(storage, { apiKey: server.apiKey });
    await repository().setCurrentUser(alice);
    let reads = 0;
    const getItem = (key: string) => {
      reads += 1;
      return reads === 1 ? never : storage.getItem(key);
    };
    const hanging = storageRepository({ ...storage, getItem }, { apiKey: server.apiKey });
    const client = create({ userRepository: hanging });
    expect(await client.restore()).toMatchObject({ success: false, error: { code: 'storageTimedOut' } });
    expect(await client.disconnect()).toMatchObject({ success: true });
    expect(await repository().getCurrentUser()).toBeNull();
  });

  it('E7: storage that fails once is read again by the next restore', async () => {
    const { client: create } = await startWorld();
    let calls = 0;
    const client = create({
      userRepository: spoilable({
        getCurrentUser: () => {
          calls += 1;
          if (calls === 1) throw new Error('the database is closing');
          return alice;
        },
      }),
    });
    expect(await client.restore()).toMatchObject({ success: false, error: { code: 'storageFailed' } });
    expect(await client.restore()).toEqual({ success: true, value: alice });
    await until(client, 'online');
  });

  it('E9: a logout removes the stored user before anything else, so that a crash right after it restores no user', async () => {
    const { server, client: create } = await startWorld();
    const storage = webStorage();
    const repository = () => storageRepository(storage, { apiKey: server.apiKey });
    const client = create({ userRepository: repository() });
    await client.connectUser(alice).orThrow();
    await expect.poll(() => storage.values.size).toBe(1);
    server.faults.cause({ type: 'ignoreClose', on: 'open' });
    void client.disconnect();
    await until(client, ({ state }) => state === 'disconnecting.closing');
    // The process dies here: the socket is still open.
    expect(server.counts('alice').openNow).toBe(1);
    await client.dispose();
    expect(await create({ userRepository: repository() }).restore()).toEqual({ success: true, value: null });
  });

  it('law 6: a logout while the login is still being written leaves no user stored, and succeeds only then', async () => {
    const { client: create } = await startWorld();
    const memory = memoryRepository();
    const writing = deferred<void>();
    const client = create({
      userRepository: {
        ...memory,
        setCurrentUser: async (user) => {
          await writing.promise;
          await memory.setCurrentUser(user);
        },
      },
      timing: { storageWriteTimeoutMs: 2_000 },
    });
    await client.connectUser(alice).orThrow();
    const left = client.disconnect();
    await until(client, ({ state }) => state === 'disconnecting.forgetting');
    writing.resolve();
    expect(await left).toMatchObject({ success: true });
    expect(memory.getCurrentUser()).toBeNull();
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('the disk is read-only');
      },
    ],
    ['hangs', () => never],
  ])(
    'law 6: a removal that %s is a failure, the session still ends, and the next logout tries again',
    async (_, clearCurrentUser) => {
      const { server, client: create } = await startWorld({}, { storageWriteTimeoutMs: 500 });
      const memory = memoryRepository();
      let isSpoiled = true;
      const client = create({
        userRepository: {
          ...memory,
          clearCurrentUser: () => (isSpoiled ? clearCurrentUser() : memory.clearCurrentUser()),
        },
      });
      await client.connectUser(alice).orThrow();
      expect(await client.disconnect()).toMatchObject({ success: false, error: { code: 'userNotForgotten' } });
      expect(client.getSnapshot()).toMatchObject({ status: 'loggedOut', storageError: { code: expect.any(String) } });
      await server.until(() => server.counts('alice').openNow === 0);
      if (_ === 'hangs') return;
      isSpoiled = false;
      expect(await client.disconnect()).toMatchObject({ success: true });
      expect(memory.getCurrentUser()).toBeNull();
    },
  );

  it('E11: a user with nothing but an id is restored', async () => {
    const { client: create } = await startWorld();
    const userRepository = memoryRepository();
    const first = create({ userRepository });
    await first.connectUser({ id: 'nameless' }).orThrow();
    await expect.poll(() => userRepository.getCurrentUser()).toEqual({ id: 'nameless' });
    await first.dispose();
    expect(await create({ userRepository }).restore()).toEqual({ success: true, value: { id: 'nameless' } });
  });

  it('E18: the record is one value under one key, so that no half of it can be read', async () => {
    const { server, client: create } = await startWorld();
    const storage = webStorage();
    const writes: string[] = [];
    const client = create({
      userRepository: storageRepository(
        {
          ...storage,
          setItem(key, value) {
            writes.push(key);
            storage.setItem(key, value);
          },
        },
        { apiKey: server.apiKey },
      ),
    });
    await client.connectUser(alice).orThrow();
    await expect.poll(() => storage.values.size).toBe(1);
    await client.switchUser(bob).orThrow();
    await expect.poll(() => [...storage.values.values()].join()).toContain('bob');
    expect(new Set(writes).size).toBe(1);
    expect(storage.values.size).toBe(1);
  });

  it('E12: a restored session can refresh its token', async () => {
    const { server, client: create, provider } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const tokenProvider = provider();
    const client = create({ userRepository, tokenProvider });
    await client.restore().orThrow();
    await until(client, 'online');
    server.faults.cause({ type: 'sendError', code: 40 });
    await until(client, 'reconnecting');
    await until(client, 'online');
    expect(tokenProvider.calls()).toBe(2);
  });

  it('a restored session sends its id only, so that profile edits made elsewhere stay and are shown', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    server.updateUser('alice', { name: 'Alice Cooper' });
    const client = create({ userRepository });
    await client.restore().orThrow();
    await until(client, 'online');
    expect(server.connects('alice')[0]?.userDetails).toEqual({ id: 'alice' });
    expect(server.user('alice')).toMatchObject({ name: 'Alice Cooper' });
    const { user } = client.getSnapshot();
    expect(user).toEqual({ ...alice, name: 'Alice Cooper' });
    // Connected again: nothing has changed, so it is the same object.
    server.faults.cause({ type: 'dropSockets' });
    await until(client, ({ awayMs }) => awayMs !== null);
    expect(client.getSnapshot().user).toBe(user);
    expect((await client.connectUser(alice).orThrow()).user).toEqual(user);
    expect(server.connects('alice')).toHaveLength(2);
  });

  it('E13: before and during the restore the status is idle, then restoring', async () => {
    const { client: create } = await startWorld();
    const asked = deferred<User | null>();
    const client = create({ userRepository: spoilable({ getCurrentUser: () => asked.promise }) });
    expect(client.getSnapshot()).toMatchObject({ status: 'idle', user: null });
    const restored = client.restore();
    expect(client.getSnapshot()).toMatchObject({ status: 'restoring', user: null });
    asked.resolve(alice);
    expect(await restored).toEqual({ success: true, value: alice });
  });

  it('E15: a logout in one tab ends the other, without clearing again', async () => {
    const { server, client: create } = await startWorld();
    const memory = memoryRepository();
    const listeners = new Set<(user: User | null) => void>();
    let clears = 0;
    const tab = (): UserRepository => {
      let own: ((user: User | null) => void) | null = null;
      return {
        getCurrentUser: () => memory.getCurrentUser(),
        setCurrentUser: (user) => memory.setCurrentUser(user),
        clearCurrentUser: () => {
          clears += 1;
          void memory.clearCurrentUser();
          for (const listener of listeners) if (listener !== own) listener(null);
        },
        subscribe(listener) {
          own = listener;
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      };
    };
    const first = create({ userRepository: tab() });
    await first.connectUser(alice).orThrow();
    await expect.poll(() => memory.getCurrentUser()).toEqual(alice);
    const second = create({ userRepository: tab() });
    await second.restore().orThrow();
    await until(second, 'online');
    await first.disconnect().orThrow();
    const ended = await until(second, 'loggedOut');
    expect(ended.error).toMatchObject({ code: 'loggedOutElsewhere' });
    expect(clears).toBe(1);
    await server.until(() => server.counts('alice').openNow === 0);
    expect(listeners.size).toBe(0);
  });

  it("law 7: another user's login replaces the stored user at their first hello, not before", async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({ userRepository });
    const held = server.faults.cause({ type: 'withholdHello', userId: 'bob' });
    const connecting = client.connectUser(bob);
    await server.until(() => held.state.held === 1);
    expect(userRepository.getCurrentUser()).toEqual(alice);
    held.lift();
    await connecting.orThrow();
    await expect.poll(() => userRepository.getCurrentUser()).toEqual(bob);
  });

  it('guests and anonymous users are not stored', async () => {
    const { client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    await client.connectGuestUser({ id: 'bender' }).orThrow();
    await client.disconnect({ forgetUser: false }).orThrow();
    await client.connectAnonymousUser().orThrow();
    await client.disconnect({ forgetUser: false }).orThrow();
    expect(userRepository.getCurrentUser()).toBeNull();
  });

  it('E15: a logout in another tab while the stored user is being read restores no user', async () => {
    const { client: create } = await startWorld();
    const reading = deferred<void>();
    let stored: User | null = alice;
    let notify: (user: User | null) => void = () => {};
    const client = create({
      userRepository: spoilable({
        getCurrentUser: async () => {
          const found = stored;
          await reading.promise;
          return found;
        },
        subscribe: (listener) => {
          notify = listener;
          return () => {};
        },
      }),
    });
    const restored = client.restore();
    await until(client, 'restoring');
    stored = null;
    notify(null);
    reading.resolve();
    expect(await restored).toEqual({ success: true, value: null });
    expect(client.getSnapshot().status).toBe('loggedOut');
  });

  it.each<[string, (storage: ReturnType<typeof webStorage>, apiKey: string) => () => UserRepository]>([
    ['one storage', (storage, apiKey) => () => storageRepository(storage, { apiKey })],
    [
      'one repository',
      (storage, apiKey) => {
        const repository = storageRepository(storage, { apiKey });
        return () => repository;
      },
    ],
  ])('E15: two clients of one page over %s see each other’s logout', async (_, over) => {
    const { server, client: create } = await startWorld();
    const repository = over(webStorage(), server.apiKey);
    const first = create({ userRepository: repository() });
    await first.connectUser(alice).orThrow();
    await expect.poll(() => repository().getCurrentUser()).toEqual(alice);
    const second = create({ userRepository: repository() });
    await second.restore().orThrow();
    await until(second, 'online');
    await first.disconnect().orThrow();
    const ended = await until(second, 'loggedOut');
    expect(ended.error).toMatchObject({ code: 'loggedOutElsewhere' });
  });

  it('E15: of two users who log in at once over one storage, one stays', async () => {
    const { server, client: create } = await startWorld();
    const storage = webStorage();
    const clients = [alice, bob].map((user) => {
      const client = create({ userRepository: storageRepository(storage, { apiKey: server.apiKey }) });
      return { client, done: client.connectUser(user).orThrow() };
    });
    await Promise.all(clients.map(({ done }) => done));
    const statuses = () => clients.map(({ client }) => client.getSnapshot().status).sort();
    await expect.poll(statuses).toEqual(['loggedOut', 'online']);
    const [stays] = clients.filter(({ client }) => client.getSnapshot().status === 'online');
    expect([...storage.values.values()].join()).toContain(`"id":"${stays?.client.getSnapshot().user?.id}"`);
  });
});
