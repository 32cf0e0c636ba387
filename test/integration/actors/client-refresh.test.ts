import { describe, expect, it } from 'vitest';
import type { TokenReason, TokenRequest } from '../../../src/token/source.ts';
import { jwt } from '../../unit/token/jwt.ts';
import { fakeBackend } from './backends.ts';
import {
  alice,
  type Client,
  type ClientOptions,
  connect,
  hello,
  load,
  manualProvider,
  open,
  openSocket,
  startClient,
  turn,
} from './harness.ts';

const second = 1_000;

const start = (options: Partial<ClientOptions> = {}) => startClient({ backend: fakeBackend(), ...options });

const loadRefused = (attempt: number) =>
  ({ type: 'token.load', attempt, identity: alice, sourceKey: 0, reason: 'refused' }) as const;

const refuse = async (client: Client, index: number) => {
  client.backend.peers[index]?.say({ error: { code: 40, message: 'expired' } });
  await turn();
};

describe('the background refresh', () => {
  /** Tokens that live as long as they say, by the server's clock. */
  const tokenAt = (issuedAtMs: number, lifeMs: number) =>
    jwt({ user_id: 'alice', iat: issuedAtMs / second, exp: (issuedAtMs + lifeMs) / second });

  /** Lets time pass as a connected client sees it: ticks, and a server that goes on talking. */
  async function pass(client: Client, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5 * second) {
      await client.clock.advance(5 * second);
      client.backend.peers.at(-1)?.say({ type: 'health.check' });
      await turn();
    }
  }

  const hour = 3_600 * second;

  function counting(lifeMs: number) {
    const reasons: TokenReason[] = [];
    const at = { offsetMs: 0, nowMs: () => 0 };
    const source = (_: unknown, { reason }: TokenRequest) => {
      reasons.push(reason);
      return tokenAt(at.nowMs() + at.offsetMs, lifeMs);
    };
    return { reasons, at, source };
  }

  /** A connected client that has asked for a new token, and waits for it. */
  async function refreshUnderWay() {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    calls[0]?.answer(tokenAt(0, hour));
    await turn();
    client.send(open(2));
    await turn();
    client.backend.peers[0]?.say(hello());
    await pass(client, hour * 0.9);
    return { client, calls };
  }

  it('asks for a new token before the old one expires, keeps the socket, and satisfies the next need with it', async () => {
    const { reasons, at, source } = counting(hour);
    const client = start({ source });
    at.nowMs = () => client.clock.now();
    await connect(client);
    await pass(client, hour * 0.89);
    expect(reasons).toEqual(['login']);
    await pass(client, hour * 0.02);
    expect(reasons).toEqual(['login', 'expiring']);
    expect(client.backend.peers).toHaveLength(1);
    expect(client.factsOf('token.loaded')).toHaveLength(1);
    await refuse(client, 0);
    expect(client.factsOf('token.refused')).toMatchObject([{ renewable: true }]);
    client.send(loadRefused(3));
    await turn();
    expect(reasons).toEqual(['login', 'expiring']);
    client.send(open(4));
    await turn();
    const [first, next] = client.backend.peers.map(({ query }) => query.get('authorization'));
    expect(next).not.toBe(first);
  });

  it('B15: a device clock two hours fast makes no refresh at all, since the server says what time it is', async () => {
    const { reasons, at, source } = counting(hour);
    const client = start({ source });
    at.nowMs = () => client.clock.now();
    client.wall.offsetMs = 2 * hour;
    await connect(client);
    await pass(client, hour / 2);
    expect(reasons).toEqual(['login']);
  });

  it('B15: even when the server does not say, it is one refresh per half a life of a token', async () => {
    const { reasons, at, source } = counting(hour);
    const client = start({ source });
    at.nowMs = () => client.clock.now();
    client.wall.offsetMs = 2 * hour;
    const peer = await openSocket(client);
    peer.say({ ...hello(), created_at: undefined });
    await pass(client, hour * 1.2);
    expect(reasons).toEqual(['login', 'expiring', 'expiring', 'expiring']);
  });

  it.each([
    ['a day ahead', 24 * hour],
    ['as far ahead as the tokens live', hour],
  ])('B15, law 8: tokens without iat and a server whose clock is %s: asked once, then paced', async (_, aheadMs) => {
    const reasons: TokenReason[] = [];
    const client = start({
      source: (_user, { reason }) => {
        reasons.push(reason);
        return jwt({ user_id: 'alice', n: reasons.length, exp: (client.clock.now() + hour) / second });
      },
    });
    const peer = await openSocket(client);
    peer.say({ ...hello(), created_at: new Date(aheadMs).toISOString() });
    await pass(client, 10 * second);
    expect(reasons).toEqual(['login', 'expiring']);
    await pass(client, 12 * hour);
    const often = reasons.length;
    expect(often).toBeLessThan(30);
    peer.say({ ...hello(), created_at: new Date(client.clock.now()).toISOString() });
    await pass(client, 4 * hour);
    expect(reasons.length - often, 'the clock is right again').toBeGreaterThan(2);
    expect(reasons.length - often).toBeLessThan(8);
  });

  it('a source that gives the same token again is not asked a second time', async () => {
    const token = tokenAt(0, hour);
    let calls = 0;
    const client = start({
      source: () => {
        calls += 1;
        return token;
      },
    });
    await connect(client);
    await pass(client, 2 * hour);
    expect(calls).toBe(2);
  });

  it('B16: a failed refresh is reported, tried three times, and changes nothing', async () => {
    let calls = 0;
    const client = start({
      source: () => {
        calls += 1;
        if (calls > 1) throw new Error('503');
        return tokenAt(0, hour);
      },
    });
    await connect(client);
    await pass(client, 2 * hour);
    expect(calls).toBe(4);
    expect(client.reports).toHaveLength(3);
    expect(client.reports[0]).toMatchObject({ source: 'provider', failure: { code: 'tokenUnavailable' } });
    expect(client.facts.map(({ type }) => type)).toEqual(['client.started', 'token.loaded', 'hello.received']);
  });

  it('B2: a refresh that hangs is ended by the token time-out', async () => {
    const { client, calls } = await refreshUnderWay();
    expect(calls[1]?.request).toMatchObject({ reason: 'expiring' });
    await pass(client, 15 * second);
    expect(calls[1]?.request.signal.aborted).toBe(true);
    expect(client.reports).toMatchObject([{ failure: { code: 'tokenTimedOut' } }]);
  });

  it('a refresh under way is what a refused token waits for: one call for both', async () => {
    const { client, calls } = await refreshUnderWay();
    await refuse(client, 0);
    client.send(loadRefused(3));
    await turn();
    expect(calls).toHaveLength(2);
    calls[1]?.answer(tokenAt(hour, hour));
    await turn();
    expect(client.factsOf('token.loaded')).toHaveLength(2);
  });

  it('law 2: it ends with the session', async () => {
    const { client, calls } = await refreshUnderWay();
    client.send({ type: 'session.end' });
    expect(calls[1]?.request.signal.aborted).toBe(true);
    expect(client.clock.running).toBe(0);
    expect(client.reports).toEqual([]);
  });

  it('a static token is left alone', async () => {
    const client = start({ source: tokenAt(0, 60 * second) });
    await connect(client);
    await pass(client, hour);
    expect(client.facts.map(({ type }) => type)).toEqual(['client.started', 'token.loaded', 'hello.received']);
  });
});
