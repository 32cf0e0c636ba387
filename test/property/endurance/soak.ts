import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { type ChatClient, createChatClient, type WebSocketClass } from '../../../src/index.ts';
import { fileRepository } from '../../../src/node.ts';
import { type DevServer, type Fault, startDevServer } from '../../../src/tools/devserver/index.ts';
import { type Print, recorded } from '../../kit/record.ts';
import { numbersOf, withUsage } from './arguments.ts';
import { watchProcess } from './process-faults.ts';

/*
 * npm run soak -- [--minutes N] [--sessions M] [--seed S] [--record]
 *
 * M sessions (200) on real sockets and real files for N minutes (30), under faults and under what apps do. The laws are
 * checked from outside: by what the server, the files and the callers see. In the end the faults stop, everyone who is
 * logged in must be online again (law 8), and after the logouts nothing is left (laws 2, 6).
 */

export const main = (args: readonly string[]): Promise<number> =>
  withUsage(() =>
    recorded('soak', args, (own, print) =>
      soak(numbersOf(own, { minutes: 30, sessions: 200, seed: Math.floor(Math.random() * 2 ** 31) + 1 }), print),
    ),
  );

const TOKEN = /eyJ[\w-]+\.eyJ[\w-]+/;

/** Prints a live summary, the violations and a last line; returns the exit code. */
export async function soak(
  options: { readonly minutes: number; readonly sessions: number; readonly seed: number },
  print: Print,
): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'sessionchart-soak-'));
  const server = await startDevServer();
  const processFaults = watchProcess();
  const random = randomOf(options.seed);
  const problems = new Set<string>();
  const clock = { ms: 0 };
  const sessions = Array.from({ length: options.sessions }, (_, index) =>
    openSession({ server, folder, index, problems, clock }),
  );
  const startedAtMs = Date.now();
  const endsAtMs = startedAtMs + options.minutes * 60_000;
  let faultCount = 0;
  let callCount = 0;
  let printedAtMs = 0;

  await Promise.all(sessions.map(({ login }) => login()));
  while (Date.now() < endsAtMs && problems.size === 0) {
    const before = performance.now();
    await pause(STEP_MS);
    // On a machine that is too busy for this process, bounds grow with it.
    clock.ms += Math.min(performance.now() - before, 2 * STEP_MS);
    const session = sessions[Math.floor(random() * sessions.length)];
    if (session !== undefined) {
      callCount += 1;
      session.act(random);
    }
    if (random() < 0.3) {
      faultCount += 1;
      server.faults.cause(faultFor(random, `user-${Math.floor(random() * sessions.length)}`));
    }
    for (const { check } of sessions) check();
    if (Date.now() - printedAtMs < 1_000) continue;
    printedAtMs = Date.now();
    print(summary());
  }

  server.faults.liftAll();
  for (const { settle } of sessions) settle();
  await Promise.all(sessions.map(({ comeBack }) => comeBack()));
  const cameBack = summary();
  await Promise.all(sessions.map(({ logOut }) => logOut()));
  if (server.counts().openNow > 0) await server.until(() => server.counts().openNow === 0).catch(() => {});
  const { openNow } = server.counts();
  if (openNow > 0) problems.add(`law 2: ${openNow} sockets are open after everyone has logged out`);
  for (const fault of processFaults.found) problems.add(`law 11: ${fault}`);
  processFaults.stop();
  await server.close();
  await rm(folder, { recursive: true, force: true });
  for (const problem of problems) print(problem);
  print(`${cameBack}, ${openNow} sockets open after the logouts, violations: ${problems.size}; seed ${options.seed}`);
  return problems.size === 0 ? 0 : 1;

  function summary(): string {
    const online = sessions.filter(({ client }) => client.getSnapshot().status === 'online').length;
    const { opened, openNow } = server.counts();
    const heapMb = Math.round(process.memoryUsage().heapUsed / 2 ** 20);
    const seconds = Math.round((Date.now() - startedAtMs) / 1_000);
    return `${seconds} s: ${online}/${sessions.length} online, ${openNow} sockets open, ${opened} opened, ${faultCount} faults, ${callCount} calls, heap ${heapMb} MB`;
  }
}

interface SoakSession {
  readonly client: ChatClient;
  login(): Promise<void>;
  /** Does what an app or its user does. */
  act(random: () => number): void;
  check(): void;
  /** No more suspension. */
  settle(): void;
  /** The user who should be logged in is online within a bound. */
  comeBack(): Promise<void>;
  logOut(): Promise<void>;
}

interface Soak {
  readonly server: DevServer;
  readonly folder: string;
  readonly index: number;
  readonly problems: Set<string>;
  /** How long the process could run. */
  readonly clock: { readonly ms: number };
}

function openSession({ server, folder, index, problems, clock }: Soak): SoakSession {
  const id = `user-${index}`;
  const file = join(folder, `${id}.json`);
  const client = createChatClient({
    warnings: false,
    apiKey: server.apiKey,
    baseUrl: server.url,
    WebSocket: WebSocket as unknown as WebSocketClass,
    userRepository: fileRepository(file, { apiKey: server.apiKey }),
    tokenProvider: async (user, { signal }) => {
      const response = await fetch(`${server.url}/dev/token?user_id=${user.id}`, { signal });
      return ((await response.json()) as { token: string }).token;
    },
    onDiagnostic: (diagnostic) => {
      if (TOKEN.test(JSON.stringify(diagnostic))) problems.add('law 9: a diagnostic holds a token');
    },
    timing: {
      backoffBaseMs: 500,
      backoffCapMs: 4_000,
      probeTimeoutMs: 2_000,
      pingIntervalMs: 4_000,
      helloTimeoutMs: 3_000,
    },
  });
  /** Calls that have not settled, with the time by which they must have (law 3). */
  const open = new Map<object, { readonly what: string; readonly untilMs: number }>();

  function call(what: string, boundMs: number, result: PromiseLike<unknown>): void {
    const key = {};
    open.set(key, { what, untilMs: clock.ms + boundMs });
    result.then(
      () => open.delete(key),
      () => problems.add(`law 3: ${what} of ${id} rejected`),
    );
  }

  const isStored = async () => (await readFile(file, 'utf8').catch(() => '')).includes(`"${id}"`);

  return {
    client,
    async login() {
      await client.connectUser({ id });
    },
    act(random) {
      const choice = random();
      if (choice < 0.2) return call('disconnect', 10_000, client.disconnect());
      if (choice < 0.5) return call('connectUser', 40_000, client.connectUser({ id }));
      if (choice < 0.6) return call('suspend', 10_000, client.suspend());
      if (choice < 0.75) return call('resume', 10_000, client.resume());
      if (choice < 0.85) return call('retryNow', 10_000, client.retryNow());
      if (choice < 0.9) return call('restore', 10_000, client.restore());
      const body = { message: { text: 'soak' } };
      call('request', 40_000, client.request('/channels/messaging/soak/message', { method: 'POST', body }));
    },
    check() {
      const { highestOpen } = server.counts(id);
      if (highestOpen > 1) problems.add(`law 1: ${id} had ${highestOpen} sockets at once`);
      for (const { what, untilMs } of open.values()) {
        if (clock.ms > untilMs) problems.add(`law 3: ${what} of ${id} does not settle`);
      }
      if (TOKEN.test(JSON.stringify(client.getSnapshot()))) problems.add(`law 9: the snapshot of ${id} holds a token`);
    },
    settle: () => call('resume', 10_000, client.resume()),
    async comeBack() {
      await client.connectUser({ id }, undefined, { timeoutMs: COME_BACK_MS }).then((result) => {
        if (!result.success) problems.add(`law 8: ${id} is not back: ${result.error.code} ${result.error.message}`);
      });
      // The user is written after the hello.
      const untilMs = Date.now() + 30_000;
      while (!(await isStored()) && Date.now() < untilMs) await pause(50);
      if (!(await isStored())) problems.add(`law 7: ${id} is online and not stored`);
    },
    async logOut() {
      const result = await client.disconnect();
      if (!result.success) problems.add(`law 5: ${id} could not log out: ${result.error.code}`);
      if (await isStored()) problems.add(`law 6: ${id} logged out and is stored`);
      await client.dispose();
    },
  };
}

/** One fault for one user, or now and then for all. None of them is terminal: everyone must come back. */
function faultFor(random: () => number, userId: string): Fault {
  const forMs = 500 + Math.floor(random() * 4_000);
  const aim = random() < 0.95 ? { userId } : {};
  const faults: readonly Fault[] = [
    { type: 'dropSockets', ...aim },
    { type: 'closeSockets', closeCode: 1012, ...aim },
    { type: 'closeSockets', closeCode: 1013, ...aim },
    { type: 'refuseUpgrade', forMs, ...aim },
    { type: 'refuseUpgrade', status: 503, forMs, ...aim },
    { type: 'closeOnConnect', forMs, ...aim },
    { type: 'closeOnConnect', when: 'afterHello', forMs, ...aim },
    { type: 'withholdHello', forMs, ...aim },
    { type: 'wrongHello', asUserId: 'mallory', forMs, ...aim },
    { type: 'goSilent', ...aim },
    { type: 'ignoreClose', ...aim },
    { type: 'rateLimit', retryAfterSeconds: 1, times: 2, ...aim },
    { type: 'failHttp', path: '/dev/token', status: 500, forMs, ...aim },
    { type: 'failHttp', path: '/dev/token', forMs, ...aim },
    { type: 'restart', downMs: forMs, ...aim },
    { type: 'sendFrame', frame: { kind: 'text', text: '<html>Sign in</html>' }, ...aim },
    { type: 'sendFrame', frame: { kind: 'huge', bytes: 100_000 }, ...aim },
    { type: 'secondHello', ...aim },
    { type: 'sendError', code: 40, ...aim },
  ];
  return faults[Math.floor(random() * faults.length)] ?? { type: 'dropSockets', ...aim };
}

const STEP_MS = 200;
const COME_BACK_MS = 180_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Uniform numbers below 1 from a seed, so that the same seed causes the same faults. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}
