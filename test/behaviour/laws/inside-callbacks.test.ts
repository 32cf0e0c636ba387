import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Call,
  type ClientSnapshot,
  type Connection,
  type Result,
  streamChat,
  type User,
} from '../../../src/index.ts';
import { alice, bob, Stage, type StageOptions } from '../harness.ts';

/*
 * An app calls the client from inside of what it is reported: such a call waits until the change it was made in is over.
 */

function stageOf(options: StageOptions = {}): Stage {
  const stage = new Stage({ machine: undefined }, options);
  onTestFinished(async () => {
    await stage.client.dispose();
  });
  return stage;
}

/** Calls `act` the first time that a snapshot fits, from inside of the change. */
function once({ client }: Stage, fits: (snapshot: ClientSnapshot) => boolean, act: () => void): void {
  const stop = client.subscribe((snapshot) => {
    if (!fits(snapshot)) return;
    stop();
    act();
  });
}

const isOnline = ({ status }: ClientSnapshot) => status === 'online';
const isWaiting = ({ status }: ClientSnapshot) => status === 'waiting';
const isOut = ({ status }: ClientSnapshot) => status === 'loggedOut';

describe('calls from inside of a change', () => {
  it('law 3, law 4: switchUser() settles for its own user, and not for the session that it ends', async () => {
    const s = stageOf();
    const results: Result<Connection>[] = [];
    once(s, isOnline, () => s.client.switchUser(bob).enqueue((result) => results.push(result)));
    expect(await s.value(s.client.connectUser(alice))).toMatchObject({ user: alice });
    await s.pass(2_000);
    expect(results).toMatchObject([{ success: true, value: { user: bob } }]);
    expect(s.now).toMatchObject({ status: 'online', user: bob });
  });

  it('law 3: the token that switchUser() brings is still there when its turn comes', async () => {
    const s = stageOf({ tokenProvider: undefined });
    const token = s.backend.issue('bob');
    once(s, isOnline, () => s.client.switchUser(bob, token));
    await s.value(s.client.connectUser(alice, () => s.backend.issue('alice')));
    await s.pass(2_000);
    expect(s.now).toMatchObject({ status: 'online', user: bob, error: null });
  });

  it('law 3: a restore behind a login resolves with whose session that is', async () => {
    const s = stageOf({ stored: null });
    const users: Result<User | null>[] = [];
    once(s, isOut, () => {
      void s.client.connectUser(bob);
      s.client.restore().enqueue((result) => users.push(result));
    });
    await s.value(s.client.restore());
    await s.pass(100);
    expect(users).toEqual([{ success: true, value: bob }]);
  });

  it('law 3: retryNow() succeeds where the snapshot says that it can be called', async () => {
    const s = stageOf();
    await s.online();
    const results: Result<void>[] = [];
    once(
      s,
      ({ can }) => can.retryNow,
      () => s.client.retryNow().enqueue((result) => results.push(result)),
    );
    s.backend.closeSockets();
    await s.until('online', 1_100);
    expect(results).toMatchObject([{ success: true }]);
    expect(await s.error(s.client.retryNow(), 0)).toBe('notWaiting');
  });

  it('law 3: a signal that is aborted inside of the start of its login bounds the call', async () => {
    const s = stageOf();
    const controller = new AbortController();
    s.client.subscribe(() => controller.abort());
    s.backend.welcome = { kind: 'silence' };
    expect(await s.error(s.client.connectUser(alice, undefined, { signal: controller.signal }), 0)).toBe(
      'stillConnecting',
    );
  });

  it('law 3, law 6: disconnect() inside of the end of a session is settled by its own end', async () => {
    const s = stageOf();
    await s.online();
    const results: Result<void>[] = [];
    const { unsubscribe } = s.client.actor.on('session.closed', () => {
      unsubscribe();
      s.client.disconnect().enqueue((result) => results.push(result));
    });
    await s.value(s.client.disconnect({ forgetUser: false }));
    await s.pass(100);
    expect(results).toEqual([{ success: true, value: undefined }]);
    expect(s.backend.stored).toBeNull();
  });

  it.each<[string, (s: Stage) => Promise<string>]>([
    ['restore', (s) => s.error(s.client.restore(), 0)],
    ['a login', (s) => s.error(s.client.connectUser(alice), 0)],
    ['a logout', (s) => s.error(s.client.disconnect(), 0)],
  ])('law 2, law 3: dispose() inside of the start that %s makes', async (_, start) => {
    const s = stageOf();
    s.client.subscribe(() => void s.client.dispose());
    expect(await start(s)).toBe('disposed');
    expect([s.backend.clientTimers, s.backend.listeners, s.backend.openNow]).toEqual([0, 0, 0]);
  });

  it.each<[string, (s: Stage) => Call<unknown>]>([
    ['restore', (s) => s.client.restore()],
    ['a login', (s) => s.client.connectUser(alice)],
    ['a logout', (s) => s.client.disconnect()],
  ])('law 2: dispose() before the start that %s makes is over', async (_, call) => {
    const s: Stage = stageOf({
      stored: alice,
      environment: {
        read: () => {
          void s.client.dispose();
          return { online: true, foreground: true };
        },
        subscribe: () => () => {},
      },
    });
    expect(await s.error(call(s), 0)).toBe('disposed');
    await s.pass(1_000);
    expect([s.backend.clientTimers, s.backend.listeners, s.backend.openNow]).toEqual([0, 0, 0]);
    expect(s.backend.highestOpen).toBe(0);
  });

  it.each<[string, (end: () => void) => StageOptions]>([
    ['an inspector', (end) => ({ inspect: end })],
    [
      'a getter of the repository',
      (end) => ({
        userRepository: {
          get apiKey() {
            end();
            return 'key';
          },
          getCurrentUser: () => alice,
          setCurrentUser: () => {},
          clearCurrentUser: () => {},
        },
      }),
    ],
  ])('law 2: dispose() inside of %s, before the statechart has started', async (_, options) => {
    const s: Stage = stageOf(options(() => void s.client.dispose()));
    expect(await s.error(s.client.restore(), 0)).toBe('disposed');
    await s.pass(1_000);
    expect([s.backend.clientTimers, s.backend.listeners, s.backend.highestOpen]).toEqual([0, 0, 0]);
    expect(s.client.actor.getSnapshot().status).toBe('stopped');
  });

  it('law 8: a login inside of the reconnect that a changed profile needs takes no source from the other', async () => {
    const s = stageOf({ tokenProvider: undefined });
    const token = () => s.backend.issue('alice');
    await s.value(s.client.connectUser(alice, token));
    once(
      s,
      ({ status }) => status === 'reconnecting',
      () => void s.client.connectUser(alice, token),
    );
    await s.value(s.client.connectUser({ ...alice, name: 'Alice B.' }, token), 2_000);
    await s.pass(2_000);
    expect(s.now).toMatchObject({ status: 'online', error: null });
  });

  it.each(['disconnect', 'dispose'] as const)(
    'laws 1, 2: %s() inside of protocol.connect() opens nothing',
    async (end) => {
      const stream = streamChat({ apiKey: 'key', baseUrl: 'http://localhost' });
      const s: Stage = stageOf({
        protocol: {
          ...stream,
          connect: (login) => {
            void s.client[end]();
            return stream.connect(login);
          },
        },
      });
      await s.error(s.client.connectUser(alice), 2_000);
      await s.pass(5_000);
      expect([s.backend.openNow, s.backend.highestOpen, s.backend.clientTimers]).toEqual([0, 0, 0]);
    },
  );

  it('law 8: resume() after a suspend() behind which a login was refused', async () => {
    const s = stageOf();
    await s.online();
    once(s, isWaiting, () => {
      void s.client.suspend();
      void s.client.connectUser(bob);
    });
    s.backend.closeSockets();
    await s.until('suspended', 100);
    await s.value(s.client.resume(), 0);
    await s.until('online', 1_000);
  });

  it('law 8: a login takes the app for present, but not for a suspend() after it', async () => {
    const s = stageOf();
    await s.online();
    once(s, isWaiting, () => {
      void s.client.suspend();
      void s.client.connectUser(alice);
      void s.client.suspend();
    });
    s.backend.closeSockets();
    await s.until('suspended', 100);
    for (const change of ['frozen', 'thawed'] as const) s.backend.change(change);
    await s.settle();
    expect(s.now.status).toBe('suspended');
    await s.value(s.client.resume(), 0);
    await s.until('online', 3_100);
    await s.pass(11_000);

    await s.value(s.client.suspend(), 0);
    await s.value(s.client.connectUser(alice));
    for (const change of ['frozen', 'thawed'] as const) s.backend.change(change);
    await s.until('online', 100);
  });

  it('law 2: an environment that has the session end while it is subscribed to leaves no listener', async () => {
    const reading = { online: true, foreground: true };
    let listeners = 0;
    const s: Stage = stageOf({
      environment: {
        read: () => reading,
        subscribe: () => {
          listeners += 1;
          void s.client.dispose();
          return () => {
            listeners -= 1;
          };
        },
      },
    });
    expect(await s.error(s.client.connectUser(alice), 0)).toBe('disposed');
    expect(listeners).toBe(0);
  });

  it('law 1, law 2: a socket class that has the session end leaves no socket and no timer', async () => {
    const s: Stage = stageOf();
    const Inner = s.backend.options().WebSocket as NonNullable<StageOptions['WebSocket']>;
    const t: Stage = stageOf({
      WebSocket: class {
        constructor(url: string) {
          void t.client.dispose();
          // biome-ignore lint/correctness/noConstructorReturn: the socket is the backend's
          return new Inner(url);
        }
      } as unknown as NonNullable<StageOptions['WebSocket']>,
    });
    expect(await t.error(t.client.connectUser(alice))).toBe('disposed');
    await s.pass(10);
    expect([s.backend.openNow, t.backend.clientTimers]).toEqual([0, 0]);
  });

  it.each(['restoring', 'loadingToken', 'connecting.opening', 'connected.healthy', 'disconnecting.closing'])(
    'law 2: dispose() inside of the change to %s leaves nothing',
    async (state) => {
      const s = stageOf({ stored: alice });
      once(
        s,
        (snapshot) => snapshot.state === state,
        () => void s.client.dispose(),
      );
      const calls: Call<unknown>[] = [s.client.restore(), s.client.connectUser(alice), s.client.request('/x')];
      await s.pass(10);
      calls.push(s.client.disconnect());
      for (const call of calls) await s.result(call, 0);
      expect(s.now.status).toBe('disposed');
      await s.pass(10);
      expect([s.backend.clientTimers, s.backend.listeners, s.backend.openNow]).toEqual([0, 0, 0]);
    },
  );

  it.each(['dispose', 'disconnect', 'suspend'] as const)(
    "law 2: %s() inside of the app's clock, whichever timer it is asked for, leaves nothing",
    async (end) => {
      let isAsked = true;
      for (let nth = 1; isAsked; nth += 1) {
        let asked = 0;
        const s: Stage = stageOf({
          stored: alice,
          fetch: async () => new Response(new ReadableStream(), { status: 500 }),
          clock: {
            now: () => s.backend.clock.now(),
            clearTimeout: (timer) => s.backend.options().clock?.clearTimeout(timer),
            setTimeout: (callback, delayMs) => {
              asked += 1;
              if (asked === nth) void s.client[end]();
              return s.backend.options().clock?.setTimeout(callback, delayMs);
            },
          },
        });
        const life: readonly (() => unknown)[] = [
          () => s.client.restore(),
          () => s.client.request('/x').enqueue(() => {}),
          () => s.backend.closeSockets(),
          () => s.client.request('/y').enqueue(() => {}),
          () => Object.assign(s.backend, { answersClose: false }),
          () => [...s.backend.sockets].map(({ onerror }) => onerror?.({} as never)),
          () => s.client.suspend(),
        ];
        for (const act of life) {
          if (s.now.status !== 'disposed') act();
          await s.pass(0);
          if (end === 'dispose' && asked >= nth) expect([nth, s.backend.clientTimers]).toEqual([nth, 0]);
          await s.pass(12_000);
        }
        await s.pass(30_000);
        expect([nth, s.backend.clientTimers, s.backend.openNow]).toEqual([nth, 0, 0]);
        isAsked = asked >= nth;
        expect(isAsked || nth > 20, `${asked} timers`).toBe(true);
      }
    },
  );
});
