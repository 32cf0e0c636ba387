import { describe, expect, it } from 'vitest';
import { createProtocolClient, jwtTokens, type Protocol } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';

/** A protocol whose messages are JSON, with or without sending, and a backend that speaks it. */
function setUp(canSend = true) {
  const backend = new Backend(null, {
    readToken: (_, url) => new URL(url).searchParams.get('token'),
    hello: (user) => JSON.stringify({ type: 'hello', user }),
    error: () => '{}',
    reply: () => null,
  });
  const protocol = {
    name: 'mine',
    checkToken: jwtTokens({ userClaim: 'sub' }),
    connect: ({ token }) => ({
      url: `ws://backend.test/?token=${token}`,
      ...(canSend && { encode: (event: object) => JSON.stringify(event) }),
      decode: (data) => {
        const { user: userId } = JSON.parse(String(data)) as { readonly user: string };
        return { kind: 'hello', userId };
      },
    }),
  } satisfies Protocol<object>;
  const client = createProtocolClient({ ...backend.options(), protocol });
  const send = async () => {
    const result = await client.send({ type: 'note' });
    return `${client.getSnapshot().state}: ${result.success ? 'sent' : result.error.code}`;
  };
  return { backend, client, send, pass: (durationMs: number) => backend.clock.advance(durationMs) };
}

describe('law 10: why nothing is sent', () => {
  it('a user who is logged in and not connected is connecting, in every state of their session', async () => {
    const { backend, client, send, pass } = setUp();
    expect(await send()).toBe(': notLoggedIn');
    backend.provider = 'hangs';
    const login = client.connectUser({ id: 'alice' });
    const seen = [await send()];
    await pass(10);
    backend.heal();
    await pass(1);
    seen.push(await send());
    await pass(100);
    await login;
    seen.push(await send());
    backend.answersClose = false;
    await client.suspend();
    seen.push(await send());
    await client.resume();
    seen.push(await send());
    await pass(2_000);
    backend.change('offline');
    backend.closeSockets();
    await pass(10);
    seen.push(await send());
    const logout = client.disconnect();
    seen.push(await send());
    await pass(5_000);
    await logout;
    seen.push(await send());
    expect(seen).toEqual([
      'loadingToken: stillConnecting',
      'connecting.opening: stillConnecting',
      'connected.healthy: sent',
      'connecting.suspended: stillConnecting',
      'connecting.opening: stillConnecting',
      'connecting.offline: stillConnecting',
      'disconnecting.forgetting: notLoggedIn',
      'loggedOut: notLoggedIn',
    ]);
    await client.dispose();
  });

  it('of a protocol without sending one learns so while connected', async () => {
    const { client, send, pass } = setUp(false);
    const login = client.connectUser({ id: 'alice' });
    await pass(100);
    await login;
    expect(await send()).toBe('connected.healthy: notSupported');
    await client.dispose();
  });

  it('law 9: of a socket that throws at it one learns that, without the token in what it threw', async () => {
    const { backend, client, pass } = setUp();
    const login = client.connectUser({ id: 'alice' });
    await pass(100);
    await login;
    const [socket] = backend.sockets;
    const token = socket?.request.token ?? '';
    Object.assign(socket ?? {}, {
      send: () => {
        throw new Error(`cannot send to ${token}`);
      },
    });
    const result = await client.send({ type: 'note' });
    const message = expect.stringMatching(/^Nothing was sent: /);
    expect(result).toMatchObject({ success: false, error: { code: 'connectionLost', message } });
    expect([token === '', JSON.stringify(result).includes(token)]).toEqual([false, false]);
    await client.dispose();
  });
});
