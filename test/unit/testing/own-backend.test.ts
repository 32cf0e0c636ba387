import { runInNewContext } from 'node:vm';
import { generate } from 'mqtt-packet';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type GraphQLMessage, graphqlWs } from '../../../examples/protocols/graphql-ws/protocol.ts';
import { mqtt, type Publication } from '../../../examples/protocols/mqtt/protocol.ts';
import { plain } from '../../../examples/protocols/plain/protocol.ts';
import { createProtocolClient, type Protocol } from '../../../src/index.ts';
import { Backend, type BackendServer } from '../../../src/testing/index.ts';

const jsonTokenIn = (data: unknown, read: (frame: { token?: string; payload?: { token?: string } }) => unknown) =>
  typeof data === 'string' ? String(read(JSON.parse(data)) ?? '') || null : null;

const PLAIN: BackendServer = {
  readToken: (data) => jsonTokenIn(data, ({ token }) => token),
  hello: (user, connection) => JSON.stringify({ type: 'welcome', user, connection }),
  error: () => '{"type":"refused","reason":"ERR_JWT_EXPIRED"}',
  reply: (data) => (data === '{"type":"ping"}' ? '{"type":"pong"}' : null),
};

const GRAPHQL: BackendServer = {
  readToken: (data) => jsonTokenIn(data, ({ payload }) => payload?.token),
  hello: (user) => JSON.stringify({ type: 'connection_ack', payload: { user } }),
  error: () => '{"type":"error"}',
  reply: (data) => (data === '{"type":"ping"}' ? '{"type":"pong"}' : null),
};

const bytes = (packet: Parameters<typeof generate>[0]) => new Uint8Array(generate(packet, { protocolVersion: 5 }));

const MQTT: BackendServer = {
  readToken: (data) =>
    /ey[\w-]+\.[\w-]+\.[\w-]+/.exec(data === null ? '' : Buffer.from(data).toString('latin1'))?.[0] ?? null,
  hello: () => bytes({ cmd: 'connack', sessionPresent: false, reasonCode: 0 }),
  error: () => bytes({ cmd: 'disconnect', reasonCode: 0x87 }),
  reply: (data) => (data[0] === 0xc0 ? bytes({ cmd: 'pingresp' }) : null),
};

const PROTOCOLS: readonly [string, Protocol<never>, BackendServer, object | string][] = [
  ['plain JSON', plain('wss://backend.test'), PLAIN, { type: 'note', text: 'Hello' }],
  [
    'graphql-ws',
    graphqlWs('wss://backend.test') satisfies Protocol<GraphQLMessage>,
    GRAPHQL,
    '{"type":"next","id":"1"}',
  ],
  [
    'MQTT',
    mqtt({ url: 'wss://backend.test', topics: [] }) satisfies Protocol<Publication>,
    MQTT,
    bytes({ cmd: 'publish', topic: 'notes', payload: 'Hello', qos: 0, dup: false, retain: false }),
  ],
];

describe.each(PROTOCOLS)('the backend in memory speaks %s', (_, protocol, server, event) => {
  const start = () => {
    const backend = new Backend(null, server);
    const client = createProtocolClient({ ...backend.options(), protocol });
    onTestFinished(async () => {
      await client.dispose();
    });
    return { backend, client };
  };

  it('so that a session logs in, receives events, comes back, and logs out', async () => {
    const { backend, client } = start();
    const events: string[] = [];
    client.on('*', ({ type }) => events.push(type));
    const login = client.connectUser({ id: 'alice' });
    await backend.clock.advance(100);
    expect(await login).toMatchObject({ success: true });
    backend.push(event);
    await backend.clock.advance(100);
    expect(events).toHaveLength(1);

    backend.closeSockets();
    await backend.clock.advance(10_000);
    expect(client.getSnapshot().status).toBe('online');
    expect(backend.stored).toMatchObject({ id: 'alice' });

    const logout = client.disconnect();
    await backend.clock.advance(100);
    expect(await logout).toMatchObject({ success: true });
    expect({ openNow: backend.openNow, stored: backend.stored }).toEqual({ openNow: 0, stored: null });
  });

  it('with its pings, so that an idle hour keeps its connection', async () => {
    const { backend, client } = start();
    void client.connectUser({ id: 'alice' });
    await backend.clock.advance(100);
    const { connectionId } = client.getSnapshot();
    await backend.clock.advance(3_600_000);
    expect(client.getSnapshot()).toMatchObject({ status: 'online', connectionId });
    backend.answersPings = false;
    await backend.clock.advance(50_000);
    expect(client.getSnapshot().connectionId).not.toBe(connectionId);
  });
});

it('the backend in memory sends bytes of another realm as bytes', async () => {
  const server: BackendServer = { ...MQTT, hello: () => runInNewContext('new Uint8Array([0x20, 3, 0, 0, 0])') };
  const backend = new Backend(null, server);
  const client = createProtocolClient({
    ...backend.options(),
    protocol: mqtt({ url: 'wss://backend.test', topics: [] }),
  });
  const login = client.connectUser({ id: 'alice' });
  await backend.clock.advance(100);
  expect(await login).toMatchObject({ success: true });
  await client.dispose();
});

it('the backend in memory refuses a revoked token in the words of the protocol', async () => {
  const backend = new Backend(null, PLAIN);
  const client = createProtocolClient({ ...backend.options(), protocol: plain('wss://backend.test') });
  void client.connectUser({ id: 'alice' });
  await backend.clock.advance(100);
  backend.revoke();
  backend.closeSockets();
  await backend.clock.advance(10_000);
  expect(client.getSnapshot().status).toBe('online');
  expect(backend.log.filter(({ type }) => type === 'token')).toHaveLength(2);
  await client.dispose();
});
