import { describe, expect, it } from 'vitest';
import { type ChatClient, storageRepository, type User, type UserRepository } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { createTestClient } from '../../kit/session-of.ts';
import { alice, bob, Stage, type StageOptions } from '../harness.ts';

const stageOf = (options?: StageOptions) => new Stage({ machine: undefined }, options);
const named = (name: string) => ({ ...alice, name });

describe('the profile of the user', () => {
  it('a new name is sent and stored, and success has it', async () => {
    const s = stageOf();
    await s.online();
    const before = s.opened;
    const again = await s.value(s.client.connectUser({ ...alice, name: 'Alicia' }), 5_000);
    expect(again.user.name).toBe('Alicia');
    await s.pass(1_000);
    expect(s.openedSince(before)).toBe(1);
    expect(s.backend.requests.at(-1)).toMatchObject({ userId: 'alice' });
    expect(s.now.user?.name).toBe('Alicia');
    expect(s.backend.stored).toMatchObject({ name: 'Alicia' });
    await s.value(s.client.disconnect(), 2_000);
  });

  it('the same one, or only the id, joins what runs', async () => {
    const s = stageOf();
    await s.online();
    const before = s.opened;
    await s.value(s.client.connectUser({ ...alice }));
    await s.value(s.client.connectUser({ id: alice.id }));
    expect(s.openedSince(before)).toBe(0);
    expect(s.now.user).toEqual(alice);
    await s.value(s.client.disconnect(), 2_000);
  });

  it.each(['connectUser', 'switchUser'] as const)(
    'law 7: a second one while the first is being sent by %s() leaves the stored user',
    async (method) => {
      const s = stageOf();
      await s.online();
      const calls = ['Al', 'Ali', 'Alicia'].map((name) => s.client[method](named(name)));
      s.backend.welcome = { kind: 'refuse' };
      await s.pass(2_000);
      expect(s.backend.stored).toEqual(alice);
      s.backend.welcome = { kind: 'hello' };
      for (const call of calls) expect((await s.value(call, 60_000)).user.name).toBe('Alicia');
      await s.settle();
      expect(s.backend.stored).toEqual(named('Alicia'));
    },
  );

  it('law 7: of a user whose session ends and is kept leaves the stored user', async () => {
    const s = stageOf();
    await s.online();
    const ended = s.client.disconnect({ forgetUser: false });
    const call = s.client.switchUser(named('Alicia'));
    s.backend.welcome = { kind: 'refuse' };
    await s.value(ended, 2_000);
    expect(s.backend.stored).toEqual(alice);
    s.backend.welcome = { kind: 'hello' };
    await s.value(call, 60_000);
  });

  it.each(['throws', 'hangs'] as const)(
    'law 8: of a session whose save %s survives a provider that fails',
    async (fault) => {
      const s = stageOf();
      s.backend.disk.save = fault;
      await s.value(s.client.connectUser(alice));
      s.backend.provider = 'throws';
      const call = s.client.connectUser(named('Alicia'));
      await s.pass(2_000);
      s.backend.heal();
      await s.value(call, 60_000);
      await s.until('online', 60_000);
    },
  );

  it('law 3: settles every login of this user with the connection that sends it, and takes the token along', async () => {
    const s = stageOf();
    const calls = [s.client.connectUser(alice), s.client.connectUser(named('Alicia'))];
    for (const call of calls) expect((await s.value(call)).user.name).toBe('Alicia');
    const { tokens } = s;
    await s.value(s.client.connectUser(named('Alice B.')));
    expect(s.tokens).toBe(tokens);
  });

  it('law 10: is an outage like others: what was missed meanwhile can be fetched', async () => {
    const s = stageOf();
    await s.online();
    s.statuses.length = 0;
    s.backend.answersClose = false;
    const lostAt = s.backend.clock.now();
    await s.value(s.client.connectUser(named('Alicia')), 2_000);
    expect(s.now).toMatchObject({ lostAt: null, awayMs: s.backend.clock.now() - lostAt });
    expect(s.statuses).toEqual(['reconnecting', 'online']);
  });

  it('waits while a wait is on, and is sent by the attempt after it', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 20 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 10_000);
    const { opened } = s;
    for (const name of ['Al', 'Ali', 'Alicia']) void s.client.connectUser(named(name));
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 60_000);
    expect(s.openedSince(opened)).toBe(1);
    await s.settle();
    expect(s.backend.stored).toEqual(named('Alicia'));
  });

  it('law 4: a save under way is still replied to when the connection gets another id while a newer one waits', async () => {
    const s = stageOf();
    s.backend.disk.save = 'hangs';
    await s.value(s.client.connectUser(alice));
    await s.value(s.client.connectUser(named('Al')));
    await s.value(s.client.connectUser(named('Alicia')));
    s.backend.push({ type: 'health.check', connection_id: 'another', me: { id: 'alice' } });
    await s.pass(100);
    expect([s.now.connectionId, s.client.actor.getSnapshot().context.storage.userId]).toEqual(['another', null]);
    s.backend.disk.save = 'none';
    s.backend.unhang();
    await s.pass(100);
    expect(s.client.actor.getSnapshot().context.storage.userId).toBe('alice');
    s.backend.storeElsewhere(null);
    await s.until('loggedOut', 2_000);
  });

  it("has the server's newer values of what the session shows, as far as they are of the same kind", async () => {
    const s = stageOf();
    const given = { ...alice, color: 'red', badges: [1], since: 2020 };
    await s.value(s.client.connectUser(given));
    const describe = async (me: object) => {
      s.backend.push({ type: 'health.check', connection_id: 'c', me: { id: 'alice', ...me } });
      await s.pass(100);
      return s.now.user;
    };
    const newer = { name: 'Alicia', image: 'a.png', color: 'blue', badges: [1, 2], since: 2021 };
    const user = await describe({ ...newer, role: 'admin', unread: 1 });
    expect(user).toEqual({ id: 'alice', ...newer });
    expect(await describe({ ...newer, role: 'admin', unread: 2 })).toBe(user);
    expect(s.now.lastUser).toBe(user);
    expect(await describe({ name: null, image: 7, color: { r: 1 }, badges: 'none', since: '2021' })).toEqual(given);
    await s.value(s.client.disconnect(), 2_000);
    await s.value(s.client.connectUser({ id: 'alice' }));
    expect(await describe({ name: 'Alicia', image: 'a.png', color: 'blue' })).toEqual({
      id: 'alice',
      name: 'Alicia',
      image: 'a.png',
    });
    await s.value(s.client.disconnect(), 2_000);
  });

  it('is shown at once, and not the name that the server gave before', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'silence' };
    const call = s.client.connectUser(named('Alicia'));
    await s.settle();
    expect(s.now).toMatchObject({ status: 'reconnecting', user: named('Alicia'), me: null, connectionId: null });
    call.cancel();
    await s.value(s.client.disconnect(), 2_000);
  });
});

it.each([
  ['an anonymous user', (s: Stage) => s.client.connectAnonymousUser()],
  ['a guest', (s: Stage) => s.client.connectGuestUser({ id: 'visitor' })],
])('law 7: a switch from %s back to the stored user leaves their record', async (_, connect) => {
  const s = stageOf({ stored: alice });
  await s.value(connect(s));
  s.backend.provider = 'throws';
  await s.result(s.client.switchUser(alice), 5_000);
  expect(s.backend.stored).toEqual(alice);
  s.backend.heal();
  await s.value(s.client.switchUser(alice), 60_000);
});

/** A storage whose operations take 50 ms each. */
function slowStorage({ clock }: Backend) {
  const items = new Map<string, string>();
  const later = <Value>(act: () => Value) =>
    new Promise<Value>((resolve) => void clock.setTimeout(() => resolve(act()), 50));
  return {
    getItem: (key: string) => later(() => items.get(key) ?? null),
    setItem: (key: string, value: string) => later(() => void items.set(key, value)),
    removeItem: (key: string) => later(() => void items.delete(key)),
  };
}

const overSlowStorage = (storage: ReturnType<typeof slowStorage>) =>
  storageRepository(storage, { apiKey: 'key', events: null });

function ownRepository({ clock }: Backend): UserRepository {
  const stored: User[] = [];
  const later = <Value>(act: () => Value) =>
    new Promise<Value>((resolve) => void clock.setTimeout(() => resolve(act()), 50));
  return {
    getCurrentUser: () => later(() => stored[0] ?? null),
    setCurrentUser: (user) => later(() => void stored.splice(0, 1, user)),
    clearCurrentUser: () => later(() => void stored.splice(0)),
  };
}

describe('law 6: a new profile brings back no user who is logged out elsewhere at the same time', () => {
  const REPOSITORIES: readonly [string, (backend: Backend) => readonly [UserRepository, UserRepository]][] = [
    [
      'two repositories over one storage',
      (backend) => {
        const storage = slowStorage(backend);
        return [overSlowStorage(storage), overSlowStorage(storage)];
      },
    ],
    [
      'one repository',
      (backend) => {
        const repository = overSlowStorage(slowStorage(backend));
        return [repository, repository];
      },
    ],
    [
      'one repository of the app',
      (backend) => {
        const repository = ownRepository(backend);
        return [repository, repository];
      },
    ],
  ];
  const ENDS: readonly [string, (client: ChatClient) => void, User | null][] = [
    ['logged out', (client) => void client.disconnect(), null],
    ['replaced by another user', (client) => void client.switchUser(bob), bob],
  ];
  const AFTER_MS = [0, 10, 20, 40, 60, 100, 140, 200];

  it.each(
    REPOSITORIES.flatMap(([over, create]) => ENDS.map(([how, end, left]) => [how, over, create, end, left] as const)),
  )('%s, over %s', async (_how, _over, create, end, left) => {
    for (const afterMs of AFTER_MS) {
      const backend = new Backend();
      const repositories = create(backend);
      const clientOver = (userRepository: UserRepository) => createTestClient({ ...backend.options(), userRepository });
      const [one, two] = [clientOver(repositories[0]), clientOver(repositories[1])];
      void one.connectUser(alice);
      await backend.clock.advance(1_000);
      void two.restore();
      await backend.clock.advance(11_000);
      expect([one.getSnapshot().status, two.getSnapshot().status]).toEqual(['online', 'online']);
      void one.connectUser(named('New')).cancel();
      await backend.clock.advance(afterMs);
      end(two);
      await backend.clock.advance(5_000);
      const found = repositories[1].getCurrentUser();
      await backend.clock.advance(100);
      expect([afterMs, (await found)?.id ?? null]).toEqual([afterMs, left?.id ?? null]);
      expect(one.getSnapshot()).toMatchObject({ status: 'loggedOut', error: { code: 'loggedOutElsewhere' } });
      await one.dispose();
      await two.dispose();
    }
  });

  it('and a login of a user who was logged out by another client before is stored', async () => {
    const backend = new Backend();
    const storage = slowStorage(backend);
    const clientOver = () => createTestClient({ ...backend.options(), userRepository: overSlowStorage(storage) });
    const [one, two] = [clientOver(), clientOver()];
    void one.connectUser(alice);
    await backend.clock.advance(1_000);
    void one.disconnect({ forgetUser: false });
    await backend.clock.advance(1_000);
    void two.restore();
    await backend.clock.advance(1_000);
    void two.disconnect();
    await backend.clock.advance(1_000);
    void one.connectUser(alice);
    await backend.clock.advance(1_000);
    expect(one.getSnapshot().status).toBe('online');
    const found = overSlowStorage(storage).getCurrentUser();
    await backend.clock.advance(100);
    expect(await found).toEqual(alice);
    await one.dispose();
    await two.dispose();
  });
});

describe('law 7: a record that becomes unreadable is no logout elsewhere', () => {
  const RECORDS: readonly [string, string][] = [
    ['cut off', '{"version":1,"apiKey":"key","us'],
    ['empty', ''],
    ['written by a newer version', '{"version":2,"apiKey":"key","user":{"id":"alice"}}'],
    ['of another app', '{"version":1,"apiKey":"other","user":{"id":"x"}}'],
  ];

  const inStorage = (records: Map<string, string>) =>
    storageRepository(
      {
        getItem: (key) => records.get(key) ?? null,
        setItem: (key, value) => void records.set(key, value),
        removeItem: (key) => void records.delete(key),
      },
      { apiKey: 'key', key: 'user', events: null },
    );

  /** Of an app: a record that is not understood is reported, and reads as no user. */
  const ofTheApp = (records: Map<string, string>): UserRepository => ({
    getCurrentUser(report) {
      try {
        const { version, apiKey, user } = JSON.parse(records.get('user') ?? '{"version":1,"apiKey":"key","user":null}');
        if (version === 1 && apiKey === 'key') return user;
      } catch {
        // Reported below.
      }
      report?.({ message: 'The record is damaged.' });
      return null;
    },
    setCurrentUser: (user) => void records.set('user', JSON.stringify({ version: 1, apiKey: 'key', user })),
    clearCurrentUser: () => void records.delete('user'),
  });

  it.each(
    [inStorage, ofTheApp].flatMap((over) => RECORDS.map(([what, record]) => [what, over.name, over, record] as const)),
  )('%s, %s: the session goes on with the new profile, and the record stays', async (_, _over, over, record) => {
    const records = new Map<string, string>();
    const s = stageOf({ userRepository: over(records) });
    await s.value(s.client.connectUser(alice), 5_000);
    await s.pass(1_000);
    expect(records.get('user')).toContain('alice');
    records.set('user', record);
    await s.value(s.client.connectUser(named('New')), 5_000);
    await s.pass(5_000);
    expect(s.now).toMatchObject({ status: 'online', user: { name: 'New' }, storageError: { code: 'storageFailed' } });
    expect(records.get('user')).toBe(record);
  });

  it.each([inStorage, ofTheApp].map((over) => [over.name, over] as const))(
    'one that was removed is: %s',
    async (_, over) => {
      const records = new Map<string, string>();
      const s = stageOf({ userRepository: over(records) });
      await s.value(s.client.connectUser(alice), 5_000);
      await s.pass(1_000);
      records.clear();
      void s.client.connectUser(named('New'));
      await s.until('loggedOut', 5_000);
      expect(s.now.error).toMatchObject({ code: 'loggedOutElsewhere' });
    },
  );

  it('law 6: nor is it the end of a removal that is pending', async () => {
    const records = new Map<string, string>();
    let isBlocked = false;
    const repository = ofTheApp(records);
    const s = stageOf({
      userRepository: {
        ...repository,
        clearCurrentUser: () => {
          if (isBlocked) throw new Error('blocked');
          return repository.clearCurrentUser();
        },
      },
    });
    await s.value(s.client.connectUser(alice), 5_000);
    await s.pass(1_000);
    const record = records.get('user') ?? '';
    isBlocked = true;
    expect(await s.error(s.client.disconnect(), 5_000)).toBe('userNotForgotten');
    records.set('user', 'damaged');
    expect(await s.value(s.client.restore(), 5_000)).toBeNull();
    records.set('user', record);
    isBlocked = false;
    expect(await s.value(s.client.restore(), 5_000)).toBeNull();
    await s.pass(1_000);
    expect(records.get('user')).toBeUndefined();
  });

  it('what a repository of this package refuses to overwrite rejects, and no user is taken for removed', async () => {
    const records = new Map([['user', '{"version":1,"ap']]);
    const repository = inStorage(records);
    await expect(repository.setCurrentUser(alice, { onlyIfStored: true })).rejects.toThrow('is not JSON');
    records.clear();
    expect(await repository.setCurrentUser(alice, { onlyIfStored: true })).toBe(false);
  });
});
