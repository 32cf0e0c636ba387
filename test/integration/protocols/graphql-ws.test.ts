import { describe, expect, it, test, vi } from 'vitest';
import { graphqlWs } from '../../../examples/protocols/graphql-ws/protocol.ts';
import { startGraphQLServer } from '../../../examples/protocols/graphql-ws/server.ts';
import type { ChatClientOptions, TokenReason } from '../../../src/index.ts';
import { protocolContract } from '../../../src/testing/protocol-contract.ts';
import { clientOf, isAway, isOnline, listening, stop } from './servers.ts';

const userOf = (token: unknown) => /^token-of-(\w+)/.exec(String(token))?.[1] ?? null;

async function listen(port = 0) {
  const server = startGraphQLServer(port, userOf);
  return { server, port: await listening(server) };
}

const clientAt = (port: number, options: Partial<ChatClientOptions> = {}) =>
  clientOf(graphqlWs(`ws://127.0.0.1:${port}`), {
    tokenProvider: ({ id }) => `token-of-${id}`,
    ...options,
  });

protocolContract(
  () => ({
    protocol: graphqlWs('wss://example.org/graphql'),
    token: 'token-of-alice-1',
    nextToken: 'token-of-alice-2',
    hello: ['{"type":"connection_ack","payload":{"user":"alice"}}'],
    events: ['{"type":"next","id":"1","payload":{"data":{"count":1}}}', '{"type":"complete","id":"1"}'],
  }),
  { describe, test },
  'graphql-ws',
);

describe('a session on the server of graphql-ws', () => {
  it('logs in with an opaque token, and logs out', async () => {
    const { server, port } = await listen();
    const client = clientAt(port);
    expect(await client.connectUser({ id: 'alice' })).toMatchObject({ success: true });
    expect(await client.disconnect()).toMatchObject({ success: true });
    await vi.waitFor(() => expect(server.clients.size).toBe(0));
  });

  it('subscribes, and receives the results as events', async () => {
    const { port } = await listen();
    const client = clientAt(port);
    const received: unknown[] = [];
    client.on('*', ({ type, id, payload }) => received.push([type, id, payload]));
    await client.connectUser({ id: 'alice' });
    await client.send({ type: 'subscribe', id: '1', payload: { query: 'subscription { count(to: 2) }' } });
    await vi.waitFor(() =>
      expect(received).toEqual([
        ['next', '1', { data: { count: 1 } }],
        ['next', '1', { data: { count: 2 } }],
        ['complete', '1', undefined],
      ]),
    );
  });

  it('law 10: a hello for another user is refused', async () => {
    const { port } = await listen();
    const client = clientAt(port, { tokenProvider: () => 'token-of-bob' });
    const login = client.connectUser({ id: 'alice' });
    await vi.waitFor(() => expect(client.getSnapshot().error?.code).toBe('helloForAnotherUser'));
    login.cancel();
    expect(await login).toMatchObject({ success: false });
  });

  it('a token that the server forbids (4403) is asked for again', async () => {
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

  it('comes back after the server was restarted', async () => {
    const { server, port } = await listen();
    const client = clientAt(port);
    await client.connectUser({ id: 'alice' });
    await stop(server);
    await isAway(client);
    await listen(port);
    await isOnline(client);
  });
});
