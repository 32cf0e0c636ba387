import { mkdtemp, writeFile } from 'node:fs/promises';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { blocksOf, read } from '../docs/pages.ts';
import { type Host, runToEnd, type Started } from './hosts.ts';

/** What was seen on one platform. A string says what went wrong. */
export interface Row {
  readonly firstExample: true | string;
  /** `null` where there are no programs. */
  readonly demo: true | string | null;
  /** With the platform's own class; `null` where it has none. */
  readonly own: Sockets | null;
  /** With the class that the package takes by default. */
  readonly byDefault: Sockets;
}

export interface Sockets {
  /** The server never responds to the close: nothing may be left of the socket, and of the process. */
  readonly afterDisconnect: true | string;
  readonly afterDispose: true | string;
  /** Five connections die in silence: never more than one socket. */
  readonly oneSocket: true | string;
}

/** How long a process may go on after the call has settled, and a socket may stay open. */
const LATEST_MS = 3_000;
/** How long is waited for what comes later than it should. */
const PATIENCE_MS = 20_000;

export async function measure(host: Host, appFolder: string): Promise<Row> {
  return {
    firstExample: await firstExample(host, appFolder),
    demo: host.command === null ? null : await demo(host.command, appFolder),
    own: host.hasOwnSocket ? await sockets(host, true) : null,
    byDefault: await sockets(host, false),
  };
}

async function sockets(host: Host, own: boolean): Promise<Sockets> {
  return {
    afterDisconnect: await attempt(() => ends(host, own, 'disconnect')),
    afterDispose: await attempt(() => ends(host, own, 'dispose')),
    oneSocket: await attempt(() => holdsOneSocket(host, own)),
  };
}

async function attempt(test: () => Promise<true | string>): Promise<true | string> {
  return test().catch((error: Error) => error.message.trim().split('\n')[0] ?? 'failed');
}

async function withServer<Value>(use: (server: DevServer, started: Started) => Promise<Value>): Promise<Value> {
  const server = await startDevServer({ allowedOrigins: ['http://127.0.0.1:*', 'null'] });
  const { url: baseUrl, apiKey } = server;
  const token = await server.createToken('alice');
  try {
    return await use(server, { baseUrl, apiKey, token, own: false, losses: 0, ending: 'disconnect' });
  } finally {
    await server.close();
  }
}

/** README's first example; where there are no programs, its steps by `programs/session.mjs`. */
function firstExample({ command, start }: Host, appFolder: string): Promise<true | string> {
  return attempt(() =>
    withServer(async (server, started) => {
      if (command === null) {
        const running = await start(started);
        await running.reports('ended').finally(running.stop);
        return true;
      }
      const folder = await mkdtemp(`${appFolder}/first-`);
      const example = blocksOf(read('README.md')).find(({ language }) => language === 'js')?.code ?? '';
      await writeFile(`${folder}/first.mjs`, example.replaceAll('http://127.0.0.1:8787', server.url));
      const { code, output } = await runToEnd([...command, 'first.mjs'], folder);
      return code === 0 && output.includes('Hello') ? true : `ended with ${code}: ${output}`;
    }),
  );
}

async function demo(command: readonly string[], appFolder: string): Promise<true | string> {
  const demo = ['node_modules/sessionchart/dist/cli.js', 'demo', '--time-limit', '100'];
  const { code, output } = await runToEnd([...command, ...demo], appFolder);
  return code === 0 ? true : `ended with ${code}: ${output.trim().split('\n').at(-1)}`;
}

function ends(host: Host, own: boolean, ending: Started['ending']): Promise<true | string> {
  return withServer(async (server, started) => {
    server.faults.cause({ type: 'ignoreClose', on: 'next' });
    const running = await host.start({ ...started, own, ending });
    try {
      await running.reports('ended');
      const openMs = await msUntil(server, 0);
      if (openMs > LATEST_MS) return `its socket stays open for ${inSeconds(openMs)}`;
      return running.exited === null || (await inTime(running.exited)) ? true : 'its process goes on';
    } finally {
      await running.stop();
    }
  });
}

function holdsOneSocket(host: Host, own: boolean): Promise<true | string> {
  return withServer(async (server, started) => {
    const losses = 5;
    const running = await host.start({ ...started, own, losses });
    try {
      for (let loss = 1; loss <= losses; loss += 1) {
        await running.reports(`online ${loss}`);
        server.faults.cause({ type: 'goSilent', on: 'open' });
      }
      await running.reports(`online ${losses + 1}`);
      const { highestOpen } = server.counts();
      if (highestOpen === 1) return true;
      return `${highestOpen} sockets at a time, each open for ${inSeconds(await msUntil(server, 1))}`;
    } finally {
      await running.stop();
    }
  });
}

/** How long the server goes on to see more than `count` sockets. */
async function msUntil(server: DevServer, count: number): Promise<number> {
  const startedAt = performance.now();
  await server.until(() => server.counts().openNow <= count, { timeoutMs: PATIENCE_MS }).catch(() => {});
  return performance.now() - startedAt;
}

function inSeconds(ms: number): string {
  return ms > PATIENCE_MS - 500 ? `${PATIENCE_MS / 1_000} s and more` : `${Math.round(ms / 1_000)} s`;
}

async function inTime(promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LATEST_MS + 500);
  });
  const done = promise.then(
    () => true,
    () => false,
  );
  return Promise.race([done, late]).finally(() => clearTimeout(timer));
}
