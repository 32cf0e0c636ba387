import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChatClient, memoryRepository, type UserRepository } from '../../../src/index.ts';
import { fileRepository } from '../../../src/node.ts';
import { leafOf } from '../../../src/testing/index.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { sessionOf } from '../../kit/session-of.ts';
import { type ManualEnvironment, manualEnvironment } from '../../kit/world.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { settled } from './condition-signal.ts';
import { HeldRepository } from './held-repository.ts';
import { HeldTokens } from './held-tokens.ts';
import { type PathHeader, SessionWorld } from './session-world.ts';
import { Wire } from './wire.ts';

export type Storage = 'memory' | 'file';

/** A client with its real actors, a server, a repository and a device, in which everything is held until it is let go. */
export class RealWorld extends SessionWorld {
  readonly server: DevServer;
  readonly client: ChatClient;
  readonly wire: Wire;
  readonly tokens: HeldTokens;
  readonly repository: HeldRepository;
  readonly environment: ManualEnvironment = manualEnvironment();
  readonly #removeFiles: () => Promise<void>;

  static async start(path: PathHeader, storage: Storage): Promise<RealWorld> {
    const server = await startDevServer();
    if (storage === 'memory') return new RealWorld(path, server, memoryRepository(), async () => {});
    const folder = await mkdtemp(join(tmpdir(), 'sessionchart-model-'));
    return new RealWorld(path, server, fileRepository(join(folder, 'user.json'), { apiKey: server.apiKey }), () =>
      rm(folder, { recursive: true }),
    );
  }

  private constructor(path: PathHeader, server: DevServer, inner: UserRepository, removeFiles: () => Promise<void>) {
    super(path);
    const ring = () => this.bell.ring();
    this.server = server;
    this.#removeFiles = removeFiles;
    this.wire = new Wire(server, this.bell);
    this.tokens = new HeldTokens(server, ring);
    this.repository = new HeldRepository(inner, () => sessionOf(this.client).chart.context.storage.attempt, ring);
    const { apiKey, url: baseUrl } = server;
    const { WebSocket } = this.wire;
    const { subscribe } = this.environment;
    this.client = this.createClient({ apiKey, baseUrl, WebSocket }, { subscribe, read: () => ({ ...this.reading }) });
  }

  override async settle(step: PathStep): Promise<void> {
    if (this.isAhead(step)) return;
    const leaf = leafOf(step.after.snapshot);
    const { bell, wire, tokens } = this;
    if (leaf === 'loadingToken') await bell.until(() => tokens.awaited !== undefined, 'a token is asked for');
    await settled();
    if (leaf === 'connecting.opening' && !wire.isClosing) await bell.until(() => wire.isOpen, 'a socket is opened');
    await wire.isCloseHeard();
    if (leaf === 'loggedOut') await bell.until(() => this.server.counts().openNow === 0, 'law 2: no socket is open');
    await settled();
    this.finish(step);
  }

  async stop(): Promise<void> {
    await this.client.dispose();
    await this.server.close();
    await this.#removeFiles();
  }
}
