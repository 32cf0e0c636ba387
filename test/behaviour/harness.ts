import type { LiveSessionMachine } from '../../src/client/running-chart.ts';
import type { Call, ChatClient, ChatClientOptions, ClientSnapshot, Result, Status, User } from '../../src/index.ts';
import { Backend } from '../../src/testing/backend/backend.ts';
import { restart } from '../kit/restart.ts';
import { createTestClient } from '../kit/session-of.ts';
import { TimeDriver } from '../kit/time-driver.ts';

export const alice: User = { id: 'alice', name: 'Alice' };
export const bob: User = { id: 'bob', name: 'Bob' };
export const carol: User = { id: 'carol' };

export interface StageOptions extends Partial<ChatClientOptions> {
  readonly stored?: User | null;
}

/** Which statechart stages are set up with. Mutants are put here. */
export interface Setup {
  readonly machine: LiveSessionMachine | undefined;
  /** Sees every stage that is set up. */
  readonly watch?: (client: ChatClient, backend: Backend) => void;
}

/**
 * A real client on a backend in memory. Time moves only by the methods here, and after each of their steps the laws are
 * checked that hold at every moment: what an oracle with a view of server, disk and device would check, and nothing
 * that the statechart says of itself.
 */
export class Stage {
  readonly backend: Backend;
  readonly client: ChatClient;
  readonly statuses: Status[] = [];
  readonly #time: TimeDriver;
  #checkedRequests = 0;

  constructor(setup: Setup, { stored = null, ...options }: StageOptions = {}) {
    this.backend = new Backend(stored);
    this.#time = new TimeDriver(this.backend, () => this.check());
    const all = { ...this.backend.options(), ...options };
    this.client = createTestClient(all, setup.machine);
    setup.watch?.(this.client, this.backend);
    this.client.subscribe(({ status }) => {
      if (this.statuses.at(-1) !== status) this.statuses.push(status);
      this.check();
    });
  }

  get now(): ClientSnapshot {
    return this.client.getSnapshot();
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.#time.settle();
  }

  /** Moves on by so many milliseconds. */
  pass(durationMs: number): Promise<void> {
    return this.#time.pass(durationMs);
  }

  /** Moves on until `status`, for so many milliseconds at the most. */
  async until(fits: Status | ((snapshot: ClientSnapshot) => boolean), withinMs: number): Promise<ClientSnapshot> {
    const isFit = typeof fits === 'string' ? ({ status }: ClientSnapshot) => status === fits : fits;
    const isReached = await this.#time.until(() => isFit(this.now), withinMs);
    must(isReached, `${fits} within ${withinMs} ms, but ${JSON.stringify(this.now)}`);
    return this.now;
  }

  /** The result of a call, which must be there within so many milliseconds (law 3). */
  async result<Value>(call: Call<Value>, withinMs = 100): Promise<Result<Value>> {
    const results: Result<Value>[] = [];
    call.enqueue((result) => results.push(result));
    await this.#time.until(() => results.length > 0, withinMs);
    const [result] = results;
    must(result !== undefined, `law 3: a call settles within ${withinMs} ms; ${JSON.stringify(this.now)}`);
    return result;
  }

  /** The value of a call that must succeed. */
  async value<Value>(call: Call<Value>, withinMs = 100): Promise<Value> {
    const result = await this.result(call, withinMs);
    must(result.success, `success, but ${result.success ? '' : result.error.message}`);
    return result.value;
  }

  /** The error code of a call that must fail. */
  async error(call: Call<unknown>, withinMs = 100): Promise<string> {
    const result = await this.result(call, withinMs);
    must(!result.success, 'a failure, but it succeeded');
    return result.error.code;
  }

  /** Logged in as alice, connected for long enough to be stable, and stored. */
  async online(user: User = alice): Promise<void> {
    await this.value(this.client.connectUser(user));
    await this.pass(11_000);
    same(this.now.status, 'online');
    same(this.backend.stored?.id, user.id);
  }

  /** An actor stops and starts, as React's StrictMode makes it do. */
  restart(name: 'client' | 'persistence'): void {
    restart(this.client, name);
  }

  /** How many sockets were opened since `before`. */
  openedSince(before: number): number {
    return this.opened - before;
  }

  get opened(): number {
    return this.backend.requests.length;
  }

  /** How long until the next attempt. */
  get dueInMs(): number {
    return (this.now.nextAttemptAt ?? Number.NaN) - this.backend.clock.now();
  }

  get tokens(): number {
    return this.backend.log.filter(({ type }) => type === 'token').length;
  }

  /** What holds at every moment. */
  check(): void {
    const { backend, now } = this;
    must(backend.highestOpen <= 1, `law 1: one socket, but ${backend.highestOpen} at once`);
    must(now.status !== 'failed', 'law 11: the statechart stopped with an error');
    if (now.status === 'loggedOut' || now.status === 'signInAgain') {
      same(backend.openNow, 0, 'law 2: sockets when out');
      same(backend.clientTimers, 0, 'law 2: timers when out');
      same(backend.listeners, 0, 'law 2: listeners when out');
      same(backend.pendingLoads, 0, 'law 2: provider calls when out');
      same(now.user, null, 'no user is logged in when out');
    }
    if (now.status === 'online') {
      const greeted = [...backend.sockets].find(({ hasHello }) => hasHello);
      must(greeted !== undefined, 'law 10: online, but no socket has had its hello');
      const { userId, authType } = greeted.request;
      must(
        authType === 'anonymous' || userId === now.user?.id,
        `law 4: ${userId}'s socket in ${now.user?.id}'s session`,
      );
      must(now.connectionId !== null, 'law 10: online without a connection id');
    }
    for (const { userId, token, authType } of backend.requests.slice(this.#checkedRequests)) {
      if (authType === 'anonymous') continue;
      const { user_id } = JSON.parse(atob((token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
      same(user_id, userId, 'law 4: a token travels for its own user only');
    }
    this.#checkedRequests = backend.requests.length;
  }
}

export function must(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`expected ${what}`);
}

export function same<Value>(actual: Value, expected: Value, what = 'the value'): void {
  if (Object.is(actual, expected)) return;
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  must(a === b, `${what} to be ${b}, but it is ${a}`);
}

export type Story = (stage: (options?: StageOptions) => Stage) => Promise<void>;
export type Stories = Readonly<Record<string, Story>>;
