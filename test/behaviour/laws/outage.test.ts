import { describe, expect, it } from 'vitest';
import { type ClientSnapshot, type Login, streamChat } from '../../../src/index.ts';
import { REMEDIES } from '../../../src/remedies.ts';
import { alice, Stage, type StageOptions } from '../harness.ts';

const stageOf = (options?: StageOptions) => new Stage({ machine: undefined }, options);

describe('one outage is one thing', () => {
  it('awayMs is never less than nothing, where the clock is set back during the outage', async () => {
    let setByMs = 0;
    const s: Stage = stageOf({
      clock: {
        setTimeout: (callback, delayMs) => s.backend.clock.setTimeout(callback, delayMs),
        clearTimeout: (timer) => s.backend.clock.clearTimeout(timer as number),
        now: () => s.backend.clock.now() + setByMs,
        elapsedMs: () => s.backend.clock.now(),
      },
    });
    await s.online();
    s.backend.closeSockets();
    await s.settle();
    setByMs = -3_600_000;
    await s.until('online', 60_000);
    expect(s.now.awayMs).toBe(0);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('lostAt is the same from the loss to the return, and awayMs says then how long it was', async () => {
    const s = stageOf();
    await s.online();
    expect(s.now).toMatchObject({ lostAt: null, awayMs: null });
    const seen: ClientSnapshot[] = [];
    s.client.subscribe((snapshot) => seen.push(snapshot));
    s.backend.welcome = { kind: 'refuse' };
    const lostAt = s.backend.clock.now();
    s.backend.closeSockets();
    await s.until(({ failedAttempts }) => failedAttempts === 4, 60_000);
    expect(new Set(seen.map((snapshot) => snapshot.lostAt))).toEqual(new Set([lostAt]));
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', 60_000);
    const awayMs = s.backend.clock.now() - lostAt;
    expect(s.now).toMatchObject({ lostAt: null, awayMs });
    await s.pass(20_000);
    expect(s.now.awayMs).toBe(awayMs);
    s.backend.closeSockets();
    await s.settle();
    expect(s.now).toMatchObject({ lostAt: s.backend.clock.now(), awayMs: null });
    await s.value(s.client.disconnect(), 2_000);
    expect(s.now).toMatchObject({ lostAt: null, awayMs: null });
  });

  it('`can` is the same object until one of its members changes', async () => {
    const s = stageOf();
    await s.online();
    const { can } = s.now;
    s.backend.closeSockets();
    await s.until('online', 60_000);
    await s.until(({ failedAttempts }) => failedAttempts === 0, 60_000);
    const seen = new Set([can]);
    s.client.subscribe((snapshot) => seen.add(snapshot.can));
    await s.pass(60_000);
    expect(seen.size).toBe(1);
    await s.value(s.client.disconnect(), 2_000);
  });
});

describe('diagnostics of a running session', () => {
  it('a lost connection, a failing provider and a refused token are reported, each with its level', async () => {
    const s = stageOf();
    await s.online();
    s.backend.closeSockets();
    await s.until('online', 60_000);
    s.backend.provider = 'throws';
    s.backend.welcome = { kind: 'error', code: 40 };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'tokenUnavailable', 60_000);
    const reported = s.backend.diagnostics.map(({ source, level, failure }) => `${level} ${source} ${failure.code}`);
    expect(reported).toEqual(
      expect.arrayContaining([
        'info network connectionLost',
        'warning server tokenRejected',
        'warning provider tokenUnavailable',
      ]),
    );
    await s.value(s.client.disconnect(), 2_000);
  });
});

describe('what the server asks for is in the error', () => {
  it('of a session that waits, and of the next one only if it was asked for again', async () => {
    const s = stageOf({ stored: alice });
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 30 };
    s.client.restore();
    await s.until('waiting', 100);
    expect(s.now.error).toMatchObject({ code: 'rateLimited', serverCode: 9, retryAfterMs: 30_000 });
    s.backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 40 };
    await s.until(({ failedAttempts }) => failedAttempts === 2, 60_000);
    expect(s.now.error?.retryAfterMs).toBe(40_000);
    s.backend.welcome = { kind: 'error', code: 9 };
    await s.until(({ failedAttempts }) => failedAttempts === 3, 60_000);
    expect(s.now.error?.retryAfterMs).toBeUndefined();
    await s.value(s.client.disconnect(), 2_000);
  });

  it.each([
    ['the default protocol', {}],
    ['a protocol that reads no errors', { readError: () => undefined }],
  ])('of a guest who could not be made, with the status: %s', async (_, faulty) => {
    const headers = { 'retry-after': '30' };
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const protocol = {
      ...base,
      connect: (login: Login) => base.connect(login),
      guests: { ...base.guests, ...faulty },
      http: { ...base.http, ...faulty },
    };
    const fetch = async () => new Response('{"code":9,"message":"slow"}', { status: 429, headers });
    const s = stageOf({ protocol, fetch });
    const wanted = { code: 'rateLimited', status: 429, retryAfterMs: 30_000 };
    expect(await s.result(s.client.connectGuestUser({ id: 'bender' }))).toMatchObject({ error: wanted });
    await s.until('loggedOut', 2_000);
    await s.online();
    expect(await s.result(s.client.request('/messages'))).toMatchObject({ error: wanted });
    await s.value(s.client.disconnect(), 2_000);
  });
});

describe('a session that ends by itself', () => {
  it.each<[string, string, (s: Stage) => void]>([
    ['error server loginTooLarge', 'loginTooLarge', (s) => s.backend.closeSockets(4413)],
    ['error server appRejected', 'appRejected', (s) => s.backend.sendError(2)],
    ['error server userRejected', 'userRejected', (s) => s.backend.sendError(17)],
    ['error server endedByServer', 'endedByServer', (s) => s.backend.closeSockets(1000)],
    ['info repository loggedOutElsewhere', 'loggedOutElsewhere', (s) => s.backend.storeElsewhere(null)],
  ])('is reported, once: %s', async (expected, code, end) => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const closed = (closeCode: number) => (closeCode === 4413 ? ({ meaning: 'tooLarge' } as const) : undefined);
    const s = stageOf({ stored: alice, protocol: { ...base, connect: (login) => base.connect(login), closed } });
    s.client.restore();
    await s.until('online', 100);
    end(s);
    await s.until('loggedOut', 5_000);
    expect(s.now.error?.code).toBe(code);
    const reported = s.backend.diagnostics.map(({ source, level, failure }) => `${level} ${source} ${failure.code}`);
    expect(reported).toEqual([expected]);
  });
});

describe('a first login whose attempts fail', () => {
  it.each<[string, Stage['backend']['welcome'], keyof typeof REMEDIES]>([
    ['nothing serves the address', { kind: 'refuse' }, 'connectionRefused'],
    ['the server closes', { kind: 'close', code: 1011 }, 'connectionLost'],
    ['the server closes with a code of its own', { kind: 'close', code: 4000 }, 'connectionLost'],
    ['the server has a problem of its own', { kind: 'error', code: -1 }, 'serverUnavailable'],
    ['the server asks to slow down', { kind: 'error', code: 9 }, 'rateLimited'],
    ['a web page responds', { kind: 'text', text: '<html>' }, 'badFrame'],
  ])(
    '%s: reported so within seconds, with the reason in the message, and the session goes on',
    async (_, welcome, code) => {
      const s = stageOf();
      s.backend.welcome = welcome;
      const result = await s.result(s.client.connectUser(alice), 6_000);
      expect(result).toMatchObject({ success: false, error: { code: 'stillConnecting', retryable: true } });
      expect(result.success ? '' : result.error.message).toContain(`Last: ${code}`);
      // What to do is about that failure.
      expect(result.error?.remedy).toBe(REMEDIES[code]);
      expect(result.success || result.error.cause).toMatchObject({ code });
      s.backend.welcome = { kind: 'hello' };
      await s.until('online', 60_000);
      await s.value(s.client.disconnect(), 2_000);
    },
  );

  it('also where the first attempt fails only later', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'refuse' };
    s.backend.provider = 'hangs';
    const login = s.client.connectUser(alice);
    await s.pass(6_000);
    s.backend.provider = 'none';
    s.backend.unhang();
    expect(await s.error(login, 1_000)).toBe('stillConnecting');
    await s.value(s.client.disconnect(), 2_000);
  });

  it('not where the caller has said how long the call may take', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'refuse' };
    const login = s.client.connectUser(alice, undefined, { timeoutMs: 60_000 });
    await s.pass(20_000);
    s.backend.welcome = { kind: 'hello' };
    await s.value(login, 40_000);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a server that says nothing gets a second chance, within the time of the call', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'silence' };
    const result = await s.result(s.client.connectUser(alice), 31_000);
    expect(result).toMatchObject({ success: false, error: { code: 'stillConnecting' } });
    expect(result.success ? '' : result.error.message).toContain('Last: helloTimedOut');
    expect(s.opened).toBeGreaterThan(1);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a token that the server refuses is decided first', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'error', code: 40 };
    const result = await s.result(s.client.connectUser(alice), 31_000);
    expect(result).toMatchObject({ success: false, error: { code: 'tokenRejected' } });
  });

  it('the failures of a session that ends are not those of the next login', async () => {
    const s = stageOf({ timing: { storageWriteTimeoutMs: 8_000 } });
    s.backend.welcome = { kind: 'refuse' };
    await s.result(s.client.connectUser(alice), 6_000);
    s.backend.disk.clear = 'hangs';
    const login = s.client.switchUser({ id: 'bob' });
    await s.pass(7_000);
    s.backend.welcome = { kind: 'hello' };
    expect(await s.result(login, 3_000)).toMatchObject({ success: true });
    await s.value(s.client.disconnect({ forgetUser: false }), 2_000);
  });

  it('a call with a time limit of its own waits that long', async () => {
    const s = stageOf();
    s.backend.welcome = { kind: 'refuse' };
    const login = s.client.connectUser(alice, undefined, { timeoutMs: 20_000 });
    await s.pass(10_000);
    s.backend.welcome = { kind: 'hello' };
    expect((await s.result(login, 20_000)).success).toBe(true);
    await s.value(s.client.disconnect(), 2_000);
  });
});
