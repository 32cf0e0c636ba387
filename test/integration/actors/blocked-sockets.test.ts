import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createChatClient } from '../../../src/index.ts';

const token = ['{"alg":"HS256"}', '{"user_id":"alice"}', 'signature'].map(base64Url).join('.');

it('law 8: behind a firewall that blocks WebSockets with 403 the session waits, and HTTP goes on', async () => {
  const server = createServer((_, response) => response.end('{}'));
  let refused = 0;
  let onFourth = () => {};
  const fourRefused = new Promise<void>((resolve) => {
    onFourth = resolve;
  });
  server.on('upgrade', (_, socket) => {
    refused += 1;
    if (refused === 4) onFourth();
    socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const client = createChatClient({
    apiKey: 'key',
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    WebSocket,
    tokenProvider: () => token,
    warnings: false,
    timing: { backoffBaseMs: 30, backoffCapMs: 60, quickRetryMs: 10 },
  });
  onTestFinished(async () => void (await client.dispose()));
  client.connectUser({ id: 'alice' });
  await fourRefused;
  expect((await client.request('/channels', { method: 'POST', body: {} })).success).toBe(true);
  expect(client.getSnapshot()).toMatchObject({
    user: { id: 'alice' },
    error: { code: 'connectionRefused', status: 403 },
  });
});

function base64Url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
