import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createChatClient } from '../../../src/index.ts';

const token = ['{"alg":"HS256"}', '{"user_id":"alice"}', 'signature'].map(base64Url).join('.');

/** A server of HTTP that opens no WebSocket. */
async function refusing(status: string, onRefused = () => {}): Promise<string> {
  const server = createServer((_, response) => response.end('{}'));
  server.on('upgrade', (_, socket) => {
    // A client may end before it has read this.
    socket.on('error', () => {});
    onRefused();
    socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(baseUrl: string) {
  const timing = { backoffBaseMs: 30, backoffCapMs: 60, quickRetryMs: 10 };
  const options = { apiKey: 'key', WebSocket, tokenProvider: () => token, warnings: false, timing };
  const client = createChatClient({ ...options, baseUrl });
  onTestFinished(async () => void (await client.dispose()));
  return client;
}

it('law 8: behind a firewall that blocks WebSockets with 403 the session waits, and HTTP goes on', async () => {
  let refused = 0;
  let onFourth = () => {};
  const fourRefused = new Promise<void>((resolve) => {
    onFourth = resolve;
  });
  const baseUrl = await refusing('403 Forbidden', () => {
    refused += 1;
    if (refused === 4) onFourth();
  });
  const client = clientOf(baseUrl);
  client.connectUser({ id: 'alice' });
  await fourRefused;
  expect((await client.request('/channels', { method: 'POST', body: {} })).success).toBe(true);
  expect(client.getSnapshot()).toMatchObject({
    user: { id: 'alice' },
    error: { code: 'connectionRefused', status: 403 },
  });
});

it.each([
  '200 OK',
  '301 Moved Permanently',
  '400 Bad Request',
  '404 Not Found',
  '409 Conflict',
  '451 Unavailable',
  '426 Upgrade Required',
])('a first login at an address that serves no WebSocket is settled at its first refusal: %s', async (line) => {
  let refused = 0;
  const baseUrl = await refusing(line, () => {
    refused += 1;
  });
  const login = await clientOf(baseUrl).connectUser({ id: 'alice' });
  const status = Number(line.slice(0, 3));
  expect(login).toMatchObject({ success: false, error: { code: 'stillConnecting', status } });
  expect(login.success ? '' : login.error.message).toContain(`Last: connectionRefused (HTTP status ${status}): `);
  expect(refused).toBe(1);
});

it.each([
  // A firewall or an expired token; a server that is not ready.
  ['403 Forbidden', undefined],
  ['408 Request Timeout', undefined],
  ['425 Too Early', undefined],
  ['404 Not Found', 60_000],
])('%s with timeoutMs %s: the login goes on with the next attempt', async (line, timeoutMs) => {
  let refused = 0;
  const baseUrl = await refusing(line, () => {
    refused += 1;
    if (refused === 3) void client.disconnect();
  });
  const client = clientOf(baseUrl);
  const login = client.connectUser({ id: 'alice' }, undefined, { timeoutMs });
  expect(await login).toMatchObject({ success: false, error: { code: 'loggedOut' } });
});

function base64Url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
