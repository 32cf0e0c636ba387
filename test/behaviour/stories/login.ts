import type { TokenSource } from '../../../src/index.ts';
import { alice, bob, carol, must, type Stage, type Stories, same } from '../harness.ts';

export const LOGIN: Stories = {
  'a first login: asks for a token, connects, stores the user, is stable': async (stage) => {
    const s = stage();
    const connection = await s.value(s.client.connectUser(alice));
    same(connection.user, alice);
    same(s.now.status, 'online');
    same([s.tokens, s.opened], [1, 1]);
    same(s.backend.requests[0]?.userDetails, { ...alice });
    await s.settle();
    same(s.backend.stored, alice);
    same(s.now.reason, 'connected');
  },
  'a second login of the same user joins, and is answered at once when connected': async (stage) => {
    const s = stage();
    const first = s.client.connectUser(alice);
    const second = s.client.connectUser(alice);
    same((await s.value(first)).user, (await s.value(second)).user);
    same((await s.value(s.client.connectUser(alice), 0)).connectionId, s.now.connectionId);
    same([s.tokens, s.opened], [1, 1]);
  },
  'a new token source while a token is being loaded is asked at once, and the old one is aborted': async (stage) => {
    const s = stage();
    s.backend.provider = 'hangs';
    const first = s.client.connectUser(alice);
    await s.settle();
    const token = s.backend.issue('alice');
    await s.value(s.client.connectUser(alice, token));
    await s.value(first);
    same(s.backend.pendingLoads, 0);
    same(
      s.backend.requests.map((request) => request.token),
      [token],
    );
  },
  'another user is refused while one is being logged in, connecting, waiting or connected': async (stage) => {
    const s = stage();
    s.backend.provider = 'hangs';
    const first = s.client.connectUser(alice);
    same(await s.error(s.client.connectUser(bob), 0), 'otherUserConnected');
    s.backend.welcome = { kind: 'silence' };
    s.backend.unhang();
    await s.pass(10);
    same(await s.error(s.client.connectUser(bob), 0), 'otherUserConnected');
    await s.until('waiting', 16_000);
    same(await s.error(s.client.connectUser(bob), 0), 'otherUserConnected');
    s.backend.welcome = { kind: 'hello' };
    await s.value(first, 10_000);
    same(await s.error(s.client.connectUser(bob), 0), 'otherUserConnected');
    same(s.now.user, alice);
    must(
      s.backend.requests.every(({ userId }) => userId === 'alice'),
      'nothing for bob',
    );
  },
  'a provider that fails ends a first login, and leaves the store alone': async (stage) => {
    const s = stage({ stored: bob });
    s.backend.provider = 'throws';
    same(await s.error(s.client.connectUser(alice)), 'tokenUnavailable');
    await s.until('loggedOut', 1_100);
    same(s.now.error?.code, 'tokenUnavailable');
    same(s.backend.stored, bob);
    same(s.opened, 0);
    await s.pass(120_000);
    same([s.tokens, s.now.status], [1, 'loggedOut']);
  },
  'a provider that hangs ends a first login after the token time-out': async (stage) => {
    const s = stage();
    s.backend.provider = 'hangs';
    const call = s.client.connectUser(alice);
    await s.pass(14_900);
    same(s.now.status, 'connecting');
    same(await s.error(call, 200), 'tokenTimedOut');
    await s.until('loggedOut', 1_100);
    s.backend.provider = 'none';
    s.backend.unhang();
    await s.pass(60_000);
    same([s.opened, s.now.status], [0, 'loggedOut']);
  },
  'the stored user is an existing session: their provider is asked again, paced': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.provider = 'throws';
    await s.settle();
    const restored = await s.value(s.client.restore());
    same(restored, alice);
    await s.until('waiting', 100);
    same([s.now.error?.code, s.now.failedAttempts], ['tokenUnavailable', 1]);
    await s.pass(120_000);
    must(s.tokens >= 4 && s.tokens <= 20, `a few paced attempts, but ${s.tokens}`);
    same(s.backend.stored, alice);
    s.backend.provider = 'none';
    await s.until('online', 31_000);
    same(s.backend.requests[0]?.userDetails, { id: 'alice' });
  },
  'a hanging provider of an existing session is aborted and asked again': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.provider = 'hangs';
    await s.value(s.client.restore());
    const { error } = await s.until('waiting', 15_100);
    same([error?.code, s.backend.pendingLoads], ['tokenTimedOut', 0]);
    s.backend.provider = 'none';
    await s.until('online', 31_000);
  },
  'a late record says that this is an existing session': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.disk.load = 'hangs';
    s.backend.provider = 'hangs';
    const call = s.client.connectUser(alice);
    await s.settle();
    s.backend.disk.load = 'none';
    s.backend.provider = 'throws';
    s.backend.unhang();
    await s.settle();
    void call;
    s.backend.closeSockets();
    await s.pass(20_000);
    s.backend.provider = 'none';
    await s.until('online', 60_000);
    same(s.backend.stored?.id, 'alice');
  },
  'a static token that is no token is permanent, also for the stored user, who is kept': async (stage) => {
    const s = stage({ stored: alice, tokenProvider: 'nonsense' });
    await s.value(s.client.restore());
    await s.until('signInAgain', 1_100);
    same([s.now.error?.code, s.backend.stored?.id, s.opened], ['tokenInvalid', 'alice', 0]);
  },
  "another user's token is refused before a socket opens": async (stage) => {
    const s = stage();
    s.backend.provider = 'othersToken';
    same(await s.error(s.client.connectUser(alice)), 'tokenInvalid');
    same(s.opened, 0);
  },
  'an anonymous login asks for no token and stores no one, on reconnects too': async (stage) => {
    const s = stage();
    await s.value(s.client.connectAnonymousUser());
    s.backend.closeSockets();
    await s.until('waiting', 0);
    await s.until('online', 3_100);
    same([s.tokens, s.opened, s.backend.stored], [0, 2, null]);
    must(
      s.backend.requests.every(({ authType, token }) => authType === 'anonymous' && token === ''),
      'anonymous both times',
    );
    same(await s.error(s.client.connectUser(alice), 0), 'otherUserConnected');
  },
  'a guest is created, connects as the user that the server made of them, and is not stored': async (stage) => {
    const s = stage();
    same((await s.value(s.client.connectGuestUser({ id: 'visitor' }))).user.id, 'guest-visitor');
    s.backend.closeSockets();
    await s.until('online', 3_100);
    same(
      s.backend.requests.map(({ userId }) => userId),
      ['guest-visitor', 'guest-visitor'],
    );
    await s.pass(11_000);
    same([s.backend.stored, s.tokens], [null, 0]);
  },
  'the user is written at the first hello only, and a failing disk is said and survived': async (stage) => {
    const s = stage();
    s.backend.disk.save = 'throws';
    await s.value(s.client.connectUser(alice));
    await s.settle();
    same([s.now.status, s.now.storageError?.code], ['online', 'storageFailed']);
    s.backend.disk.save = 'none';
    s.backend.closeSockets();
    await s.until('online', 3_100);
    await s.pass(11_000);
    same(s.backend.stored, null);
  },
  'a disk that hangs at the first hello does not hold the session up': async (stage) => {
    const s = stage();
    s.backend.disk.save = 'hangs';
    await s.value(s.client.connectUser(alice));
    await s.pass(4_000);
    same([s.now.status, s.now.storageError?.code], ['online', 'storageTimedOut']);
  },
  'a write that is answered while reconnecting counts': async (stage) => {
    for (const wayOut of ['lost', 'refused'] as const) {
      const s = stage();
      s.backend.disk.save = 'hangs';
      await s.value(s.client.connectUser(alice));
      s.backend.provider = 'hangs';
      if (wayOut === 'lost') s.backend.closeSockets();
      else s.backend.sendError(40);
      await s.pass(5);
      s.backend.disk.save = 'none';
      s.backend.provider = 'none';
      s.backend.unhang();
      await s.until('online', 6_000);
      s.backend.storeElsewhere(null);
      await s.until('loggedOut', 1_100);
      same(s.now.reason, 'loggedOutElsewhere');
    }
  },
  'a call that is bounded says so; the session goes on': async (stage) => {
    const s = stage();
    s.backend.welcome = { kind: 'refuse' };
    same(await s.error(s.client.connectUser(alice, undefined, { timeoutMs: 500 }), 500), 'stillConnecting');
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 12_000);
  },
  'switchUser goes out completely, then in': async (stage) => {
    const s = stage();
    await s.online();
    const cleared = () => s.backend.log.filter(({ type }) => type === 'cleared').length;
    same((await s.value(s.client.switchUser(bob))).user, bob);
    same(cleared(), 1);
    await s.settle();
    same(s.backend.stored, bob);
    s.backend.welcome = { kind: 'error', code: 2 };
    same(await s.error(s.client.switchUser(carol)), 'appRejected');
    await s.until('loggedOut', 1_100);
    same(s.backend.stored, null);
  },
  'a login that begins while storage is read goes on as what storage says': async (stage) => {
    const isStored = stage({ stored: alice });
    isStored.backend.provider = 'throws';
    const goesOn = isStored.client.connectUser(alice);
    await isStored.until('waiting', 1_000);
    isStored.backend.storeElsewhere(null);
    same(await isStored.error(goesOn, 1_000), 'loggedOutElsewhere');
    const isUnreadable = stage();
    isUnreadable.backend.disk.load = 'throws';
    isUnreadable.backend.provider = 'hangs';
    same(await isUnreadable.error(isUnreadable.client.connectUser(alice), 16_000), 'tokenTimedOut');
    const isNeverRead = stage();
    isNeverRead.backend.disk.load = 'hangs';
    isNeverRead.backend.provider = 'hangs';
    const call = isNeverRead.client.connectUser(alice);
    await isNeverRead.settle();
    isNeverRead.restart('persistence');
    same(await isNeverRead.error(call, 16_000), 'tokenTimedOut');
  },
  'a new profile is sent by another socket, also after one that is being opened': async (stage) => {
    for (const isExisting of [true, false]) {
      const s = stage();
      if (isExisting) {
        await s.online();
        void s.client.connectUser({ ...alice, name: 'Al' });
      } else {
        void s.client.connectUser(alice);
      }
      const before = s.opened;
      const calls = ['Ali', 'Alicia'].map((name) => s.client.connectUser({ ...alice, name }));
      for (const call of calls) same((await s.value(call)).user.name, 'Alicia');
      same(s.backend.requests.at(-1)?.userDetails, { ...alice, name: 'Alicia' });
      must(s.openedSince(before) <= 2, `two sockets at the most, but ${s.openedSince(before)}`);
      await s.pass(20_000);
      must(s.openedSince(before) <= 2, 'and none later');
      same(s.backend.stored, { ...alice, name: 'Alicia' });
    }
  },
  'a profile that changes all the time opens few sockets, and prevents no connection': async (stage) => {
    for (const [everyMs, welcome] of [
      [1_000, 'hello'],
      [1, 'hello'],
      [1_000, 'silence'],
    ] as const) {
      const s = stage();
      s.backend.welcome = { kind: welcome };
      let onlineFor = 0;
      for (let count = 0; count < 120; count += 1) {
        void s.client.connectUser({ ...alice, seen: count }).cancel();
        await s.pass(everyMs);
        if (s.now.status === 'online') onlineFor += 1;
      }
      if (welcome === 'silence') {
        same(s.now.error?.code, 'helloTimedOut');
      } else {
        must(onlineFor > 60, `online most of the time, but ${onlineFor} of 120`);
        await s.pass(25_000);
        same(s.backend.requests.at(-1)?.userDetails, { ...alice, seen: 119 }, 'the newest is sent in the end');
        same(s.backend.stored, { ...alice, seen: 119 });
      }
      must(s.opened <= 30, `a socket in ten seconds or so, but ${s.opened}`);
    }
  },
  'a new profile without a network is sent when there is one': async (stage) => {
    const s = stage();
    await s.online();
    const before = s.opened;
    s.backend.change('offline');
    await s.pass(10);
    void s.client.connectUser({ ...alice, name: 'Alicia' });
    await s.pass(5_000);
    same([s.now.status, s.openedSince(before)], ['offline', 0]);
    s.backend.change('online');
    await s.until('online', 2_000);
    same(s.backend.requests.at(-1)?.userDetails, { ...alice, name: 'Alicia' });
  },
  'a new profile of a connection that is not stable yet is sent when it is': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.closeSockets();
    await s.until('online', 10_000);
    const before = s.opened;
    await s.value(s.client.connectUser({ ...alice, name: 'Alicia' }));
    await s.pass(1_000);
    same([s.now.status, s.openedSince(before)], ['online', 0]);
    await s.pass(10_000);
    await s.until('online', 1_000);
    same(s.backend.requests.at(-1)?.userDetails, { ...alice, name: 'Alicia' });
    same(s.backend.stored, { ...alice, name: 'Alicia' });
  },
  'a new profile while an attempt hangs is sent by the next one': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'silence' };
    s.backend.closeSockets();
    await s.until('reconnecting', 10_000);
    void s.client.connectUser({ ...alice, name: 'Alicia' });
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 60_000);
    same(s.backend.requests.at(-1)?.userDetails, { ...alice, name: 'Alicia' });
  },
  'a source that a login brings while another is asked is asked, too, before the login ends': async (stage) => {
    const bad: Record<string, (s: Stage) => TokenSource> = {
      'that hangs': () => () => new Promise<string>(() => {}),
      'that fails': (s) => () =>
        new Promise<string>((_, reject) => {
          s.backend.clock.setTimeout(() => reject(new Error('busy')), 3_000);
        }),
      'that gives nothing usable': (s) => () =>
        new Promise<string>((resolve) => {
          s.backend.clock.setTimeout(() => resolve('no-token'), 3_000);
        }),
    };
    for (const [name, sourceOf] of Object.entries(bad)) {
      for (const stored of [null, alice]) {
        const s = stage({ stored, tokenProvider: undefined });
        void s.client.connectUser(alice, sourceOf(s));
        void s.client.connectUser(alice, sourceOf(s));
        await s.pass(1_000);
        const call = s.client.connectUser(alice, s.backend.issue('alice'));
        // A first login asks it at once, an existing session after a wait.
        await s.value(call, stored === null && name !== 'that hangs' ? 2_200 : 60_000);
        same(s.now.status, 'online', name);
      }
      const s = stage({ tokenProvider: undefined });
      const calls = [1, 2, 3, 4].map(() => s.client.connectUser(alice, sourceOf(s), { timeoutMs: 120_000 }));
      for (const call of calls) await s.error(call, 100_000);
      same(s.now.user, null, 'the last one decides');
    }
  },
  'storage that never replies does not keep a login that cannot succeed': async (stage) => {
    for (const provider of ['throws', 'hangs'] as const) {
      const s = stage();
      s.backend.disk.load = 'hangs';
      s.backend.provider = provider;
      const call = s.client.connectUser(alice, undefined, { timeoutMs: 120_000 });
      const code = provider === 'throws' ? 'tokenUnavailable' : 'tokenTimedOut';
      same(await s.error(call, 60_000), code);
      same([s.now.status, s.now.error?.code], ['loggedOut', code]);
      must(s.tokens <= 3, `asked twice, but ${s.tokens}`);
    }
  },
};
