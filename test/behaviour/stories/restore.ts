import { alice, bob, must, type Stories, same } from '../harness.ts';

export const RESTORE: Stories = {
  'someone stored is restored, and their events are heard': async (stage) => {
    const s = stage({ stored: alice });
    same(await s.value(s.client.restore(), 0), alice);
    await s.until('online', 100);
    same(s.now.reason, 'connected');
    same(s.backend.log.filter(({ type }) => type === 'stored').length, 0);
    let heard = 0;
    s.client.on('message.new', () => {
      heard += 1;
    });
    s.backend.push({ type: 'message.new' });
    await s.pass(5);
    same(heard, 1);
  },
  'law 5: a logout drops a restore that waits for the end of the session; one that is asked after it is carried out':
    async (stage) => {
      for (const forgetUser of [false, true]) {
        const s = stage();
        await s.online();
        const left = s.client.disconnect({ forgetUser: false });
        const dropped = s.client.restore();
        const again = s.client.disconnect({ forgetUser });
        same(await s.value(dropped, 0), null);
        for (const logout of [left, again]) await s.value(logout, 2_000);
        await s.pass(60_000);
        same([s.now.status, s.backend.stored?.id], ['loggedOut', forgetUser ? undefined : 'alice']);
      }
      const s = stage();
      await s.online();
      const calls = [s.client.disconnect({ forgetUser: false }), s.client.restore()];
      calls.push(s.client.disconnect({ forgetUser: false }), s.client.restore());
      for (const call of calls) await s.result<unknown>(call as never, 2_000);
      await s.until('online', 100);
      same(s.now.user?.id, 'alice');
    },
  'without a stored user no one is restored, and restore may be asked again': async (stage) => {
    const s = stage();
    same(await s.value(s.client.restore(), 0), null);
    same([s.now.status, s.now.reason, s.now.error], ['loggedOut', 'nobodyStored', null]);
    s.backend.storeElsewhere(bob);
    same(await s.value(s.client.restore(), 0), bob);
    await s.until('online', 100);
  },
  'a disk that fails or hangs is said, within the bound, and a login works': async (stage) => {
    for (const [fault, code, withinMs] of [
      ['throws', 'storageFailed', 0],
      ['hangs', 'storageTimedOut', 3_000],
    ] as const) {
      const s = stage({ stored: alice });
      s.backend.disk.load = fault;
      same(await s.error(s.client.restore(), withinMs), code);
      same([s.now.status, s.now.error?.code], ['loggedOut', code]);
      s.backend.disk.load = 'none';
      await s.value(s.client.connectUser(bob));
    }
  },
  'a late record restores no one: not once timed out, nor for a later question': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.disk.load = 'hangs';
    await s.error(s.client.restore(), 3_000);
    s.backend.disk.load = 'none';
    s.backend.unhang();
    await s.pass(1_000);
    same(s.now.status, 'loggedOut');
    same(s.tokens, 0);
  },
  'without a token source no one is restored, and the record is kept': async (stage) => {
    const s = stage({ stored: alice, tokenProvider: undefined });
    same(await s.error(s.client.restore(), 0), 'tokenSourceMissing');
    same([s.now.status, s.now.error?.code, s.backend.stored], ['signInAgain', 'tokenSourceMissing', alice]);
    s.backend.provider = 'throws';
    const call = s.client.connectUser(alice, () => {
      throw new Error('down');
    });
    await s.until('waiting', 100);
    void call;
  },
  'a slow read that comes in time restores': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.disk.load = 'hangs';
    const call = s.client.restore();
    await s.pass(2_900);
    same(s.now.status, 'restoring');
    s.backend.unhang();
    same(await s.value(call, 10), alice);
  },
  'offline, nothing is asked: the restored session waits for the network': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.change('offline');
    same(await s.value(s.client.restore(), 0), alice);
    same([s.now.status, s.now.user], ['offline', alice]);
    await s.pass(10_000);
    same([s.tokens, s.opened], [0, 0]);
    s.backend.change('online');
    await s.until('online', 1_100);
    same(s.backend.stored, alice);
  },
  'what the device says while storage is asked counts': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.disk.load = 'hangs';
    const restored = s.client.restore();
    await s.settle();
    s.backend.change('offline');
    s.backend.change('online');
    s.backend.change('offline');
    s.backend.unhang();
    await s.value(restored, 0);
    same(s.now.status, 'offline');
    s.backend.disk.load = 'none';
    const other = stage({ stored: alice });
    other.backend.disk.load = 'hangs';
    const again = other.client.restore();
    await other.settle();
    other.backend.change('offline');
    other.backend.change('online');
    other.backend.change('background');
    other.backend.change('foreground');
    other.backend.change('background');
    other.backend.unhang();
    other.backend.welcome = { kind: 'refuse' };
    await other.value(again, 0);
    const { nextAttemptAt } = await other.until('waiting', 100);
    must((nextAttemptAt ?? 0) - other.backend.clock.now() > 11_000, 'in the background retries are rare');
    other.backend.change('foreground');
    must((other.now.nextAttemptAt ?? 0) - other.backend.clock.now() <= 1_000, 'the foreground cuts the wait short');
  },
  'suspended while storage is asked, nothing is opened until the app returns': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.disk.load = 'hangs';
    const restored = s.client.restore();
    await s.settle();
    await s.value(s.client.suspend(), 0);
    s.backend.unhang();
    same(await s.value(restored, 0), alice);
    await s.pass(120_000);
    same([s.opened, s.now.status], [0, 'suspended']);
    await s.value(s.client.resume(), 0);
    await s.until('online', 1_100);
  },
  'suspended and resumed while storage is asked: as if nothing had been': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.disk.load = 'hangs';
    const restored = s.client.restore();
    await s.settle();
    await s.value(s.client.suspend(), 0);
    await s.value(s.client.resume(), 0);
    s.backend.unhang();
    await s.value(restored, 0);
    await s.until('online', 1_100);
  },
  'a login before storage responds goes first, online, offline and anonymous': async (stage) => {
    const online = stage({ stored: bob });
    online.backend.disk.load = 'hangs';
    const restored = online.client.restore();
    same((await online.value(online.client.connectUser(alice))).user, alice);
    same(await online.value(restored, 0), alice);

    const offline = stage({ stored: bob });
    offline.backend.disk.load = 'hangs';
    offline.backend.change('offline');
    const waiting = offline.client.restore();
    const call = offline.client.connectUser(alice);
    await offline.pass(1_000);
    same([offline.now.status, offline.now.user, offline.tokens], ['offline', alice, 0]);
    same(await offline.value(waiting, 0), alice);
    offline.backend.change('online');
    await offline.value(call, 1_100);

    const anonymous = stage({ stored: bob });
    anonymous.backend.disk.load = 'hangs';
    const asked = anonymous.client.restore();
    await anonymous.value(anonymous.client.connectAnonymousUser());
    must((await anonymous.value(asked, 0)) !== null, 'the session that is under way');
    same([anonymous.tokens, anonymous.backend.stored], [0, bob]);
  },
  'a logout before storage responds restores no one': async (stage) => {
    const s = stage({ stored: alice });
    const restored = s.client.restore();
    await s.value(s.client.disconnect());
    same(await s.value(restored, 0), null);
    same([s.now.status, s.backend.stored, s.opened], ['loggedOut', null, 0]);
    const kept = stage({ stored: alice });
    kept.backend.disk.load = 'hangs';
    const asked = kept.client.restore();
    await kept.value(kept.client.disconnect({ forgetUser: false }));
    same(await kept.value(asked, 0), null);
    same([kept.now.status, kept.backend.stored], ['loggedOut', alice]);
  },
  'restore while a session ends resolves when it has, with the user who comes next': async (stage) => {
    const s = stage();
    await s.online();
    void s.client.disconnect();
    const none = s.client.restore();
    same(await s.value(none, 1_100), null);
    await s.value(s.client.connectUser(alice));
    void s.client.disconnect();
    const next = s.client.connectUser(bob);
    same(await s.value(s.client.restore(), 1_100), bob);
    await s.value(next);
  },
};
