import { StreamChat } from 'stream-chat';
import { transformWithOxc } from 'vite';
import { expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import * as sessionchart from '../../../src/index.ts';
import { startDevServer } from '../../../src/tools/devserver/index.ts';
import { blocksOf, read } from '../../package/docs/pages.ts';

/*
 * The code of docs/stream.md for an app that has `stream-chat`, run with the unmodified package.
 */

/** The block, as a function of what it imports and declares; returns its session. */
async function pageCode(): Promise<(...parts: unknown[]) => Promise<sessionchart.ChatClient>> {
  const block = blocksOf(read('docs/stream.md')).find(({ code }) => code.includes('declare const chat'));
  const { code } = await transformWithOxc(block?.code ?? '', 'alongside.ts');
  const body = code.replace(/^import (\{[^}]*\}) from "sessionchart";$/m, 'const $1 = sessionchart;');
  const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;
  return new AsyncFunction('sessionchart', 'chat', 'fetch', `${body}\nreturn session;`);
}

it('one login for both: stream-chat follows the session, on a socket of its own', async () => {
  const server = await startDevServer({ apiKey: 'YOUR_STREAM_KEY' });
  const chat = new StreamChat(server.apiKey, { baseURL: server.url, allowServerSideConnect: true });
  const createChatClient = (options: sessionchart.ChatClientOptions) =>
    sessionchart.createChatClient({ ...options, baseUrl: server.url, WebSocket });
  const fetchToken = async (path: string) => new Response(await server.createToken(path.split('=')[1] ?? ''));
  const run = await pageCode();
  const session = await run({ ...sessionchart, createChatClient }, chat, fetchToken);
  onTestFinished(async () => {
    await chat.disconnectUser(100);
    await session.dispose();
    await server.close();
  });
  const follows = (userId: string | undefined) => vi.waitFor(() => expect(chat.userID).toBe(userId));

  expect(await session.connectUser({ id: 'alice', name: 'Alice' })).toMatchObject({ success: true });
  await follows('alice');
  await server.until(() => server.counts('alice').openNow === 2);

  const received = new Promise((resolve) => session.on('message.new', resolve));
  const channel = chat.channel('messaging', 'general');
  await channel.watch();
  await channel.sendMessage({ text: 'Hello' });
  expect(await received).toMatchObject({ message: { text: 'Hello' } });

  expect(await session.switchUser({ id: 'bob' })).toMatchObject({ success: true });
  await follows('bob');
  await server.until(() => server.counts('alice').openNow === 0 && server.counts('bob').openNow === 2);

  expect(await session.disconnect()).toMatchObject({ success: true });
  await follows(undefined);
  await server.until(() => server.counts().openNow === 0);
});
