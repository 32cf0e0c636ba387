import { describe, expect, it } from 'vitest';
import { alice, Stage, type StageOptions } from '../harness.ts';

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
