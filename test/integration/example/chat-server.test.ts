import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ViteDevServer } from 'vite';
import { expect, it, onTestFinished } from 'vitest';
import { chatServer } from '../../../examples/chat/chat-server.ts';
import { startDevServer } from '../../../src/tools/devserver/index.ts';

/** What the plugin prints for a page that is served with this environment. */
async function serveOn(port: number, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const lines: string[] = [];
  const page = createServer();
  onTestFinished(() => void page.close());
  const config = { env, logger: { info: (line: string) => lines.push(line.trim()) } };
  const { configureServer } = chatServer(port);
  if (typeof configureServer !== 'function') throw new Error('The plugin has no hook.');
  await configureServer.call({} as never, { config, httpServer: page } as unknown as ViteDevServer);
  // Ends the server that was started, as Vite does when it ends.
  onTestFinished(() => void page.emit('close'));
  return lines.join('\n');
}

async function takePort(respond: (body: (text: string) => void) => void): Promise<number> {
  const other = createServer((_request, response) => respond((text) => response.end(text)));
  other.listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  return (other.address() as AddressInfo).port;
}

it.each([
  ['a page', '<!doctype html>'],
  ['JSON', '{"hello":"world"}'],
])('says that the port is taken by another program, which responds with %s', async (_, body) => {
  const port = await takePort((send) => send(body));
  await expect(serveOn(port)).rejects.toThrow(
    `Port ${port} is taken by another program. Stop it, or set VITE_CHAT_URL to a chat server elsewhere.`,
  );
});

it('starts nothing where VITE_CHAT_URL names a server, also when the port is taken', async () => {
  const port = await takePort((send) => send('mine'));
  expect(await serveOn(port, { VITE_CHAT_URL: 'https://chat.example' })).toBe('Chat server  https://chat.example');
});

it('uses a development server that runs already, and names the one that it starts', async () => {
  const running = await startDevServer();
  onTestFinished(() => running.close());
  const port = Number(new URL(running.url).port);
  expect(await serveOn(port)).toBe(`Chat server  ${running.url} (was running already)`);
  expect(await serveOn(0)).toMatch(/^Chat server {2}http:\/\/127\.0\.0\.1:\d+$/);
});
