import { alice, must, type Stories, same } from '../harness.ts';

export const CONNECTION: Stories = {
  'what the newest hello says of the user is in the snapshot, also where the connection keeps its id': async (
    stage,
  ) => {
    const s = stage();
    await s.online();
    const { connectionId } = s.now;
    const seen: unknown[] = [];
    s.client.subscribe(({ me }) => seen.push(me?.unread));
    for (const [connection_id, unread] of [
      [connectionId, 5],
      ['another', 7],
      ['another', 7],
    ]) {
      s.backend.push({ type: 'health.check', connection_id, me: { id: 'alice', name: 'Alice', unread } });
      await s.pass(5);
    }
    same(seen.slice(0, 2), [5, 7]);
    same([s.now.status, s.now.connectionId, s.now.me?.unread], ['online', 'another', 7]);
  },
  'a dropped socket comes back, spread, with the id only and without asking for a token': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.closeSockets(1011);
    await s.until('waiting', 0);
    must(s.dueInMs >= 600 && s.dueInMs <= 3_000, `a first wait of 0.6 to 3 s, but ${s.dueInMs}`);
    same([s.now.connectionId, s.now.failedAttempts, s.now.error?.closeCode], [null, 1, 1011]);
    await s.until('online', 3_100);
    same([s.tokens, s.opened, s.now.error], [1, 2, null]);
    same(s.backend.requests[1]?.userDetails, { id: 'alice' });
  },
  'waits grow with failures in a row, and start afresh after a stable time only': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    const waits: number[] = [];
    for (let failures = 1; failures <= 7; failures++) {
      await s.until((now) => now.status === 'waiting' && now.failedAttempts === failures, 31_000);
      waits.push(s.dueInMs);
    }
    must((waits[6] ?? 0) >= 6_000 && (waits[6] ?? 0) <= 30_000, `a wait of 6 to 30 s at the cap, but ${waits}`);
    must(Math.max(...waits.slice(4)) !== Math.min(...waits.slice(4)), 'random at the cap too');
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 31_000);
    s.backend.closeSockets();
    await s.until('waiting', 0);
    same(s.now.failedAttempts, 8);
    await s.until('online', 31_000);
    await s.pass(10_100);
    same(s.now.failedAttempts, 0);
    s.backend.closeSockets();
    await s.until('waiting', 0);
    must(s.dueInMs <= 3_000, 'the shortest window again');
  },
  'a server that accepts and then closes makes no hot loop': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'close', code: 1011 };
    s.backend.closeSockets();
    const before = s.opened;
    await s.pass(120_000);
    must(
      s.openedSince(before) >= 4 && s.openedSince(before) <= 24,
      `paced, but ${s.openedSince(before)} in two minutes`,
    );
  },
  'no hello: the attempt is given up after its time-out': async (stage) => {
    const s = stage();
    s.backend.welcome = { kind: 'silence' };
    const call = s.client.connectUser(alice);
    await s.pass(14_900);
    same([s.now.status, s.backend.openNow], ['connecting', 1]);
    await s.until('waiting', 200);
    same(s.now.error?.code, 'helloTimedOut');
    await s.pass(500);
    same(s.backend.openNow, 0);
    s.backend.welcome = { kind: 'hello' };
    await s.value(call, 15_000);
  },
  'the hello of an attempt that was given up changes nothing': async (stage) => {
    const s = stage();
    s.backend.welcome = { kind: 'silence' };
    s.backend.answersClose = false;
    const call = s.client.connectUser(alice);
    await s.until('waiting', 15_100);
    const [old] = s.backend.sockets;
    old?.push({ type: 'health.check', connection_id: 'ghost', me: { id: 'alice' } });
    await s.pass(10);
    same(s.now.status, 'waiting');
    s.backend.welcome = { kind: 'hello' };
    await s.value(call, 15_000);
    must(s.now.connectionId !== 'ghost', 'the connection of the new socket');
  },
  'bad first frames and hellos for others fail the attempt': async (stage) => {
    for (const [welcome, code] of [
      [{ kind: 'text', text: '<html>captive portal</html>' }, 'badFrame'],
      [{ kind: 'helloFor', userId: 'mallory' }, 'helloForAnotherUser'],
      [{ kind: 'error', code: -1 }, 'serverUnavailable'],
    ] as const) {
      const s = stage();
      s.backend.welcome = welcome;
      const call = s.client.connectUser(alice);
      await s.until('waiting', 100);
      same(s.now.error?.code, code);
      s.backend.welcome = { kind: 'hello' };
      await s.value(call, 5_000);
    }
  },
  'the server can ask to wait: nothing is tried before, whatever the device says': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 60 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
    must(s.dueInMs >= 59_000, `at least a minute, but ${s.dueInMs}`);
    const before = s.opened;
    s.backend.change('background');
    s.backend.change('foreground');
    s.backend.change('woke');
    s.backend.change('online');
    await s.pass(50_000);
    same(s.openedSince(before), 0);
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 25_000);
    s.backend.closeSockets();
    await s.until('waiting', 0);
    must(s.dueInMs < 31_000, 'the advice was for once');
  },
  "the server's advice holds through offline and suspension": async (stage) => {
    for (const [away, back] of [
      ['offline', 'online'],
      ['frozen', 'thawed'],
    ] as const) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 60 };
      s.backend.closeSockets();
      await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
      const before = s.opened;
      s.backend.change(away);
      s.backend.change(back);
      await s.pass(59_000);
      same(s.openedSince(before), 0);
    }
  },
  'retryNow cuts a wait short, once, also the one for the network': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts === 5, 60_000);
    await s.value(s.client.retryNow(), 0);
    const first = s.dueInMs;
    must(first <= 1_000, `a second at the most, but ${first}`);
    await s.pass(first / 2);
    same(await s.error(s.client.retryNow(), 0), 'notWaiting');
    must(s.dueInMs <= first / 2 + 1, 'the second call does not put it off');
    await s.until(({ failedAttempts }) => failedAttempts === 6, 2_000);
    same(s.now.can.retryNow, false);
    await s.until(({ failedAttempts }) => failedAttempts === 7, 31_000);
    s.backend.change('offline');
    await s.value(s.client.retryNow(), 0);
    must(s.dueInMs <= 1_000 && s.now.status === 'waiting', 'tried although offline');
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 1_100);
  },
  'a retry at every moment makes no hot loop': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    const before = s.opened;
    for (let waited = 0; waited < 600_000; waited += 100) {
      void s.client.retryNow();
      if (waited % 1_000 === 0) void s.client.connectUser(alice, () => s.backend.issue('alice'));
      await s.pass(100);
    }
    must(s.openedSince(before) <= 100, `at most 100 attempts in ten minutes, but ${s.openedSince(before)}`);
  },
  'suspensions, returns, retries and logins at every moment make no hot loop, and it comes back when they end': async (
    stage,
  ) => {
    // Each return to the app may be worth one attempt.
    for (const [everyMs, most] of [
      [50, 100],
      [700, 220],
    ] as const) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'refuse' };
      s.backend.closeSockets();
      const before = s.opened;
      const calls = [s.client.suspend, s.client.resume, s.client.retryNow, s.client.restore].map((call) =>
        call.bind(s.client),
      );
      for (let index = 0; index * everyMs < 600_000; index++) {
        void calls[index % calls.length]?.();
        await s.pass(everyMs);
      }
      must(s.openedSince(before) <= most, `at most ${most} attempts in ten minutes, but ${s.openedSince(before)}`);
      s.backend.heal();
      void s.client.resume();
      await s.until('online', 31_000);
    }
  },
  "the server's advice is capped, and a person's word gets through it, paced": async (stage) => {
    for (const word of ['retryNow', 'connectUser', 'new source'] as const) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 10_000_000 };
      s.backend.closeSockets();
      await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
      must(s.dueInMs >= 300_000 && s.dueInMs <= 311_000, `five minutes and a spread, but ${s.dueInMs}`);
      s.backend.welcome = { kind: 'hello' };
      if (word === 'retryNow') void s.client.retryNow();
      else void s.client.connectUser(alice, word === 'new source' ? s.backend.issue('alice') : undefined);
      await s.until('online', 1_100);
    }
  },
  'a half-open socket is found by silence, by the wall clock, and after a sleep at once': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.answersPings = false;
    const { error } = await s.until('waiting', 62_000);
    same(error?.code, 'wentSilent');
    s.backend.answersPings = true;
    await s.until('online', 4_000);
    await s.pass(100_000);
    same(s.opened, 2);
    s.backend.answersPings = false;
    s.backend.clock.sleep(3_600_000);
    await s.until('waiting', 16_000);
    s.backend.heal();
    await s.until('online', 4_000);
  },
  'a probe that is answered is no loss, and is made on foreground, waking and network changes': async (stage) => {
    const s = stage();
    await s.online();
    for (const change of ['foreground', 'woke', 'online', 'offline', 'online'] as const) {
      s.backend.change(change);
      same(s.now.state, 'connected.probing');
      s.backend.change('woke');
      s.backend.change('online');
      s.backend.change('background');
      s.backend.change('foreground');
      same(s.now.state, 'connected.probing');
      await s.pass(20);
      same(s.now.state, 'connected.healthy');
    }
    await s.pass(300_000);
    same([s.now.status, s.opened], ['online', 1]);
  },
  'a second hello gives the connection another id, one for another user does not': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.push({ type: 'health.check', connection_id: 'another', me: { id: 'alice' } });
    await s.pass(5);
    same([s.now.connectionId, s.opened], ['another', 1]);
    s.backend.push({ type: 'health.check', connection_id: 'mallory', me: { id: 'mallory' } });
    await s.until('waiting', 5);
    await s.until('online', 4_000);
  },
  'a transient failure keeps the stored user (law 7)': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.pass(60_000);
    same(s.backend.stored, alice, 'law 7: the stored user');
  },
};
