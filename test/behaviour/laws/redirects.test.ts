import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  type ChatClient,
  type ChatClientOptions,
  createProtocolClient,
  guests,
  type Protocol,
  requests,
  streamChat,
} from '../../../src/index.ts';
import { QUICK, startWorld } from '../../kit/world.ts';

/** A server whose every response is a redirect to `target`, and what has reached it. */
async function startServer(status = 0, target = '') {
  const seen: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    seen.push(request);
    request.resume();
    if (status === 0 || request.url?.startsWith('/outside') === true) response.end('{"access_token":"stolen"}');
    else response.writeHead(status, { location: target }).end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { seen, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A client that is logged in, with HTTP at `address`, the token in a header of its own. */
async function startClient(address: string, options: Partial<ChatClientOptions> = {}): Promise<ChatClient> {
  const { server } = await startWorld();
  const app = { apiKey: server.apiKey, baseUrl: server.url };
  const protocol: Protocol = {
    ...streamChat(app),
    http: {
      reserved: ['x-token'],
      address: ({ path, token }) => ({ url: `${address}/base${path}`, headers: { 'x-token': token ?? '' } }),
    },
    guests: {
      create: (user) => ({ url: `${address}/base/guest`, headers: {}, body: { user } }),
      read: (body) => ({ user: { id: 'mallory' }, token: (body as { access_token: string }).access_token }),
    },
  };
  const tokenProvider = ({ id }: { readonly id: string }) => server.createToken(id);
  const common = { protocol, requests, guests, tokenProvider, WebSocket, timing: QUICK, warnings: false };
  const client = createProtocolClient({ ...common, ...options });
  onTestFinished(() => client.dispose().then(() => {}));
  return client;
}

describe('law 9: a redirect takes no token anywhere', () => {
  it.each([301, 302, 303, 307, 308])(
    '%i to another host, to a path outside of the base URL or below it',
    async (status) => {
      const other = await startServer();
      for (const target of [`${other.url}/stolen`, '/outside?token=x#y', '/base/elsewhere', '']) {
        const home = await startServer(status, target);
        const client = await startClient(home.url);
        await client.connectUser({ id: 'alice' }).orThrow();
        const result = await client.request('/messages', { body: { text: 'private' } });
        expect(result).toMatchObject({ success: false, error: { code: 'requestFailed', status, retryable: false } });
        expect(!result.success && result.error.message).toMatch(
          `POST /messages returned ${status}: it redirects to ${target.replace('?token=x#y', '')}; give the final address as baseUrl.`,
        );
        expect(home.seen.map(({ url }) => url)).toEqual(['/base/messages']);
      }
      expect(other.seen).toEqual([]);
    },
  );

  it('a guest is not made elsewhere', async () => {
    const other = await startServer();
    const home = await startServer(307, `${other.url}/outside`);
    const client = await startClient(home.url);
    const result = await client.connectGuestUser({ id: 'bender' });
    expect(!result.success && result.error.message).toContain('it redirects to');
    expect([home.seen.length, other.seen.length]).toEqual([1, 0]);
  });

  it('a browser does not show where it leads', async () => {
    const opaque = Object.defineProperties(new Response(null), {
      type: { value: 'opaqueredirect' },
      status: { value: 0 },
      ok: { value: false },
    });
    const asked: (RequestInit | undefined)[] = [];
    const client = await startClient('http://home.example', {
      fetch: async (_, init) => {
        asked.push(init);
        return opaque;
      },
    });
    await client.connectUser({ id: 'alice' }).orThrow();
    expect(await client.request('/messages')).toMatchObject({
      error: {
        code: 'requestFailed',
        status: undefined,
        message: 'GET /messages returned a redirect: it redirects; give the final address as baseUrl.',
      },
    });
    expect(asked).toMatchObject([{ redirect: 'manual' }]);
  });

  it('what a fetch returns that follows redirects anyway is no success (law 10)', async () => {
    const other = await startServer();
    const home = await startServer(307, `${other.url}/stolen`);
    const client = await startClient(home.url, { fetch: (url, init) => fetch(url, { ...init, redirect: 'follow' }) });
    await client.connectUser({ id: 'alice' }).orThrow();
    expect(await client.request('/messages')).toMatchObject({ success: false, error: { code: 'requestFailed' } });
  });

  it('304 is none', async () => {
    const home = await startServer(304);
    const client = await startClient(home.url);
    await client.connectUser({ id: 'alice' }).orThrow();
    const result = await client.request('/messages', { headers: { 'if-none-match': '"1"' } });
    expect(!result.success && result.error.message).toBe('GET /messages returned 304.');
  });
});
