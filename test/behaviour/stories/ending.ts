import { alice, bob, carol, must, type Stage, type Stories, same } from '../harness.ts';
import { ways } from '../setups.ts';

export const ENDING: Stories = {
  'a logout from every state forgets the user, closes, and stays out': async (stage) => {
    for (const [name, goThere] of Object.entries(ways)) {
      const s = stage();
      await s.online();
      await goThere(s);
      await s.value(s.client.disconnect(), 1_100);
      same([s.now.status, s.now.reason, s.now.error, s.backend.stored], ['loggedOut', 'loggedOut', null, null], name);
      s.backend.heal();
      const [tokens, opened] = [s.tokens, s.opened];
      await s.pass(600_000);
      same([s.now.status, s.tokens, s.opened], ['loggedOut', tokens, opened], name);
      same(await s.value(s.client.restore(), 0), null, name);
    }
  },
  'an end that keeps the user, from every state: the next start restores them': async (stage) => {
    for (const [name, goThere] of Object.entries(ways)) {
      const s = stage();
      await s.online();
      await goThere(s);
      await s.value(s.client.disconnect({ forgetUser: false }), 1_100);
      s.backend.heal();
      same([s.now.status, s.backend.stored], ['loggedOut', alice], name);
      same(await s.value(s.client.restore(), 0), alice, name);
      await s.until('online', 100);
    }
  },
  'logins that wait are notified of a logout': async (stage) => {
    for (const way of ['loading', 'opening', 'waiting', 'offline']) {
      const s = stage();
      if (way === 'loading') s.backend.provider = 'hangs';
      if (way === 'opening') s.backend.welcome = { kind: 'silence' };
      if (way === 'waiting') s.backend.welcome = { kind: 'refuse' };
      if (way === 'offline') s.backend.change('offline');
      const call = s.client.connectUser(alice);
      await s.pass(10);
      void s.client.disconnect();
      same(await s.error(call, 0), 'loggedOut', way);
      await s.until('loggedOut', 1_100);
    }
  },
  'nothing reaches the app once a logout is asked for': async (stage) => {
    const s = stage();
    await s.online();
    let heard = 0;
    s.client.on('*', () => {
      heard += 1;
    });
    s.backend.disk.clear = 'hangs';
    s.backend.push({ type: 'message.new' });
    const call = s.client.disconnect();
    s.backend.push({ type: 'message.new' });
    await s.pass(100);
    same([heard, s.backend.openNow], [0, 1]);
    s.backend.unhang();
    await s.value(call);
  },
  'a listener that logs out receives nothing more, and neither do others': async (stage) => {
    const s = stage();
    await s.online();
    const heard: string[] = [];
    s.client.on('*', () => {
      heard.push('first');
      void s.client.disconnect();
    });
    s.client.on('*', () => heard.push('second'));
    s.backend.push({ type: 'message.new' });
    s.backend.push({ type: 'message.new' });
    await s.until('loggedOut', 1_100);
    same(heard, ['first']);
  },
  'the user is removed before the socket is closed': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.answersClose = false;
    const call = s.client.disconnect();
    await s.pass(500);
    same([s.backend.stored, s.backend.openNow, s.now.status], [null, 1, 'loggingOut']);
    await s.value(call, 600);
    same(s.backend.openNow, 0);
  },
  'a removal that fails or hangs is said, the session ends within 4 s, and the next logout tries again': async (
    stage,
  ) => {
    for (const fault of ['throws', 'hangs'] as const) {
      const s = stage();
      await s.online();
      s.backend.disk.clear = fault;
      s.backend.answersClose = false;
      same(await s.error(s.client.disconnect(), 4_000), 'userNotForgotten', fault);
      same([s.now.status, s.now.storageError !== null, s.backend.stored], ['loggedOut', true, alice]);
      s.backend.heal();
      await s.value(s.client.disconnect(), 1_100);
      same([s.backend.stored, s.now.storageError], [null, null]);
      same(await s.value(s.client.restore(), 0), null);
    }
  },
  'asked for again and again, a logout that cannot be had is answered within 4 s anyway (law 5)': async (stage) => {
    for (const fault of ['throws', 'hangs'] as const) {
      const s = stage();
      await s.online();
      s.backend.disk.clear = fault;
      s.backend.answersClose = false;
      const first = s.client.disconnect();
      await s.pass(3_500 - (fault === 'throws' ? 3_000 : 0));
      const second = s.client.disconnect();
      same(await s.error(first, 500), 'userNotForgotten', fault);
      same(await s.error(second, 0), 'userNotForgotten', fault);
    }
  },
  'a late answer of the disk is not taken for a new one': async (stage) => {
    const s = stage();
    s.backend.disk.save = 'hangs';
    await s.value(s.client.connectUser(alice));
    s.backend.disk.clear = 'hangs';
    const call = s.client.disconnect();
    await s.pass(1_000);
    s.backend.disk.save = 'none';
    s.backend.unhang();
    await s.pass(1_000);
    same(s.now.status, 'loggingOut');
    same(await s.error(call, 4_000), 'userNotForgotten');
  },
  'a second logout joins; one that wants the user removed gets that': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.answersClose = false;
    const kept = s.client.disconnect({ forgetUser: false });
    await s.settle();
    same(s.backend.stored, alice);
    const forgotten = s.client.disconnect();
    const joined = s.client.disconnect({ forgetUser: false });
    await s.value(forgotten, 2_200);
    await s.value(kept, 0);
    await s.value(joined, 0);
    same(s.backend.stored, null);
    s.backend.answersClose = true;
    await s.online();
    s.backend.disk.clear = 'hangs';
    const first = s.client.disconnect();
    await s.settle();
    const second = s.client.disconnect();
    await s.pass(2_000);
    s.backend.unhang();
    await s.value(first, 1_100);
    await s.value(second, 0);
    same(s.backend.log.filter(({ type }) => type === 'cleared').length, 2);
  },
  'a logout of no one removes the user who is stored; one that keeps them does nothing': async (stage) => {
    const s = stage({ stored: alice, tokenProvider: undefined });
    same(await s.error(s.client.restore(), 0), 'tokenSourceMissing');
    await s.value(s.client.disconnect({ forgetUser: false }));
    same([s.now.status, s.backend.stored], ['loggedOut', alice]);
    await s.value(s.client.disconnect());
    same([s.now.status, s.backend.stored], ['loggedOut', null]);
  },
  'one user may wait for the end; they are logged in; others are refused, a logout drops them': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.answersClose = false;
    const left = s.client.disconnect();
    await s.settle();
    const bobs = s.client.connectUser(bob);
    same(await s.error(s.client.connectUser(carol), 0), 'otherUserConnected');
    const again = s.client.connectUser(bob);
    await s.value(left, 1_100);
    s.backend.answersClose = true;
    await s.value(bobs);
    await s.value(again, 0);
    same([s.now.user, s.backend.stored], [bob, bob]);

    const end = s.client.disconnect();
    const dropped = s.client.connectUser(carol);
    const last = s.client.disconnect();
    same(await s.error(dropped, 0), 'loggedOut');
    await s.value(end, 1_100);
    await s.value(last, 0);
    await s.pass(60_000);
    same([s.now.status, s.backend.stored], ['loggedOut', null]);
  },
  'who waits is dropped also while the socket is closing': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.answersClose = false;
    void s.client.disconnect();
    await s.pass(10);
    same(s.now.state, 'disconnecting.closing');
    const dropped = s.client.connectUser(carol);
    void s.client.disconnect();
    same(await s.error(dropped, 0), 'loggedOut');
    await s.until('loggedOut', 1_100);
    await s.pass(10_000);
    same(s.now.status, 'loggedOut');
  },
  'who waits comes in by their own way: offline, suspended, anonymous; answered or not': async (stage) => {
    for (const answersClose of [true, false]) {
      const leave = async () => {
        const s = stage();
        await s.online();
        s.backend.answersClose = answersClose;
        s.backend.disk.clear = 'hangs';
        void s.client.disconnect();
        await s.settle();
        return s;
      };
      const goOn = async (s: Stage) => {
        s.backend.unhang();
        await s.pass(answersClose ? 20 : 1_100);
        s.backend.answersClose = true;
        s.backend.disk.clear = 'none';
      };
      const offline = await leave();
      offline.backend.change('offline');
      const waiting = offline.client.connectUser(bob);
      await goOn(offline);
      same([offline.now.status, offline.now.user, offline.tokens], ['offline', bob, 1]);
      offline.backend.change('online');
      await offline.value(waiting, 1_100);

      const went = await leave();
      const bobs = went.client.connectUser(bob);
      went.backend.change('offline');
      went.backend.change('online');
      went.backend.change('offline');
      await goOn(went);
      same(went.now.status, 'offline');
      went.backend.change('online');
      await went.value(bobs, 1_100);

      const suspended = await leave();
      const later = suspended.client.connectUser(bob);
      await suspended.value(suspended.client.suspend(), 0);
      await goOn(suspended);
      await suspended.pass(60_000);
      same([suspended.now.status, suspended.now.user, suspended.backend.openNow], ['suspended', bob, 0]);
      await suspended.value(suspended.client.resume(), 0);
      await suspended.value(later, 100).catch(() => suspended.until('online', 100));
      same(suspended.now.status, 'online');

      const resumed = await leave();
      const soon = resumed.client.connectUser(bob);
      await resumed.value(resumed.client.suspend(), 0);
      await resumed.value(resumed.client.resume(), 0);
      await goOn(resumed);
      await resumed.value(soon, 100);

      const anonymous = await leave();
      const nameless = anonymous.client.connectAnonymousUser();
      await goOn(anonymous);
      await anonymous.value(nameless);
      same([anonymous.tokens, anonymous.backend.requests.at(-1)?.authType], [1, 'anonymous']);

      const background = await leave();
      const rare = background.client.connectUser(bob);
      background.backend.change('background');
      background.backend.welcome = { kind: 'refuse' };
      await goOn(background);
      await background.until('waiting', 100);
      must((background.now.nextAttemptAt ?? 0) - background.backend.clock.now() > 11_000, 'rare in the background');
      background.backend.change('foreground');
      background.backend.welcome = { kind: 'hello' };
      await background.value(rare, 1_100);
    }
  },
  'a token error of a live session: each reload is spread, the third is the end; the record is kept': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.revoke(3);
    s.backend.sendError(40);
    await s.until('waiting', 100);
    must(s.dueInMs >= 600 && s.dueInMs <= 3_000, `spread over 0.6 to 3 s, but ${s.dueInMs}`);
    same(s.tokens, 1);
    await s.until(({ failedAttempts }) => failedAttempts === 2, 3_100);
    same([s.tokens, s.now.status], [2, 'waiting']);
    await s.until('signInAgain', 11_000);
    same([s.tokens, s.now.error?.code, s.now.error?.serverCode], [3, 'tokenRejected', 40]);
    same([s.backend.stored, s.now.lastUser], [alice, alice]);
    await s.pass(600_000);
    same([s.tokens, s.now.status], [3, 'signInAgain']);
    await s.value(s.client.connectUser(alice));
  },
  'token errors long apart are no row': async (stage) => {
    const s = stage();
    await s.online();
    for (let round = 0; round < 5; round++) {
      s.backend.sendError(40);
      await s.until('waiting', 10);
      await s.until('online', 3_100);
      await s.pass(10_100);
      same(s.now.failedAttempts, 0);
    }
    same(s.tokens, 6);
  },
  'token errors on opening count as those in a session do': async (stage) => {
    const s = stage();
    s.backend.welcome = { kind: 'error', code: 43 };
    same(await s.error(s.client.connectUser(alice), 10_000), 'tokenRejected');
    await s.until('signInAgain', 1_100);
    same([s.tokens, s.opened], [3, 3]);
    const third = stage();
    await third.online();
    for (const status of ['waiting', 'waiting', 'signInAgain'] as const) {
      third.backend.sendError(40);
      await third.until(status, 1_100);
      if (status === 'waiting') await third.until('online', 11_000);
    }
  },
  'a new token source while waiting for a usable token is asked at once': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 40 };
    s.backend.sendError(40);
    await s.until('waiting', 100);
    s.backend.welcome = { kind: 'hello' };
    const token = s.backend.issue('alice');
    await s.value(s.client.connectUser(alice, token), 100);
    same(s.backend.requests.at(-1)?.token, token);
  },
  'a new token source while connected, opening or waiting is asked next time': async (stage) => {
    const s = stage();
    await s.online();
    const token = s.backend.issue('alice');
    await s.value(s.client.connectUser(alice, token), 0);
    s.backend.sendError(40);
    await s.until('waiting', 10);
    await s.until('online', 3_100);
    same(s.backend.requests.at(-1)?.token, token);
    await s.pass(11_000);
    s.backend.welcome = { kind: 'silence' };
    s.backend.closeSockets();
    await s.until('reconnecting', 4_000);
    const other = s.backend.issue('alice');
    const call = s.client.connectUser(alice, () => other);
    await s.settle();
    s.backend.welcome = { kind: 'hello' };
    s.backend.sendError(40);
    await s.value(call, 5_000);
    same(s.backend.requests.at(-1)?.token, other);
  },
  'a static token that is refused is the end at once': async (stage) => {
    const s = stage({ tokenProvider: undefined });
    await s.value(s.client.connectUser(alice, s.backend.issue('alice')));
    await s.pass(11_000);
    s.backend.sendError(40);
    await s.until('signInAgain', 1_100);
    same([s.opened, s.backend.stored], [1, alice]);
    s.backend.welcome = { kind: 'error', code: 40 };
    same(await s.error(s.client.connectUser(alice, s.backend.issue('alice'))), 'tokenRejected');
    await s.until('signInAgain', 1_100);
    same(s.opened, 2);
  },
  'a token that comes too early is a matter of clocks: paced, never the end': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 41 };
    s.backend.sendError(42);
    await s.until('waiting', 10);
    same(s.now.error?.code, 'tokenTooEarly');
    const before = s.opened;
    await s.pass(300_000);
    must(s.openedSince(before) >= 10 && s.openedSince(before) <= 60, 'paced');
    must(s.tokens > 10, 'a new token each time');
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 31_000);
  },
  'what is said of the app ends the session and keeps the user; of the user, forgets them; 1000 keeps them': async (
    stage,
  ) => {
    const before = { kind: 'opening' as const };
    for (const [what, code, kept] of [
      [{ kind: 'error', code: 2 }, 'appRejected', true],
      [{ kind: 'error', code: 17 }, 'userRejected', false],
      [{ kind: 'close', code: 1000 }, 'endedByServer', true],
    ] as const) {
      for (const moment of ['opening', 'connected'] as const) {
        const s = stage();
        await s.online();
        if (moment === 'opening') {
          s.backend.welcome = what;
          s.backend.closeSockets();
          await s.until('waiting', 0);
        } else if (what.kind === 'error') s.backend.sendError(what.code);
        else s.backend.closeSockets(what.code);
        await s.until('loggedOut', 5_000);
        same([s.now.error?.code, s.backend.stored], [code, kept ? alice : null], `${moment} ${code} ${before.kind}`);
        const opened = s.opened;
        await s.pass(600_000);
        same([s.opened, s.now.status], [opened, 'loggedOut']);
      }
    }
  },
  'the refusal of bob does not forget alice; a logout meanwhile does': async (stage) => {
    const s = stage({ stored: alice });
    s.backend.welcome = { kind: 'error', code: 17 };
    same(await s.error(s.client.connectUser(bob)), 'userRejected');
    await s.until('loggedOut', 1_100);
    same(s.backend.stored, alice);
    const out = stage({ stored: alice });
    out.backend.welcome = { kind: 'error', code: 17 };
    const refused = out.client.connectUser(bob);
    await out.until(({ state }) => state === 'connecting.opening', 10);
    out.backend.disk.load = 'hangs';
    await out.until(({ state }) => state === 'disconnecting.forgetting', 10);
    const call = out.client.disconnect();
    out.backend.disk.load = 'none';
    out.backend.unhang();
    await out.value(call, 4_100);
    same(await out.error(refused, 0), 'userRejected');
    same(out.backend.stored, null);
  },
  'a logout elsewhere ends the session from every state, and leaves storage alone': async (stage) => {
    for (const [name, goThere] of Object.entries(ways)) {
      for (const stored of [null, bob]) {
        const s = stage();
        await s.online();
        await goThere(s);
        s.backend.storeElsewhere(stored);
        await s.until('loggedOut', 1_100);
        same([s.now.error?.code, s.backend.stored], ['loggedOutElsewhere', stored], name);
        same(s.backend.log.filter(({ type }) => type === 'cleared').length, 0);
      }
    }
  },
  'what happens to records of others elsewhere does not concern this session': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.storeElsewhere({ ...alice, name: 'Alice Cooper' });
    await s.pass(100);
    same(s.now.status, 'online');
    const guest = stage();
    await guest.value(guest.client.connectGuestUser({ id: 'visitor' }));
    guest.backend.storeElsewhere(bob);
    guest.backend.storeElsewhere(null);
    await guest.pass(100);
    same(guest.now.status, 'online');
  },
  'a logout forgets all there is to know of who was stored': async (stage) => {
    for (const moment of ['restoring', 'loggedOut', 'loading', 'opening'] as const) {
      const s = stage({ stored: alice, tokenProvider: undefined });
      same(await s.error(s.client.restore(), 0), 'tokenSourceMissing');
      if (moment === 'restoring') {
        s.backend.disk.load = 'hangs';
        void s.client.restore();
      }
      if (moment === 'loading') void s.client.connectUser(bob, () => new Promise<string>(() => {}));
      if (moment === 'opening') {
        s.backend.welcome = { kind: 'silence' };
        void s.client.connectUser(bob, s.backend.issue('bob'));
      }
      await s.pass(5);
      s.backend.disk.load = 'none';
      const left = s.client.disconnect();
      s.backend.unhang();
      await s.value(left, 1_100);
      same([s.now.status, s.backend.stored], ['loggedOut', null], moment);
      s.backend.welcome = { kind: 'hello' };
      const call = s.client.connectUser(alice, () => {
        throw new Error('The token endpoint is down.');
      });
      same(await s.error(call), 'tokenUnavailable', moment);
    }
  },
  'a write of the session before is no write of this one': async (stage) => {
    for (const outcome of ['none', 'throws'] as const) {
      const s = stage();
      s.backend.disk.save = 'hangs';
      await s.value(s.client.connectUser(alice));
      await s.value(s.client.disconnect({ forgetUser: false }), 1_100);
      s.backend.provider = 'hangs';
      const bobs = s.client.connectUser(bob);
      await s.settle();
      s.backend.disk.save = outcome;
      s.backend.provider = 'none';
      s.backend.unhang();
      await s.value(bobs, 100);
      s.backend.disk.save = 'none';
      await s.pass(5_000);
      if (outcome === 'none') same(s.backend.stored, bob);
      else same(s.now.storageError?.code, 'storageFailed');
    }
  },
  'a logout is answered when the store is clear, and not before (law 6)': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.disk.clear = 'hangs';
    const call = s.client.disconnect();
    let isAnswered = false;
    void call.then(() => {
      isAnswered = true;
    });
    await s.pass(2_500);
    must(!isAnswered, 'law 6: no answer while the stored user is still there');
    s.backend.unhang();
    await s.value(call);
    same(s.backend.stored, null, 'law 6: the stored user');
  },
};
