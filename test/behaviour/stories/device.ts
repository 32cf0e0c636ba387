import type { EnvironmentChange } from '../../../src/index.ts';
import { alice, bob, must, type Stage, type StageOptions, type Stories, same } from '../harness.ts';
import { ways } from '../setups.ts';

/** A session that waits, and a device whose reading can change without a report. */
async function waitingByReading(stage: (options: StageOptions) => Stage) {
  const reading = { online: true, foreground: true };
  const listeners: ((change: EnvironmentChange) => void)[] = [];
  const s = stage({
    environment: {
      read: () => reading,
      subscribe: (listener) => {
        listeners.push(listener);
        return () => {};
      },
    },
  });
  await s.online();
  s.backend.welcome = { kind: 'refuse' };
  s.backend.closeSockets();
  await s.until('waiting', 0);
  const tell = (change: EnvironmentChange) => {
    for (const listener of listeners) listener(change);
  };
  return { s, reading, tell };
}

/** What the device reports, and what an app does that comes and goes. */
export const DEVICE: Stories = {
  'network, foreground and waking cut a wait short; again and again they do not': async (stage) => {
    for (const changes of [
      ['offline', 'online'],
      ['online'],
      ['background', 'foreground'],
      ['woke'],
      ['offline', 'woke'],
      ['offline', 'foreground'],
    ] as const) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'refuse' };
      s.backend.closeSockets();
      await s.until(({ failedAttempts }) => failedAttempts === 6, 120_000);
      const before = s.opened;
      for (const change of changes) s.backend.change(change);
      must(s.dueInMs <= 1_000, `a second at the most after ${changes}, but ${s.dueInMs}`);
      await s.pass(1_100);
      same(s.openedSince(before), 1, `attempts after ${changes}`);
      for (let flap = 0; flap < 20; flap++) {
        for (const change of changes) s.backend.change(change);
        await s.pass(250);
      }
      must(
        s.openedSince(before) <= 2,
        `a flapping network is no hot loop, but ${s.openedSince(before)} attempts in 5 s`,
      );
      s.backend.heal();
      await s.until('online', 61_000);
    }
  },
  'offline while connected probes; it does not drop': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('offline');
    await s.pass(20_000);
    same([s.now.status, s.opened], ['online', 1]);
    s.backend.answersPings = false;
    s.backend.change('online');
    await s.pass(9_900);
    same(s.now.status, 'online');
    const { error } = await s.until('waiting', 200);
    same(error?.code, 'wentSilent');
  },
  'offline and dead: found by the probe, waits for the network, and tries now and then by itself': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.answersPings = false;
    s.backend.change('offline');
    await s.until('offline', 10_100);
    s.backend.answersPings = true;
    const before = s.opened;
    await s.pass(10_000);
    same(s.openedSince(before), 0);
    await s.until('online', 61_000);
    same(s.now.error, null);
  },
  'a wait that the server asked for goes on while suspended, whatever ends the suspension': async (stage) => {
    for (const comeBack of ['resume', 'connectUser'] as const) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 300 };
      s.backend.closeSockets();
      await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
      s.backend.heal();
      await s.value(s.client.suspend(), 0);
      await s.pass(3_600_000);
      if (comeBack === 'resume') void s.client.resume();
      else void s.client.connectUser(alice);
      await s.until('online', 1_100);
    }
  },
  'offline, attempts that fail are rare': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('offline');
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until('offline', 10_100);
    const before = s.opened;
    await s.pass(600_000);
    must(
      s.openedSince(before) >= 9 && s.openedSince(before) <= 55,
      `about one a minute, but ${s.openedSince(before)} in ten`,
    );
    s.backend.welcome = { kind: 'silence' };
    await s.pass(120_000);
    same(s.now.status === 'offline' || s.now.status === 'reconnecting', true);
    s.backend.welcome = { kind: 'hello' };
    s.backend.provider = 'hangs';
    await s.until('online', 80_000);
  },
  'offline while a token is loaded or a socket opens: given up at once, but not twice, and back with the network':
    async (stage) => {
      const s = stage();
      s.backend.provider = 'hangs';
      const call = s.client.connectUser(alice, undefined, { timeoutMs: 300_000 });
      await s.settle();
      s.backend.change('offline');
      same([s.now.status, s.backend.pendingLoads], ['offline', 0]);
      s.backend.provider = 'none';
      s.backend.welcome = { kind: 'silence' };
      s.backend.change('online');
      await s.pass(1_100);
      same([s.now.status, s.backend.openNow], ['connecting', 1]);
      // A flag that comes and goes must not keep every attempt from its end.
      s.backend.change('offline');
      await s.pass(10);
      same([s.now.status, s.backend.openNow], ['connecting', 1]);
      await s.until('offline', 16_000);
      s.backend.welcome = { kind: 'silence' };
      s.backend.change('online');
      await s.until(({ failedAttempts }) => failedAttempts === 2, 60_000);
      await s.until(({ state }) => state === 'connecting.opening', 60_000);
      s.backend.change('offline');
      same(s.now.status, 'offline');
      await s.pass(10);
      same(s.backend.openNow, 0);
      s.backend.welcome = { kind: 'hello' };
      s.backend.change('online');
      await s.value(call, 31_000);
    },
  'offline, a provider that fails or hangs does not end a first login': async (stage) => {
    for (const fault of ['throws', 'hangs'] as const) {
      const s = stage();
      s.backend.change('offline');
      s.backend.provider = fault;
      const call = s.client.connectUser(alice, undefined, { timeoutMs: 300_000 });
      await s.pass(100_000);
      same(s.now.user, alice);
      must(s.tokens >= 1 && s.tokens <= 10, 'tried now and then');
      s.backend.heal();
      await s.value(call, 80_000);
    }
  },
  'a login says that the device is online again': async (stage) => {
    const s = stage();
    s.backend.change('offline');
    const call = s.client.connectUser(alice);
    await s.settle();
    same(s.now.status, 'offline');
    void s.client.connectUser(alice);
    await s.pass(2_000);
    same([s.now.status, s.opened], ['offline', 0]);
    (s.backend as unknown as { change(c: string): void }).change('online');
    await s.value(call, 1_100);
  },
  'in the background retries are rare; the socket is kept': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('background');
    await s.pass(60_000);
    same(s.opened, 1);
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    const before = s.opened;
    await s.pass(300_000);
    must(s.openedSince(before) <= 26, `rare, but ${s.openedSince(before)} in five minutes`);
    s.backend.change('foreground');
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 31_000);
  },
  'nothing that the device reports extends a probe: a dead socket is given up in time': async (stage) => {
    for (const change of ['online', 'woke', 'foreground'] as const) {
      const s = stage();
      await s.online();
      s.backend.answersPings = false;
      s.backend.change('woke');
      for (let waited = 0; waited < 9_000; waited += 600) {
        await s.pass(600);
        s.backend.change(change);
      }
      const { error } = await s.until('waiting', 1_500);
      same(error?.code, 'wentSilent', change);
    }
  },
  'a network that returns gives a hanging attempt up, once, and tries again in a moment': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'silence' };
    s.backend.closeSockets();
    await s.until('reconnecting', 3_100);
    s.backend.change('online');
    same(s.now.status, 'waiting');
    must(s.dueInMs <= 1_000, `a second at the most, but ${s.dueInMs}`);
    await s.until('reconnecting', 1_100);
    const before = s.opened;
    for (let times = 0; times < 20; times += 1) {
      await s.pass(500);
      s.backend.change('online');
    }
    same([s.now.status, s.openedSince(before)], ['reconnecting', 0]);
  },
  'a hello or a frame that was asked for proves a network': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('offline');
    await s.pass(1_000);
    same(s.now.state, 'connected.healthy');
    s.backend.closeSockets();
    await s.until('waiting', 0);
    s.backend.change('offline');
    same(s.now.status, 'offline');
    await s.until('online', 61_000);
    s.backend.closeSockets();
    await s.until('waiting', 0);
  },
  'suspended there is no socket and no timer; resumed it connects': async (stage) => {
    const s = stage();
    await s.online();
    await s.value(s.client.suspend(), 0);
    same([s.now.status, s.now.reason, s.now.error], ['suspended', 'suspended', null]);
    await s.pass(1_100);
    same([s.backend.openNow, s.backend.clientTimers], [0, 0]);
    await s.pass(3_600_000);
    s.backend.change('offline');
    s.backend.change('online');
    s.backend.change('background');
    s.backend.change('foreground');
    same([s.now.status, s.opened], ['suspended', 1]);
    await s.value(s.client.resume(), 0);
    await s.until('online', 10);
    same([s.tokens, s.opened], [1, 2]);
  },
  'suspended from everywhere, and resumed': async (stage) => {
    for (const name of ['opening', 'waiting', 'offline', 'loading a token'] as const) {
      const s = stage();
      await s.online();
      await ways[name](s);
      await s.pass(5);
      await s.value(s.client.suspend(), 0);
      s.backend.provider = 'none';
      s.backend.welcome = { kind: 'hello' };
      s.backend.unhang();
      const before = s.opened;
      await s.pass(100_000);
      same([s.now.status, s.openedSince(before), s.backend.openNow], ['suspended', 0, 0], name);
      await s.value(s.client.resume(), 0);
      if (name === 'offline') {
        same(s.now.status, 'offline');
        s.backend.change('online');
      }
      await s.until('online', 31_000);
    }
  },
  'a token that fails or hangs while suspended is asked for when the app returns': async (stage) => {
    for (const fault of ['throws', 'hangs'] as const) {
      const s = stage();
      await s.online();
      s.backend.provider = 'hangs';
      s.backend.sendError(40);
      await s.until(({ state }) => state === 'loadingToken', 3_100);
      await s.value(s.client.suspend(), 0);
      await s.pass(fault === 'hangs' ? 15_100 : 10);
      const before = s.tokens;
      await s.pass(200_000);
      same([s.now.status, s.tokens - before, s.backend.openNow], ['suspended', 0, 0]);
      s.backend.heal();
      await s.value(s.client.resume(), 0);
      await s.until('online', 31_000);
    }
  },
  'a login resumes a suspended session, with and without a token, online and off': async (stage) => {
    const s = stage();
    await s.online();
    await s.value(s.client.suspend(), 0);
    same(await s.error(s.client.connectUser(bob), 0), 'otherUserConnected');
    await s.value(s.client.connectUser(alice));
    same(s.tokens, 1);
    s.backend.provider = 'hangs';
    s.backend.sendError(40);
    await s.until(({ state }) => state === 'loadingToken', 3_100);
    await s.value(s.client.suspend(), 0);
    await s.pass(15_100);
    s.backend.heal();
    await s.value(s.client.connectUser(alice), 1_100);
    await s.pass(11_000);
    s.backend.provider = 'hangs';
    s.backend.sendError(40);
    await s.until(({ state }) => state === 'loadingToken', 3_100);
    await s.value(s.client.suspend(), 0);
    s.backend.change('offline');
    s.backend.change('online');
    same(s.now.status, 'suspended');
    s.backend.heal();
    await s.value(s.client.connectUser(alice), 1_100);
    await s.pass(11_000);
    await s.value(s.client.suspend(), 0);
    s.backend.change('offline');
    const call = s.client.connectUser(alice);
    await s.settle();
    same(s.now.status, 'offline');
    s.backend.change('online');
    await s.value(call, 1_100);
  },
  'suspended while a session ends, the user who is restored after it rests; one who was suspended before is there':
    async (stage) => {
      const comings: [(s: Stage) => void, (s: Stage) => void][] = [
        [({ client }) => void client.suspend(), ({ client }) => void client.resume()],
        [({ backend }) => backend.change('frozen'), ({ backend }) => backend.change('thawed')],
      ];
      for (const [leave, comeBack] of comings) {
        const s = stage();
        await s.online();
        void s.client.disconnect({ forgetUser: false });
        const call = s.client.restore();
        leave(s);
        same(await s.value(call), alice);
        await s.pass(1_000);
        same([s.now.status, s.backend.openNow], ['suspended', 0]);
        comeBack(s);
        await s.until('online', 100);

        leave(s);
        void s.client.disconnect({ forgetUser: false });
        same(await s.value(s.client.restore()), alice);
        await s.until('online', 100);
        await s.value(s.client.disconnect());
      }
    },
  'a flapping suspension makes no hot loop in an outage, the user who ends it': async (stage) => {
    const flaps: ((s: Stage) => void)[] = [
      ({ backend }) => {
        backend.change('frozen');
        backend.change('thawed');
      },
      ({ backend, client }) => {
        backend.change('frozen');
        void client.connectUser(alice);
        backend.change('thawed');
      },
      ({ client }) => {
        void client.suspend();
        void client.connectUser(alice);
      },
    ];
    for (const flap of flaps) {
      const s = stage();
      await s.online();
      s.backend.welcome = { kind: 'refuse' };
      s.backend.closeSockets();
      await s.until(({ failedAttempts }) => failedAttempts === 4, 60_000);
      const before = s.opened;
      for (let times = 0; times < 40; times++) {
        flap(s);
        await s.pass(250);
      }
      must(s.openedSince(before) <= 4, `no hot loop, but ${s.openedSince(before)} attempts in 10 s`);
      s.backend.heal();
      await s.until('online', 31_000);
    }
  },
  'a login that ends a suspension heeds what the server asked for': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 300 };
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts === 2, 10_000);
    const before = s.opened;
    for (let times = 0; times < 5; times++) {
      await s.value(s.client.suspend(), 0);
      void s.client.connectUser(alice);
      await s.pass(1_000);
    }
    must(s.dueInMs > 290_000, `a wait of 300 s, but ${s.dueInMs} ms`);
    same(s.openedSince(before), 0);
  },
  'back in the foreground waits are short again': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('background');
    s.backend.change('foreground');
    await s.pass(100);
    s.backend.closeSockets();
    await s.until('waiting', 0);
    must(s.dueInMs <= 3_000, `3 s at the most, but ${s.dueInMs}`);
  },
  'a network that returns during a wait cut short is known': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('offline');
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until('offline', 0);
    await s.value(s.client.retryNow(), 0);
    same(s.now.status, 'waiting');
    s.backend.change('online');
    await s.until(({ failedAttempts }) => failedAttempts === 2, 1_100);
    same(s.now.status, 'waiting');
  },
  'a network that returns opens no second socket (law 1)': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.change('online');
    await s.pass(1_000);
    same(s.opened, 1, 'law 1: sockets opened in all');
  },
  'a network that returns is known, also where only a login had said that there was none': async (stage) => {
    const { s, reading, tell } = await waitingByReading(stage);
    reading.online = false;
    void s.client.connectUser(alice);
    reading.online = true;
    tell('online');
    await s.until(({ failedAttempts }) => failedAttempts === 2, 2_000);
    same(s.now.status, 'waiting');
  },
  'a login that finds a network ends the wait for one: in a moment, and after a quick retry by a wait in full': async (
    stage,
  ) => {
    const { s, reading, tell } = await waitingByReading(stage);
    const loginMs = () => {
      same(s.now.status, 'offline');
      reading.online = true;
      void s.client.connectUser(alice);
      same(s.now.status, 'waiting');
      reading.online = false;
      return s.dueInMs;
    };
    tell('offline');
    const quickMs = loginMs();
    must(quickMs <= 1_000, `in a moment, but in ${quickMs} ms`);
    tell('offline');
    await s.until('offline', 1_000);
    const fullMs = loginMs();
    must(fullMs >= 2_000 && fullMs <= 10_400, `a wait in full, but ${fullMs} ms`);
    const before = s.opened;
    await s.pass(fullMs);
    same(s.openedSince(before), 1);
    s.backend.heal();
    await s.until('online', 61_000);
  },
  'what has passed of a wait that the server asked for counts when the network goes and the device reports more':
    async (stage) => {
      for (const change of ['online', 'foreground', 'woke', null] as const) {
        for (const isLate of [false, true]) {
          const s = stage();
          await s.online();
          s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 200 };
          s.backend.closeSockets();
          await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
          must(s.dueInMs >= 200_000, `as long as the server asked, but ${s.dueInMs}`);
          s.backend.welcome = { kind: 'hello' };
          if (isLate) await s.pass(s.dueInMs - 1_000);
          s.backend.change('offline');
          await s.pass(isLate ? 500 : s.dueInMs - 1_000);
          same(s.now.status, 'offline');
          if (change !== null) s.backend.change(change);
          await s.until('online', change === null ? 61_000 : 2_050);
        }
      }
    },
  'retryNow gets through what the server asked for, also without a network': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 200 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
    s.backend.welcome = { kind: 'hello' };
    s.backend.change('offline');
    await s.until('offline', 10);
    await s.value(s.client.retryNow(), 0);
    await s.until('online', 1_100);
  },
  'what the server asked for before a new token is not asked of the attempts after': async (stage) => {
    const s = stage();
    await s.online();
    s.backend.welcome = { kind: 'silence' };
    s.backend.sendError(40, { retry_after: 200 });
    await s.until('waiting', 500);
    void s.client.connectUser(alice, s.backend.issue('alice'));
    const { error } = await s.until(({ error }) => error?.code === 'helloTimedOut', 20_000);
    same(error?.retryAfterMs, undefined);
    must(s.dueInMs < 25_000, `an ordinary wait, but ${s.dueInMs}`);
    s.backend.heal();
    await s.until('online', 31_000);
  },
};
