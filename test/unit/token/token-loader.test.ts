import { describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import type { FailureInfo } from '../../../src/errors.ts';
import type { TokenRequest } from '../../../src/token/source.ts';
import { type TokenLoad, TokenLoader, type TokenWaiter } from '../../../src/token/token-loader.ts';
import type { TokenResult } from '../../../src/token/token-result.ts';
import type { Identity } from '../../../src/user.ts';

const alice: Identity = { kind: 'user', id: 'alice', user: { id: 'alice' } };
const bob: Identity = { kind: 'user', id: 'bob', user: { id: 'bob' } };
const ended: FailureInfo = { code: 'loggedOut', message: 'over' };

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
  const clock = new SimulatedClock();
  const heard: [string, TokenResult][] = [];
  return {
    clock,
    loader: new TokenLoader(clock),
    heard,
    receiver: (who: string): TokenWaiter => ({ onResult: (answer) => heard.push([who, answer]) }),
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

  it('B2: who waits with a time-out is answered by it, and the next who asks makes a new call', async () => {
    const { clock, loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(), receiver('refresh'), 15_000);
    await turn();
    clock.increment(14_999);
    expect(heard).toEqual([]);
    clock.increment(1);
    expect(heard).toMatchObject([['refresh', { ok: false, failure: { code: 'tokenTimedOut' } }]]);
    expect(calls[0]?.request.signal.aborted).toBe(true);
    loader.load(wanted(), receiver('chart'));
    await turn();
    expect(calls).toHaveLength(2);
  });

  it('a time-out of one leaves the load to the others, and its timer is gone after the answer', async () => {
    const { clock, loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(), receiver('refresh'), 1_000);
    loader.load(wanted(), receiver('request'), 9_000);
    await turn();
    clock.increment(1_000);
    expect(calls[0]?.request.signal.aborted).toBe(false);
    calls[0]?.answer(answerOf('t1'));
    await turn();
    clock.increment(60_000);
    expect(heard.map(([who, { ok }]) => [who, ok])).toEqual([
      ['refresh', false],
      ['request', true],
    ]);
  });

  it('joins whatever is being loaded', async () => {
    const { loader, calls, wanted, heard, receiver } = setUp();
    loader.load(wanted(alice, 3), receiver('chart'));
    loader.load(loader.underWay ?? wanted(bob), receiver('request'), 1_000);
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
    expect(heard).toEqual([['request', { ok: false, permanent: false, failure: ended }]]);
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
