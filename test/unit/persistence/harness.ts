import { type AnyActorRef, createActor, setup } from 'xstate';
import { type Dependencies, setDependencies } from '../../../src/actors/dependencies.ts';
import type { PersistenceCommand, PersistenceFact } from '../../../src/actors/messages.ts';
import { persistenceActor } from '../../../src/actors/persistence.ts';
import type { Report } from '../../../src/diagnostics.ts';
import type { FailureInfo } from '../../../src/errors.ts';
import type { UserRepository } from '../../../src/repository/repository.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import type { User } from '../../../src/user.ts';

export const alice: User = { id: 'alice', name: 'Alice' };
export const bob: User = { id: 'bob' };

/** The persistence actor below a parent that only records its facts. */
export class Harness {
  readonly facts: PersistenceFact[] = [];
  readonly reports: Report[] = [];
  readonly causes = new Map<FailureInfo, unknown>();
  readonly clock = new VirtualClock(0);
  readonly #root;

  constructor(repository: UserRepository) {
    const parent = setup({
      types: { children: {} as { persistence: 'persistence' } },
      actors: { persistence: persistenceActor },
      actions: { record: (_, fact: PersistenceFact) => this.facts.push(fact) },
    }).createMachine({
      invoke: { src: 'persistence', id: 'persistence' },
      on: { '*': { actions: { type: 'record', params: ({ event }) => event as PersistenceFact } } },
    });
    this.#root = createActor(parent, { clock: this.clock });
    setDependencies(this.#root.system, {
      repository,
      clock: this.clock,
      timing: DEFAULT_TIMING,
      report: (diagnostic) => this.reports.push(diagnostic),
      rememberCause: (failure, cause) => this.causes.set(failure, cause),
    } as Partial<Dependencies> as Dependencies);
    this.#root.start();
    this.facts.length = 0;
  }

  send(command: PersistenceCommand): void {
    this.#root.getSnapshot().children.persistence?.send(command);
  }

  load(attempt: number): void {
    this.send({ type: 'user.load', attempt });
  }

  save(attempt: number, user: User): void {
    this.send({ type: 'user.save', attempt, user });
  }

  clear(attempt: number, onlyUserId?: string): void {
    this.send({ type: 'user.clear', attempt, ...(onlyUserId !== undefined && { onlyUserId }) });
  }

  /** The bound of the newest load or clear passes, as the chart measures it. */
  abandon(): void {
    this.send({ type: 'storage.abandon' });
  }

  stop(): void {
    this.#root.stop();
  }

  /** Stops the actors and starts the same ones again, the way `@xstate/react` does it under StrictMode. */
  restart(): void {
    const refs: AnyActorRef[] = [this.#root, ...Object.values(this.#root.getSnapshot().children)].flatMap(
      (ref) => ref ?? [],
    );
    const snapshots = refs.map((ref) => ref.getSnapshot());
    this.#root.stop();
    refs.forEach((ref, index) => {
      Object.assign(ref, { _processingStatus: 0, _snapshot: snapshots[index] });
    });
    this.#root.start();
  }

  /** The codes of what was reported. */
  get codes(): readonly string[] {
    return this.reports.map(({ source, failure }) => `${source}: ${failure.code}`);
  }
}

/** Lets everything happen that waits only for its turn. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

type Method = 'get' | 'set' | 'clear';

interface PendingCall {
  readonly method: Method;
  carryOut(): void;
  refuse(cause: unknown): void;
}

/** A repository in which every call waits until the test allows or refuses it. */
export class GatedRepository implements UserRepository {
  stored: User | null;
  /** Every call so far: `get`, `set alice`, `clear`. */
  readonly calls: string[] = [];
  readonly #pending: PendingCall[] = [];

  constructor(stored: User | null = null) {
    this.stored = stored;
  }

  getCurrentUser(): Promise<User | null> {
    return this.#wait('get', 'get', () => this.stored);
  }

  setCurrentUser(user: User): Promise<void> {
    return this.#wait('set', `set ${user.id}`, () => {
      this.stored = user;
    });
  }

  clearCurrentUser(): Promise<void> {
    return this.#wait('clear', 'clear', () => {
      this.stored = null;
    });
  }

  /** Carries out the oldest waiting call. */
  async allow(): Promise<void> {
    this.#pending.shift()?.carryOut();
    await settle();
  }

  /** Carries out the newest waiting call. */
  async allowNewest(): Promise<void> {
    this.#pending.pop()?.carryOut();
    await settle();
  }

  /** Carries out every call, later ones included. */
  async allowAll(): Promise<void> {
    while (this.#pending.length > 0) await this.allow();
  }

  async refuse(cause: unknown = new Error('the disk is on fire')): Promise<void> {
    this.#pending.shift()?.refuse(cause);
    await settle();
  }

  #wait<Value>(method: Method, call: string, work: () => Value): Promise<Value> {
    this.calls.push(call);
    return new Promise((resolve, reject) => {
      this.#pending.push({ method, carryOut: () => resolve(work()), refuse: reject });
    });
  }
}
