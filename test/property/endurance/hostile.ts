import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import fc from 'fast-check';
import { WebSocket, WebSocketServer } from 'ws';
import { createChatClient, type WebSocketClass } from '../../../src/index.ts';
import { type Print, recorded } from '../../kit/record.ts';
import { numbersOf, withUsage } from './arguments.ts';
import { type HostileFrame, hostileFrame, mayBeHello, USER_ID } from './frames.ts';
import { watchProcess } from './process-faults.ts';

/*
 * npm run fuzz -- [--frames N] [--seed S] [--record]
 *
 * Sends N frames (100,000) of a hostile peer to live sockets. What breaks a promise is reduced to the fewest frames that
 * still do, and printed with its seed. The promises: `connected` only after a hello for this user on this socket (law
 * 10), no exception gets out (law 11), every call settles (law 3), no prototype is changed, and memory stays bounded.
 */

const SESSIONS_A_BATCH = 50;

export const main = (args: readonly string[]): Promise<number> =>
  withUsage(() =>
    recorded('fuzz', args, (own, print) =>
      fuzz(numbersOf(own, { frames: 100_000, seed: Math.floor(Math.random() * 2 ** 31) + 1 }), print),
    ),
  );

/** Fuzzes, prints a summary as the last line, and returns the exit code. */
export async function fuzz(
  { frames, seed }: { readonly frames: number; readonly seed: number },
  print: Print,
): Promise<number> {
  const peer = await startPeer();
  const faults = watchProcess();
  const stalls = monitorEventLoopDelay({ resolution: 1 });
  const startedAtMs = Date.now();
  let sent = 0;
  let printedAtMs = startedAtMs;
  stalls.enable();
  const property = fc.asyncProperty(
    fc.array(hostileFrame, { minLength: 1, maxLength: 50, size: 'max' }),
    fc.boolean(),
    async (batch, isAfterHello) => {
      sent += batch.length;
      await attack(peer, batch, isAfterHello);
      if (faults.found.length > 0) throw new Error(`law 11: nothing handled this: ${faults.found.join('; ')}`);
      if (Date.now() - printedAtMs < 1_000) return;
      printedAtMs = Date.now();
      print(`${sent} frames, ${Math.round((sent / (printedAtMs - startedAtMs)) * 1_000)} a second`);
    },
  );
  let failure: string | null = null;
  for (let batch = 0; sent < frames && failure === null; batch += 1) {
    const result = await fc.check(property, { seed: (seed + batch) | 0, numRuns: SESSIONS_A_BATCH });
    if (result.failed) failure = fc.defaultReportMessage(result) ?? 'A frame broke a promise.';
  }
  stalls.disable();
  faults.stop();
  await peer.close();
  if (failure !== null) {
    print(failure);
    return 1;
  }
  const heapMb = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
  print(
    `frames: ${sent}, violations: 0; seed ${seed}, longest stall ${Math.round(stalls.max / 1e6)} ms, heap ${heapMb} MB`,
  );
  return 0;
}

interface Peer {
  readonly url: string;
  /** The next socket that is opened. */
  next(): Promise<WebSocket>;
  close(): Promise<void>;
}

async function startPeer(): Promise<Peer> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async next() {
      const [socket] = (await once(server, 'connection')) as [WebSocket];
      return socket;
    },
    async close() {
      for (const socket of server.clients) socket.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ user_id: USER_ID })}.c2ln`;
const HELLO = JSON.stringify({ type: 'health.check', connection_id: 'c1', me: { id: USER_ID } });
const PROTOTYPES = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const shapeOf = () => PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).length).join();

/** One session: the frames come before its hello, or after it. Throws what is broken. */
async function attack(peer: Peer, batch: readonly HostileFrame[], isAfterHello: boolean): Promise<void> {
  const shape = shapeOf();
  const connected = peer.next();
  const client = createChatClient({
    warnings: false,
    apiKey: 'key',
    baseUrl: peer.url,
    WebSocket: WebSocket as unknown as WebSocketClass,
    tokenProvider: () => token,
    onDiagnostic: () => {},
    timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000, closeTimeoutMs: 50 },
  });
  client.on('*', (event) => void Object.keys(event));
  const login = client.connectUser({ id: USER_ID });
  const socket = await connected;
  const gone = once(socket, 'close');
  let isHelloSent = isAfterHello;
  let wasFalselyOnline = false;
  const stop = client.subscribe(({ status }) => {
    wasFalselyOnline ||= status === 'online' && !isHelloSent;
  });
  if (isAfterHello) {
    socket.send(HELLO);
    await login;
  }
  for (const frame of batch) {
    isHelloSent ||= mayBeHello(frame);
    if (socket.readyState === WebSocket.OPEN) socket.send(frame);
  }
  // Pongs come in the order of pings and frames: everything was received by then, unless the client has left.
  const answered = once(socket, 'pong');
  if (socket.readyState === WebSocket.OPEN) socket.ping();
  await Promise.race([answered, gone]);
  stop();
  await client.dispose();
  await gone;
  await login;
  if (wasFalselyOnline) throw new Error('law 10: online without a hello for this user');
  if (shapeOf() !== shape) throw new Error('a prototype was changed');
}
