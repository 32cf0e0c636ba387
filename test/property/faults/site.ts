import { WebSocket } from 'ws';
import {
  type ChatClient,
  type Clock,
  createChatClient,
  type Environment,
  type EnvironmentChange,
  type Result,
  type User,
  type UserRepository,
} from '../../../src/index.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';

/*
 * Everything that one session of the fault matrix depends on, real where it can be: a server and sockets of its own, a
 * token endpoint over HTTP, storage, network and clock. Each part can be made to fail, and to work again.
 */

/** How an app's own code behaves. A call that hangs is settled, late, when the part works again. */
export type Behaviour = 'works' | 'throws' | 'rejects' | 'hangs';

export type ProviderBehaviour = Behaviour | { readonly token: string };

type StorageCall = 'load' | 'save' | 'clear';

export interface SettledCall {
  readonly name: string;
  /** `pending`, `success`, or the code of the failure. */
  outcome: string;
}

export class Site {
  readonly server: DevServer;
  readonly client: ChatClient;
  readonly calls: SettledCall[] = [];
  /** Snapshots and diagnostics as text: a token in one of them breaks law 9. */
  readonly said: string[] = [];
  readonly falseHellos: string[] = [];
  /** The session has been online before now. */
  wasOnline = false;
  readonly storage: Record<StorageCall, Behaviour> = { load: 'works', save: 'works', clear: 'works' };
  readonly writes = { saves: 0, clears: 0 };
  provider: ProviderBehaviour = 'works';
  stored: User | null = null;
  clockOffsetMs = 0;
  serverOffsetMs = 0;
  readonly listeners = new Set<(change: EnvironmentChange) => void>();
  readonly #reading = { online: true, foreground: true };
  readonly #held: (() => void)[] = [];

  static async start(stored: User | null): Promise<Site> {
    const offset = { ms: () => 0 };
    const server = await startDevServer({ now: () => Date.now() + offset.ms() });
    const site = new Site(server, stored);
    offset.ms = () => site.serverOffsetMs;
    return site;
  }

  private constructor(server: DevServer, stored: User | null) {
    this.server = server;
    this.stored = stored;
    this.client = createChatClient({
      apiKey: server.apiKey,
      baseUrl: server.url,
      WebSocket,
      tokenProvider: (user, { signal }) => this.#loadToken(user, signal),
      userRepository: this.#repository(),
      environment: this.#environment(),
      clock: this.#clock(),
      timing: TIMING,
      onDiagnostic: (diagnostic) => this.said.push(JSON.stringify(diagnostic)),
    });
    this.client.subscribe((snapshot) => {
      this.said.push(JSON.stringify(snapshot));
      const { status, connectionId } = snapshot;
      this.wasOnline ||= status === 'online';
      const isKnown = () => server.connects().some((connect) => connect.connectionId === connectionId);
      if (status === 'online' && connectionId !== null && !isKnown()) this.falseHellos.push(connectionId);
    });
  }

  /** Notes a call of the client, and what becomes of it. */
  track(name: string, call: PromiseLike<Result<unknown>>): void {
    const entry: SettledCall = { name, outcome: 'pending' };
    this.calls.push(entry);
    call.then(
      (result) => {
        entry.outcome = result.success ? 'success' : result.error.code;
      },
      (reason: unknown) => {
        entry.outcome = `rejected: ${String(reason)}`;
      },
    );
  }

  change(change: EnvironmentChange): void {
    if (change === 'online' || change === 'offline') this.#reading.online = change === 'online';
    if (change === 'foreground' || change === 'background') this.#reading.foreground = change === 'foreground';
    for (const listener of [...this.listeners]) listener(change);
  }

  /** Everything works again from now on; what hung is settled. */
  heal(): void {
    this.server.faults.liftAll();
    this.provider = 'works';
    Object.assign(this.storage, { load: 'works', save: 'works', clear: 'works' });
    this.clockOffsetMs = 0;
    this.serverOffsetMs = 0;
    for (const release of this.#held.splice(0)) release();
    for (const change of ['thawed', 'foreground', 'online'] as const) this.change(change);
  }

  async close(): Promise<void> {
    this.heal();
    await this.client.dispose();
    await this.server.close();
  }

  async #loadToken(user: User, signal: AbortSignal): Promise<string> {
    if (typeof this.provider === 'object') return this.provider.token;
    return this.#behave(this.provider, async () => {
      const response = await fetch(`${this.server.url}/dev/token?user_id=${user.id}`, { signal });
      if (!response.ok) throw new Error(`The token endpoint responded with ${response.status}`);
      return ((await response.json()) as { readonly token: string }).token;
    });
  }

  #behave<Value>(behaviour: Behaviour, work: () => Value | Promise<Value>): Value | Promise<Value> {
    if (behaviour === 'throws') throw new Error('It throws');
    if (behaviour === 'rejects') return Promise.reject(new Error('It rejects'));
    if (behaviour === 'works') return work();
    return new Promise((resolve) => {
      this.#held.push(() => resolve(work()));
    });
  }

  #repository(): UserRepository {
    return {
      getCurrentUser: () => this.#behave(this.storage.load, () => this.stored),
      setCurrentUser: (user) =>
        this.#behave(this.storage.save, () => {
          this.writes.saves += 1;
          this.stored = user;
        }),
      clearCurrentUser: () =>
        this.#behave(this.storage.clear, () => {
          this.writes.clears += 1;
          this.stored = null;
        }),
    };
  }

  #environment(): Environment {
    return {
      read: () => ({ ...this.#reading }),
      subscribe: (listener) => {
        const own = (change: EnvironmentChange) => listener(change);
        this.listeners.add(own);
        return () => this.listeners.delete(own);
      },
    };
  }

  #clock(): Clock {
    return {
      setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
      clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
      now: () => Date.now() + this.clockOffsetMs,
    };
  }
}

/** Waits are short; what bounds a stage is long enough for a busy machine. */
const TIMING = {
  restoreTimeoutMs: 2_000,
  tokenTimeoutMs: 2_000,
  helloTimeoutMs: 2_000,
  pingIntervalMs: 1_000,
  probeTimeoutMs: 1_000,
  stableAfterMs: 60,
  backoffBaseMs: 60,
  backoffCapMs: 200,
  quickRetryMs: 30,
  offlineRetryMs: 500,
  storageWriteTimeoutMs: 2_000,
  closeTimeoutMs: 600,
} as const;
