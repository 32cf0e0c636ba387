import { describe, expect, it } from 'vitest';
import type { TokenReason, TokenRequest } from '../../src/token/source.ts';
import type { Identity } from '../../src/user.ts';
import { jwt } from '../token/jwt.ts';
import { fakeBackend } from './backends.ts';
import {
  alice,
  aliceToken,
  bob,
  bobToken,
  type Client,
  type ClientOptions,
  connect,
  hello,
  load,
  open,
  openSocket,
  startClient,
  turn,
} from './harness.ts';

const second = 1_000;

/** A provider whose answers the test gives, one call after the other. */
function manualProvider() {
  const calls: {
    userId: string;
    request: TokenRequest;
    answer: (token: string) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const source = (user: { readonly id: string }, request: TokenRequest) =>
    new Promise<string>((answer, fail) => {
      calls.push({ userId: user.id, request, answer, fail });
    });
  return { calls, source };
}

const start = (options: Partial<ClientOptions> = {}) => startClient({ backend: fakeBackend(), ...options });

const loadBecause = (reason: TokenReason, attempt: number, key = 0, identity: Identity = alice) =>
  ({ type: 'token.load', attempt, identity, key, reason }) as const;

const refuse = async (client: Client, index: number) => {
  client.backend.peers[index]?.say({ error: { code: 40, message: 'expired' } });
  await turn();
};

describe('loading a token for the chart', () => {
  it('no app code runs inside of a command', async () => {
    let calls = 0;
    const client = start({
      source: () => {
        calls += 1;
        return aliceToken;
      },
    });
    client.send(load(1));
    expect(calls).toBe(0);
    await turn();
    expect(calls).toBe(1);
    expect(client.told('token.loaded')).toEqual([{ type: 'token.loaded', attempt: 1 }]);
  });

  it('A13: a load repeated while it runs is the same call, answered for the newest attempt', async () => {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    client.send(load(2));
    await turn();
    expect(calls).toHaveLength(1);
    expect(calls[0]?.request.signal.aborted).toBe(false);
    calls[0]?.answer(aliceToken);
    await turn();
    expect(client.told('token.loaded')).toEqual([{ type: 'token.loaded', attempt: 2 }]);
  });

  it('A14: another source supersedes: the older is aborted, and its answer dropped', async () => {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    const key = client.dependencies.vault.put(source);
    client.send(load(2, alice, key));
    await turn();
    expect(calls.map(({ request }) => request.signal.aborted)).toEqual([true, false]);
    calls[0]?.answer('not even a token');
    await turn();
    expect(client.facts).toEqual([{ type: 'client.started' }]);
    calls[1]?.answer(aliceToken);
    await turn();
    expect(client.told('token.loaded')).toEqual([{ type: 'token.loaded', attempt: 2 }]);
  });

  it('A1, B22: aborted, it answers nothing, whatever the provider does later', async () => {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    client.send({ type: 'token.abort' });
    expect(calls[0]?.request.signal.aborted).toBe(true);
    calls[0]?.answer(aliceToken);
    await turn();
    expect(client.facts).toEqual([{ type: 'client.started' }]);
  });

  it('an answer that is on its way is taken back by an abort, too', async () => {
    for (let microtasks = 0; microtasks < 12; microtasks += 1) {
      const client = start();
      client.send(load(1));
      for (let passed = 0; passed < microtasks; passed += 1) await Promise.resolve();
      client.send({ type: 'token.abort' });
      const before = client.facts.length;
      await turn();
      expect(client.facts.length, `after ${microtasks} microtasks`).toBe(before);
    }
  });

  it('A14: a token that is held is not the answer of another source', async () => {
    const newer = jwt({ user_id: 'alice', iat: 7 });
    const client = start();
    client.send(load(1));
    await turn();
    client.send(load(2, alice, client.dependencies.vault.put(newer)));
    await turn();
    client.send(open(3));
    await turn();
    expect(client.backend.peers.map(({ query }) => query.get('authorization'))).toEqual([newer]);
  });

  it("A2, law 4: alice's late token never travels for bob", async () => {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    client.send({ type: 'session.end' });
    client.send({ type: 'socket.close', attempt: 2 });
    client.send(load(3, bob));
    await turn();
    expect(calls.map(({ userId }) => userId)).toEqual(['alice', 'bob']);
    calls[0]?.answer(aliceToken);
    await turn();
    client.send(open(4, bob));
    await turn();
    expect(client.told('token.refused')).toMatchObject([{ attempt: 4, renewable: true }]);
    expect(client.backend.peers).toEqual([]);
    client.send(load(5, bob));
    await turn();
    calls.at(-1)?.answer(bobToken);
    await turn();
    client.send(open(6, bob));
    await turn();
    expect(client.backend.peers.map(({ query }) => query.get('authorization'))).toEqual([bobToken]);
  });

  it('B23: a logout forgets the token, for the same user as well', async () => {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    calls[0]?.answer(aliceToken);
    await turn();
    client.send({ type: 'session.end' });
    client.send(load(2));
    await turn();
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['B5: nothing', () => undefined as unknown as string, 'tokenInvalid'],
    ['B5: an empty text', () => '', 'tokenUnavailable'],
    ['B6: of another user', () => bobToken, 'tokenInvalid'],
    ['B1: an error', () => Promise.reject(new Error('down')), 'tokenUnavailable'],
  ])('%s is told, and asking again may help', async (_, source, code) => {
    const client = start({ source });
    client.send(load(1));
    await turn();
    expect(client.told('token.failed')).toMatchObject([{ attempt: 1, hopeless: false, failure: { code } }]);
  });

  it('a malformed static token is hopeless, and so is no source at all', async () => {
    const client = start({ source: bobToken });
    client.send(load(1));
    await turn();
    client.send(load(2, alice, 77));
    await turn();
    expect(client.told('token.failed')).toMatchObject([
      { hopeless: true, failure: { code: 'tokenInvalid' } },
      { hopeless: true, failure: { code: 'tokenSourceMissing' } },
    ]);
  });

  it('law 9: what a provider throws is kept as the cause, without the token', async () => {
    const client = start({ source: () => Promise.reject(new Error(`bad ${aliceToken}`)) });
    client.send(load(1));
    await turn();
    const fact = client.told('token.failed')[0];
    expect(fact?.failure.message).toBe('The token provider failed: bad [token]');
    expect(fact && client.causes.get(fact.failure)).toMatchObject({ message: 'bad [token]' });
    expect(JSON.stringify(client.facts)).not.toContain(aliceToken);
  });
});

describe('a refused token', () => {
  it('is renewable from a provider, and from another static token; not from the same one', async () => {
    const provided = start();
    await openSocket(provided);
    await refuse(provided, 0);
    expect(provided.told('token.refused')).toMatchObject([{ renewable: true }]);

    const fixed = start({ source: aliceToken });
    await openSocket(fixed);
    await refuse(fixed, 0);
    expect(fixed.told('token.refused')).toMatchObject([{ renewable: false }]);

    const adopting = start({ source: aliceToken });
    await openSocket(adopting);
    adopting.send({ type: 'token.adopt', key: adopting.dependencies.vault.put(jwt({ user_id: 'alice', iat: 2 })) });
    await refuse(adopting, 0);
    expect(adopting.told('token.refused')).toMatchObject([{ renewable: true }]);
  });

  it('is asked for again, and may be the same: that is for the server to judge', async () => {
    const reasons: TokenReason[] = [];
    const client = start({
      source: (_, { reason }) => {
        reasons.push(reason);
        return aliceToken;
      },
    });
    await openSocket(client);
    await refuse(client, 0);
    client.send(loadBecause('refused', 3));
    await turn();
    client.send(open(4));
    await turn();
    await refuse(client, 1);
    client.send(loadBecause('refused', 5));
    await turn();
    expect(reasons).toEqual(['login', 'refused', 'refused']);
    expect(client.told('token.loaded')).toHaveLength(3);
  });

  it('B11: a token is reused on reconnects: the provider is asked once', async () => {
    let calls = 0;
    const client = start({
      source: () => {
        calls += 1;
        return aliceToken;
      },
    });
    await connect(client);
    for (let attempt = 3; attempt < 8; attempt += 1) {
      client.backend.peers.at(-1)?.drop();
      await turn();
      client.send(open(attempt));
      await turn();
    }
    expect(client.backend.peers).toHaveLength(6);
    expect(calls).toBe(1);
  });

  it('41 and 42 drop the token without blaming it', async () => {
    let calls = 0;
    const client = start({
      source: () => {
        calls += 1;
        return aliceToken;
      },
    });
    const peer = await openSocket(client);
    peer.say({ error: { code: 41, message: 'nbf' } });
    await turn();
    expect(client.told('token.tooEarly')).toMatchObject([{ attempt: 2 }]);
    client.send(load(3));
    await turn();
    expect(calls).toBe(2);
    expect(client.told('token.loaded')).toHaveLength(2);
  });
});

describe('the background refresh', () => {
  /** Tokens that live as long as they say, by the server's clock. */
  const tokenAt = (issuedAtMs: number, lifeMs: number) =>
    jwt({ user_id: 'alice', iat: issuedAtMs / second, exp: (issuedAtMs + lifeMs) / second });

  /** Lets time pass as a connected client sees it: ticks, and a server that goes on talking. */
  async function pass(client: Client, ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 5 * second) {
      client.clock.increment(5 * second);
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

  it('asks for a new token before the old one expires, keeps the socket, and answers the next need with it', async () => {
    const { reasons, at, source } = counting(hour);
    const client = start({ source });
    at.nowMs = () => client.clock.now();
    await connect(client);
    await pass(client, hour * 0.89);
    expect(reasons).toEqual(['login']);
    await pass(client, hour * 0.02);
    expect(reasons).toEqual(['login', 'expiring']);
    expect(client.backend.peers).toHaveLength(1);
    expect(client.told('token.loaded')).toHaveLength(1);
    await refuse(client, 0);
    expect(client.told('token.refused')).toMatchObject([{ renewable: true }]);
    client.send(loadBecause('refused', 3));
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
    expect(calls[1]?.request).toMatchObject({ reason: 'expiring' });
    await pass(client, 15 * second);
    expect(calls[1]?.request.signal.aborted).toBe(true);
    expect(client.reports).toMatchObject([{ failure: { code: 'tokenTimedOut' } }]);
  });

  it('a refresh under way is what a refused token waits for: one call for both', async () => {
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
    await refuse(client, 0);
    client.send(loadBecause('refused', 3));
    await turn();
    expect(calls).toHaveLength(2);
    calls[1]?.answer(tokenAt(hour, hour));
    await turn();
    expect(client.told('token.loaded')).toHaveLength(2);
  });

  it('law 2: it ends with the session', async () => {
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
    client.send({ type: 'session.end' });
    expect(calls[1]?.request.signal.aborted).toBe(true);
    expect(client.clock.pending.size).toBe(0);
    expect(client.reports).toEqual([]);
  });

  it('a static token is left alone', async () => {
    const client = start({ source: tokenAt(0, 60 * second) });
    await connect(client);
    await pass(client, hour);
    expect(client.facts.map(({ type }) => type)).toEqual(['client.started', 'token.loaded', 'hello.received']);
  });
});
