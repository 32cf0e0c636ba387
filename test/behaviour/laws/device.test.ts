import { describe, expect, it } from 'vitest';
import {
  type EnvironmentChange,
  type Login,
  type Protocol,
  reactNativeEnvironment,
  streamChat,
} from '../../../src/index.ts';
import { alice, Stage, type StageOptions } from '../harness.ts';

const stageOf = (options?: StageOptions) => new Stage({ machine: undefined }, options);

const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });

/** The default protocol without a ping of the client. */
const pingless = (more: Partial<Protocol<object>> = {}): StageOptions => ({
  protocol: { ...base, ...more, connect: (login: Login) => ({ ...base.connect(login), ping: undefined }) } as never,
});

const deviceOf = ({ client }: Stage) => client.actor.getSnapshot().context.device;

const PINGS: readonly [string, StageOptions][] = [
  ['only the server pings', pingless({ serverPingIntervalMs: 30_000 })],
  ['no one pings', pingless()],
];

describe('law 10: what the device reported holds until something shows that it is not so', () => {
  it.each(PINGS)('where nothing can be asked, it still has no network: %s', async (_, options) => {
    const s = stageOf(options);
    await s.online();
    s.backend.change('offline');
    await s.pass(1_000);
    expect([s.now.state, deviceOf(s).online]).toEqual(['connected.healthy', false]);
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until('offline', 100);
    s.backend.change('online');
    s.backend.heal();
    await s.until('online', 31_000);
  });

  it('a frame proves a network', async () => {
    const s = stageOf();
    await s.online();
    s.backend.change('offline');
    await s.pass(1_000);
    expect([s.now.state, deviceOf(s).online]).toEqual(['connected.healthy', true]);
  });

  it.each<EnvironmentChange>(['online', 'foreground', 'woke'])(
    'where nothing can be asked, a session that has no network learns of one by the device only: %s',
    async (change) => {
      const s = stageOf(pingless());
      await s.online();
      s.backend.change('offline');
      await s.pass(10);
      s.backend.change(change);
      await s.pass(10);
      expect([s.now.state, deviceOf(s).online]).toEqual(['connected.healthy', change === 'online']);
    },
  );
});

describe('law 8: a dead connection is noticed', () => {
  it('where only the server pings, and falls silent', async () => {
    const s = stageOf(pingless({ serverPingIntervalMs: 30_000 }));
    await s.online();
    const { error } = await s.until('waiting', 45_100);
    expect(error?.code).toBe('wentSilent');
    await s.until('online', 30_000);
  });

  it('where only the server pings, and was silent for longer than it may be when the device wakes', async () => {
    const s = stageOf(pingless({ serverPingIntervalMs: 30_000 }));
    await s.online();
    await s.pass(15_000);
    s.backend.change('woke');
    await s.pass(10);
    expect(s.now.state).toBe('connected.healthy');
    await s.until(({ state }) => state === 'connected.probing', 5_000);
    s.backend.change('woke');
    expect((await s.until('waiting', 10_100)).error?.code).toBe('wentSilent');
  });
});

describe('law 8: reports of the device that alternate for ever do not keep a session from trying', () => {
  const PERIODS_MS = [200, 900, 2_000, 5_000, 10_000, 20_000];
  const PAIRS = [
    ['offline', 'online'],
    ['background', 'foreground'],
  ] as const;
  const losses = {
    'a connection that was lost': (s: Stage) => s.backend.closeSockets(),
    'a server that refused at first': (s: Stage) => {
      s.backend.welcome = { kind: 'refuse' };
      s.backend.closeSockets();
    },
    'a token that was refused, and a provider that failed': (s: Stage) => {
      s.backend.revoke();
      s.backend.provider = 'throws';
      s.backend.sendError(40);
    },
  };

  for (const [there, back] of PAIRS) {
    it.each(Object.entries(losses))(`${there} and ${back}, after %s`, async (_, lose) => {
      for (const periodMs of PERIODS_MS) {
        const s = stageOf();
        await s.online();
        lose(s);
        const alternate = async () => {
          s.backend.change(there);
          await s.pass(periodMs);
          s.backend.change(back);
          await s.pass(periodMs);
        };
        await alternate();
        await alternate();
        s.backend.heal();
        const healedAtMs = s.backend.clock.now();
        while (s.now.status !== 'online' && s.backend.clock.now() - healedAtMs < 180_000) await alternate();
        expect([periodMs, s.now.status]).toEqual([periodMs, 'online']);
        await s.value(s.client.disconnect(), 2_000);
      }
    });
  }

  it('no network, reported again and again, and faster than a connection is made', async () => {
    const s = stageOf();
    await s.online();
    s.backend.change('offline');
    s.backend.closeSockets();
    await s.until('offline', 100);
    const startedAtMs = s.backend.clock.now();
    while (s.now.status !== 'online' && s.backend.clock.now() - startedAtMs < 70_000) {
      s.backend.change('offline');
      await s.pass(1);
    }
    expect(s.now.status).toBe('online');
  });

  it('suspended and resumed every few seconds, after a server that refused', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts > 2, 120_000);
    const flicker = async () => {
      await s.value(s.client.suspend());
      await s.pass(2_000);
      await s.value(s.client.resume());
      await s.pass(2_000);
    };
    await flicker();
    s.backend.welcome = { kind: 'hello' };
    for (let times = 0; times < 5 && s.now.status !== 'online'; times += 1) await flicker();
    expect(s.now.status).toBe('online');
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a wait that was shortened goes on', async () => {
    const s = stageOf();
    await s.online();
    s.backend.closeSockets();
    await s.settle();
    for (const change of ['offline', 'online'] as const) s.backend.change(change);
    await s.settle();
    const { nextAttemptAt } = s.now;
    for (const change of ['offline', 'online', 'offline'] as const) {
      s.backend.change(change);
      await s.settle();
      expect(s.now).toMatchObject({ status: 'waiting', nextAttemptAt });
    }
    await s.until('online', 1_000);
    await s.value(s.client.disconnect(), 2_000);
  });
});

describe('a wait goes on while the session is suspended', () => {
  const HOUR_MS = 3_600_000;

  it('one that the server asked for, of an app that is hidden for a moment now and then, with its reason', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 300 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
    s.backend.heal();
    const before = s.backend.clock.now();
    while (s.now.status !== 'online' && s.backend.clock.now() - before < 600_000) {
      await s.value(s.client.suspend());
      expect(s.now).toMatchObject({ status: 'suspended', error: { code: 'rateLimited' } });
      await s.pass(1_000);
      await s.value(s.client.resume());
      expect(s.now).toMatchObject({ status: 'waiting', error: { code: 'rateLimited' } });
      await s.pass(20_000);
    }
    expect(s.backend.clock.now() - before).toBeGreaterThan(290_000);
    expect(s.now.status).toBe('online');
  });

  const LONG: Stage['backend']['welcome'] = { kind: 'error', code: 9, retryAfterSeconds: 200 };

  it('one that is suspended while its failure is being reported', async () => {
    const s: Stage = stageOf({
      onDiagnostic: ({ failure }) => {
        if (failure.code === 'rateLimited') void s.client.suspend();
      },
    });
    await s.online();
    s.backend.welcome = LONG;
    s.backend.closeSockets();
    await s.until('suspended', 4_000);
    s.backend.heal();
    await s.pass(HOUR_MS);
    await s.value(s.client.resume());
    await s.until('online', 1_100);
  });

  /** A device that can be frozen, with a session that is refused by a server that asks for a wait. */
  async function freezable() {
    let frozen = false;
    let report: (change: EnvironmentChange) => void = () => {};
    const change = (to: 'frozen' | 'thawed') => {
      frozen = to === 'frozen';
      report(to);
    };
    const subscribe = (listener: typeof report) => {
      report = listener;
      return () => {};
    };
    const s = stageOf({ environment: { read: () => ({ online: true, foreground: true, frozen }), subscribe } });
    await s.online();
    s.backend.welcome = LONG;
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
    s.backend.heal();
    return { s, change };
  }

  it('one of a frozen device that logs in, as a push message has an app do', async () => {
    const { s, change } = await freezable();
    change('frozen');
    await s.pass(20_000);
    void s.client.connectUser(alice, s.backend.issue('alice')).cancel();
    await s.pass(HOUR_MS);
    expect(s.now.status).toBe('suspended');
    change('thawed');
    await s.until('online', 1_100);
  });

  it('one of a frozen device whose app had suspended it, and logs in', async () => {
    const { s, change } = await freezable();
    await s.value(s.client.suspend());
    change('frozen');
    void s.client.connectUser(alice).cancel();
    await s.pass(HOUR_MS);
    expect(s.now.status).toBe('suspended');
    change('thawed');
    await s.until('online', 1_100);
  });

  it('one of a frozen device that logs in again and again', async () => {
    const { s, change } = await freezable();
    change('frozen');
    for (let times = 0; times < 150; times += 1) {
      await s.pass(1_000);
      void s.client.connectUser(alice).cancel();
    }
    await s.settle();
    change('thawed');
    await s.settle();
    expect(s.dueInMs).toBeLessThan(80_000);
  });

  it('one that the quick retry was used for, which is available again when it has passed', async () => {
    const s = stageOf();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts === 4, 60_000);
    await s.value(s.client.retryNow());
    await s.until(({ failedAttempts }) => failedAttempts === 5, 1_100);
    s.backend.heal();
    await s.value(s.client.suspend());
    await s.value(s.client.resume());
    await s.value(s.client.suspend());
    await s.pass(HOUR_MS);
    await s.value(s.client.resume());
    await s.until('online', 1_100);
  });
});

describe('law 8: a wall clock that is set back begins no wait again that the server asked for', () => {
  const HOUR_MS = 3_600_000;

  it.each<[string, (s: Stage, setBack: () => void) => Promise<void>]>([
    [
      'while suspended',
      async (s, setBack) => {
        void s.client.suspend();
        await s.pass(50_000);
        setBack();
        await s.pass(50_000);
        void s.client.resume();
      },
    ],
    [
      'before a suspension',
      async (s, setBack) => {
        await s.pass(50_000);
        setBack();
        void s.client.suspend();
        await s.pass(50_000);
        void s.client.resume();
      },
    ],
    [
      'before a report of the device',
      async (s, setBack) => {
        await s.pass(50_000);
        setBack();
        s.backend.change('offline');
        await s.pass(50_000);
        s.backend.change('online');
      },
    ],
    [
      'after a report of the device',
      async (s, setBack) => {
        await s.pass(50_000);
        s.backend.change('offline');
        setBack();
        await s.pass(50_000);
        s.backend.change('online');
      },
    ],
  ])('%s', async (_, act) => {
    let setBackMs = 0;
    const s: Stage = stageOf({
      clock: {
        setTimeout: (callback, delayMs) => s.backend.clock.setTimeout(callback, delayMs),
        clearTimeout: (timer) => s.backend.clock.clearTimeout(timer),
        now: () => s.backend.clock.now() - setBackMs,
        elapsedMs: () => s.backend.clock.now(),
      },
    });
    await s.online();
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 200 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'rateLimited', 4_000);
    s.backend.heal();
    await act(s, () => {
      setBackMs = HOUR_MS;
    });
    await s.settle();
    const leftMs = Number(s.now.nextAttemptAt) - s.client.now();
    expect(leftMs).toBeGreaterThan(99_000);
    expect(leftMs).toBeLessThan(130_000);
  });
});

describe('a suspension and the place of the app are two things', () => {
  it.each<[string, (s: Stage) => void, 'foreground' | 'background']>([
    ['hidden while suspended', ({ backend }) => backend.change('background'), 'background'],
    [
      'hidden and shown while suspended',
      ({ backend }) => {
        backend.change('background');
        backend.change('foreground');
      },
      'foreground',
    ],
    ['nothing else', () => {}, 'foreground'],
  ])('what the app did while suspended holds after the suspension: %s', async (_, act, presence) => {
    const waysBack: readonly [(s: Stage) => void, (s: Stage) => void][] = [
      [({ client }) => void client.suspend(), ({ client }) => void client.resume()],
      [({ backend }) => backend.change('frozen'), ({ backend }) => backend.change('thawed')],
    ];
    for (const [leave, comeBack] of waysBack) {
      const s = stageOf();
      await s.online();
      leave(s);
      act(s);
      await s.settle();
      comeBack(s);
      await s.until('online', 100);
      expect(deviceOf(s)).toEqual({ online: true, presence, suspended: false });
    }
  });

  it('one that was hidden before it was suspended spaces its retries out afterwards', async () => {
    const s = stageOf();
    await s.online();
    s.backend.change('background');
    await s.value(s.client.suspend(), 0);
    await s.value(s.client.resume(), 0);
    await s.until('online', 100);
    expect(deviceOf(s).presence).toBe('background');
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    const before = s.opened;
    await s.pass(600_000);
    expect(s.openedSince(before), 'attempts in ten minutes').toBeLessThan(40);
  });

  it('one that is suspended while its token is loaded, and hidden, is resumed in the background', async () => {
    const s = stageOf();
    await s.online();
    s.backend.provider = 'hangs';
    s.backend.sendError(40);
    await s.until(({ state }) => state === 'loadingToken', 3_100);
    await s.value(s.client.suspend(), 0);
    s.backend.change('background');
    await s.value(s.client.resume(), 0);
    s.backend.heal();
    await s.until('online', 31_000);
  });

  it('a login while suspended is the app, which is where the device says', async () => {
    const s = stageOf();
    await s.online();
    await s.value(s.client.suspend(), 0);
    s.backend.change('background');
    await s.value(s.client.connectUser(alice), 100);
    expect(deviceOf(s)).toEqual({ online: true, presence: 'background', suspended: false });
  });
});

/** `AppState` of React Native. */
class AppState {
  currentState = 'active';
  readonly #listeners = new Set<(state: string) => void>();

  addEventListener(_: 'change', listener: (state: string) => void) {
    this.#listeners.add(listener);
    return { remove: () => void this.#listeners.delete(listener) };
  }

  change(state: string): void {
    this.currentState = state;
    for (const listener of [...this.#listeners]) listener(state);
  }
}

function phone(options: StageOptions & { readonly suspendInBackground?: boolean } = {}) {
  const { suspendInBackground, ...rest } = options;
  const app = new AppState();
  const s = stageOf({ ...rest, environment: reactNativeEnvironment({ AppState: app, suspendInBackground }) });
  return { app, s };
}

describe('React Native: no socket is held while the app is in the background', () => {
  it.each<[string, (s: Stage) => Promise<void>]>([
    ['restored', async (s) => void s.client.restore()],
    ['logged in', async (s) => void s.client.connectUser(alice)],
    [
      'logged in again',
      async (s) => {
        void s.client.connectUser(alice);
        await s.settle();
        await s.value(s.client.disconnect(), 2_000);
        void s.client.connectUser(alice);
      },
    ],
    [
      'restored as soon as the session before has ended',
      async (s) => {
        void s.client.connectUser(alice);
        await s.settle();
        void s.client.disconnect({ forgetUser: false });
        void s.client.restore();
      },
    ],
    [
      'joined',
      async (s) => {
        void s.client.restore();
        await s.settle();
        void s.client.connectUser(alice);
      },
    ],
    [
      'with another profile',
      async (s) => {
        void s.client.restore();
        await s.settle();
        void s.client.connectUser({ ...alice, name: 'A' });
      },
    ],
  ])('also not by a session that begins there: %s', async (_, begin) => {
    const { app, s } = phone({ stored: alice });
    app.currentState = 'background';
    await begin(s);
    await s.pass(61_000);
    expect([s.now.status, s.opened, s.backend.openNow]).toEqual(['suspended', 0, 0]);
    app.change('active');
    await s.until('online', 100);
    expect(deviceOf(s)).toEqual({ online: true, presence: 'foreground', suspended: false });
  });

  it('where the app keeps its socket, a session connects there', async () => {
    const { app, s } = phone({ suspendInBackground: false });
    app.currentState = 'background';
    await s.value(s.client.connectUser(alice));
    expect(deviceOf(s).presence).toBe('background');
  });

  it('an app that returns in an outage waits no longer than one in the foreground', async () => {
    const { app, s } = phone();
    await s.online();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts === 2, 60_000);
    for (let times = 0; times < 20; times += 1) {
      app.change('background');
      app.change('active');
      await s.settle();
      expect(s.now.status).toBe('waiting');
      expect(s.dueInMs, 'the longest wait in the foreground').toBeLessThanOrEqual(25_000);
      await s.pass(300);
    }
  });
});

it('a session that is restored in the background spaces its attempts out, as one that goes there does', async () => {
  async function attempts(isAway: boolean): Promise<number> {
    const s = new Stage({ machine: undefined }, { stored: alice });
    if (isAway) s.backend.change('background');
    s.backend.welcome = { kind: 'refuse' };
    await s.value(s.client.restore());
    await s.pass(300_000);
    await s.value(s.client.disconnect(), 2_000);
    return s.opened;
  }
  expect(await attempts(true)).toBeLessThan(await attempts(false));
});

describe('who has suspended a session, and who resumes it', () => {
  it('resume() by the app ends a suspension by the device, too', async () => {
    const s = stageOf();
    await s.online();
    s.backend.change('frozen');
    await s.until('suspended', 1_100);
    await s.value(s.client.suspend());
    await s.value(s.client.resume());
    await s.until('online', 5_000);
  });

  it('a change that there is not changes nothing', async () => {
    const s = stageOf();
    await s.online();
    const { now } = s;
    s.backend.change('asleep' as never);
    await s.settle();
    expect([s.now, s.backend.diagnostics]).toEqual([now, []]);
  });
});
