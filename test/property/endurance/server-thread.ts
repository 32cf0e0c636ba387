import { once } from 'node:events';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Counts, startDevServer } from '../../../src/tools/devserver/index.ts';

/*
 * The development server in a thread of its own, so that what it remembers is not in the heap that is measured.
 */

export interface ServerThread {
  readonly url: string;
  /** One that does not expire. */
  tokenFor(userId: string): Promise<string>;
  dropSockets(userId: string): Promise<void>;
  counts(userId: string): Promise<Counts>;
  close(): Promise<void>;
}

type Order = readonly ['token' | 'drop' | 'counts' | 'close', string];

export async function startServerThread(): Promise<ServerThread> {
  const worker = new Worker(new URL('../../../scripts/run.mjs', import.meta.url), {
    argv: ['test/property/endurance/server-thread.ts'],
  });
  const next = async () => ((await once(worker, 'message')) as [unknown])[0];
  const ask = (...order: Order) => {
    const answer = next();
    worker.postMessage(order);
    return answer;
  };
  return {
    url: (await next()) as string,
    tokenFor: async (userId) => (await ask('token', userId)) as string,
    dropSockets: async (userId) => void (await ask('drop', userId)),
    counts: async (userId) => (await ask('counts', userId)) as Counts,
    async close() {
      const ended = once(worker, 'exit');
      await ask('close', '');
      await ended;
    },
  };
}

/** The thread itself. */
export async function main(): Promise<number> {
  if (isMainThread || parentPort === null) throw new Error('This program is a thread of npm run cycles.');
  const port = parentPort;
  const server = await startDevServer();
  port.on('message', async ([word, userId]: Order) => {
    if (word === 'token') return port.postMessage(await server.createToken(userId));
    if (word === 'drop') server.faults.cause({ type: 'dropSockets', userId });
    if (word !== 'close') return port.postMessage(server.counts(userId));
    await server.close();
    port.postMessage('closed');
    port.close();
  });
  port.postMessage(server.url);
  await once(port, 'close');
  return 0;
}
