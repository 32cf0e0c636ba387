import { describe, expect, it } from 'vitest';
import type { Frame, Protocol, ProtocolConnection, WireData } from '../../../src/protocol/protocol.ts';
import { fakeBackend } from './backends.ts';
import { alice, type Client, connect, load, open, startClient, turn } from './harness.ts';

/*
 * A protocol is the app's code. What it throws or returns wrongly is reported, and no law is broken by it.
 */

const URL = 'wss://example.org/socket';
const HELLO: Frame = { kind: 'hello', userId: 'alice', connectionId: 'c1' };

/** Decodes every message as the frame that it names. */
const frames: Readonly<Record<string, unknown>> = {
  hello: HELLO,
  'hello without names': { kind: 'hello' },
  'hello for bob': { kind: 'hello', userId: 'bob' },
  'hello with a long id': { kind: 'hello', connectionId: 'x'.repeat(513) },
  'hello with a number': { kind: 'hello', connectionId: 7 },
  'hello that asks for a ping a second': { ...HELLO, pingIntervalMs: 1_000 },
  'hello that asks for a ping a millisecond': { ...HELLO, pingIntervalMs: 1 },
  heartbeat: { kind: 'heartbeat' },
  ping: { kind: 'ping', reply: '"reply"' },
  'ping without a reply': { kind: 'ping' },
  event: { kind: 'event', event: { type: 'note' } },
  'two events': [
    { kind: 'event', event: { type: 'one' } },
    { kind: 'event', event: { type: 'two' } },
  ],
  'event and its acknowledgement': [
    { kind: 'event', event: { type: 'note' } },
    { kind: 'ping', reply: '"received"' },
  ],
  'event without a type': { kind: 'event', event: {} },
  'error without a verdict': { kind: 'error' },
  'error of no meaning': { kind: 'error', verdict: { meaning: 'constructor' } },
  nothing: undefined,
  'a promise': Promise.resolve(HELLO),
};

function protocolOf(connection: Partial<ProtocolConnection<object>> = {}, more: Partial<Protocol<object>> = {}) {
  const protocol: Protocol<object> = {
    name: 'test',
    connect: () => ({
      url: URL,
      decode: (data: WireData) => {
        if (data === 'throw') throw new Error('decode failed');
        return frames[String(data)] as Frame;
      },
      ...connection,
    }),
    ...more,
  };
  return protocol;
}

const start = (protocol: Protocol<object>): Client => startClient({ backend: fakeBackend(), overrides: { protocol } });

/** Opens a socket; returns its server's end. */
async function opened(client: Client) {
  client.send(load(1));
  await turn();
  client.send(open(2));
  await turn();
  const peer = client.backend.peers.at(-1);
  if (peer === undefined) throw new Error('No socket was opened.');
  return peer;
}

async function online(client: Client) {
  const peer = await opened(client);
  peer.say('hello');
  await turn();
  expect(client.factsOf('hello.received')).toHaveLength(1);
  return peer;
}

const garbageOf = <Value>(value: unknown) => value as Value;

describe('what an attempt sends', () => {
  it('are the first frames, as soon as the socket is open, strings and bytes', async () => {
    const client = start(protocolOf({ firstFrames: ['"one"', new Uint8Array([50])] }));
    const peer = await opened(client);
    expect(peer.received).toEqual(['one', 50]);
  });

  it('subprotocols and headers reach the socket', async () => {
    const requests: unknown[] = [];
    const backend = fakeBackend();
    const sockets: typeof backend.sockets = (request) => {
      requests.push(request);
      return backend.sockets(request);
    };
    const protocol = protocolOf({ subprotocols: ['one', 'two'], headers: { 'x-one': '1' } });
    await opened(startClient({ backend, overrides: { protocol, sockets } }));
    expect(requests).toEqual([{ url: URL, subprotocols: ['one', 'two'], headers: { 'x-one': '1' } }]);
  });
});

describe('hellos', () => {
  it('law 4: one that arrives while another message is being decoded comes before the events of both', async () => {
    const order: string[] = [];
    let answer = () => {};
    const protocol = protocolOf({
      decode: (data: WireData) => {
        if (data !== 'event') return frames[String(data)] as Frame;
        answer();
        answer = () => {};
        return frames.event as Frame;
      },
    });
    const overrides: Parameters<typeof startClient>[0]['overrides'] = {
      protocol,
      deliver: ({ type }) => order.push(type),
    };
    const client = startClient({
      backend: fakeBackend(),
      overrides,
      onFact: ({ type }) => order.push(type),
    });
    await opened(client);
    const socket = client.backend.peers.at(-1);
    answer = () => socket?.say('hello');
    socket?.say('event');
    await turn();
    expect(order.slice(order.indexOf('hello.received'))).toEqual(['hello.received', 'note']);
  });

  it('need neither a user nor an id', async () => {
    const client = start(protocolOf());
    const peer = await opened(client);
    peer.say('hello without names');
    await turn();
    expect(client.factsOf('hello.received')).toEqual([
      { type: 'hello.received', attempt: 2, connectionId: expect.stringMatching(/./) },
    ]);
    peer.say('hello without names');
    await turn();
    expect(client.factsOf('hello.received')).toHaveLength(1);
  });

  it.each(['hello for bob', 'hello with a long id', 'hello with a number', 'hello that asks for a ping a millisecond'])(
    'law 10: "%s" is none',
    async (message) => {
      const client = start(protocolOf());
      (await opened(client)).say(message);
      await turn();
      expect(client.factsOf('hello.received')).toEqual([]);
      expect(client.factsOf('socket.lost')).toHaveLength(1);
    },
  );
});

describe('law 11: a protocol that', () => {
  it.each<[string, Protocol<object>]>([
    [
      'throws while connecting',
      protocolOf(
        {},
        {
          connect: () => {
            throw new Error('no');
          },
        },
      ),
    ],
    ['returns nothing', protocolOf({}, { connect: () => garbageOf(undefined) })],
    ['returns no URL', protocolOf({ url: garbageOf<string>(undefined) })],
    ['returns no decode()', protocolOf({ decode: garbageOf(7) })],
  ])('%s loses the attempt, once, by a failure that the session reports', async (_, protocol) => {
    const client = start(protocol);
    client.send(load(1));
    await turn();
    client.send(open(2));
    await turn();
    expect(client.factsOf('socket.lost')).toMatchObject([{ attempt: 2, failure: { code: 'protocolFailed' } }]);
    expect(client.reports).toEqual([]);
    expect(client.backend.peers).toEqual([]);
  });

  it('has first frames that are none loses the attempt', async () => {
    const client = start(protocolOf({ firstFrames: [garbageOf<string>(7)] }));
    await opened(client);
    expect(client.factsOf('socket.lost')).toMatchObject([{ failure: { code: 'protocolFailed' } }]);
  });

  it.each([
    'throw',
    'nothing',
    'a promise',
    'ping without a reply',
    'event without a type',
    'error without a verdict',
    'error of no meaning',
  ])('decodes wrongly ("%s") is reported: fatal before the hello, survived after it', async (message) => {
    const early = start(protocolOf());
    (await opened(early)).say(message);
    await turn();
    const fault = { code: 'protocolFailed', message: expect.stringContaining('decode() of the protocol') };
    expect(early.factsOf('socket.lost')).toMatchObject([{ failure: fault }]);

    const late = start(protocolOf());
    const peer = await online(late);
    peer.say(message);
    peer.say('event');
    await turn();
    expect(late.factsOf('socket.lost')).toEqual([]);
    expect(late.reports).toMatchObject([{ source: 'protocol', failure: fault }]);
    expect(late.reports.map(({ cause }) => cause instanceof Error)).toEqual([message === 'throw']);
    expect(late.delivered).toEqual([{ type: 'note' }]);
  });

  it.each<[string, () => WireData]>([
    [
      'throws at a ping',
      () => {
        throw new Error('no');
      },
    ],
    ['pings nothing', () => garbageOf(undefined)],
  ])('%s loses the connection', async (_, ping) => {
    const client = start(protocolOf({ ping }));
    await online(client);
    client.send({ type: 'socket.ping', attempt: 2 });
    await turn();
    expect(client.factsOf('socket.lost')).toMatchObject([{ failure: { code: 'protocolFailed' } }]);
    expect(client.clock.running).toBe(0);
  });

  it('replies to its own replies does not reply for ever (law 8)', async () => {
    const client = start(protocolOf());
    const peer = await online(client);
    for (let pings = 0; pings < 1_000; pings += 1) peer.say('ping');
    await turn();
    expect(peer.received.length).toBeLessThanOrEqual(100);
    expect(client.factsOf('socket.lost')).toMatchObject([{ failure: { code: 'protocolFailed' } }]);
  });

  it('acknowledges every event is no such protocol, in the turn of the hello neither', async () => {
    const client = start(protocolOf());
    const peer = await opened(client);
    peer.say('hello');
    for (let events = 0; events < 300; events += 1) peer.say('event and its acknowledgement');
    await turn();
    for (let events = 0; events < 300; events += 1) peer.say('event and its acknowledgement');
    await turn();
    expect(client.factsOf('socket.lost')).toEqual([]);
    expect([client.delivered.length, peer.received.length]).toEqual([600, 600]);
  });

  it('acknowledges an event after it was delivered only: the server sends again what was not (law 8)', async () => {
    const client = start(protocolOf());
    const peer = await opened(client);
    peer.say('hello');
    peer.say('event and its acknowledgement');
    client.send({ type: 'session.end' });
    await turn();
    expect([client.delivered, peer.received]).toEqual([[], []]);
  });

  it('judges a close wrongly is reported, and the default holds', async () => {
    const client = start(protocolOf({}, { closed: () => garbageOf({ meaning: 'no such' }) }));
    (await online(client)).close(1012);
    await turn();
    expect(client.factsOf('socket.lost')).toMatchObject([{ failure: { code: 'serverUnavailable', closeCode: 1012 } }]);
    expect(client.reports).toMatchObject([{ source: 'protocol', failure: { code: 'protocolFailed' } }]);
  });

  it('throws the token shows it nowhere (law 9)', async () => {
    const protocol = protocolOf(
      {},
      {
        connect: ({ token }) => {
          throw new Error(`bad ${token}`, { cause: token });
        },
      },
    );
    const client = start(protocol);
    client.send(load(1));
    await turn();
    client.send(open(2));
    await turn();
    expect(client.factsOf('socket.lost')[0]?.failure.message).toContain('bad [token]');
    const causes = client.factsOf('socket.lost').map(({ failure }) => client.causes.get(failure));
    expect(JSON.stringify([client.facts, client.reports, causes.map(String)])).not.toContain('eyJ');
  });
});

describe('several frames in one message', () => {
  it('are delivered in their order', async () => {
    const client = start(protocolOf());
    (await online(client)).say('two events');
    await turn();
    expect(client.delivered.map(({ type }) => type)).toEqual(['one', 'two']);
  });
});

describe('liveness', () => {
  const second = 1_000;

  async function pass(client: Client, seconds: number): Promise<void> {
    for (let passed = 0; passed < seconds; passed += 1) {
      await client.clock.advance(second);
      await turn();
    }
  }

  it('a client without pings trusts the interval of the server', async () => {
    const client = start(protocolOf({}, { serverPingIntervalMs: 40 * second }));
    const peer = await online(client);
    await pass(client, 39);
    client.send({ type: 'socket.ping', attempt: 2 });
    await turn();
    expect(client.factsOf('probe.passed'), 'within the interval there is nothing to ask').toHaveLength(1);
    expect(client.factsOf('socket.wentSilent')).toEqual([]);
    await pass(client, 6);
    expect(client.factsOf('socket.wentSilent')).toHaveLength(1);
    peer.say('ping');
    await turn();
    expect(client.factsOf('probe.passed')).toHaveLength(2);
    expect(peer.received, 'its ping is replied to').toEqual(['reply']);
  });

  it.each([
    ['the server pings, too', { serverPingIntervalMs: 60 * second }],
    ['only the client pings', {}],
  ])('the client pings as often as the server asks for in its hello: %s', async (_, serverPings) => {
    const client = start(protocolOf({ ping: () => '"ping"' }, serverPings));
    const peer = await opened(client);
    peer.say('hello that asks for a ping a second');
    await turn();
    for (let ticks = 0; ticks < 30; ticks += 1) {
      await client.clock.advance(100);
      peer.say('event');
      await turn();
    }
    expect(peer.received).toEqual(['ping', 'ping', 'ping']);
  });

  it('where both ping, silence counts by the longer interval, and pings are sent by the shorter one', async () => {
    const client = start(protocolOf({ ping: () => '"ping"' }, { serverPingIntervalMs: 60 * second }));
    const peer = await online(client);
    await pass(client, 59);
    expect(client.factsOf('socket.wentSilent')).toEqual([]);
    expect(peer.received).toEqual(['ping', 'ping']);
    await pass(client, 6);
    expect(client.factsOf('socket.wentSilent')).toHaveLength(1);
  });

  it('without any ping, silence proves nothing', async () => {
    const client = start(protocolOf());
    await online(client);
    await pass(client, 300);
    expect(client.factsOf('socket.wentSilent')).toEqual([]);
    client.send({ type: 'socket.ping', attempt: 2 });
    await turn();
    expect(client.factsOf('probe.passed')).toHaveLength(1);
  });
});

describe('sending', () => {
  const encode = (event: object) => JSON.stringify(event);
  const sendEvent = (client: Client, event: object) => client.dependencies.dataPlane.send?.(event) ?? null;

  it('is for the established connection only, and queues nothing', async () => {
    const client = start(protocolOf({ encode }));
    expect(sendEvent(client, { type: 'note' })).toMatchObject({ code: 'stillConnecting' });
    const peer = await opened(client);
    expect(sendEvent(client, { type: 'note' })).toMatchObject({ code: 'stillConnecting' });
    peer.say('hello');
    await turn();
    expect(peer.received).toEqual([]);
    expect(sendEvent(client, { type: 'note', n: 1 })).toBeNull();
    expect(peer.received).toEqual([{ type: 'note', n: 1 }]);
    client.send({ type: 'session.end' });
    expect(sendEvent(client, { type: 'note', n: 2 })).toMatchObject({ code: 'stillConnecting' });
    expect(peer.received).toHaveLength(1);
  });

  it('fails clearly where the protocol has none, or fails', async () => {
    const without = start(protocolOf());
    await online(without);
    expect(sendEvent(without, {})).toMatchObject({ code: 'notSupported' });

    const failing = start(
      protocolOf({
        encode: () => {
          throw new Error('no such type');
        },
      }),
    );
    await online(failing);
    expect(sendEvent(failing, {})).toMatchObject({
      code: 'protocolFailed',
      message: expect.stringMatching(/^[^…]* failed: no such type$/),
    });
    expect(failing.factsOf('socket.lost')).toEqual([]);
  });
});

describe('tokens', () => {
  it('are opaque without checkToken, and expire when the provider says so', async () => {
    const reasons: string[] = [];
    const client = startClient({
      backend: fakeBackend(),
      overrides: { protocol: protocolOf() },
      source: (_, { reason }) => {
        reasons.push(reason);
        return { token: `opaque-${reasons.length}`, expiresAtMs: client.clock.now() + 100_000 };
      },
    });
    const peer = await online(client);
    for (let ticks = 0; ticks < 20; ticks += 1) {
      await client.clock.advance(5_000);
      peer.say('heartbeat');
      await turn();
    }
    expect(reasons).toEqual(['login', 'expiring']);
  });

  it('a clock that is set back leaves the refresh on', async () => {
    const reasons: string[] = [];
    const client = startClient({
      backend: fakeBackend(),
      overrides: { protocol: protocolOf() },
      source: (_, { reason }) => {
        reasons.push(reason);
        return { token: `opaque-${reasons.length}`, expiresAtMs: 100_000 };
      },
    });
    await online(client);
    await client.clock.advance(5_000);
    client.wall.offsetMs = -86_400_000;
    for (let ticks = 0; ticks < 18; ticks += 1) {
      await client.clock.advance(5_000);
      await turn();
    }
    expect(reasons.slice(0, 2)).toEqual(['login', 'expiring']);
  });

  it('one that a source gives a second time after it was refused is said to be the same one', async () => {
    const client = startClient({ backend: fakeBackend() });
    const error = { error: { code: 40, message: 'expired' } };
    (await connect(client)).say(error);
    await turn();
    client.send({ type: 'token.load', attempt: 3, identity: alice, sourceKey: 0, reason: 'refused' });
    await turn();
    client.send(open(4));
    await turn();
    client.backend.peers.at(-1)?.say(error);
    await turn();
    const messages = client.factsOf('token.refused').map(({ failure }) => failure.message);
    expect(messages.map((message) => message.includes('the same token again'))).toEqual([false, true]);
  });
});
