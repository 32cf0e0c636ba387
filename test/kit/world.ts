import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import {
  type ChatClient,
  type ChatClientOptions,
  createChatClient,
  type Diagnostic,
  type Timing,
} from '../../src/index.ts';
import { type DevServer, type DevServerOptions, startDevServer } from '../../src/tools/devserver/index.ts';

export { until } from './until.ts';

/**
 * Waits and stages as short as a busy machine allows, so that a test that runs into a time-out is over soon. Those that
 * hardly any test runs into are longer than such a machine needs for a reply.
 */
export const QUICK: Timing = {
  restoreTimeoutMs: 10_000,
  tokenTimeoutMs: 10_000,
  helloTimeoutMs: 3_000,
  pingIntervalMs: 150,
  probeTimeoutMs: 150,
  stableAfterMs: 80,
  backoffBaseMs: 40,
  backoffCapMs: 160,
  quickRetryMs: 20,
  offlineRetryMs: 250,
  backgroundRetryMs: 250,
  maxRetryAfterMs: 300_000,
  storageWriteTimeoutMs: 10_000,
  closeTimeoutMs: 150,
};

/** For tests in which clients are watched: each probe would be a dozen frames for whatever shows their sessions. */
export const WITHOUT_PROBES: Partial<Timing> = { pingIntervalMs: 25_000 };

/** A real server, real sockets, and clients that are gone when the test is. */
export interface World {
  readonly server: DevServer;
  /** A client of the server with a token provider that asks it, and the timing of its world. */
  client(options?: Partial<ChatClientOptions>): ChatClient;
  /** A token provider for any user, counting its calls. */
  provider(): CountingProvider;
  /** What clients reported by `onDiagnostic`. */
  readonly diagnostics: Diagnostic[];
}

export interface CountingProvider {
  (user: { readonly id: string }): Promise<string>;
  readonly calls: () => number;
}

/** Starts a world whose clients have {@link QUICK} timing, apart from what `timing` names. */
export async function startWorld(options: DevServerOptions = {}, timing: Partial<Timing> = {}): Promise<World> {
  const server = await startDevServer(options);
  const clients: ChatClient[] = [];
  const diagnostics: Diagnostic[] = [];
  onTestFinished(async () => {
    for (const client of clients) await client.dispose();
    await server.close();
  });
  const provider = () => {
    let calls = 0;
    const load = (user: { readonly id: string }) => {
      calls += 1;
      return server.createToken(user.id);
    };
    return Object.assign(load, { calls: () => calls });
  };
  return {
    server,
    diagnostics,
    provider,
    client(overrides = {}) {
      const client = createChatClient({
        apiKey: server.apiKey,
        baseUrl: server.url,
        tokenProvider: provider(),
        WebSocket,
        timing: { ...QUICK, ...timing, ...overrides.timing },
        onDiagnostic: (diagnostic) => diagnostics.push(diagnostic),
        warnings: false,
        ...withoutTiming(overrides),
      });
      clients.push(client);
      return client;
    },
  };
}

function withoutTiming({ timing: _, ...rest }: Partial<ChatClientOptions>): Partial<ChatClientOptions> {
  return rest;
}

/** A promise that is settled from outside. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(reason: unknown): void;
}

export function deferred<Value>(): Deferred<Value> {
  let resolve: (value: Value) => void = () => {};
  let reject: (reason: unknown) => void = () => {};
  const promise = new Promise<Value>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
