import { describe, expect, it, onTestFinished } from 'vitest';
import { alice, bob, carol, Stage, type StageOptions } from '../harness.ts';

/*
 * What was asked, drawn or learnt for one session is not taken for another one's.
 */

function stageOf(options: StageOptions = {}): Stage {
  const stage = new Stage({ machine: undefined }, options);
  onTestFinished(async () => {
    await stage.client.dispose();
  });
  return stage;
}

describe('law 4, law 7: one session is not taken for another', () => {
  it('a write that ends after its session does not count as the next user’s', async () => {
    const s = stageOf();
    s.backend.disk.save = 'hangs';
    await s.value(s.client.connectUser(alice));
    await s.value(s.client.disconnect({ forgetUser: false }), 1_100);
    s.backend.disk.save = 'none';
    s.backend.welcome = { kind: 'silence' };
    const call = s.client.connectUser(bob);
    await s.pass(10);
    s.backend.unhang();
    await s.pass(10);
    expect(s.now.state).toBe('connecting.opening');
    s.backend.heal();
    await s.value(call, 20_000);
    await s.settle();
    expect(s.backend.stored).toEqual(bob);
  });

  it('a guest who is refused costs the stored user of that id nothing', async () => {
    const s = stageOf({ stored: alice });
    s.backend.welcome = { kind: 'error', code: 17 };
    expect(await s.error(s.client.connectGuestUser(alice))).toBe('userRejected');
    await s.until('loggedOut', 1_100);
    expect(s.backend.stored).toEqual(alice);
  });

  it('a user logged out by another tab is no existing session at the next login', async () => {
    const s = stageOf();
    await s.online();
    s.backend.storeElsewhere(null);
    await s.until('loggedOut', 1_100);
    s.backend.provider = 'throws';
    expect(await s.error(s.client.connectUser(alice))).toBe('tokenUnavailable');
  });

  it('a wait that was cut short does not count against the user who logs in next', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.settle();
    await s.value(s.client.retryNow());
    expect(s.now.can.retryNow).toBe(false);
    s.backend.change('offline');
    void s.client.disconnect();
    void s.client.connectUser(bob);
    await s.until(({ status, user }) => status === 'offline' && user?.id === 'bob', 1_100);
    expect(s.now.can.retryNow).toBe(true);
  });

  it('the user that an app is shown is not the session’s to change', async () => {
    const s = stageOf();
    await s.online();
    const { user } = s.now;
    expect(() => Object.assign(user ?? {}, { id: 'mallory' })).toThrow(TypeError);
    expect(s.now.user).toEqual(alice);
  });
});

describe('law 3, law 10: results that are true', () => {
  it('a restore while the session ends, and keeps its user, finds that user', async () => {
    const s = stageOf();
    await s.online();
    void s.client.disconnect({ forgetUser: false });
    expect(await s.value(s.client.restore(), 1_100)).toEqual(alice);
    await s.until('online', 100);
  });

  it('a restore while a logout is under way finds no one', async () => {
    const s = stageOf();
    await s.online();
    void s.client.disconnect();
    expect(await s.value(s.client.restore(), 1_100)).toBeNull();
    expect(s.now.status).toBe('loggedOut');
  });

  it('law 8: retryNow() cuts short a wait that the server asked for, once', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 60 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 10_000);
    expect(s.now.can.retryNow).toBe(true);
    await s.value(s.client.retryNow());
    expect(s.dueInMs).toBeLessThanOrEqual(1_000);
    await s.until(({ failedAttempts }) => failedAttempts === 3, 1_100);
    expect(s.now.can.retryNow).toBe(false);
    const { nextAttemptAt } = s.now;
    expect(await s.error(s.client.retryNow())).toBe('notWaiting');
    await s.pass(50_000);
    expect(s.now).toMatchObject({ status: 'waiting', nextAttemptAt });
  });

  it('what can be done now is said for each status, and is the same object until it changes', async () => {
    const s = stageOf();
    const can = () => [s.now.status, ...Object.entries(s.now.can).flatMap(([name, is]) => (is ? [name] : []))];
    expect(can()).toEqual(['idle', 'connect', 'disconnect']);
    s.backend.disk.load = 'hangs';
    void s.client.restore();
    expect(can()).toEqual(['restoring', 'connect', 'disconnect']);
    s.backend.heal();
    await s.until('loggedOut', 100);
    expect(can()).toEqual(['loggedOut', 'connect', 'disconnect']);
    void s.client.connectUser(alice);
    expect(can()).toEqual(['connecting', 'disconnect', 'suspend']);
    await s.until('online', 1_000);
    expect(can()).toEqual(['online', 'disconnect', 'suspend']);
    const online = s.now.can;
    s.backend.push({ type: 'health.check', connection_id: 'another', me: { id: 'alice' } });
    await s.pass(100);
    expect([s.now.connectionId, s.now.can === online]).toEqual(['another', true]);
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until('waiting', 100);
    expect(can()).toEqual(['waiting', 'disconnect', 'retryNow', 'suspend']);
    await s.value(s.client.suspend());
    expect(can()).toEqual(['suspended', 'disconnect', 'resume']);
    await s.value(s.client.resume());
    s.backend.heal();
    await s.until('online', 60_000);
    s.backend.answersClose = false;
    void s.client.disconnect();
    expect(can()).toEqual(['loggingOut', 'disconnect']);
    await s.client.dispose();
    expect(can()).toEqual(['disposed']);
  });

  it('dueAt is when a state ends by its own timer, and there where it has one', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(alice).cancel();
    await s.until(({ state }) => state === 'connecting.opening', 100);
    const dueInMs = () => s.now.dueAt && s.now.dueAt - s.backend.clock.now();
    expect([dueInMs(), s.now.nextAttemptAt]).toEqual([15_000, null]);
    await s.pass(1_000);
    expect(dueInMs()).toBe(14_000);
    s.backend.heal();
    await s.until('online', 60_000);
    expect(s.now).toMatchObject({ dueAt: null, nextAttemptAt: null });
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until('waiting', 100);
    expect(s.now.dueAt).toBe(s.now.nextAttemptAt);
    await s.value(s.client.suspend());
    expect(s.now).toMatchObject({ dueAt: null, nextAttemptAt: null });
  });

  it('a snapshot stays the same object while nothing in it changes, also where something went wrong', async () => {
    const s = stageOf();
    s.backend.disk.save = 'throws';
    await s.value(s.client.connectUser(alice));
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts > 1, 60_000);
    const { now } = s;
    expect([now.status, now.error?.code, now.storageError?.code]).toEqual([
      'waiting',
      'connectionRefused',
      'storageFailed',
    ]);
    let calls = 0;
    s.client.subscribe(() => {
      calls += 1;
    });
    s.backend.change('background');
    await s.settle();
    expect([s.now === now, calls]).toEqual([true, 0]);
  });

  it('logged out, nothing can be resumed', async () => {
    const s = stageOf();
    await s.online();
    await s.value(s.client.suspend());
    expect(s.now.can.resume).toBe(true);
    await s.value(s.client.disconnect(), 1_100);
    expect(s.now.can.resume).toBe(false);
    expect(await s.error(s.client.resume())).toBe('notLoggedIn');
  });
});

describe("law 2, law 11: others' faults", () => {
  it('a fetch that does not updateSpec its signal keeps neither the call nor a timer after a logout', async () => {
    const s = stageOf({ fetch: () => new Promise<never>(() => {}) });
    await s.online();
    const call = s.client.request('/x');
    await s.settle();
    await s.value(s.client.disconnect(), 1_100);
    expect(await s.error(call, 0)).toBe('loggedOut');
    expect(s.backend.clientTimers).toBe(0);
  });

  it.each<[string, (s: Stage) => Promise<string>]>([
    ['connectUser', (s) => s.error(s.client.connectUser(alice, undefined, null as never))],
    ['switchUser', (s) => s.error(s.client.switchUser(alice, undefined, 7 as never))],
    ['connectAnonymousUser', (s) => s.error(s.client.connectAnonymousUser(null as never))],
    ['connectGuestUser', (s) => s.error(s.client.connectGuestUser(alice, null as never))],
  ])('%s with options that are none fails with invalidArgument, and starts nothing', async (_, call) => {
    const s = stageOf();
    expect(await call(s)).toBe('invalidArgument');
    expect(s.now.status).toBe('idle');
  });
});

describe('law 10: only actors state facts', () => {
  it('nothing that the actor shows leads to a way to send', async () => {
    const s = stageOf();
    await s.online();
    const actor = s.client.actor as unknown as Record<string, unknown>;
    for (const name of ['send', '_send', 'system', 'mailbox', 'options', '_snapshot', '_actorScope', 'observers']) {
      expect(actor[name], name).toBeUndefined();
    }
    const { client } = s.client.actor.getSnapshot().children as unknown as Record<string, Record<string, unknown>>;
    expect([client?.send, client?.mailbox, client?._actorScope]).toEqual([undefined, undefined, undefined]);
  });

  it('neither do the ways that libraries take, or that JavaScript has', async () => {
    const inspected: object[] = [];
    const s = stageOf({ inspect: (event) => void inspected.push(event.actorRef) });
    await s.online();
    const { children } = s.client.actor.getSnapshot();
    const views = new Set<object>([s.client.actor, ...Object.values(children), ...inspected].filter((ref) => ref));
    expect(views.size).toBe(3);
    for (const view of views) {
      const observable = (view as { '@@observable'?: () => object })['@@observable']?.();
      expect(observable).toBe(view);
      expect((view as { ref?: object }).ref).toBe(view);
      expect(Object.getOwnPropertyDescriptors(view)).not.toHaveProperty('send');
      const proto = Object.getPrototypeOf(view);
      expect(proto).toBe(Object.prototype);
      const parent = (view as { _parent?: object })._parent;
      if (parent !== undefined) expect(views.has(parent)).toBe(true);
    }
  });

  it('the actor of a disposed client says that no session runs', async () => {
    const s = stageOf();
    await s.online();
    const { actor } = s.client;
    expect(actor.getSnapshot().matches('connected')).toBe(true);
    await s.client.dispose();
    const over = actor.getSnapshot();
    expect(actor.getSnapshot()).toBe(over);
    expect([over.status, over.value, over.context.connectionId]).toEqual(['stopped', 'loggedOut', null]);
    expect([over.matches('connected'), over.matches('loggedOut'), over.hasTag('online')]).toEqual([false, true, false]);
    expect(over.hasTag('idle')).toBe(true);
  });

  it.each([
    ['looked at before', true],
    ['looked at later', false],
  ])('also the actor of a client that was disposed before it ever ran, %s', async (_, isSeenBefore) => {
    const s = stageOf();
    if (isSeenBefore) expect(s.client.actor.getSnapshot().status).toBe('active');
    await s.client.dispose();
    const over = s.client.actor.getSnapshot();
    expect(s.client.actor.getSnapshot()).toBe(over);
    expect([over.status, over.value, over.hasTag('running')]).toEqual(['stopped', 'loggedOut', false]);
  });
});

describe('law 7: who logged in elsewhere is not removed by the end of the session that they replaced', () => {
  const ENDS: readonly [string, (s: Stage) => Promise<unknown>][] = [
    ['disconnect()', (s) => s.value(s.client.disconnect(), 2_000)],
    ['disconnect() while the session ends', (s) => s.value(s.client.disconnect(), 2_000)],
    [
      'disconnect() twice',
      async (s) => {
        await s.value(s.client.disconnect(), 2_000);
        await s.value(s.client.disconnect(), 2_000);
      },
    ],
    [
      'a login of another user while the session ends, by switchUser()',
      async (s) => {
        void s.client.switchUser(carol).cancel();
        await s.settle();
      },
    ],
  ];

  it.each(ENDS)('%s', async (how, end) => {
    const s = stageOf();
    await s.online();
    s.backend.storeElsewhere(bob);
    if (how.includes('while the session ends')) await s.settle();
    else await s.until('loggedOut', 2_000);
    expect(s.now.error).toMatchObject({ code: 'loggedOutElsewhere' });
    await end(s);
    expect(s.backend.stored).toMatchObject({ id: 'bob' });
  });

  it.each<[string, (s: Stage) => Promise<unknown>]>([
    ['logged in elsewhere again', async (s) => s.backend.storeElsewhere(alice)],
    ['is found by a restore() that starts no session', (s) => s.value(s.client.restore(), 2_000)],
  ])('law 6: the user of the session is removed where they %s', async (how, happen) => {
    const s = stageOf();
    await s.online();
    s.backend.storeElsewhere(how.includes('restore') ? bob : null);
    await s.until('loggedOut', 2_000);
    await happen(s);
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  it.each([alice, bob])(
    'law 6: nor binds it a logout after the next session, which the server refused: %o',
    async (user) => {
      const s = stageOf();
      await s.online();
      s.backend.storeElsewhere(bob);
      await s.until('loggedOut', 2_000);
      s.backend.welcome = { kind: 'error', code: 40 };
      await s.error(s.client.connectUser(user, s.backend.issue(user.id)), 20_000);
      await s.until('signInAgain', 2_000);
      await s.value(s.client.disconnect(), 5_000);
      expect(s.backend.stored).toBeNull();
    },
  );

  it('law 6: the same user who logs in here is removed by a logout that comes before they are connected', async () => {
    const s = stageOf();
    await s.online();
    s.backend.storeElsewhere(bob);
    await s.until('loggedOut', 2_000);
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(bob).cancel();
    await s.until(({ state }) => state === 'connecting.opening', 1_000);
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  it('another session of this client is ended as usual', async () => {
    const s = stageOf();
    await s.online();
    s.backend.storeElsewhere(bob);
    await s.until('loggedOut', 2_000);
    await s.value(s.client.connectUser(bob), 5_000);
    await s.pass(1_000);
    await s.value(s.client.disconnect(), 2_000);
    expect(s.backend.stored).toBeNull();
  });
});

describe('law 7: who is stored is not removed by the logout of another user', () => {
  const LOGINS: readonly [string, (s: Stage) => Promise<unknown>][] = [
    ['a guest', (s) => s.value(s.client.connectGuestUser({ id: 'visitor' }), 5_000)],
    ['an anonymous user', (s) => s.value(s.client.connectAnonymousUser(), 5_000)],
  ];

  it.each(LOGINS)(
    'law 6: unless they were stored before %s logged in, which no one is restored after',
    async (_, login) => {
      const s = stageOf({ stored: bob });
      await login(s);
      await s.value(s.client.disconnect(), 5_000);
      expect(s.backend.stored).toBeNull();
    },
  );

  it.each(LOGINS)('law 6: whose removal failed before is removed by the logout of %s', async (_, login) => {
    const s = stageOf();
    await s.online();
    s.backend.disk.clear = 'throws';
    expect(await s.error(s.client.disconnect(), 5_000)).toBe('userNotForgotten');
    await login(s);
    expect(await s.error(s.client.disconnect(), 5_000)).toBe('userNotForgotten');
    s.backend.heal();
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  it('law 6: but a user who is stored here after that is, when storage was slow', async () => {
    const s = stageOf();
    s.backend.disk.load = 'hangs';
    void s.client.connectUser(alice).cancel();
    await s.until('online', 5_000);
    await s.pass(6_000);
    s.backend.storeElsewhere(bob);
    await s.settle();
    s.backend.heal();
    await s.value(s.client.disconnect({ forgetUser: false }), 5_000);
    await s.pass(200);
    expect(s.backend.stored).toMatchObject(alice);
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  const ended = async (s: Stage) => {
    await s.online();
    s.backend.storeElsewhere(bob);
    await s.until('loggedOut', 2_000);
  };
  const loggedOut = async (s: Stage) => {
    await s.online();
    await s.value(s.client.disconnect(), 5_000);
  };

  it.each<[string, (s: Stage) => Promise<unknown>]>([
    ['a session that they have ended', ended],
    ['a logout', loggedOut],
    ['a restore that found no one', (s) => s.value(s.client.restore(), 1_000)],
  ])('law 6: unless they had before, and have another profile now: after %s', async (_, before) => {
    const s = stageOf();
    await before(s);
    s.backend.storeElsewhere(bob);
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(carol).cancel();
    await s.until(({ state }) => state === 'connecting.opening', 1_000);
    s.backend.storeElsewhere({ ...bob, name: 'Robert' });
    await s.settle();
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  const dave = { id: 'dave' };
  const isLoggingIn = async (s: Stage) => {
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(carol).cancel();
    await s.until(({ state }) => state === 'connecting.opening', 1_000);
  };

  it.each(
    [...LOGINS, ['a login before its hello', isLoggingIn] as const].flatMap(([user, login]) => [
      [user, 'the first session of a client', login, async () => {}] as const,
      [user, 'one after a logout', login, loggedOut] as const,
      [user, 'one after a session that ended', login, ended] as const,
      [user, 'one after a restore', login, (s: Stage) => s.value(s.client.restore(), 1_000)] as const,
    ]),
  )('who logged in elsewhere meanwhile, by %s: in %s', async (_, __, login, begin) => {
    const s = stageOf();
    await begin(s);
    await login(s);
    s.backend.storeElsewhere(dave);
    await s.pass(1_000);
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toEqual(dave);
  });

  it('law 6: unless a restore that has not been answered may be about them', async () => {
    const s = stageOf();
    await ended(s);
    s.backend.disk.load = 'hangs';
    void s.client.restore().cancel();
    await s.settle();
    expect(s.now.status).toBe('restoring');
    const call = s.client.disconnect();
    s.backend.heal();
    await s.value(call, 5_000);
    await s.pass(1_000);
    expect(s.backend.stored).toBeNull();
  });

  it.each(['throws', 'hangs'] as const)('who logged in elsewhere before a hello whose write %s', async (fault) => {
    const s = stageOf();
    await isLoggingIn(s);
    s.backend.storeElsewhere(dave);
    await s.settle();
    s.backend.disk.save = fault;
    s.backend.welcome = { kind: 'hello' };
    s.backend.closeSockets(1011);
    await s.until('online', 60_000);
    await s.pass(10_000);
    expect(s.backend.stored).toEqual(dave);
    void s.client.disconnect().cancel();
    await s.pass(10_000);
    expect(s.backend.stored).toEqual(dave);
  });

  it('who logged in elsewhere while a write hangs', async () => {
    const s = stageOf();
    s.backend.disk.save = 'hangs';
    void s.client.connectUser(alice).cancel();
    await s.until('online', 5_000);
    await s.pass(10_000);
    s.backend.storeElsewhere(dave);
    await s.settle();
    void s.client.disconnect().cancel();
    await s.pass(10_000);
    expect(s.backend.stored).toEqual(dave);
  });

  it('law 6: unless they logged in here, too, and that session has ended by itself', async () => {
    const s = stageOf({ stored: alice });
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(bob, s.backend.issue('bob')).cancel();
    await s.until('connecting', 1_000);
    s.backend.storeElsewhere(bob);
    await s.until(({ state }) => state === 'connecting.opening', 1_000);
    await s.pass(10);
    s.backend.closeSockets(1000);
    await s.until('loggedOut', 5_000);
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  it('law 6: unless that login has come to nothing, and no session is there to be ended', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(alice, s.backend.issue('alice')).cancel();
    await s.until(({ state }) => state === 'connecting.opening', 1_000);
    s.backend.storeElsewhere(bob);
    await s.settle();
    s.backend.sendError(40);
    await s.until('signInAgain', 5_000);
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toBeNull();
  });

  it('who logged in elsewhere while a user was logging in here', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'silence' };
    void s.client.connectUser(alice).cancel();
    await s.until(({ state }) => state === 'connecting.opening', 1_000);
    s.backend.storeElsewhere(bob);
    await s.settle();
    await s.value(s.client.disconnect(), 5_000);
    expect(s.backend.stored).toEqual(bob);
  });
});
