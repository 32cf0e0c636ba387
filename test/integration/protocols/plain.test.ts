import { SignJWT } from 'jose';
import { describe, expect, it, test, vi } from 'vitest';
import { plain } from '../../../examples/protocols/plain/protocol.ts';
import { startPlainServer } from '../../../examples/protocols/plain/server.ts';
import type { ChatClient, ChatClientOptions, TokenReason } from '../../../src/index.ts';
import { protocolContract } from '../../../src/testing/protocol-contract.ts';
import { clientOf, isAway, isOnline, listening, stop } from './servers.ts';

const SECRET = 'a secret of at least 32 characters';
const sign = (sub: string, expiresIn = '1h', secret = SECRET) =>
  new SignJWT({ sub, n: Math.random() })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expiresIn)
    .sign(new TextEncoder().encode(secret));

async function listen(port = 0) {
  const server = startPlainServer(port, SECRET);
  return { server, port: await listening(server) };
}

const clientAt = (port: number, options: Partial<ChatClientOptions> = {}) =>
  clientOf(plain(`ws://127.0.0.1:${port}`), { tokenProvider: ({ id }) => sign(id), ...options });

protocolContract(
  async () => ({
    protocol: plain('wss://example.org/socket'),
    token: await sign('alice'),
    nextToken: await sign('alice'),
    hello: ['{"type":"welcome","user":"alice","connection":"c1","time":1}'],
    events: ['{"type":"note","user":"bob","text":"Grüße"}'],
    errors: [
      ['{"type":"refused","reason":"banned"}', 'user'],
      ['{"type":"refused","reason":"ERR_JWT_EXPIRED"}', 'tokenExpired'],
      ['{"type":"refused","reason":"ERR_JWT_CLAIM_VALIDATION_FAILED"}', 'tokenTooEarly'],
      ['{"type":"refused","reason":"ERR_JWS_INVALID"}', 'token'],
    ],
  }),
  { describe, test },
  'the plain protocol',
);

describe('a session on the plain server', () => {
  it('logs in, receives events, and logs out', async () => {
    const { server, port } = await listen();
    const client = clientAt(port);
    const notes: unknown[] = [];
    client.on('note', ({ user, text }) => notes.push([user, text]));
    expect(await client.connectUser({ id: 'alice' })).toMatchObject({
      success: true,
      value: { user: { id: 'alice' } },
    });
    expect(await client.send({ type: 'note', text: 'Grüße' })).toMatchObject({ success: true });
    await vi.waitFor(() => expect(notes).toEqual([['alice', 'Grüße']]));
    expect(await client.disconnect()).toMatchObject({ success: true });
    await vi.waitFor(() => expect(server.clients.size).toBe(0));
  });

  it('sends only while connected, and queues nothing', async () => {
    const { port, server } = await listen();
    const client = clientAt(port);
    const note = { type: 'note', text: 'too early' } as const;
    expect(await client.send(note)).toMatchObject({ success: false, error: { code: 'notLoggedIn' } });
    const notes: unknown[] = [];
    client.on('note', ({ text }) => notes.push(text));
    const login = client.connectUser({ id: 'alice' });
    expect(await client.send(note)).toMatchObject({
      success: false,
      error: { code: expect.stringMatching(/notLoggedIn|stillConnecting/) },
    });
    await login;
    await client.send({ type: 'note', text: 'now' });
    await vi.waitFor(() => expect(notes).toEqual(['now']));
    await stop(server);
    await isAway(client);
    expect(await client.send(note)).toMatchObject({ success: false });
    await client.dispose();
    expect(await client.send(note)).toMatchObject({ success: false, error: { code: 'disposed' } });
  });

  it('comes back after the server was restarted', async () => {
    const { server, port } = await listen();
    const client = clientAt(port);
    await client.connectUser({ id: 'alice' });
    await stop(server);
    await isAway(client);
    await listen(port);
    await isOnline(client);
  });

  it('asks the provider again when the server refuses the token', async () => {
    const { port } = await listen();
    const reasons: TokenReason[] = [];
    const client = clientAt(port, {
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
    const client = clientAt(port);
    const result = await client.connectUser({ id: 'alice' }, await sign('alice', '1h', `another ${SECRET}`));
    expect(result).toMatchObject({ success: false, error: { code: 'tokenRejected' } });
    expect(sockets).toBe(1);
  });

  it('a token of another user is refused before it is sent', async () => {
    const { server, port } = await listen();
    const result = await clientAt(port).connectUser({ id: 'alice' }, await sign('bob'));
    expect(result).toMatchObject({ success: false, error: { code: 'tokenInvalid' } });
    expect(server.clients.size).toBe(0);
  });

  it('has neither guests nor HTTP, and says so', async () => {
    const { port } = await listen();
    const client = clientAt(port);
    // The types have neither; a program without types reaches them.
    const untyped: ChatClient = client;
    const guest = await untyped.connectGuestUser({ id: 'visitor' });
    expect(guest).toMatchObject({ success: false, error: { code: 'notSupported' } });
    const anonymous = await untyped.connectAnonymousUser();
    expect(anonymous).toMatchObject({ success: false, error: { code: 'notSupported' } });
    await client.connectUser({ id: 'alice' });
    expect(await untyped.request('/x')).toMatchObject({ success: false, error: { code: 'notSupported' } });
  });
});
