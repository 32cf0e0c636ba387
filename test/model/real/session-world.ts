import type {
  ChatClient,
  ChatClientOptions,
  Environment,
  EnvironmentChange,
  SessionInput,
  Timing,
  User,
  UserRepository,
} from '../../../src/index.ts';
import type { SessionEvent } from '../../../src/machines/types.ts';
import { leafOf } from '../../../src/testing/index.ts';
import type { ConnectRecord, Counts } from '../../../src/tools/devserver/index.ts';
import { ExpectedResults } from '../../kit/oracles/expected-results/expected-results.ts';
import { createTestClient, sessionOf } from '../../kit/session-of.ts';
import type { PathStep } from '../explore/path-cover.ts';
import { Calls } from './calls.ts';
import { type ConditionSignal, settled } from './condition-signal.ts';
import type { Change, HeldWork } from './held-repository.ts';
import type { HeldTokens } from './held-tokens.ts';
import { ManualClock } from './manual-clock.ts';

/*
 * A session with everything around it, as causes and expectations see it: in a Node process with the server in it, or in
 * a page that reaches its server over HTTP.
 */

/** Every stage has a duration of its own, by which its timers are known. */
export const STAGES: Timing = {
  restoreTimeoutMs: 3_001,
  tokenTimeoutMs: 15_002,
  helloTimeoutMs: 15_003,
  probeTimeoutMs: 10_004,
  stableAfterMs: 10_005,
  storageWriteTimeoutMs: 3_006,
  closeTimeoutMs: 1_007,
  pingIntervalMs: 25_000,
  backoffBaseMs: 2_000,
  backoffCapMs: 2_900,
  quickRetryMs: 900,
  offlineRetryMs: 100_000,
  backgroundRetryMs: 100_000,
  maxRetryAfterMs: 300_000,
};

/** How often the client actor looks whether its socket has gone quiet. */
export const TICK_MS = 5_000;

/** The sockets, with hellos and replies to a close held back. */
export interface SessionWire {
  readonly newestConnect: { readonly token: string | null } | undefined;
  /** The client is closing a socket, and the server has not answered. */
  readonly isClosing: boolean;
  /** Resolves when the socket that is wanted is open at both ends. One that is closing is in its way, and goes. */
  current(): Promise<void>;
  /** Resolves when the newest socket is open at both ends, and its hello is held. */
  opened(): Promise<void>;
  /** The server responds to the close that it has ignored. */
  answerClose(): Promise<void>;
  /** Resolves when the server knows of what the client has closed. `isOut`: there is no session, so no socket (law 2). */
  agree(isOut: boolean): Promise<void>;
  hello(): unknown;
  drop(): unknown;
  end(): unknown;
  refuse(code: number, retryAfterSeconds?: number): unknown;
  push(): unknown;
  /**
   * Does something on a socket that was given up, if there is one, and resolves when that is over. `isLeftOpen`: a
   * session that ends has not closed it yet.
   */
  late(act: () => unknown, isLeftOpen?: boolean): Promise<boolean>;
}

/** A real repository on a slow disk, and what has been done to the record. */
export interface SlowRepository extends UserRepository {
  readonly pending: readonly HeldWork[];
  readonly changes: Change[];
  readonly record: User | null;
  readonly watchers: number;
  put(user: User | null): Promise<void>;
  changeElsewhere(user: User | null): Promise<void>;
}

export interface Device {
  change(change: EnvironmentChange): void;
  /** How many listeners there are. */
  readonly listeners: number;
}

/** What the server has counted. */
export interface ServerBooks {
  counts(): Pick<Counts, 'openNow' | 'highestOpen'>;
  connects(): readonly Pick<
    ConnectRecord,
    'userId' | 'token' | 'authType' | 'isOpen' | 'clientCloseCode' | 'connectionId'
  >[];
}

interface Received {
  readonly type: string;
  readonly userId: string | null | undefined;
  readonly state: string;
}

/** What a client needs to know of its backend. */
export type Platform = Pick<ChatClientOptions, 'apiKey' | 'baseUrl' | 'protocol' | 'WebSocket'>;

/** What a world has to know of a path that leads through it. */
export interface PathHeader {
  readonly name: string;
  readonly input: Pick<SessionInput, 'restorable'>;
}

export abstract class SessionWorld {
  readonly clock = new ManualClock();
  readonly bell: ConditionSignal;
  /** What the device says when it is asked. */
  readonly reading: { online: boolean; foreground: boolean } = { online: true, foreground: true };
  readonly calls = new Calls(() => this.repository.record);
  readonly expectedResults = new ExpectedResults();
  readonly path: PathHeader;
  abstract readonly client: ChatClient;
  abstract readonly server: ServerBooks;
  abstract readonly wire: SessionWire;
  abstract readonly tokens: HeldTokens;
  abstract readonly repository: SlowRepository;
  abstract readonly environment: Device;
  readonly #received: Received[] = [];
  /** The first that the session has received since the step before. */
  #firstNew = 0;

  constructor(path: PathHeader, bell: ConditionSignal) {
    this.path = path;
    this.bell = bell;
  }

  /** Waits until nothing is on its way any more, before the next step. */
  async settle(step: PathStep): Promise<void> {
    if (this.isAhead(step)) return;
    const leaf = leafOf(step.after.snapshot);
    const { bell, wire, tokens } = this;
    if (leaf === 'loadingToken') await bell.until(() => tokens.awaited !== undefined, 'a token is asked for');
    await settled();
    if (leaf === 'connecting.opening' && !wire.isClosing) await wire.opened();
    await wire.agree(leaf === 'loggedOut');
    await settled();
    // The step is over, and the session is where it has led.
    this.#expectState(step, this.client.getSnapshot().state);
    this.#firstNew = this.#received.length;
  }

  /** The client of this world, over what a subclass has made before. */
  protected createClient(platform: Platform, environment: Environment): ChatClient {
    const client = createTestClient({
      ...platform,
      seed: 1,
      clock: this.clock,
      timing: STAGES,
      fetch: this.tokens.fetch,
      userRepository: this.repository,
      environment,
      ...(this.path.input.restorable && { tokenProvider: this.tokens.source() }),
    });
    sessionOf(client).watch((event, chart) => {
      this.#received.push({ type: event.type, userId: changedTo(event), state: leafOf(chart as never) });
      this.bell.ring();
    });
    return client;
  }

  /** Causes the event of a step, unless it comes by itself, and waits until the session has taken it. */
  async causeAndWait(step: PathStep, act: () => unknown): Promise<void> {
    const { type } = step.event;
    const userId = changedTo(step.event);
    const find = () =>
      this.#received.findIndex(
        (received, index) => index >= this.#firstNew && received.type === type && received.userId === userId,
      );
    if (!comesByItself(step)) await act();
    await this.bell.until(() => find() >= 0, `${type} is taken`);
    const index = find();
    this.#firstNew = index + 1;
    this.#expectState(step, this.#received[index]?.state ?? '');
  }

  /** Whether the session has received such an event since the step before. */
  hasReceived(type: string): () => boolean {
    return () => this.#received.slice(this.#firstNew).some((received) => received.type === type);
  }

  /** Does what is done with the session in the same turn. */
  do(step: PathStep, act: () => void): void {
    if (!comesByItself(step)) act();
    this.#firstNew = this.#received.length;
    this.#expectState(step, this.client.getSnapshot().state);
  }

  /** Whether more comes by itself, so that the session is ahead of the step. */
  isAhead({ after: { work, snapshot } }: PathStep): boolean {
    if (!work.hasPersistence || (work.closing !== null && !work.isSocketThere)) return true;
    return work.load !== null && snapshot.context.identity?.kind === 'anonymous';
  }

  #expectState({ after }: PathStep, state: string): void {
    const expected = leafOf(after.snapshot);
    if (state === expected) return;
    const newest = this.#received.slice(-4).map(({ type, state: then }) => `${type} (${then})`);
    throw new Error(`The session is in ${state}, not in ${expected}, after ${newest.join(', ')}`);
  }
}

/** Who is stored now, by a change made elsewhere: a write of an earlier run of the actor is one, too. */
const changedTo = (event: SessionEvent): string | null | undefined =>
  event.type === 'user.changedElsewhere' ? event.userId : undefined;

/** What the one before has brought about in the same turn. */
function comesByItself({ case: { late }, event, before }: PathStep): boolean {
  const { work, snapshot } = before;
  if (late !== undefined) return false;
  switch (event.type) {
    case 'persistence.started':
      return !work.hasPersistence;
    case 'socket.closed':
      return work.closing !== null && !work.isSocketThere;
    case 'token.loaded':
      return snapshot.context.identity?.kind === 'anonymous';
    default:
      return false;
  }
}
