import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { appFolder } from '../../kit/app.ts';
import { soonestMs } from '../../kit/soonest.ts';

/*
 * F11: a script that connects and disconnects is over when it has nothing more to do. Times are taken inside of it, from
 * the answer to the `exit` event, so that starting Node and loading modules do not count.
 *
 * The first `fetch` of a process compiles its HTTP parser in the background, and Node 20 waits for that before it exits
 * (100 ms and more, in a script with nothing but a `fetch`). So the token is not fetched here, and a story with a request
 * shows only that nothing is left that would hold the process.
 */

const PROGRAM = `
  import { createChatClient } from 'sessionchart';
  const { BASE_URL: baseUrl, API_KEY: apiKey, TOKEN: token } = process.env;
  const client = createChatClient({ apiKey, baseUrl, tokenProvider: async () => token });
  const answered = async () => {
    const atMs = performance.now();
    let resources;
    process.on('exit', () => console.log(JSON.stringify({ afterMs: performance.now() - atMs, resources })));
    await new Promise(setImmediate);
    resources = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
  };
`;

const STORIES = {
  'F11: a connect and a disconnect': `
    await client.connectUser({ id: 'alice' }).orThrow();
    await client.disconnect().orThrow();
    await answered();
  `,
  'law 2: a disconnect during a login': `
    const login = client.connectUser({ id: 'alice' });
    await client.disconnect().orThrow();
    await login;
    await answered();
  `,
  'law 2: a restore that finds no one': `
    await client.restore().orThrow();
    await answered();
  `,
  'law 2: a dispose while connected': `
    await client.connectUser({ id: 'alice' }).orThrow();
    await client.dispose();
    await answered();
  `,
  'a client that was never used': `
    await answered();
  `,
};

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer();
  return () => server.close();
});

describe('nothing keeps a Node process alive after', () => {
  it.each(Object.entries(STORIES))('%s', async (_, story) => {
    expect(await soonestMs(100, async () => (await run(story)).afterMs)).toBeLessThan(100);
  });

  it('law 2: a request and a disconnect', async () => {
    const { resources } = await run(`
      await client.connectUser({ id: 'alice' }).orThrow();
      await client.request('/channels', { method: 'POST', body: {} }).orThrow();
      await client.disconnect().orThrow();
      await answered();
    `);
    expect(resources).toEqual([]);
  });

  it('law 2: a disconnect while an answer is unread that never ends', async () => {
    const endless = createServer((_, response) => response.write('and on'));
    await once(endless.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void endless.close());
    const { port } = endless.address() as AddressInfo;
    const { resources } = await run(`
      globalThis.fetch = ((platform) => (_, init) => platform('http://127.0.0.1:${port}', init))(fetch);
      await client.connectUser({ id: 'alice' }).orThrow();
      globalThis.unread = await client.request('/export').orThrow();
      await client.disconnect().orThrow();
      await answered();
    `);
    expect(resources).toEqual([]);
  });
});

interface End {
  readonly afterMs: number;
  /** What Node says would keep it alive, its own streams apart. */
  readonly resources: readonly string[];
}

async function run(story: string): Promise<End> {
  const env = {
    ...process.env,
    BASE_URL: server.url,
    API_KEY: server.apiKey,
    TOKEN: await server.createToken('alice'),
  };
  const args = ['--input-type=module', '-e', `${PROGRAM}${story}`];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: appFolder, env });
  expect(stderr).toBe('');
  await server.until(() => server.counts().openNow === 0);
  return JSON.parse(stdout) as End;
}
