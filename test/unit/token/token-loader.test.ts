import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { TokenRequest } from '../../../src/token/source.ts';
import { type TokenLoad, TokenLoader, type TokenWaiter } from '../../../src/token/token-loader.ts';
import { noToken, type TokenResult } from '../../../src/token/token-result.ts';
import type { Identity } from '../../../src/user.ts';

const alice: Identity = { kind: 'user', id: 'alice', user: { id: 'alice' } };
const bob: Identity = { kind: 'user', id: 'bob', user: { id: 'bob' } };
const ended = noToken('loggedOut', 'over');

const answerOf = (text: string): TokenResult => ({
  ok: true,
  token: { text, expiresAtMs: null, issuedAtMs: null },
});

/** A source whose replies the test gives. */
function manualSource() {
  const calls: { request: TokenRequest; answer: (answer: TokenResult) => void; fail: () => void }[] = [];
  const wanted = (identity: Identity = alice, key = 0): TokenLoad => ({
    identity,
    sourceKey: key,
    reason: 'login',
    ask: (request) =>
      new Promise((answer, reject) => {
        calls.push({ request, answer, fail: () => reject(new Error('a fault of ours')) });
      }),
  });
  return { calls, wanted };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function setUp() {
  const clock = new VirtualClock(0);
  const heard: [string, TokenResult][] = [];
  return {
    clock,
    loader: new TokenLoader(clock, 15_000),
    heard,
    receiver:
      (who: string): TokenWaiter =>
      (answer) =>
        heard.push([who, answer]),
    ...manualSource(),
  };
}

describe('the token loader', () => {
  it('A13, B10: all who need a token at the same time share one call', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    for (const who of ['chart', 'refresh', 'request']) loader.load(wanted(), receiver(who));
    await turn();
    expect(calls).toHaveLength(1);
    calls[0]?.answer(answerOf('t1'));
    await turn();
    expect(heard.map(([who]) => who)).toEqual(['chart', 'refresh', 'request']);
    expect(loader.underWay).toBe(null);
  });

  it('asks in a later microtask, and not at all when no one wants it any more by then', async () => {
    const { loader, calls, wanted, receiver } = setUp();
    const waiter = receiver('chart');
    loader.load(wanted(), waiter);
    expect(calls).toHaveLength(0);
    loader.leave(waiter);
    await turn();
    expect(calls).toHaveLength(0);
  });

  it('A2, A3, law 4: a load from another source takes over those who wait; the older answer is dropped', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(alice, 1), receiver('request'));
    await turn();
    loader.load(wanted(alice, 2), receiver('chart'));
    await turn();
    expect(calls[0]?.request.signal.aborted).toBe(true);
    calls[0]?.answer(answerOf('old'));
    await turn();
    expect(heard).toEqual([]);
    calls[1]?.answer(answerOf('new'));
    await turn();
    expect(heard).toEqual([
      ['request', answerOf('new')],
      ['chart', answerOf('new')],
    ]);
  });

  it('law 4: loads for two users are two calls', async () => {
    const { loader, calls, wanted, receiver } = setUp();
    loader.load(wanted(alice), receiver('alice'));
    await turn();
    loader.load(wanted(bob), receiver('bob'));
    await turn();
    expect(calls).toHaveLength(2);
    expect(calls[0]?.request.signal.aborted).toBe(true);
    expect(calls[1]?.request.signal.aborted).toBe(false);
  });

  it('the last who leaves aborts the load, one of several does not', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    const [chart, request] = [receiver('chart'), receiver('request')];
    for (const waiter of [chart, request]) loader.load(wanted(), waiter);
    await turn();
    loader.leave(chart);
    loader.leave(chart);
    expect(calls[0]?.request.signal.aborted).toBe(false);
    loader.leave(request);
    expect(calls[0]?.request.signal.aborted).toBe(true);
    calls[0]?.answer(answerOf('late'));
    await turn();
    expect(heard).toEqual([]);
  });

  it('B2, law 8: a load that hangs is aborted after its time-out, and the next who asks makes a new call', async () => {
    const { clock, loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(), receiver('refresh'));
    await turn();
    await clock.advance(14_999);
    expect(heard).toEqual([]);
    await clock.advance(1);
    expect(heard).toMatchObject([['refresh', { ok: false, failure: { code: 'tokenTimedOut' } }]]);
    expect(calls[0]?.request.signal.aborted).toBe(true);
    loader.load(wanted(), receiver('chart'));
    await turn();
    expect(calls).toHaveLength(2);
  });

  it('law 8: those who join a load that hangs do not keep it alive', async () => {
    const { clock, loader, calls, wanted, heard, receiver } = setUp();
    const chart = receiver('chart');
    loader.load(wanted(), chart);
    for (const who of ['request', 'another', 'third']) {
      await turn();
      await clock.advance(5_000);
      if (who === 'another') loader.leave(chart);
      loader.load(wanted(), receiver(who));
    }
    await turn();
    expect(heard.map(([who, { ok }]) => [who, ok])).toEqual([
      ['request', false],
      ['another', false],
    ]);
    expect(calls.map(({ request }) => request.signal.aborted)).toEqual([true, false]);
    calls[1]?.answer(answerOf('t1'));
    await turn();
    expect(heard.at(-1)).toEqual(['third', answerOf('t1')]);
  });

  it('law 2: no timer is left after a load that ended, was left or was superseded', async () => {
    const { clock, loader, calls, wanted, heard, receiver } = setUp();
    const request = receiver('request');
    loader.load(wanted(alice, 1), request);
    await turn();
    loader.load(wanted(alice, 2), receiver('chart'));
    await turn();
    calls[1]?.answer(answerOf('t1'));
    await turn();
    loader.load(wanted(), request);
    await turn();
    loader.leave(request);
    await clock.advance(60_000);
    expect(heard.map(([who, { ok }]) => [who, ok])).toEqual([
      ['request', true],
      ['chart', true],
    ]);
  });

  it('joins whatever is being loaded', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(alice, 3), receiver('chart'));
    loader.load(loader.underWay ?? wanted(bob), receiver('request'));
    await turn();
    calls[0]?.answer(answerOf('t1'));
    await turn();
    expect(heard.map(([who]) => who)).toEqual(['chart', 'request']);
  });

  it('B22: aborted, it replies all who wait, and drops what comes later', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(), receiver('request'));
    await turn();
    loader.abort(ended);
    expect(heard).toEqual([['request', ended]]);
    expect(calls[0]?.request.signal.aborted).toBe(true);
    calls[0]?.answer(answerOf('late'));
    await turn();
    expect(heard).toHaveLength(1);
    loader.abort(ended);
  });

  it('a fault while asking is an answer, too', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(), receiver('chart'));
    await turn();
    calls[0]?.fail();
    await turn();
    expect(heard).toMatchObject([['chart', { ok: false, failure: { code: 'internal' } }]]);
  });
});
