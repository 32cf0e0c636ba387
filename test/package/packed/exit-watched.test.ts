import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { receive, untilState } from '../../integration/studio/watching.ts';
import { appFolder } from '../../kit/app.ts';
import { startStudio } from '../../kit/packed-studio.ts';
import { soonestMs } from '../../kit/soonest.ts';

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer();
  return () => server.close();
});

describe('F11: a program that is watched ends as soon as it has nothing more to do', () => {
  const PROGRAM = `
    import { createChatClient } from 'sessionchart';
    import { studio, WebSocket } from 'sessionchart/node';
    const { BASE_URL: baseUrl, API_KEY: apiKey, TOKEN: token, RELAY: url } = process.env;
    const tokenProvider = async () => token;
    const open = (inspect) => createChatClient({ apiKey, baseUrl, WebSocket, tokenProvider, inspect });
    const live = async (client) => {
      await client.connectUser({ id: 'alice' }).orThrow();
      await client.disconnect().orThrow();
    };
    const answered = () => {
      const atMs = performance.now();
      process.on('exit', () => console.log(performance.now() - atMs));
    };
  `;

  async function msUntilExit(story: string, relayUrl: string): Promise<number> {
    const env = {
      ...process.env,
      BASE_URL: server.url,
      API_KEY: server.apiKey,
      TOKEN: await server.createToken('alice'),
      RELAY: relayUrl,
    };
    const args = ['--input-type=module', '-e', `${PROGRAM}${story}`];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: appFolder, env });
    expect(stderr).toBe('');
    return Number(stdout);
  }

  const WATCHED = 'await live(open(studio({ url }))); answered();';

  it('with a studio, which receives everything to the end', async () => {
    const { relayUrl } = await startStudio();
    const page = receive(relayUrl);
    expect(await soonestMs(100, () => msUntilExit(WATCHED, relayUrl))).toBeLessThan(100);
    await untilState(page, 'loggedOut');
    expect(page.map(({ event }) => event?.type)).toContain('socket.closed');
  });

  it('without a studio', async () => {
    expect(await soonestMs(100, () => msUntilExit(WATCHED, 'ws://127.0.0.1:1'))).toBeLessThan(100);
  });

  it('with a studio that takes connections and never responds', async () => {
    const silent = createServer((socket) => socket.on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    expect(await soonestMs(100, () => msUntilExit(WATCHED, `ws://127.0.0.1:${port}`))).toBeLessThan(100);
  });

  it('with the sender of @statelyai/inspect, once that is stopped', async () => {
    const { relayUrl } = await startStudio();
    const page = receive(relayUrl);
    const story = `
      import { createWebSocketInspector } from '@statelyai/inspect';
      const inspector = createWebSocketInspector({ url });
      await live(open(inspector.inspect));
      answered();
      setTimeout(() => inspector.stop());
    `;
    expect(await soonestMs(200, () => msUntilExit(story, relayUrl))).toBeLessThan(200);
    await untilState(page, 'loggedOut');
  });
});
