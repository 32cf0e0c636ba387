import type { Aedes, AedesOptions, AuthenticateError, Client } from 'aedes';
import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { mqtt } from '../../../examples/protocols/mqtt/protocol.ts';
import { startMqttServer } from '../../../examples/protocols/mqtt/server.ts';
import type { ChatClientOptions, TokenReason } from '../../../src/index.ts';
import { protocolContract } from '../../../src/testing/protocol-contract.ts';
import { clientOf, FAST, isAway, isOnline, listening, stop } from './servers.ts';

const authenticate: AedesOptions['authenticate'] = (_, user = '', password, done) =>
  done(null, String(password).startsWith(`token-of-${user}`));

async function listen(options: AedesOptions = {}, port = 0) {
  const [server, broker] = await startMqttServer(port, { authenticate, ...options });
  return { server, broker, port: await listening(server) };
}

const clientAt = (port: number, options: Partial<ChatClientOptions> = {}) =>
  clientOf(mqtt({ url: `ws://127.0.0.1:${port}`, topics: ['notes/#'] }), {
    tokenProvider: ({ id }) => `token-of-${id}`,
    ...options,
  });

const bytes = (packet: Packet) => new Uint8Array(generate(packet, { protocolVersion: 5 }));
const connack = (reasonCode: number) => bytes({ cmd: 'connack', sessionPresent: false, reasonCode });
const disconnect = (reasonCode: number) => bytes({ cmd: 'disconnect', reasonCode });

protocolContract(
  () => ({
    protocol: mqtt({ url: 'wss://example.org/mqtt', topics: ['notes/#'] }),
    token: 'token-of-alice-1',
    nextToken: 'token-of-alice-2',
    hello: [connack(0)],
    events: [bytes({ cmd: 'publish', topic: 'notes/1', payload: 'Grüße', qos: 0, dup: false, retain: false })],
    errors: [
      [connack(0x87), 'token'],
      [connack(0x8a), 'user'],
      [connack(0x89), 'overloaded'],
      [connack(0x9c), 'unavailable'],
      [disconnect(0x8b), 'restarting'],
      [disconnect(0x8e), 'ended'],
      [disconnect(0x95), 'messageTooBig'],
    ],
  }),
  { describe, test },
  'MQTT 5',
);

describe('a session on aedes, in MQTT 5', () => {
  it('logs in, receives what others publish, in binary frames, and logs out', async () => {
    const { server, broker, port } = await listen();
    const alice = clientAt(port);
    const bob = clientAt(port);
    const versions = new Set<number | undefined>();
    broker.on('client', ({ version }) => versions.add(version));
    const messages: unknown[] = [];
    alice.on('message', ({ topic, payload }) => messages.push([topic, payload]));
    expect(await alice.connectUser({ id: 'alice' })).toMatchObject({ success: true });
    expect(await bob.connectUser({ id: 'bob' })).toMatchObject({ success: true });
    // The subscription may still be on its way: what is published before it is lost.
    await vi.waitFor(async () => {
      await bob.send({ topic: 'notes/1', payload: 'Grüße' });
      expect(messages[0]).toEqual(['notes/1', 'Grüße']);
    });
    expect([...versions]).toEqual([5]);
    for (const client of [alice, bob]) expect(await client.disconnect()).toMatchObject({ success: true });
    await vi.waitFor(() => expect(server.clients.size).toBe(0));
  });

  it('a password that is not authorized (0x87) is asked for again', async () => {
    const { port } = await listen();
    const reasons: TokenReason[] = [];
    const client = clientAt(port, {
      tokenProvider: ({ id }, { reason }) => {
        reasons.push(reason);
        return reasons.length === 1 ? 'expired' : `token-of-${id}`;
      },
    });
    expect(await client.connectUser({ id: 'alice' })).toMatchObject({ success: true });
    expect(reasons).toEqual(['login', 'refused']);
  });

  it('an unavailable broker (0x88) is tried again, and the token is kept', async () => {
    let refusals = 0;
    const busy: AedesOptions['authenticate'] = (_, __, ___, done) => {
      refusals += 1;
      const error = Object.assign(new Error('busy'), { returnCode: 3 }) as AuthenticateError;
      done(refusals === 1 ? error : null, true);
    };
    const { port } = await listen({ authenticate: busy });
    const reasons: TokenReason[] = [];
    const client = clientAt(port, {
      tokenProvider: ({ id }, { reason }) => {
        reasons.push(reason);
        return `token-of-${id}`;
      },
    });
    expect(await client.connectUser({ id: 'alice' })).toMatchObject({ success: true });
    expect({ refusals, reasons }).toEqual({ refusals: 2, reasons: ['login'] });
  });

  it('a session taken over (0x8e) ends', async () => {
    const { broker, port } = await listen();
    const client = clientAt(port);
    const [accepted] = await Promise.all([nextClient(broker), client.connectUser({ id: 'alice' })]);
    accepted.disconnect({ reasonCode: 0x8e }, () => {});
    await vi.waitFor(() => expect(client.getSnapshot()).toMatchObject({ status: 'loggedOut' }));
    expect(client.getSnapshot().error).toMatchObject({ code: 'endedByServer', serverCode: 0x8e });
  });

  it('a broker that shuts down (0x8b) is waited for', async () => {
    const { server, broker, port } = await listen();
    const client = clientAt(port);
    const codes: unknown[] = [];
    client.subscribe(({ error }) => codes.push(error?.serverCode));
    const [accepted] = await Promise.all([nextClient(broker), client.connectUser({ id: 'alice' })]);
    accepted.disconnect({ reasonCode: 0x8b }, () => {});
    await vi.waitFor(() => expect(codes).toContain(0x8b));
    await stop(server);
    await isAway(client);
    await listen({}, port);
    await isOnline(client);
  });
});

describe('the keep-alive that the broker counts', () => {
  it('is what it asks for in its CONNACK, and one session stays connected through it', async () => {
    const { broker, port } = await listen({ keepaliveLimit: 1 });
    const pings = vi.fn();
    const timeouts = vi.fn();
    broker.on('ping', pings);
    broker.on('keepaliveTimeout', timeouts);
    const client = clientAt(port, { timing: { ...FAST, pingIntervalMs: 25_000 } });
    await client.connectUser({ id: 'alice' });
    const { connectionId } = client.getSnapshot();
    // More pings than one and a half seconds have room for.
    await vi.waitFor(() => expect(pings.mock.calls.length).toBeGreaterThanOrEqual(3));
    expect(timeouts).not.toHaveBeenCalled();
    expect(client.getSnapshot()).toMatchObject({ status: 'online', connectionId });
  });

  it('ends a connection whose pings are lost, and the session comes back', async () => {
    const { broker, port } = await listen({ keepaliveLimit: 1 });
    const timeouts = vi.fn();
    broker.on('keepaliveTimeout', timeouts);
    let sockets = 0;
    /** The first of them sends its CONNECT and its SUBSCRIBE, and nothing that follows. */
    class LosesPings extends WebSocket {
      readonly #isFirst = sockets++ === 0;
      #sent = 0;
      override send(data: Buffer): void {
        this.#sent += 1;
        if (!this.#isFirst || this.#sent <= 2) super.send(data);
      }
    }
    const client = clientAt(port, { WebSocket: LosesPings });
    await client.connectUser({ id: 'alice' });
    const { connectionId: lost } = client.getSnapshot();
    await vi.waitFor(() => expect(timeouts).toHaveBeenCalledOnce());
    await vi.waitFor(() => {
      const { status, connectionId } = client.getSnapshot();
      expect([status, connectionId === lost]).toEqual(['online', false]);
    });
  });
});

/** Before that the broker sends no reason to a client that it disconnects. */
function nextClient(broker: Aedes): Promise<Client> {
  return new Promise((resolve) => broker.once('clientReady', resolve));
}
