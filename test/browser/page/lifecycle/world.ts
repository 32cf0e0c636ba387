import { expect, inject, vi } from 'vitest';
import type { ChatClient } from '../../../../src/index.ts';
import type { LifecyclePath } from '../../../../src/testing/index.ts';
import { sessionOf } from '../../../kit/session-of.ts';
import type { ModelState } from '../../../model/explore/model-state.ts';
import type { Superseded } from '../../../model/explore/outstanding-work.ts';
import type { PathStep } from '../../../model/explore/path-cover.ts';
import { TakenBranches } from '../../../model/real/branch-coverage.ts';
import { ConditionSignal } from '../../../model/real/condition-signal.ts';
import { HeldTokens } from '../../../model/real/held-tokens.ts';
import { type ServerBooks, SessionWorld } from '../../../model/real/session-world.ts';
import { App, shownFor } from './app.tsx';
import type { PageTally } from './branch-coverage.ts';
import { PageDevice } from './device.ts';
import { PageRepository } from './storage.ts';
import { cause, createToken, PageWire } from './wire.ts';

const STORED = { id: 'alice' };

/** A React app in this page with the real client, the platform's WebSocket and its `localStorage`. */
export class PageWorld extends SessionWorld {
  readonly wire: PageWire;
  readonly tokens: HeldTokens;
  readonly repository: PageRepository;
  readonly environment: PageDevice;
  readonly client: ChatClient;
  readonly server: ServerBooks;
  readonly app = new App();
  readonly #taken: TakenBranches;
  #wasUnderWay = false;

  static async start(path: LifecyclePath): Promise<PageWorld> {
    const world = new PageWorld(path);
    await world.wire.start();
    // Someone was here before: so it shows what a path removes, and what it must not.
    await world.repository.put(STORED);
    return world;
  }

  private constructor(path: LifecyclePath) {
    super(path, new ConditionSignal());
    const ring = () => this.bell.ring();
    const { apiKey, url: baseUrl } = inject('devServer');
    this.wire = new PageWire(ring);
    this.tokens = new HeldTokens({ createToken, faults: { cause } }, ring);
    this.repository = new PageRepository(() => sessionOf(this.client).chart.context.storage.attempt, ring);
    this.environment = new PageDevice(this.reading);
    const { WebSocket } = this.wire;
    this.client = this.createClient({ apiKey, baseUrl, WebSocket }, this.environment.environment);
    this.#taken = new TakenBranches(this.client);
    const { wire } = this;
    this.server = { counts: () => wire, connects: () => wire.seen() };
  }

  /** Whether something is under way whose answer no one waits for any more. */
  #isUnderWay(late: Superseded, { work }: ModelState): boolean {
    switch (late) {
      case 'token':
        return this.tokens.superseded !== undefined;
      case 'socket':
        return this.wire.isClosing;
      case 'storage':
        return this.repository.pending.some(({ attempt }) => attempt !== work.storage?.attempt);
    }
  }

  /** What must be so before a step can be caused. */
  async prepare({ case: { late }, event, before, after }: PathStep): Promise<void> {
    const { wire } = this;
    this.#wasUnderWay = late !== undefined && this.#isUnderWay(late, before);
    if (late !== undefined) return;
    const { socket, isSocketThere } = after.work;
    // A page cannot cut a socket that it gives up, as Node can, and opens the next one while the old one still closes.
    // Here the server has ended it, and the page does not know it yet.
    const isGivenUp = event.type === 'close.timedOut' || event.type === 'client.started';
    if (isGivenUp && (wire.isClosing || socket !== null)) await wire.loseSocket();
    if (before.work.socket === null || socket !== null || !isSocketThere) return;
    // What the server says, it says on the socket that is wanted: one that is closing goes first.
    if ('failure' in event) await wire.current();
    await wire.ignoreClose();
  }

  count(tally: PageTally, step: PathStep): void {
    tally.note(step, this.#taken, this.#wasUnderWay);
  }

  /** What React has drawn is what the session says. */
  async seeDrawn(): Promise<void> {
    const { app, client } = this;
    await vi.waitFor(() => expect(app.shown()).toEqual(shownFor(client.getSnapshot())), {
      timeout: 60_000,
      interval: 2,
    });
  }

  async stop(): Promise<void> {
    this.app.stop();
    await this.client.dispose();
    await this.wire.stop();
    this.repository.remove();
  }
}
