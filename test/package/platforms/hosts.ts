import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { arch, platform } from 'node:process';
import type { Browser } from 'playwright-core';
import { chromium } from 'playwright-core';
import { build } from 'vite';
import { chromiumLaunchOptions, unpackChromium } from '../../kit/chromium.ts';

/** What `programs/session.mjs` takes. */
export interface Started {
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly token: string;
  /** With the platform's own WebSocket class, not the default of the package. */
  readonly own: boolean;
  /** How often the connection is lost before the program ends. */
  readonly losses: number;
  readonly ending: 'disconnect' | 'dispose';
}

/** A program that runs on a platform. */
export interface Running {
  /** Resolves when it reports the line; rejects when it fails or ends before. */
  reports(line: string): Promise<void>;
  /** Resolves when the process has ended; `null` where there is no process of its own. */
  readonly exited: Promise<number | null> | null;
  stop(): Promise<void>;
}

/** One row of the table. */
export interface Host {
  readonly name: string;
  version(): Promise<string>;
  /** Runs a file of the app folder with arguments; `null` where there are no programs. */
  readonly command: readonly string[] | null;
  readonly hasOwnSocket: boolean;
  start(options: Started): Promise<Running>;
  /** The class that is used by default. */
  readonly socket: string;
  readonly differences: string;
}

/** Of the npm registry: each brings its binary. */
export const ENGINES = [
  'xstate@5',
  ...['22', '24', '26'].map((major) => `node-${major}@npm:node-${platform}-${arch}@${major}`),
  ...['bun@1.4.5', 'deno@2.9.6', 'miniflare@4.20260426.0'],
];

export function processHost(
  host: Pick<Host, 'name' | 'hasOwnSocket' | 'socket' | 'differences'> & { readonly command: readonly string[] },
  appFolder: string,
): Host {
  const { command } = host;
  return {
    ...host,
    async version() {
      const [program = ''] = command;
      const { output } = await runToEnd([program, '--version'], appFolder);
      return output.match(/\d+\.\d+\.\d+/)?.[0] ?? output;
    },
    async start(options) {
      const [program = '', ...args] = [...command, 'programs/process.mjs', JSON.stringify(options)];
      const child = spawn(program, args, { cwd: appFolder, stdio: ['ignore', 'pipe', 'pipe'] });
      const lines = createLines();
      child.stdout.on('data', (chunk: Buffer) => lines.add(chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => lines.fail(chunk.toString()));
      const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
      exited.then((code) => lines.end(`It ended with ${code}.`));
      return {
        reports: lines.until,
        exited,
        async stop() {
          child.kill('SIGKILL');
          await exited;
        },
      };
    },
  };
}

/** Runs a command; ends it after 60 s. */
export function runToEnd(
  [program = '', ...args]: readonly string[],
  cwd: string,
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve({ code, output });
    });
  });
}

const STAYS_OPEN = 'A [socket that its server does not close](#a-socket-that-its-server-does-not-close) stays open.';
const NO_STATUS = 'The [status of a refused upgrade](#the-status-of-a-refused-upgrade) is not known.';
const NAMES = {
  page: 'Page (Chromium)',
  Worker: 'Web Worker (Chromium)',
  SharedWorker: 'SharedWorker (Chromium)',
} as const;

/** A page of Chromium that runs the bundled program itself, or starts it in a worker of the given kind. */
export function browserHost(kind: 'page' | 'Worker' | 'SharedWorker', appFolder: string, pageUrl: string): Host {
  const launch = async (): Promise<Browser> => {
    await unpackChromium();
    return chromium.launch(chromiumLaunchOptions);
  };
  const noStorage =
    'There is no `localStorage`: instead of `browserRepository`, pass `idb-keyval` or another store to [`storageRepository`](storage.md#any-other-storage).';
  return {
    name: NAMES[kind],
    command: null,
    hasOwnSocket: true,
    socket: "the browser's",
    differences: [STAYS_OPEN, NO_STATUS, ...(kind === 'page' ? [] : [noStorage])].join(' '),
    async version() {
      const browser = await launch();
      const version = browser.version();
      await browser.close();
      return version;
    },
    async start(options) {
      const code = await bundle(`${appFolder}/programs/${kind === 'page' ? 'page' : 'worker'}.mjs`, 'iife');
      const browser = await launch();
      const page = await browser.newPage();
      const lines = createLines();
      await page.goto(pageUrl);
      await page.exposeFunction('report', (line: string) => lines.add(`${line}\n`));
      if (kind === 'page') {
        await page.addScriptTag({ content: code });
        await page.evaluate((started) => void Reflect.get(globalThis, 'startSession')(started), options);
      } else {
        await page.evaluate(startWorker, [code, kind, options] as const);
      }
      return { reports: lines.until, exited: null, stop: () => browser.close() };
    },
  };
}

function startWorker([text, type, started]: readonly [string, 'Worker' | 'SharedWorker', Started]): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
  const port = type === 'Worker' ? new Worker(url) : new SharedWorker(url).port;
  port.onmessage = ({ data }) => Reflect.get(globalThis, 'report')(data);
  port.postMessage(started);
}

interface MiniflareInstance {
  dispatchFetch(url: string, init: object): Promise<unknown>;
  dispose(): Promise<void>;
}

export function workerdHost(engines: string, appFolder: string): Host {
  const require = createRequire(`${engines}/package.json`);
  return {
    name: 'workerd (Miniflare)',
    command: null,
    hasOwnSocket: true,
    socket: 'its own',
    differences: `${STAYS_OPEN} ${NO_STATUS} There are no files, so no \`fileRepository\`.`,
    async version() {
      const manifest = await readFile(`${engines}/node_modules/miniflare/package.json`, 'utf8');
      return (JSON.parse(manifest) as { version: string }).version;
    },
    async start(options) {
      const { Miniflare } = require('miniflare') as { Miniflare: new (options: object) => MiniflareInstance };
      const script = await bundle(`${appFolder}/programs/workerd.mjs`, 'es');
      const worker = new Miniflare({ modules: true, script, compatibilityDate: '2026-04-01' });
      const lines = createLines();
      const reports = createServer(async (request, response) => {
        for await (const chunk of request) lines.add(`${chunk}\n`);
        response.end();
      });
      await new Promise<void>((resolve) => reports.listen(0, '127.0.0.1', resolve));
      const { port } = reports.address() as AddressInfo;
      const body = JSON.stringify({ ...options, reportUrl: `http://127.0.0.1:${port}` });
      worker
        .dispatchFetch('http://localhost', { method: 'POST', body })
        .catch((error: Error) => lines.fail(error.message));
      const stop = async () => {
        await worker.dispose();
        reports.close();
      };
      return { reports: lines.until, exited: null, stop };
    },
  };
}

async function bundle(entry: string, format: 'iife' | 'es'): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['workerd', 'worker', 'browser', 'import', 'default'] },
    build: { write: false, target: 'es2022', lib: { entry, formats: [format], name: 'program' } },
  });
  const [first] = Array.isArray(result) ? result : [result];
  if (first === undefined || !('output' in first)) throw new Error('Vite did not build.');
  return first.output[0].code;
}

/** Lines as they arrive, and who waits for one. */
function createLines() {
  const seen: string[] = [];
  let rest = '';
  let errors = '';
  let ended: string | null = null;
  let look = () => {};
  return {
    add(text: string): void {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      seen.push(...lines);
      look();
    },
    fail(text: string): void {
      errors += text;
      look();
    },
    end(text: string): void {
      ended = text;
      look();
    },
    until: (line: string) =>
      new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`Not reported within 30 s: ${line}. ${errors}`)), 30_000);
        look = () => {
          const failed = seen.find((each) => each.startsWith('failed'));
          if (!seen.includes(line) && failed === undefined && ended === null) return;
          clearTimeout(timer);
          if (seen.includes(line)) resolve();
          else reject(new Error(`${failed ?? ended} ${errors}`));
        };
        look();
      }),
  };
}
