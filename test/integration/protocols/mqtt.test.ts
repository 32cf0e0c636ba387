import { generate, type Packet } from 'mqtt-packet';
import { describe, expect, it, test, vi } from 'vitest';
import { mqtt } from '../../../examples/protocols/mqtt/protocol.ts';
import { startMqttServer } from '../../../examples/protocols/mqtt/server.ts';
import type { ChatClientOptions, TokenReason } from '../../../src/index.ts';
import { protocolContract } from '../../../src/testing/protocol-contract.ts';
import { clientOf, isAway, isOnline, listening, stop } from './servers.ts';

const isToken = (user: string, password: string) => password.startsWith(`token-of-${user}`);

async function listen(port = 0) {
  const server = await startMqttServer(port, isToken);
  return { server, port: await listening(server) };
}

/** The broker speaks 3.1.1; reason codes of MQTT 5 are checked by the contract. */
const clientAt = (port: number, options: Partial<ChatClientOptions> = {}) =>
  clientOf(mqtt({ url: `ws://127.0.0.1:${port}`, topics: ['notes/#'], version: 4 }), {
    tokenProvider: ({ id }) => `token-of-${id}`,
    ...options,
  });

for (const version of [4, 5] as const) {
  const bytes = (packet: Packet) => new Uint8Array(generate(packet, { protocolVersion: version }));
  const connack = (code: number) =>
    bytes({ cmd: 'connack', sessionPresent: false, ...(version === 5 ? { reasonCode: code } : { returnCode: code }) });
  protocolContract(
    () => ({
      protocol: mqtt({ url: 'wss://example.org/mqtt', topics: ['notes/#'], version }),
      token: 'token-of-alice-1',
      nextToken: 'token-of-alice-2',
      hello: [connack(0)],
      events: [bytes({ cmd: 'publish', topic: 'notes/1', payload: 'Grüße', qos: 0, dup: false, retain: false })],
      errors:
        version === 5
          ? [
              [connack(0x87), 'token'],
              [connack(0x8a), 'user'],
              [connack(0x89), 'overloaded'],
              [bytes({ cmd: 'disconnect', reasonCode: 0x8b }), 'restarting'],
            ]
          : [
              [connack(5), 'token'],
              [connack(3), 'unavailable'],
            ],
    }),
    { describe, test },
    `MQTT ${version === 5 ? '5' : '3.1.1'}`,
  );
}

describe('a session on aedes', () => {
  it('logs in, receives what others publish, in binary frames, and logs out', async () => {
    const { server, port } = await listen();
    const alice = clientAt(port);
    const bob = clientAt(port);
    const messages: unknown[] = [];
    alice.on('message', ({ topic, payload }) => messages.push([topic, payload]));
    expect(await alice.connectUser({ id: 'alice' })).toMatchObject({ success: true });
    expect(await bob.connectUser({ id: 'bob' })).toMatchObject({ success: true });
    // The subscription may still be on its way: what is published before it is lost.
    await vi.waitFor(async () => {
      await bob.send({ topic: 'notes/1', payload: 'Grüße' });
      expect(messages[0]).toEqual(['notes/1', 'Grüße']);
    });
    for (const client of [alice, bob]) expect(await client.disconnect()).toMatchObject({ success: true });
    await vi.waitFor(() => expect(server.clients.size).toBe(0));
  });

  it('a password that is not authorized is asked for again', async () => {
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

  it('comes back after the broker was restarted', async () => {
    const { server, port } = await listen();
    const client = clientAt(port);
    await client.connectUser({ id: 'alice' });
    await stop(server);
    await isAway(client);
    await listen(port);
    await isOnline(client);
  });
});
