import { type CallbackLogicFunction, fromCallback } from 'xstate';
import type { FailureInfo } from '../errors.ts';
import type { ReportCorruptRecord } from '../repository/repository.ts';
import { copyUser } from '../repository/stored-user.ts';
import type { Timing } from '../timing.ts';
import { describeCause } from '../token/redact.ts';
import type { User } from '../user.ts';
import { type Dependencies, getDependencies } from './dependencies.ts';
import type { PersistenceCommand, PersistenceFact } from './messages.ts';
import { RemovalPending, RepositoryQueue } from './persistence/repository-queue.ts';

/*
 * The persistence actor: carries the chart's commands out on the app's repository, and says how that went.
 *
 * What a repository does wrong (it throws, rejects, hangs, answers nonsense) is reported and answered as a fact; it
 * never gets any further. The chart's own timers end the wait for a load and a clear; the wait for a save is ended here.
 */

const persistence: CallbackLogicFunction<PersistenceCommand, PersistenceFact> = ({ receive, sendBack, system }) => {
  const run = new PersistenceRun(getDependencies(system), sendBack);
  receive((command) => run.obey(command));
  sendBack({ type: 'persistence.started' });
  return () => run.end();
};

export const persistenceActor = fromCallback<PersistenceCommand>(persistence);

type StorageCommand = Extract<PersistenceCommand, { readonly attempt: number }>;

/**
 * One run of the actor, from start to stop. A restart of the same actor, as React's StrictMode does it, is another run:
 * this one is dead by then, and what it has under way answers nobody.
 */
class PersistenceRun {
  readonly #dependencies: Dependencies;
  readonly #sendBack: (fact: PersistenceFact) => void;
  readonly #store: RepositoryQueue;
  #isAlive = true;
  #newest: StorageCommand | null = null;
  /** What is to be stored or removed last: a load that comes after it does not make it needless. */
  #newestWrite: StorageCommand | null = null;
  #timer: unknown = null;
  #watch: Watch | null = null;

  constructor(dependencies: Dependencies, sendBack: (fact: PersistenceFact) => void) {
    this.#dependencies = dependencies;
    this.#sendBack = sendBack;
    this.#store = RepositoryQueue.of(dependencies.repository);
  }

  obey(command: PersistenceCommand): void {
    switch (command.type) {
      case 'user.watch':
        return this.#startWatching();
      case 'user.unwatch':
        this.#stopTimer();
        return this.#stopWatching();
      default:
        return this.#take(command);
    }
  }

  end(): void {
    this.#isAlive = false;
    this.#stopTimer();
    this.#stopWatching();
  }

  #take(command: StorageCommand): void {
    this.#newest = command;
    if (command.type !== 'user.load') this.#newestWrite = command;
    this.#startTimer(command);
    const order = this.#store.nextSequence();
    if (command.type === 'user.clear') this.#store.owe(order, command.onlyUserId ?? null);
    this.#store.enqueue({
      // What was to be written when this ended still is; the answer to a load would reach nobody.
      isNeeded: () =>
        command.type === 'user.load' ? this.#isAlive && this.#newest === command : this.#newestWrite === command,
      run: async () => {
        const fact = await this.#carryOut(command, order);
        if (this.#newest === command) this.#stopTimer();
        this.#answer(command, fact);
      },
      isRemoval: command.type === 'user.clear',
    });
  }

  /** Facts are for the newest command only, and always come in a later microtask than the command. */
  #answer(command: StorageCommand, fact: PersistenceFact): void {
    if (this.#isAlive && this.#newest === command) this.#sendBack(fact);
  }

  async #carryOut(command: StorageCommand, order: number): Promise<PersistenceFact> {
    const { attempt } = command;
    try {
      switch (command.type) {
        case 'user.load': {
          const user = await this.#store.load(order, this.#reportCorruptRecord);
          return user === null ? { type: 'user.missing', attempt } : { type: 'user.found', attempt, user };
        }
        case 'user.save':
          await this.#store.save(order, command.user);
          return { type: 'user.saved', attempt };
        case 'user.clear':
          await this.#store.clear(order, this.#reportCorruptRecord);
          return { type: 'user.cleared', attempt };
      }
    } catch (thrown) {
      return { type: FAILED[command.type], attempt, failure: this.#reportFailure(command, thrown) };
    }
  }

  #reportFailure(command: StorageCommand, thrown: unknown): FailureInfo {
    const { report, rememberCause } = this.#dependencies;
    const isPendingRemoval = thrown instanceof RemovalPending;
    const { text, cause } = describeCause(isPendingRemoval ? thrown.cause : thrown);
    const isNotForgotten = isPendingRemoval || command.type === 'user.clear';
    const failure: FailureInfo = {
      code: isNotForgotten ? 'userNotForgotten' : 'storageFailed',
      message: `${isPendingRemoval ? STILL_OWED : WHAT_FAILED[command.type]}: ${text}`,
    };
    rememberCause(failure, cause);
    report({ source: 'repository', failure, cause });
    return failure;
  }

  readonly #reportCorruptRecord: ReportCorruptRecord = (problem) => {
    const { text } = describeCause(problem.message);
    const { cause } = describeCause(problem.cause);
    this.#dependencies.report({
      source: 'repository',
      failure: { code: 'storageFailed', message: text },
      ...(cause !== undefined && { cause }),
    });
  };

  // The bound of the newest command

  #startTimer(command: StorageCommand): void {
    const { clock, timing } = this.#dependencies;
    this.#stopTimer();
    this.#timer = clock.setTimeout(() => {
      this.#timer = null;
      this.#giveUpWaiting(command);
    }, timing[BOUND[command.type]]);
  }

  #stopTimer(): void {
    if (this.#timer !== null) this.#dependencies.clock.clearTimeout(this.#timer);
    this.#timer = null;
  }

  #giveUpWaiting(command: StorageCommand): void {
    const failure = TIMED_OUT[command.type];
    this.#store.markStalled();
    this.#dependencies.report({ source: 'repository', failure });
    // A load or a clear that hangs ends its stage of the chart by the chart's own timer.
    if (command.type === 'user.save') {
      this.#answer(command, { type: 'user.notSaved', attempt: command.attempt, failure });
    }
  }

  // Changes made elsewhere

  #startWatching(): void {
    const { repository } = this.#dependencies;
    if (this.#watch !== null || typeof repository.subscribe !== 'function') return;
    const watch: Watch = { stop: () => {} };
    this.#watch = watch;
    try {
      const stop: unknown = repository.subscribe((user) => this.#onChange(watch, user));
      if (typeof stop === 'function') watch.stop = () => stop();
    } catch (thrown) {
      this.#watch = null;
      this.#reportWatchFault('watched', thrown);
    }
  }

  #stopWatching(): void {
    const watch = this.#watch;
    this.#watch = null;
    try {
      watch?.stop();
    } catch (thrown) {
      this.#reportWatchFault('left alone', thrown);
    }
  }

  #onChange(watch: Watch, user: User | null): void {
    const stored = user === null ? null : copyUser(user);
    if (user !== null && stored === null) {
      return this.#reportCorruptRecord({
        message: 'The user repository told of a change to something that is no user.',
      });
    }
    const userId = stored?.id ?? null;
    void Promise.resolve().then(() => {
      if (!this.#isAlive || this.#watch !== watch) return;
      this.#store.setStoredElsewhere(userId);
      this.#sendBack({ type: 'user.changedElsewhere', userId });
    });
  }

  #reportWatchFault(what: string, thrown: unknown): void {
    const { text, cause } = describeCause(thrown);
    const message = `The user repository could not be ${what}: ${text}`;
    this.#dependencies.report({ source: 'repository', failure: { code: 'storageFailed', message }, cause });
  }
}

interface Watch {
  stop: () => void;
}

const FAILED = {
  'user.load': 'user.unreadable',
  'user.save': 'user.notSaved',
  'user.clear': 'user.notCleared',
} as const satisfies Record<StorageCommand['type'], PersistenceFact['type']>;

const BOUND = {
  'user.load': 'restoreTimeoutMs',
  'user.save': 'storageWriteTimeoutMs',
  'user.clear': 'storageWriteTimeoutMs',
} as const satisfies Record<StorageCommand['type'], keyof Timing>;

const WHAT_FAILED = {
  'user.load': 'The stored user could not be read',
  'user.save': 'The user could not be stored',
  'user.clear': 'The stored user could not be removed',
} as const satisfies Record<StorageCommand['type'], string>;

const STILL_OWED = 'Nobody is restored, since the stored user logged out but could still not be removed';

const TIMED_OUT: Readonly<Record<StorageCommand['type'], FailureInfo>> = {
  'user.load': { code: 'storageTimedOut', message: 'The stored user could not be read in time.' },
  'user.save': { code: 'storageTimedOut', message: 'The user could not be stored in time.' },
  'user.clear': { code: 'userNotForgotten', message: 'The stored user could not be removed in time.' },
};
