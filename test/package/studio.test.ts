import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type DevServer, startDevServer } from '../../src/devserver/index.ts';
import { CONNECTED, receive, untilState } from '../studio/watching.ts';

/*
 * `sessionchart studio` and programs that show themselves in it, as an app gets them.
 */

const appFolder = inject('appFolder');
const bin = `${appFolder}/node_modules/sessionchart/dist/cli/main.js`;

interface Studio {
  readonly url: string;
  readonly relayUrl: string;
  readonly devServerUrl?: string;
  readonly child: ChildProcess;
}

async function startStudio(...options: readonly string[]): Promise<Studio> {
  const child = spawn(process.execPath, [bin, 'studio', '--port', '0', '--json', ...options]);
  onTestFinished(async () => {
    // Cut off, a receiver of @statelyai/inspect would end this process.
    if (child.kill('SIGTERM')) await once(child, 'exit');
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { ...(JSON.parse(line.toString()) as Omit<Studio, 'child'>), child };
}

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer();
  return () => server.close();
});

describe('sessionchart studio', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)('serves until %s, and ends cleanly with a page open', async (signal) => {
    const { url, relayUrl, child } = await startStudio();
    expect(await (await fetch(`${url}/config.json`)).json()).toEqual({ relay: relayUrl });
    const page = new WebSocket(relayUrl);
    await once(page, 'open');
    const closed = once(page, 'close');
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(await closed).toMatchObject([1001, expect.anything()]);
  });

  it('serves the built page with everything that it loads, as it was packed', async () => {
    const { url } = await startStudio();
    const page = await fetch(`${url}/`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const text = await page.text();
    const assets = [...text.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'js']);
    for (const path of assets) {
      const asset = await fetch(new URL(path, `${url}/`));
      expect([path, asset.status, (await asset.text()).length > 1_000]).toEqual([path, 200, true]);
    }
  });

  it('starts a development server for the page when asked to', async () => {
    const { url, devServerUrl, child } = await startStudio('--dev-server');
    const config = (await (await fetch(`${url}/config.json`)).json()) as { devServer: { url: string; apiKey: string } };
    expect(config.devServer).toEqual({ url: devServerUrl, apiKey: expect.any(String) });
    expect((await fetch(`${devServerUrl}/dev/state`)).status).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says that a port is taken, and ends with 1', async () => {
    const { url } = await startStudio();
    const second = spawn(process.execPath, [bin, 'studio', '--port', new URL(url).port]);
    const [text] = (await once(second.stderr, 'data')) as [Buffer];
    expect(text.toString()).toContain('the port is taken');
    expect(await once(second, 'exit')).toEqual([1, null]);
  });

  it('shows the demo, one process after the other', async () => {
    const { relayUrl } = await startStudio();
    const page = receive(relayUrl);
    await promisify(execFile)(process.execPath, [bin, 'demo', '--studio', relayUrl]);
    // The last one finds nobody, and ends sooner than it can show that.
    const [first, second] = page.filter(({ sender }) => sender !== undefined);
    for (const program of [first, second]) expect(program?.sender?.name).toMatch(/^demo \d+$/);
    await untilState(page, CONNECTED, first?.sessionId);
    await untilState(page, 'loggedOut', second?.sessionId);
  }, 30_000);
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

  it('with a studio, which hears everything to the end', async () => {
    const { relayUrl } = await startStudio();
    const page = receive(relayUrl);
    expect(await msUntilExit(WATCHED, relayUrl)).toBeLessThan(100);
    await untilState(page, 'loggedOut');
    expect(page.map(({ event }) => event?.type)).toContain('socket.closed');
  });

  it('without a studio', async () => {
    expect(await msUntilExit(WATCHED, 'ws://127.0.0.1:1')).toBeLessThan(100);
  });

  it('with a studio that takes connections and never answers', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer((socket) => socket.on('error', () => {}));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as { port: number };
    expect(await msUntilExit(WATCHED, `ws://127.0.0.1:${port}`)).toBeLessThan(100);
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
    expect(await msUntilExit(story, relayUrl)).toBeLessThan(200);
    await untilState(page, 'loggedOut');
  });
});
