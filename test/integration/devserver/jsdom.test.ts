// @vitest-environment jsdom
import { expect, it } from 'vitest';
import { createChatClient } from '../../../src/index.ts';
import { startDevServer } from '../../../src/tools/devserver/index.ts';

/*
 * A test of an app in jsdom: typed arrays are of two realms, sockets are jsdom's, and carry the origin of its page.
 */

it('serves the page that a test runs in, without another option', async () => {
  await using server = await startDevServer();
  const tokenProvider = async (user: { readonly id: string }) => {
    const response = await fetch(`${server.url}/dev/token?user_id=${user.id}`);
    return ((await response.json()) as { readonly token: string }).token;
  };
  const client = createChatClient({ apiKey: server.apiKey, baseUrl: server.url, tokenProvider });
  const { user } = await client.connectUser({ id: 'alice' }).orThrow();
  expect([user.id, server.connects('alice').length, typeof window]).toEqual(['alice', 1, 'object']);
  expect(await server.createToken('bob')).toMatch(/^eyJ/);
  await client.disconnect().orThrow();
  await client.dispose();
});

it('serves no other page', async () => {
  await using server = await startDevServer({ allowedOrigins: [] });
  const socket = new window.WebSocket(`${server.url.replace('http', 'ws')}/connect`);
  await new Promise((resolve) => {
    socket.onerror = resolve;
  });
  expect(server.counts().opened).toBe(0);
});
