import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runOf } from '../../../src/client/run-of.ts';
import { type DevServer, startDevServer } from '../../../src/devserver/index.ts';
import {
  type ChatClient,
  createChatClient,
  memoryRepository,
  type Timing,
  type UserRepository,
} from '../../../src/index.ts';
import { fileRepository } from '../../../src/node.ts';
import { type LifecyclePath, leafOf, type PathStep } from '../../../src/testing/index.ts';
import { type ManualEnvironment, manualEnvironment } from '../../support/world.ts';
import { Bell, settled } from './bell.ts';
import { Bystander } from './bystander.ts';
import { Calls } from './calls.ts';
import { HeldRepository } from './held-repository.ts';
import { HeldTokens } from './held-tokens.ts';
import { ManualClock } from './manual-clock.ts';
import { Wire } from './wire.ts';

/** Every stage has a duration of its own, by which its timers are known. */
export const STAGES: Timing = {
  restoreTimeoutMs: 3_001,
  tokenTimeoutMs: 15_002,
  helloTimeoutMs: 15_003,
  probeTimeoutMs: 10_004,
  stableAfterMs: 10_005,
  clearTimeoutMs: 3_006,
  closeTimeoutMs: 1_007,
  pingIntervalMs: 25_000,
  backoffBaseMs: 2_000,
  backoffCapMs: 2_900,
  hurryMs: 900,
  slowRetryMs: 100_000,
};

export type Storage = 'memory' | 'file';

interface Heard {
  readonly type: string;
  readonly state: string;
}

/** A client with its real actors, a server, a repository and a device, in which everything is held until it is let go. */
export class RealWorld {
  readonly clock = new ManualClock();
  readonly bell = new Bell();
  readonly server: DevServer;
  readonly client: ChatClient;
  readonly wire: Wire;
  readonly tokens: HeldTokens;
  readonly repository: HeldRepository;
  readonly reading: { online: boolean; foreground: boolean } = { online: true, foreground: true };
  readonly environment: ManualEnvironment = manualEnvironment();
  readonly calls: Calls;
  readonly bystander = new Bystander();
  readonly path: LifecyclePath;
  readonly #removeFiles: () => Promise<void>;
  readonly #heard: Heard[] = [];
  #told = 0;

  static async start(path: LifecyclePath, storage: Storage): Promise<RealWorld> {
    const server = await startDevServer();
    if (storage === 'memory') return new RealWorld(path, server, memoryRepository(), async () => {});
    const folder = await mkdtemp(join(tmpdir(), 'sessionchart-model-'));
    return new RealWorld(path, server, fileRepository(join(folder, 'user.json'), { apiKey: server.apiKey }), () =>
      rm(folder, { recursive: true }),
    );
  }

  private constructor(path: LifecyclePath, server: DevServer, inner: UserRepository, removeFiles: () => Promise<void>) {
    const { bell, clock } = this;
    const ring = () => bell.ring();
    this.path = path;
    this.server = server;
    this.#removeFiles = removeFiles;
    this.wire = new Wire(server, bell);
    this.tokens = new HeldTokens(server, ring);
    this.repository = new HeldRepository(inner, () => runOf(this.client).chart.context.storageAttempt, ring);
    this.calls = new Calls(() => this.repository.record);
    this.client = createChatClient({
      apiKey: server.apiKey,
      baseUrl: server.url,
      seed: 1,
      clock,
      timing: STAGES,
      WebSocket: this.wire.WebSocket,
      fetch: this.tokens.fetch,
      userRepository: this.repository,
      environment: { subscribe: this.environment.subscribe, read: () => ({ ...this.reading }) },
      ...(path.input.restorable && { tokenProvider: this.tokens.source() }),
    });
    runOf(this.client).watch(({ type }, chart) => {
      this.#heard.push({ type, state: leafOf(chart as never) });
      ring();
    });
  }

  /** Causes the event of a step, unless it comes by itself, and waits until the session has taken it. */
  async tell(step: PathStep, act: () => unknown): Promise<void> {
    const { type } = step.event;
    const find = () => this.#heard.findIndex((heard, index) => index >= this.#told && heard.type === type);
    if (!comesByItself(step)) await act();
    await this.bell.until(() => find() >= 0, `${type} is told`);
    const index = find();
    this.#told = index + 1;
    this.#expectState(step, this.#heard[index]?.state ?? '');
  }

  /** Whether the session has been told that since the step before. */
  hasHeard(type: string): () => boolean {
    return () => this.#heard.slice(this.#told).some((heard) => heard.type === type);
  }

  /** Does what is done with the session in the same turn. */
  do(step: PathStep, act: () => void): void {
    if (!comesByItself(step)) act();
    this.#told = this.#heard.length;
    this.#expectState(step, this.client.getSnapshot().state);
  }

  /** Whether more comes by itself, so that the session is ahead of the step. */
  isAhead({ after: { ledger, snapshot } }: PathStep): boolean {
    if (!ledger.hasPersistence || (ledger.closing !== null && !ledger.isSocketThere)) return true;
    return ledger.load !== null && snapshot.context.identity?.kind === 'anonymous';
  }

  /** Waits until nothing is on its way any more, before the next step. */
  async settle(step: PathStep): Promise<void> {
    if (this.isAhead(step)) return;
    const leaf = leafOf(step.after.snapshot);
    const { bell, wire, tokens, client } = this;
    if (leaf === 'loadingToken') await bell.until(() => tokens.awaited !== undefined, 'a token is asked for');
    await settled();
    if (leaf === 'connecting.opening' && !wire.isClosing) await bell.until(() => wire.isOpen, 'a socket is opened');
    await wire.isCloseHeard();
    if (leaf === 'loggedOut') await bell.until(() => this.server.counts().openNow === 0, 'law 2: no socket is open');
    await settled();
    this.#expectState(step, client.getSnapshot().state);
    this.#told = this.#heard.length;
  }

  #expectState({ after }: PathStep, state: string): void {
    const expected = leafOf(after.snapshot);
    if (state === expected) return;
    const heard = this.#heard.slice(-4).map(({ type, state: then }) => `${type} (${then})`);
    throw new Error(`The session is in ${state}, not in ${expected}, after ${heard.join(', ')}`);
  }

  async stop(): Promise<void> {
    await this.client.dispose();
    await this.server.close();
    await this.#removeFiles();
  }
}

/** What the one before has brought about in the same turn. */
export function comesByItself({ case: { late }, event, before }: PathStep): boolean {
  const { ledger, snapshot } = before;
  if (late !== undefined) return false;
  switch (event.type) {
    case 'persistence.started':
      return !ledger.hasPersistence;
    case 'socket.closed':
      return ledger.closing !== null && !ledger.isSocketThere;
    case 'token.loaded':
      return snapshot.context.identity?.kind === 'anonymous';
    default:
      return false;
  }
}
