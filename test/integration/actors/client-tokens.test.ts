import { describe, expect, it } from 'vitest';
import type { TokenReason } from '../../../src/token/source.ts';
import type { Identity } from '../../../src/user.ts';
import { jwt } from '../../unit/token/jwt.ts';
import { fakeBackend } from './backends.ts';
import {
  alice,
  aliceToken,
  bob,
  bobToken,
  type Client,
  type ClientOptions,
  connect,
  load,
  manualProvider,
  open,
  openSocket,
  startClient,
  turn,
} from './harness.ts';

const start = (options: Partial<ClientOptions> = {}) => startClient({ backend: fakeBackend(), ...options });

const loadBecause = (reason: TokenReason, attempt: number, key = 0, identity: Identity = alice) =>
  ({ type: 'token.load', attempt, identity, sourceKey: key, reason }) as const;

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
    expect(client.factsOf('token.loaded')).toEqual([{ type: 'token.loaded', attempt: 1 }]);
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
    expect(client.factsOf('token.loaded')).toEqual([{ type: 'token.loaded', attempt: 2 }]);
  });

  it('A14: another source supersedes: the older is aborted, and its answer dropped', async () => {
    const { calls, source } = manualProvider();
    const client = start({ source });
    client.send(load(1));
    await turn();
    const key = client.dependencies.tokenSources.put({ loadToken: source });
    client.send(load(2, alice, key));
    await turn();
    expect(calls.map(({ request }) => request.signal.aborted)).toEqual([true, false]);
    calls[0]?.answer('not even a token');
    await turn();
    expect(client.facts).toEqual([{ type: 'client.started' }]);
    calls[1]?.answer(aliceToken);
    await turn();
    expect(client.factsOf('token.loaded')).toEqual([{ type: 'token.loaded', attempt: 2 }]);
  });

  it('A1, B22: aborted, it reports nothing, whatever the provider does later', async () => {
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
    client.send(load(2, alice, client.dependencies.tokenSources.put(newer)));
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
    expect(client.factsOf('token.refused')).toMatchObject([{ attempt: 4, renewable: true }]);
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
  ])('%s is reported, and asking again may help', async (_, source, code) => {
    const client = start({ source });
    client.send(load(1));
    await turn();
    expect(client.factsOf('token.failed')).toMatchObject([{ attempt: 1, permanent: false, failure: { code } }]);
  });

  it('a malformed static token is permanent, and so is no source at all', async () => {
    const client = start({ source: bobToken });
    client.send(load(1));
    await turn();
    client.send(load(2, alice, 77));
    await turn();
    expect(client.factsOf('token.failed')).toMatchObject([
      { permanent: true, failure: { code: 'tokenInvalid' } },
      { permanent: true, failure: { code: 'tokenSourceMissing' } },
    ]);
  });

  it('law 9: what a provider throws is kept as the cause, without the token', async () => {
    const client = start({ source: () => Promise.reject(new Error(`bad ${aliceToken}`)) });
    client.send(load(1));
    await turn();
    const fact = client.factsOf('token.failed')[0];
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
    expect(provided.factsOf('token.refused')).toMatchObject([{ renewable: true }]);

    const fixed = start({ source: aliceToken });
    await openSocket(fixed);
    await refuse(fixed, 0);
    expect(fixed.factsOf('token.refused')).toMatchObject([{ renewable: false }]);

    const adopting = start({ source: aliceToken });
    await openSocket(adopting);
    adopting.send({
      type: 'token.adopt',
      sourceKey: adopting.dependencies.tokenSources.put(jwt({ user_id: 'alice', iat: 2 })),
    });
    await refuse(adopting, 0);
    expect(adopting.factsOf('token.refused')).toMatchObject([{ renewable: true }]);
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
    expect(client.factsOf('token.loaded')).toHaveLength(3);
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
    expect(client.factsOf('token.notValidNow')).toMatchObject([{ attempt: 2 }]);
    client.send(load(3));
    await turn();
    expect(calls).toBe(2);
    expect(client.factsOf('token.loaded')).toHaveLength(2);
  });
});
