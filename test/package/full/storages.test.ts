import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'vite';
import { afterAll, describe, test } from 'vitest';
import type { AnyStorage } from '../../../src/repository/key-value-storage.ts';
import { storageRepository } from '../../../src/repository/storage.ts';
import { userRepositoryContract } from '../../../src/testing/repository-contract.ts';

/*
 * The contract for repositories over the real packages, installed into a folder of their own: React Native's
 * AsyncStorage has React Native as a peer, which is not needed for its web version over IndexedDB. ioredis talks to
 * a server of a few lines and, where it is installed, to a real `redis-server`.
 */

const PACKAGES = [
  'unstorage@1.17.6',
  'ioredis@6.0.0',
  '@react-native-async-storage/async-storage@3.1.1',
  'fake-indexeddb@6.2.8',
];

const folder = await mkdtemp(join(tmpdir(), 'sessionchart-storages-'));
afterAll(() => rm(folder, { recursive: true }));
await writeFile(join(folder, 'package.json'), '{"type":"module","private":true}');
await promisify(execFile)(
  'npm',
  ['install', '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund', ...PACKAGES],
  { cwd: folder },
);
const require = createRequire(join(folder, 'package.json'));
const load = (name: string) => import(pathToFileURL(require.resolve(name)).href) as Promise<Record<string, never>>;

let lastKey = 0;

function contract(name: string, open: () => Promise<AnyStorage>): void {
  userRepositoryContract(
    async () => {
      const storage = await open();
      lastKey += 1;
      const create = () => storageRepository(storage, { apiKey: 'key', key: `sessionchart.${lastKey}` });
      const elsewhere = create();
      return {
        repository: create(),
        reopen: create,
        changeElsewhere: async (user) => {
          await (user === null ? elsewhere.clearCurrentUser() : elsewhere.setCurrentUser(user));
        },
      };
    },
    { describe, test },
    name,
  );
}

interface Unstorage {
  createStorage(options?: object): AnyStorage;
}

contract('unstorage in memory', async () => ((await load('unstorage')) as unknown as Unstorage).createStorage());

contract('unstorage on a file system', async () => {
  const { createStorage } = (await load('unstorage')) as unknown as Unstorage;
  const { default: driver } = (await load('unstorage/drivers/fs')) as unknown as {
    default: (options: object) => object;
  };
  const base = join(folder, 'records');
  await mkdir(base, { recursive: true });
  return createStorage({ driver: driver({ base }) });
});

// Its imports have no extensions, so it is bundled as an app's bundler does it.
await writeFile(join(folder, 'entry.js'), "export * from '@react-native-async-storage/async-storage';");
await build({
  root: folder,
  configFile: false,
  logLevel: 'error',
  ssr: { noExternal: true },
  build: { ssr: 'entry.js', rollupOptions: { output: { entryFileNames: 'async-storage.js' } } },
});

contract('@react-native-async-storage/async-storage 3 over IndexedDB', async () => {
  await load('fake-indexeddb/auto');
  const { createAsyncStorage } = (await import(pathToFileURL(join(folder, 'dist', 'async-storage.js')).href)) as {
    createAsyncStorage: (name: string) => AnyStorage;
  };
  return createAsyncStorage('sessionchart');
});

for (const server of [await startStandIn(), ...(await startRedis())]) {
  afterAll(() => server.close());
  contract(`ioredis on ${server.name}`, async () => {
    const { Redis } = (await load('ioredis')) as unknown as { Redis: new (port: number) => RedisClient };
    const client = new Redis(server.port);
    server.clients.push(client);
    return client;
  });
}

type RedisClient = AnyStorage & { disconnect(): void };

interface RedisServer {
  readonly name: string;
  readonly port: number;
  readonly clients: RedisClient[];
  readonly close: () => Promise<unknown>;
}

/** Speaks as much of Redis' protocol as is needed. */
async function startStandIn(): Promise<RedisServer> {
  const server = createServer((socket) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
      for (let command = takeCommand(text); command !== null; command = takeCommand(text)) {
        text = command.rest;
        socket.write(replyTo(command.words));
      }
    });
  });
  const clients: RedisClient[] = [];
  const port = await listen(server);
  const close = () => {
    for (const client of clients) client.disconnect();
    return promisify(server.close.bind(server))();
  };
  return { name: 'a stand-in', port, clients, close };
}

/** The real one, where it is installed. */
async function startRedis(): Promise<readonly RedisServer[]> {
  const version = await promisify(execFile)('redis-server', ['--version']).then(
    ({ stdout }) => stdout.match(/v=(\S+)/)?.[1],
    () => undefined,
  );
  if (version === undefined) return [];
  const free = createServer();
  const port = await listen(free);
  await promisify(free.close.bind(free))();
  const server = spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder]);
  await once(createInterface(server.stdout), 'line');
  const clients: RedisClient[] = [];
  const close = () => {
    for (const client of clients) client.disconnect();
    server.kill();
    return once(server, 'close');
  };
  return [{ name: `redis-server ${version}`, port, clients, close }];
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const values = new Map<string, string>();

/** An array of bulk strings: `*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n`. Lengths are in bytes. */
function takeCommand(text: string): { readonly words: readonly string[]; readonly rest: string } | null {
  const bytes = Buffer.from(text);
  const lineAt = (at: number) => {
    const end = bytes.indexOf('\r\n', at);
    return end < 0 ? null : { count: Number(bytes.toString('utf8', at + 1, end)), next: end + 2 };
  };
  const head = lineAt(0);
  if (head === null) return null;
  const words: string[] = [];
  let at = head.next;
  for (let index = 0; index < head.count; index += 1) {
    const size = lineAt(at);
    if (size === null || size.next + size.count + 2 > bytes.length) return null;
    words.push(bytes.toString('utf8', size.next, size.next + size.count));
    at = size.next + size.count + 2;
  }
  return { words, rest: bytes.toString('utf8', at) };
}

function replyTo([name = '', key = '', value = '']: readonly string[]): string {
  const bulk = (text: string | undefined) =>
    text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  switch (name.toUpperCase()) {
    case 'GET':
      return bulk(values.get(key));
    case 'SET':
      values.set(key, value);
      return '+OK\r\n';
    case 'DEL':
      return `:${values.delete(key) ? 1 : 0}\r\n`;
    case 'INFO':
      return bulk('redis_version:7.0.0\r\nloading:0\r\n');
    default:
      return '+OK\r\n';
  }
}
