import { describe, expect, it } from 'vitest';
import { type LoadToken, streamChat, type TokenWithExpiry, type User } from '../../../src/index.ts';
import { alice, Stage, type StageOptions } from '../harness.ts';

const stageOf = (options?: StageOptions) => new Stage({ machine: undefined }, options);

/** A provider that takes `delayMs`, and what became of its calls. */
function slowProvider(s: () => Stage, delayMs: number) {
  const seen = { calls: 0, aborted: 0 };
  const provider: LoadToken = ({ id }, { signal }) => {
    seen.calls += 1;
    signal.addEventListener('abort', () => {
      seen.aborted += 1;
    });
    return new Promise((resolve) => s().backend.clock.setTimeout(() => resolve(s().backend.issue(id)), delayMs));
  };
  return { seen, provider };
}

describe('law 8: an app that logs in more often than its provider takes gets in', () => {
  it('with the same provider, which is asked once', async () => {
    const s: Stage = stageOf({ tokenProvider: undefined });
    const { seen, provider } = slowProvider(() => s, 2_000);
    for (let second = 0; second < 5; second += 1) {
      void s.client.connectUser(alice, provider);
      await s.pass(1_000);
    }
    expect(s.now.status).toBe('online');
    expect(seen).toEqual({ calls: 1, aborted: 0 });
  });

  it('with a provider that is made anew for each call, of which the second replaces the first', async () => {
    const s: Stage = stageOf({ tokenProvider: undefined });
    const { seen, provider } = slowProvider(() => s, 2_000);
    for (let second = 0; second < 5; second += 1) {
      void s.client.connectUser(alice, (user, request) => provider(user, request));
      await s.pass(1_000);
    }
    expect(s.now.status).toBe('online');
    expect(seen).toEqual({ calls: 2, aborted: 1 });
  });

  it('with the provider of the client, given to each call too', async () => {
    const { seen, provider } = slowProvider(() => s, 2_000);
    const s: Stage = stageOf({ tokenProvider: provider });
    for (let second = 0; second < 5; second += 1) {
      void s.client.connectUser(alice, provider);
      await s.pass(1_000);
    }
    expect(s.now.status).toBe('online');
    expect(seen).toEqual({ calls: 1, aborted: 0 });
  });
});

describe('law 8: a provider that keeps its token until it has to renew it', () => {
  it.each([
    ['a gateway that closes before the hello', { kind: 'close', code: 1006 }],
    ['the code for a token that is not valid yet', { kind: 'error', code: 41 }],
    ['the code for an expired token', { kind: 'error', code: 40 }],
  ] as const)('is asked for another after %s', async (_, refusal) => {
    let kept: TokenWithExpiry | null = null;
    const reasons: string[] = [];
    const s: Stage = stageOf({
      stored: alice,
      tokenProvider: ({ id }: User, { reason }) => {
        reasons.push(reason);
        if (kept === null || reason !== 'login')
          kept = { token: s.backend.issue(id), expiresAtMs: s.backend.clock.now() + 3_600_000 };
        return kept;
      },
    });
    void s.client.restore();
    await s.until('online', 1_000);
    await s.value(s.client.suspend());
    await s.pass(2 * 3_600_000);
    s.backend.welcome = refusal;
    await s.value(s.client.resume());
    await s.until(() => reasons.length > 1, 120_000);
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 120_000);
    expect(reasons.slice(1)).not.toContain('login');
  });
});

describe('law 8: a login that begins before storage is read', () => {
  const slowly = (s: Stage, readMs: number) => {
    const disk = s.backend.repository();
    return {
      ...disk,
      getCurrentUser: () =>
        new Promise<User | null>((resolve) => {
          s.backend.clock.setTimeout(() => resolve(disk.getCurrentUser() as User | null), readMs);
        }),
    };
  };

  const stageWithSlowDisk = (stored: User | null, readMs: number) => {
    const s: Stage = stageOf({
      stored,
      userRepository: { ...memory(), getCurrentUser: () => disk().getCurrentUser() },
    });
    const disk = () => slowly(s, readMs);
    return s;
  };

  const memory = () => ({ getCurrentUser: () => null, setCurrentUser: () => {}, clearCurrentUser: () => {} });

  it('of the stored user goes on when the provider fails first', async () => {
    const s = stageWithSlowDisk(alice, 50);
    s.backend.provider = 'throws';
    const call = s.client.connectUser(alice);
    await s.pass(1_000);
    expect(s.now).toMatchObject({ status: 'waiting', error: { code: 'tokenUnavailable' } });
    s.backend.heal();
    await s.value(call, 60_000);
  });

  it('of someone who is not stored ends with the failure of the provider', async () => {
    const s = stageWithSlowDisk(null, 50);
    s.backend.provider = 'throws';
    expect(await s.error(s.client.connectUser(alice), 10_000)).toBe('tokenUnavailable');
    expect(s.now.status).toBe('loggedOut');
  });
});

it('law 8: requests do not ask a source again that has failed a moment ago', async () => {
  const s = stageOf();
  await s.online();
  s.backend.provider = 'throws';
  s.backend.sendError(40);
  await s.until('waiting', 1_000);
  const { tokens } = s;
  for (let index = 0; index < 600; index += 1) {
    s.client.request('/app').enqueue(() => {});
    await s.pass(100);
  }
  expect(s.tokens - tokens).toBeLessThan(45);
  s.backend.heal();
  await s.until('online', 60_000);
  expect((await s.value(s.client.request('/app'))).ok).toBe(true);
});

it('law 8: a guest whose token is not valid yet waits and comes in with it', async () => {
  const s = stageOf();
  s.backend.welcome = { kind: 'error', code: 41 };
  const call = s.client.connectGuestUser({ id: 'visitor' });
  await s.until('waiting', 1_000);
  s.backend.welcome = { kind: 'hello' };
  await s.value(call, 60_000);
});

it('a token that cannot be one is an error: the login has failed', async () => {
  const s = stageOf();
  expect(await s.error(s.client.connectUser(alice, 'garbage'))).toBe('tokenInvalid');
  const reported = s.backend.diagnostics.map(({ source, level, failure }) => [source, level, failure.code]);
  expect(reported).toEqual([['provider', 'error', 'tokenInvalid']]);
});

it('a refused token is a warning, and an error where it ends the session', async () => {
  const levels: string[] = [];
  const s = stageOf({
    onDiagnostic: ({ level, failure }) => {
      if (failure.code === 'tokenRejected') levels.push(level);
    },
  });
  await s.online();
  s.backend.welcome = { kind: 'error', code: 40 };
  s.backend.sendError(40);
  await s.until('signInAgain', 120_000);
  expect(levels).toEqual(['warning', 'warning', 'error']);
});

describe('law 8: a clock of the device that is set makes no loop of token loads', () => {
  const MINUTE = 60_000;

  /** Six hours connected with tokens of an hour that do not say when they were issued; how often the provider was asked. */
  async function loadsWith(set: (s: Stage, clock: { offsetMs: number }) => Promise<void>) {
    const offset = { offsetMs: 0 };
    let calls = 0;
    const s: Stage = stageOf({
      tokenProvider: ({ id }) => {
        calls += 1;
        return { token: s.backend.issue(id), expiresAtMs: s.backend.clock.now() + 60 * MINUTE };
      },
      clock: {
        now: () => s.backend.clock.now() + offset.offsetMs,
        elapsedMs: () => s.backend.clock.now(),
        setTimeout: (callback, delayMs) => s.backend.clock.setTimeout(callback, delayMs),
        clearTimeout: (handle) => s.backend.clock.clearTimeout(handle),
      },
    });
    await s.online();
    await s.pass(10 * MINUTE);
    await set(s, offset);
    await s.pass(360 * MINUTE);
    expect(s.now.status).toBe('online');
    return calls;
  }

  async function setDuringOutage(s: Stage, clock: { offsetMs: number }, byMs: number) {
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.pass(5_000);
    clock.offsetMs = byMs;
    await s.pass(5_000);
    s.backend.heal();
    await s.pass(MINUTE);
  }

  it.each([
    ['not set', 0],
    ['back by an hour', -60],
    ['forward by an hour', 60],
    ['back by a day', -1_440],
  ])('during an outage: %s', async (_, minutes) => {
    expect(await loadsWith((s, clock) => setDuringOutage(s, clock, minutes * MINUTE))).toBeLessThan(10);
  });

  it.each([59.9, 59.7, 58.3, 50, 35, 10, -10, -60])('while connected: by %s minutes', async (minutes) => {
    const loads = await loadsWith(async (_, clock) => {
      clock.offsetMs = minutes * MINUTE;
    });
    expect(loads).toBeLessThan(20);
  });
});

describe('law 8: refusals in a row are those of tokens that a login may not get past', () => {
  // The device is awake for too short a time for a stable connection.
  it.each(['when a socket is opened', 'on the socket that survived'])(
    'one that was accepted, and is refused after each sleep, has expired: %s',
    async (when) => {
      const s = stageOf();
      await s.online();
      for (let hour = 0; hour < 5; hour += 1) {
        s.backend.revoke();
        s.backend.clock.sleep(3_600_000);
        if (when === 'when a socket is opened') s.backend.closeSockets();
        else s.backend.sendError(40);
        await s.until(({ status }) => status !== 'online', 1_000);
        await s.until('online', 60_000);
      }
      await s.value(s.client.disconnect(), 2_000);
    },
  );

  it('one that is accepted, and refused on the same socket soon after, is a token like any other', async () => {
    const s = stageOf();
    await s.online();
    for (let times = 0; times < 3; times += 1) {
      s.backend.revoke();
      s.backend.sendError(40);
      if (times < 2) {
        await s.pass(1);
        await s.until('online', 30_000);
      }
    }
    await s.until('signInAgain', 30_000);
  });
});

describe('law 8: a token that does not say when it was issued is replaced before it expires', () => {
  it.each([
    ['20 s', [20]],
    ['45 s', [45]],
    ['5 min, after one of an hour', [3_600, 300]],
    ['90 s, after one of an hour', [3_600, 90]],
  ])('also where it lives %s', async (_, livesSeconds) => {
    const lives = [...livesSeconds];
    let expiresAtMs = 0;
    const s: Stage = stageOf({
      tokenProvider: ({ id }) => {
        const [lifeSeconds = 0] = lives.length > 1 ? lives.splice(0, 1) : lives;
        expiresAtMs = s.backend.clock.now() + lifeSeconds * 1_000;
        return { token: s.backend.issue(id), expiresAtMs };
      },
    });
    await s.online();
    for (let seconds = 0; seconds < 7_200; seconds += 5) {
      await s.pass(5_000);
      expect(s.backend.clock.now()).toBeLessThan(expiresAtMs);
    }
  });
});

it('law 8: another token is loaded when the time is over that the server asked to wait', async () => {
  const s = stageOf();
  await s.online();
  s.backend.welcome = { kind: 'error', code: 40, retryAfterSeconds: 60 };
  s.backend.closeSockets();
  await s.until(({ error }) => error?.code === 'tokenRejected', 4_000);
  s.backend.heal();
  const before = s.tokens;
  await s.pass(59_000);
  expect([s.now.status, s.tokens]).toEqual(['waiting', before]);
  await s.until('online', 30_000);
});

it('law 8: an anonymous user, kept out by the server, is out after three attempts, and no token source is blamed', async () => {
  const s = stageOf();
  await s.value(s.client.connectAnonymousUser());
  await s.pass(11_000);
  const { opened } = s;
  s.backend.welcome = { kind: 'error', code: 40, message: 'No.' };
  s.backend.sendError(40);
  await s.until('signInAgain', 120_000);
  expect(s.openedSince(opened)).toBe(2);
  expect(s.now.error?.message).not.toContain('token source');
});

describe('law 8: only the server makes a token bad that has expired by the clocks', () => {
  const MINUTE = 60_000;

  it('after a drop it is tried, where no other one could be had', async () => {
    let expiresAtMs = 0;
    const s: Stage = stageOf({
      tokenProvider: ({ id }) => {
        if (expiresAtMs > 0) throw new Error('No.');
        expiresAtMs = s.backend.clock.now() + 10 * MINUTE;
        return { token: s.backend.issue(id), expiresAtMs };
      },
    });
    await s.online();
    await s.pass(15 * MINUTE);
    s.backend.closeSockets();
    await s.until(({ status }) => status !== 'online', 100);
    await s.until('online', 10_000);
    expect(s.now.error).toBeNull();
  });

  it('a ban is a ban, with whichever token', async () => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const closed = (code: number) => (code === 4003 ? ({ meaning: 'user', message: 'Banned.' } as const) : undefined);
    const s: Stage = stageOf({
      stored: alice,
      protocol: { ...base, connect: (login) => base.connect(login), closed },
      tokenProvider: ({ id }) => ({ token: s.backend.issue(id), expiresAtMs: s.backend.clock.now() - MINUTE }),
    });
    s.backend.welcome = { kind: 'close', code: 4003 };
    s.client.restore();
    await s.until('loggedOut', 10_000);
    expect(s.now.error?.code).toBe('userRejected');
  });
});
