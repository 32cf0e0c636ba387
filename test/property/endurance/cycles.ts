import { WebSocket } from 'ws';
import { type ChatClient, createChatClient, type WebSocketClass } from '../../../src/index.ts';
import { type Print, recorded } from '../../kit/record.ts';
import { numbersOf, withUsage } from './arguments.ts';
import { watchProcess } from './process-faults.ts';
import { startServerThread } from './server-thread.ts';

/*
 * npm run cycles -- [--cycles N] [--drops N] [--record]
 *
 * Logs one client in and out N times (10,000), and drops the socket of another N times (1,000). Afterwards the process
 * holds what it held before: heap, handles, timers, listeners (law 2), and no user ever had two sockets (law 1).
 */

const HEAP_TOLERANCE_BYTES = 2 * 2 ** 20;

export const main = (args: readonly string[]): Promise<number> =>
  withUsage(() =>
    recorded('cycles', args, (own, print) => cycles(numbersOf(own, { cycles: 10_000, drops: 1_000 }), print)),
  );

/** Prints a summary as the last line and returns the exit code. */
export async function cycles(
  counts: { readonly cycles: number; readonly drops: number },
  print: Print,
): Promise<number> {
  const server = await startServerThread();
  const tokens = new Map([
    ['alice', await server.tokenFor('alice')],
    ['bob', await server.tokenFor('bob')],
  ]);
  const faults = watchProcess();
  const listeners = new CountedEvents();
  const clientFor = () =>
    createChatClient({
      apiKey: 'dev-key',
      baseUrl: server.url,
      WebSocket: WebSocket as unknown as WebSocketClass,
      tokenProvider: ({ id }) => tokens.get(id) ?? '',
      environment: listeners,
      timing: { backoffBaseMs: 2, backoffCapMs: 2, stableAfterMs: 1 },
    });
  const problems: string[] = [];

  const cycling = clientFor();
  await repeat('cycles', 50, async () => cycle(cycling));
  const before = await reading();
  await repeat('cycles', counts.cycles, async () => cycle(cycling));
  compare('cycles', before, await reading());
  await cycling.dispose();

  const dropped = clientFor();
  await dropped.connectUser({ id: 'bob' }).orThrow();
  const drop = async () => {
    const lost = whenStatus(dropped, (status) => status !== 'online');
    await server.dropSockets('bob');
    await lost;
    await whenStatus(dropped, (status) => status === 'online');
  };
  await repeat('drops', 50, drop);
  const beforeDrops = await reading();
  await repeat('drops', counts.drops, drop);
  compare('drops', beforeDrops, await reading());
  await dropped.disconnect();
  await dropped.dispose();

  for (const user of ['alice', 'bob']) {
    const { highestOpen } = await server.counts(user);
    if (highestOpen > 1) problems.push(`law 1: ${user} had ${highestOpen} sockets at once`);
  }
  if (listeners.count > 0) problems.push(`law 2: ${listeners.count} listeners are left on the environment`);
  problems.push(...faults.found.map((fault) => `law 11: ${fault}`));
  faults.stop();
  await server.close();
  for (const problem of problems) print(problem);
  print(`cycles: ${counts.cycles}, drops: ${counts.drops}, violations: ${problems.length}`);
  return problems.length === 0 ? 0 : 1;

  async function repeat(what: string, count: number, once: () => Promise<void>): Promise<void> {
    let printedAtMs = Date.now();
    for (let index = 1; index <= count; index += 1) {
      await once();
      if (Date.now() - printedAtMs < 1_000) continue;
      printedAtMs = Date.now();
      print(`${what}: ${index} of ${count}`);
    }
  }

  function compare(what: string, was: Reading, is: Reading): void {
    if (is.heapBytes > was.heapBytes + HEAP_TOLERANCE_BYTES) {
      problems.push(`${what}: the heap grew from ${was.heapBytes} to ${is.heapBytes} bytes`);
    }
    for (const [kind, count] of is.resources) {
      const had = was.resources.get(kind) ?? 0;
      // Sockets and timers of the last cycle go a moment later.
      if (count > had + 3) problems.push(`${what}: ${count} of ${kind}, ${had} before`);
    }
  }
}

async function cycle(client: ChatClient): Promise<void> {
  await client.connectUser({ id: 'alice' }).orThrow();
  await client.disconnect().orThrow();
}

interface Reading {
  readonly heapBytes: number;
  readonly resources: ReadonlyMap<string, number>;
}

async function reading(): Promise<Reading> {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error('Run it with node --expose-gc, as npm run cycles does.');
  let heapBytes = Number.POSITIVE_INFINITY;
  // A collection frees what finalizers hold only in a later turn.
  for (let turn = 0; turn < 6; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    heapBytes = Math.min(heapBytes, process.memoryUsage().heapUsed);
  }
  const resources = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) resources.set(kind, (resources.get(kind) ?? 0) + 1);
  return { heapBytes, resources };
}

function whenStatus(client: ChatClient, isWanted: (status: string) => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isWanted(client.getSnapshot().status)) return resolve();
    const stop = client.subscribe(({ status }) => {
      if (!isWanted(status)) return;
      stop();
      resolve();
    });
  });
}

/** An environment that never changes, and counts who listens. */
class CountedEvents {
  count = 0;
  read() {
    return { online: true, foreground: true };
  }
  subscribe() {
    this.count += 1;
    return () => {
      this.count -= 1;
    };
  }
}
