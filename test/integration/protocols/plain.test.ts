import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { WebSocket, type WebSocketServer } from 'ws';
import { plain } from '../../../examples/protocols/plain/protocol.ts';
import { startPlainServer } from '../../../examples/protocols/plain/server.ts';
import { type ChatClient, type ChatClientOptions, createChatClient, type TokenReason } from '../../../src/index.ts';
import { protocolContract } from '../../../src/testing/protocol-contract.ts';

const SECRET = 'a secret of at least 32 characters';
const FAST = { backoffBaseMs: 20, backoffCapMs: 100, quickRetryMs: 20, closeTimeoutMs: 100, stableAfterMs: 50 };

const sign = (sub: string, expiresIn = '1h', secret = SECRET) =>
  new SignJWT({ sub, n: Math.random() })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret));

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listen(port = 0): Promise<{ readonly server: WebSocketServer; readonly port: number }> {
  const server = startPlainServer(port, SECRET);
  await new Promise((resolve) => server.once('listening', resolve));
  closing.push(() => stop(server));
  return { server, port: (server.address() as AddressInfo).port };
}

function stop(server: WebSocketServer): Promise<unknown> {
  for (const socket of server.clients) socket.terminate();
  return new Promise((resolve) => server.close(resolve));
}

function clientOf(port: number, options: Partial<ChatClientOptions> = {}): ChatClient {
  const client = createChatClient({
    protocol: plain(`ws://127.0.0.1:${port}`),
    WebSocket,
    timing: FAST,
    tokenProvider: ({ id }) => sign(id),
    ...options,
  });
  closing.push(() => client.dispose());
  return client;
}

const isOnline = (client: ChatClient) => vi.waitFor(() => expect(client.getSnapshot().status).toBe('online'));

protocolContract(
  async () => ({
    protocol: plain('wss://example.org/socket'),
    token: await sign('alice'),
    nextToken: await sign('alice'),
    hello: ['{"type":"welcome","user":"alice","connection":"c1","time":1}'],
    events: ['{"type":"note","user":"bob","text":"Grüße"}'],
    errors: [
      ['{"type":"refused","reason":"token expired"}', 'tokenExpired'],
      ['{"type":"refused","reason":"banned"}', 'user'],
      ['{"type":"refused","reason":"busy"}', 'overloaded'],
      ['{"type":"refused","reason":"anything else"}', 'unavailable'],
    ],
  }),
  { describe, test },
  'the plain protocol',
);

describe('a session on the plain server', () => {
  it('logs in, receives events, and logs out', async () => {
    const { server, port } = await listen();
    const client = clientOf(port);
    const notes: unknown[] = [];
    client.on('note', ({ user, text }) => notes.push([user, text]));
    expect(await client.connectUser({ id: 'alice' })).toMatchObject({
      success: true,
      value: { user: { id: 'alice' } },
    });
    for (const socket of server.clients) socket.send('{"type":"note","user":"bob","text":"Grüße"}');
    await vi.waitFor(() => expect(notes).toEqual([['bob', 'Grüße']]));
    expect(await client.disconnect()).toMatchObject({ success: true });
    await vi.waitFor(() => expect(server.clients.size).toBe(0));
  });

  it('comes back after the server was restarted', async () => {
    const { server, port } = await listen();
    const client = clientOf(port);
    await client.connectUser({ id: 'alice' });
    await stop(server);
    await vi.waitFor(() => expect(client.getSnapshot().status).not.toBe('online'));
    await listen(port);
    await isOnline(client);
  });

  it('asks the provider again when the server refuses the token', async () => {
    const { port } = await listen();
    const reasons: TokenReason[] = [];
    const client = clientOf(port, {
      tokenProvider: ({ id }, { reason }) => {
        reasons.push(reason);
        return sign(id, reasons.length === 1 ? '-1h' : '1h');
      },
    });
    expect(await client.connectUser({ id: 'alice' })).toMatchObject({ success: true });
    expect(reasons).toEqual(['login', 'refused']);
  });

  it('ends when a static token has the wrong signature, without a loop', async () => {
    const { server, port } = await listen();
    let sockets = 0;
    server.on('connection', () => {
      sockets += 1;
    });
    const client = clientOf(port);
    const result = await client.connectUser({ id: 'alice' }, await sign('alice', '1h', `another ${SECRET}`));
    expect(result).toMatchObject({ success: false, error: { code: 'tokenRejected' } });
    expect(sockets).toBe(1);
  });

  it('a token of another user is refused before it is sent', async () => {
    const { server, port } = await listen();
    const result = await clientOf(port).connectUser({ id: 'alice' }, await sign('bob'));
    expect(result).toMatchObject({ success: false, error: { code: 'tokenInvalid' } });
    expect(server.clients.size).toBe(0);
  });

  it('has neither guests nor HTTP, and says so', async () => {
    const { port } = await listen();
    const client = clientOf(port);
    expect(await client.connectGuestUser({ id: 'visitor' })).toMatchObject({ success: false });
    await client.connectUser({ id: 'alice' });
    expect(await client.request('/x')).toMatchObject({ success: false, error: { code: 'notSupported' } });
  });
});
