import { describe, expect, it } from 'vitest';
import type { ChatClientOptions } from '../../../src/index.ts';
import { alice, Stage, type StageOptions } from '../harness.ts';

const MINUTE = 60_000;
const EXPIRED = '{"code":40,"message":"expired"}';

/** A stage, and the reasons for which its provider was asked; `provide` gives its tokens. */
function stageOf(options: StageOptions = {}, provide = (s: Stage): unknown => s.backend.issue('alice')) {
  const reasons: string[] = [];
  const tokenProvider: ChatClientOptions['tokenProvider'] = (_, { reason }) => {
    reasons.push(reason);
    return provide(s) as string;
  };
  const s: Stage = new Stage({ machine: undefined }, { tokenProvider, ...options });
  return { s, reasons };
}

/** Responds with 401 for as long as `isRefusing`. */
function gateway() {
  const state = { isRefusing: false };
  const fetch = async () => (state.isRefusing ? new Response(EXPIRED, { status: 401 }) : new Response('{}'));
  return { state, fetch };
}

describe('a token for a request', () => {
  it('is asked for as the first one, or as another than the refused one', async () => {
    const { state, fetch } = gateway();
    const { s, reasons } = stageOf({ fetch });
    s.backend.change('offline');
    void s.client.connectUser(alice).cancel();
    await s.until('offline', 100);
    await s.value(s.client.request('/x'));
    expect(reasons).toEqual(['login']);
    state.isRefusing = true;
    expect(await s.error(s.client.request('/x'))).toBe('tokenRejected');
    expect(reasons).toEqual(['login', 'refused']);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('is asked for as another one where the server has refused the one of the socket', async () => {
    let isEmpty = false;
    const { s, reasons } = stageOf({}, ({ backend }) => (isEmpty ? '' : backend.issue('alice')));
    await s.online();
    isEmpty = true;
    s.backend.sendError(40);
    await s.until('waiting', 1_000);
    await s.value(s.client.suspend());
    await s.pass(4_000);
    isEmpty = false;
    const { length } = reasons;
    await s.value(s.client.request('/x'));
    expect(reasons.slice(length)).toEqual(['refused']);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('law 8: is the one that is being loaded, whatever became of the load before', async () => {
    const s = new Stage({ machine: undefined });
    await s.online();
    s.backend.provider = 'throws';
    s.backend.sendError(40);
    await s.until(({ error }) => error?.code === 'tokenUnavailable', 5_000);
    s.backend.provider = 'hangs';
    await s.value(s.client.retryNow());
    await s.until(({ state }) => state === 'loadingToken', 1_500);
    const call = s.client.request('/x');
    await s.pass(500);
    s.backend.heal();
    await s.value(call);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('law 8: is not asked for again while a failure is fresh, however many are refused, and then it is', async () => {
    const { state, fetch } = gateway();
    let isDown = false;
    const { s, reasons } = stageOf({ fetch }, ({ backend }) => {
      if (isDown) throw new Error('No.');
      return backend.issue('alice');
    });
    await s.online();
    isDown = true;
    state.isRefusing = true;
    for (let tenths = 0; tenths < 100; tenths += 1) {
      expect(await s.error(s.client.request('/x'))).toBe('tokenUnavailable');
      await s.pass(100);
    }
    expect([reasons.length, s.now.status]).toEqual([1 + 4, 'online']);
    await s.value(s.client.disconnect(), 2_000);
  });
});

it('law 4: the late token of a provider that another one has replaced is not used', async () => {
  const s = new Stage({ machine: undefined }, { tokenProvider: undefined });
  let late = (_: string) => {};
  void s.client.connectUser(alice, () => new Promise<string>((resolve) => (late = resolve)));
  await s.settle();
  await s.value(s.client.connectUser(alice, ({ id }) => s.backend.issue(id)));
  const replaced = s.backend.issue('alice');
  late(replaced);
  await s.pass(11_000);
  s.backend.closeSockets();
  await s.until(() => s.opened === 2, 10_000);
  expect(s.backend.requests.map(({ token }) => token)).not.toContain(replaced);
  await s.value(s.client.disconnect(), 2_000);
});

it('an anonymous user has no token: the provider is asked neither for a request nor for another attempt', async () => {
  const sent: (string | null)[] = [];
  const fetch = async (_: unknown, init: RequestInit | undefined) => {
    sent.push(new Headers(init?.headers).get('authorization'));
    return new Response('{}');
  };
  const { s, reasons } = stageOf({ fetch: fetch as typeof globalThis.fetch });
  s.backend.welcome = { kind: 'close', code: 1011 };
  void s.client.connectAnonymousUser().cancel();
  await s.until('waiting', 1_000);
  await s.value(s.client.request('/x'));
  void s.client.connectAnonymousUser().cancel();
  await s.pass(10);
  s.backend.welcome = { kind: 'hello' };
  await s.until('online', MINUTE);
  expect([reasons, sent]).toEqual([[], [null]]);
  await s.value(s.client.disconnect(), 2_000);
});

describe('law 8: whether a token has expired', () => {
  it('is decided by the server’s clock: one that is an hour ahead here asks for no other in an outage', async () => {
    const clock: ChatClientOptions['clock'] = {
      now: () => s.backend.clock.now() + 60 * MINUTE,
      elapsedMs: () => s.backend.clock.now(),
      setTimeout: (callback, delayMs) => s.backend.clock.setTimeout(callback, delayMs),
      clearTimeout: (handle) => s.backend.clock.clearTimeout(handle),
    };
    const { s, reasons } = stageOf({ clock }, ({ backend }) => ({
      token: backend.issue('alice'),
      expiresAtMs: backend.clock.now() + 30 * MINUTE,
    }));
    await s.online();
    s.backend.welcome = { kind: 'close', code: 1011 };
    s.backend.closeSockets();
    await s.pass(5 * MINUTE);
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', MINUTE);
    expect(reasons).toEqual(['login']);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('says nothing about the one that has replaced it', async () => {
    const { state, fetch } = gateway();
    let isDown = false;
    const { s, reasons } = stageOf({ fetch }, ({ backend }) => {
      if (isDown) throw new Error('No.');
      return { token: backend.issue('alice'), expiresAtMs: backend.clock.now() + 10 * MINUTE };
    });
    await s.online();
    isDown = true;
    await s.pass(12 * MINUTE);
    s.backend.welcome = { kind: 'silence' };
    s.backend.closeSockets();
    await s.until(({ error }) => error?.code === 'helloTimedOut', MINUTE);
    isDown = false;
    const { length } = reasons;
    state.isRefusing = true;
    const call = s.client.request('/x');
    await s.settle();
    state.isRefusing = false;
    await s.result(call);
    s.backend.welcome = { kind: 'hello' };
    await s.until('online', MINUTE);
    expect(reasons.slice(length)).toEqual(['refused']);
    await s.value(s.client.disconnect(), 2_000);
  });
});

describe('law 8: a token is replaced before it expires', () => {
  it.each([-50, -5, 5])('also where the clock of the device is set by %i minutes', async (minutes) => {
    let offsetMs = 0;
    let expiresAtMs = 0;
    const clock: ChatClientOptions['clock'] = {
      now: () => s.backend.clock.now() + offsetMs,
      elapsedMs: () => s.backend.clock.now(),
      setTimeout: (callback, delayMs) => s.backend.clock.setTimeout(callback, delayMs),
      clearTimeout: (handle) => s.backend.clock.clearTimeout(handle),
    };
    const { s, reasons } = stageOf({ clock }, ({ backend }) => {
      const nowMs = backend.clock.now();
      expiresAtMs = nowMs + 60 * MINUTE;
      return { token: backend.issue('alice'), expiresAtMs };
    });
    await s.online();
    await s.pass(10 * MINUTE);
    offsetMs = minutes * MINUTE;
    for (let passed = 0; passed < 360; passed += 1) {
      await s.pass(MINUTE);
      expect(s.backend.clock.now()).toBeLessThan(expiresAtMs);
    }
    expect([s.now.status, reasons.length < 12]).toEqual(['online', true]);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a refresh that fails is made again while the token lives, a quarter of what is left later', async () => {
    const asked: number[] = [];
    let expiresAtMs = 0;
    const { s } = stageOf({}, ({ backend }) => {
      asked.push(expiresAtMs - backend.clock.now());
      if (asked.length > 1) throw new Error('No.');
      expiresAtMs = backend.clock.now() + 60 * MINUTE;
      return { token: backend.issue('alice'), expiresAtMs };
    });
    await s.online();
    await s.pass(120 * MINUTE);
    const leftMinutes = asked.slice(1).map((leftMs) => Math.round(leftMs / MINUTE));
    expect([leftMinutes, s.now.status]).toEqual([[6, 4, 3], 'online']);
    await s.value(s.client.disconnect(), 2_000);
  });
});

it('a refresh in the background that a logout ends is no failure, and not reported', async () => {
  const { s, reasons } = stageOf({}, ({ backend }) =>
    reasons.length === 1
      ? { token: backend.issue('alice'), expiresAtMs: backend.clock.now() + 10 * MINUTE }
      : new Promise<never>(() => {}),
  );
  await s.online();
  for (let seconds = 0; reasons.length === 1 && seconds < 600; seconds += 1) await s.pass(1_000);
  expect(reasons).toEqual(['login', 'expiring']);
  await s.value(s.client.disconnect(), 2_000);
  expect(s.backend.diagnostics).toEqual([]);
});
