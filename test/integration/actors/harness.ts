import { onTestFinished, vi } from 'vitest';
import { createActor, createMachine, spawnChild } from 'xstate';
import { guests } from '../../../src/actors/client/guest.ts';
import { clientActor } from '../../../src/actors/client.ts';
import { type Dependencies, setDependencies } from '../../../src/actors/dependencies.ts';
import type { ClientCommand, ClientFact } from '../../../src/actors/messages.ts';
import { requests } from '../../../src/client/requests/index.ts';
import type { Report } from '../../../src/diagnostics.ts';
import type { FailureInfo } from '../../../src/errors.ts';
import type { ChatEvent } from '../../../src/protocol/events.ts';
import { streamChat } from '../../../src/protocol/stream-chat/index.ts';
import { memoryRepository } from '../../../src/repository/memory.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { DEFAULT_TIMING, type Timing } from '../../../src/timing.ts';
import type { TokenRequest, TokenSource } from '../../../src/token/source.ts';
import { TokenSourceRegistry } from '../../../src/token/source-registry.ts';
import type { Identity } from '../../../src/user.ts';
import { jwt } from '../../unit/token/jwt.ts';
import { type Backend, fakeBackend, realBackend } from './backends.ts';

export const alice: Identity = { kind: 'user', id: 'alice', user: { id: 'alice', name: 'Alice' } };
export const bob: Identity = { kind: 'user', id: 'bob', user: { id: 'bob' } };
export const aliceToken = jwt({ user_id: 'alice' });
export const bobToken = jwt({ user_id: 'bob' });

export interface Client {
  readonly backend: Backend;
  readonly clock: VirtualClock;
  /** How far the device's wall clock is off; timers run on. */
  readonly wall: { offsetMs: number };
  readonly facts: ClientFact[];
  readonly delivered: ChatEvent[];
  readonly reports: Report[];
  readonly causes: WeakMap<FailureInfo, unknown>;
  readonly dependencies: Dependencies;
  send(command: ClientCommand): void;
  /** The facts of one type. */
  factsOf<Type extends ClientFact['type']>(type: Type): Extract<ClientFact, { readonly type: Type }>[];
  stop(): void;
}

export interface ClientOptions {
  readonly backend: Backend;
  readonly source?: TokenSource;
  readonly timing?: Partial<Timing>;
  readonly overrides?: Partial<Dependencies>;
  /** Called with every fact as it is reported, inside of the parent. */
  readonly onFact?: (fact: ClientFact, client: Client) => void;
}

/** The client actor under a parent that writes down what it is reported. */
export function startClient(options: ClientOptions): Client {
  const { backend, source = () => aliceToken, onFact } = options;
  const clock = new VirtualClock(0);
  const wall = { offsetMs: 0 };
  const delivered: ChatEvent[] = [];
  const reports: Report[] = [];
  const facts: ClientFact[] = [];
  const causes = new WeakMap<FailureInfo, unknown>();
  let lastId = 0;
  const dependencies: Dependencies = {
    protocol: streamChat({ apiKey: 'key', baseUrl: backend.baseUrl, clientName: 'test' }),
    clock: {
      setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs),
      clearTimeout: (handle) => clock.clearTimeout(handle),
      now: () => clock.now() + wall.offsetMs,
    },
    timing: { ...DEFAULT_TIMING, ...options.timing },
    tokenSources: new TokenSourceRegistry(source),
    repository: memoryRepository(),
    sockets: backend.sockets,
    fetch: () => Promise.reject(new Error('There is no HTTP in this test.')),
    createId: () => {
      lastId += 1;
      return `id-${lastId}`;
    },
    report: (diagnostic) => reports.push(diagnostic),
    deliver: (event, isCurrent) => {
      if (isCurrent()) delivered.push(event);
    },
    rememberCause: (failure, cause) => causes.set(failure, cause),
    requests,
    guests,
    dataPlane: { request: null, send: null },
    ...options.overrides,
  };
  const parent = createMachine({
    entry: spawnChild(clientActor, { id: 'client' }),
    on: {
      '*': {
        actions: ({ event }) => {
          const fact = event as unknown as ClientFact;
          facts.push(fact);
          onFact?.(fact, client);
        },
      },
    },
  });
  const root = createActor(parent);
  setDependencies(root.system, dependencies);
  const client: Client = {
    backend,
    clock,
    wall,
    facts,
    delivered,
    reports,
    causes,
    dependencies,
    send: (command) => root.getSnapshot().children.client?.send(command),
    factsOf: <Type extends ClientFact['type']>(type: Type) =>
      facts.filter((fact): fact is Extract<ClientFact, { readonly type: Type }> => fact.type === type),
    stop: () => root.stop(),
  };
  root.start();
  onTestFinished(async () => {
    root.stop();
    await backend.stop();
  });
  return client;
}

/** A provider whose results the test gives, one call after the other. */
export function manualProvider() {
  const calls: {
    userId: string;
    request: TokenRequest;
    answer: (token: string) => void;
    fail: (error: unknown) => void;
  }[] = [];
  const source = (user: { readonly id: string }, request: TokenRequest) =>
    new Promise<string>((answer, fail) => {
      calls.push({ userId: user.id, request, answer, fail });
    });
  return { calls, source };
}

export const load = (attempt: number, identity: Identity = alice, key = 0): ClientCommand => ({
  type: 'token.load',
  attempt,
  identity,
  sourceKey: key,
  reason: 'login',
});

export const open = (attempt: number, identity: Identity = alice): ClientCommand => ({
  type: 'socket.open',
  attempt,
  identity,
  profile: 'full',
});

export const hello = (userId = 'alice', connectionId = 'c1', at = '1970-01-01T00:00:00.000Z') => ({
  type: 'health.check',
  connection_id: connectionId,
  me: { id: userId },
  created_at: at,
});

/** Waits until `condition` is true; what it waits for comes from microtasks or real sockets, never from a clock. */
export const until = (condition: () => boolean) =>
  vi.waitFor(
    () => {
      if (!condition()) throw new Error(`Not yet: ${condition}`);
    },
    { timeout: 60_000, interval: 2 },
  );

/** Every microtask that is queued, and those that they queue, ran. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Loads a token and opens a socket; returns the server's end of it. */
export async function openSocket(client: Client, attempt = 2, identity: Identity = alice) {
  const { peers } = client.backend;
  const before = peers.length;
  if (identity.kind !== 'anonymous') {
    client.send(load(attempt - 1, identity));
    await until(() => client.factsOf('token.loaded').some((fact) => fact.attempt === attempt - 1));
  }
  client.send(open(attempt, identity));
  await until(() => peers.length > before);
  const peer = peers[before];
  if (peer === undefined) throw new Error('There is no peer.');
  return peer;
}

/** Connected: the hello was reported. */
export async function connect(client: Client, attempt = 2, identity: Identity = alice) {
  const peer = await openSocket(client, attempt, identity);
  peer.say(hello(identity.user.id));
  await until(() => client.factsOf('hello.received').some((fact) => fact.attempt === attempt));
  return peer;
}

export const backends: readonly (readonly [string, () => Promise<Backend>])[] = [
  ['a real socket', realBackend],
  ['the fake socket', async () => fakeBackend()],
];
