import type { ChatClient, UserRepository } from '../../../src/index.ts';
import { Device } from '../../../src/testing/backend/device.ts';
import { sessionOf } from '../../kit/session-of.ts';
import { TakenBranches } from './branch-coverage.ts';
import { ConditionSignal } from './condition-signal.ts';
import { HeldRepository } from './held-repository.ts';
import { HeldTokens, type TokenServer } from './held-tokens.ts';
import type { NodeWire } from './node-wire.ts';
import { type PathHeader, type Platform, type ServerBooks, SessionWorld } from './session-world.ts';

/** What a client talks to: a server, what issues its tokens, and a repository. */
export interface RealBackend {
  readonly server: ServerBooks;
  readonly wire: NodeWire;
  readonly tokens: TokenServer;
  readonly repository: UserRepository;
  readonly platform: Platform;
  stop(): Promise<void>;
}

/** Starts a backend that rings whenever something happened. */
export type StartBackend<Backend> = (bell: ConditionSignal) => Promise<Backend>;

/** A client with its real actors, a backend and a device, in which everything is held until it is let go. */
export class RealWorld<Backend extends RealBackend = RealBackend> extends SessionWorld {
  readonly backend: Backend;
  readonly server: ServerBooks;
  readonly wire: NodeWire;
  readonly tokens: HeldTokens;
  readonly repository: HeldRepository;
  readonly environment = new Device();
  readonly client: ChatClient;
  readonly taken: TakenBranches;

  static async start<Backend extends RealBackend>(
    path: PathHeader,
    startBackend: StartBackend<Backend>,
  ): Promise<RealWorld<Backend>> {
    const bell = new ConditionSignal();
    return new RealWorld(path, bell, await startBackend(bell));
  }

  private constructor(path: PathHeader, bell: ConditionSignal, backend: Backend) {
    super(path, bell);
    const ring = () => bell.ring();
    this.backend = backend;
    this.server = backend.server;
    this.wire = backend.wire;
    this.tokens = new HeldTokens(backend.tokens, ring);
    const attemptNow = () => sessionOf(this.client).chart.context.storage.attempt;
    this.repository = new HeldRepository(backend.repository, attemptNow, ring);
    const { subscribe } = this.environment;
    this.client = this.createClient(backend.platform, { subscribe, read: () => ({ ...this.reading }) });
    this.taken = new TakenBranches(this.client);
  }

  async stop(): Promise<void> {
    await this.client.dispose();
    await this.backend.stop();
  }
}
