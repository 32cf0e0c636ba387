import { type CallbackLogicFunction, fromCallback } from 'xstate';
import { boundReply } from '../clock.ts';
import type { FailureInfo } from '../errors.ts';
import { callSafely } from '../input.ts';
import type { ReportCorruptRecord } from '../repository/repository.ts';
import { describeCause, redact } from '../token/redact.ts';
import { copyUser, type User } from '../user.ts';
import { type Dependencies, getDependencies } from './dependencies.ts';
import type { PersistenceCommand, PersistenceFact } from './messages.ts';
import { failedFact, failureOf, type StorageCommand, timeOutOf } from './persistence/failures.ts';
import { type ChangeListener, NOT_A_USER, SharedRepository } from './persistence/shared-repository.ts';

/*
 * The persistence actor: carries out the chart's commands on the app's repository and reports the outcome as a fact.
 *
 * A fault of the repository (it throws, rejects, hangs, returns nonsense) is reported, becomes a fact, and goes no
 * further. The chart bounds a load and a clear, and sends `storage.abandon` when it stops waiting; a save is bounded here.
 */

const persistence: CallbackLogicFunction<PersistenceCommand, PersistenceFact> = ({ receive, sendBack, system }) => {
  const run = new PersistenceRun(getDependencies(system), sendBack);
  receive((command) => run.handle(command));
  sendBack({ type: 'persistence.started' });
  return () => run.end();
};

export const persistenceActor = fromCallback<PersistenceCommand>(persistence);

/**
 * One run of the actor, from start to stop. A restart of the same actor, as React's StrictMode does it, is another run:
 * the earlier one has ended by then, and its work in progress sends no facts.
 */
class PersistenceRun {
  readonly #dependencies: Dependencies;
  readonly #sendBack: (fact: PersistenceFact) => void;
  readonly #repository: SharedRepository;
  /** The command whose outcome is reported; `null` before the first one, and after the end. */
  #newest: StorageCommand | null = null;
  /** The newest save or clear: a load that follows does not make it needless. */
  #newestWrite: StorageCommand | null = null;
  /** Who is stored, by what a session read, saved or received a report of last; `undefined` where that is not known. */
  #storedId: string | null | undefined;
  /** Who was stored when that was changed elsewhere. A logout is about them, and spares who is stored instead (law 7). */
  #replaced: { readonly userId: string | null } | null = null;
  #stopSaveTimer: (() => void) | undefined;
  /** A load is under way, and is waited for. */
  #isLoading = false;
  /** How many changes made elsewhere were reported. */
  #changes = 0;
  #isSessionWatching = false;
  /** Of the session that runs, or ran last. */
  #sessionUserId: string | undefined;
  #watch: Watch | null = null;

  constructor(dependencies: Dependencies, sendBack: (fact: PersistenceFact) => void) {
    this.#dependencies = dependencies;
    this.#sendBack = sendBack;
    this.#repository = SharedRepository.of(dependencies.repository);
  }

  handle(command: PersistenceCommand): void {
    switch (command.type) {
      case 'user.watch':
        // What became of the session before does not bind the logout of another one.
        if (!this.#isSessionWatching) this.#replaced = null;
        this.#isSessionWatching = true;
        this.#sessionUserId = command.sessionUserId;
        return this.#updateWatch();
      case 'user.unwatch':
        return this.#endSession();
      case 'storage.abandon':
        return this.#abandon();
      default:
        return this.#enqueue(command);
    }
  }

  end(): void {
    this.#newest = null;
    this.#endSession();
  }

  #endSession(): void {
    this.#stopSaveTimer?.();
    this.#isSessionWatching = false;
    this.#isLoading = false;
    this.#updateWatch();
  }

  #enqueue(command: StorageCommand): void {
    this.#newest = command;
    if (command.type !== 'user.load') this.#newestWrite = command;
    // From here on: a change made elsewhere during the load may have come after it was read.
    this.#isLoading = command.type === 'user.load';
    this.#updateWatch();
    this.#stopSaveTimer?.();
    if (command.type === 'user.save') this.#startSaveTimer(command);

    const sequence = this.#repository.nextSequence(this.#removedBy(command));
    // A logout before it is done is about the user that it finds.
    if (command.type === 'user.load') this.#know(undefined);
    this.#repository.queue.enqueue({
      // A write is still carried out after the end; a load is not, because its fact would have no receiver.
      isNeeded: () => command === (command.type === 'user.load' ? this.#newest : this.#newestWrite),
      run: async () => {
        const fact = await this.#carryOut(command, sequence);
        if (this.#newest !== command) return;
        this.#stopSaveTimer?.();
        // A session holds neither the timer nor what it would do.
        this.#stopSaveTimer = undefined;
        if (fact !== null) this.#sendBack(fact);
        // The session has begun to watch by now, if the load restored one.
        if (this.#newest === command) this.#isLoading = false;
        this.#updateWatch();
      },
      kind: command.type,
    });
  }

  /** What was changed elsewhere before is history. */
  #know(storedId: string | null | undefined): void {
    this.#storedId = this.#watch === null ? undefined : storedId;
    this.#replaced = null;
  }

  /** The users that a command removes; `null` for the user who is stored. */
  #removedBy(command: StorageCommand): readonly (string | null)[] {
    if (command.type !== 'user.clear') return [];
    const { onlyUserId, sessionUserId } = command;
    if (onlyUserId !== undefined) return [onlyUserId];
    if (this.#replaced === null) return [null];
    const { userId } = this.#replaced;
    // No session is there to be ended, and the last one was not that of the user who was replaced.
    if (sessionUserId === undefined && userId !== this.#sessionUserId) return [null];
    return [userId, sessionUserId].filter((id) => typeof id === 'string');
  }

  /** The outcome; `null` where the fact is another one: that the stored user was changed elsewhere. */
  async #carryOut(command: StorageCommand, sequence: number): Promise<PersistenceFact | null> {
    const { attempt } = command;
    try {
      switch (command.type) {
        case 'user.load': {
          const user = await this.#loadUser(command, sequence);
          this.#know(user?.id ?? null);
          return user === null ? { type: 'user.missing', attempt } : { type: 'user.found', attempt, user };
        }
        case 'user.save': {
          const found = await this.#repository.save(sequence, command, this.#dependencies);
          if (found === 'saved') {
            this.#know(command.user.id);
            return { type: 'user.saved', attempt };
          }
          this.#onChange(found);
          return null;
        }
        case 'user.clear':
          await this.#repository.clear(sequence, this.#dependencies, this.#reportCorruptRecord);
          return { type: 'user.cleared', attempt };
      }
    } catch (thrown) {
      const { failure, cause } = failureOf(command, thrown);
      this.#dependencies.rememberCause(failure, cause);
      this.#report(failure, cause);
      return failedFact(command, failure);
    }
  }

  /** Reads again while a change elsewhere outdates it, but not for ever: a repository may report one at every read. */
  async #loadUser(command: StorageCommand, sequence: number): Promise<User | null> {
    for (let reads = 1; ; reads += 1) {
      const changes = this.#changes;
      const user = await this.#repository.load(sequence, this.#dependencies, this.#reportCorruptRecord);
      if (changes === this.#changes || reads === MOST_READS || this.#newest !== command) return user;
    }
  }

  // Bounds

  #startSaveTimer(command: StorageCommand): void {
    const { clock, timing } = this.#dependencies;
    const giveUp = () => {
      this.#abandon();
      if (this.#newest === command) this.#sendBack(failedFact(command, timeOutOf(command)));
    };
    this.#stopSaveTimer = boundReply(clock, giveUp, timing.storageWriteTimeoutMs);
  }

  /** The newest command is not waited for any longer; a late success is still sent as a fact. */
  #abandon(): void {
    if (this.#newest === null) return;
    this.#isLoading = false;
    this.#updateWatch();
    this.#repository.queue.markStalled();
    this.#report(timeOutOf(this.#newest));
  }

  // Changes made elsewhere

  /** Watches while a session runs and while the stored user is being read. */
  #updateWatch(): void {
    const isWanted = this.#isSessionWatching || this.#isLoading;
    const before = this.#watch;
    if (isWanted === (before !== null)) return;
    const report = (thrown: unknown) => {
      const { text, cause } = describeCause(thrown);
      const message = `The user repository could not be ${isWanted ? 'watched' : 'unwatched'}: ${text}`;
      this.#report({ code: 'storageFailed', message }, cause);
    };
    if (before !== null) {
      this.#watch = null;
      // What is changed from here on is not reported.
      this.#storedId = undefined;
      return callSafely(() => before.stop?.(), report);
    }
    const watch: Watch = {};
    this.#watch = watch;
    watch.stop = this.#repository.subscribe(this.#dependencies, this.#onChange, report);
    // The logout of this session spares a user who logs in elsewhere from now on (law 7).
    if (!this.#isLoading) this.#readStored(watch, (stored) => this.#know(stored === null ? null : stored?.id));
  }

  /**
   * Reads who is stored when the work before is done, and hands that on unless another change was reported since;
   * `undefined` where it cannot be read.
   */
  #readStored(watch: Watch, use: (stored: User | null | undefined) => void, report?: ReportCorruptRecord): void {
    const changes = this.#changes;
    const isNeeded = () => this.#watch === watch && this.#changes === changes;
    const run = async () => {
      const stored = await this.#repository.readKnown(report).catch(() => undefined);
      if (isNeeded()) use(stored);
    };
    this.#repository.queue.enqueue({ isNeeded, run, kind: 'user.load' });
  }

  readonly #onChange: ChangeListener = (given) => {
    const user = copyUser(given);
    if (given !== null && user === null) return this.#reportCorruptRecord({ message: NOT_A_USER });
    this.#changes += 1;
    const watch = this.#watch;
    if (watch === null || !this.#isSessionWatching) return;
    const send = (stored: User | null) => {
      if (!this.#isSessionWatching || this.#watch !== watch) return;
      const userId = stored?.id ?? null;
      const before = this.#storedId;
      if (before !== undefined && before !== userId) this.#replaced ??= { userId: before };
      this.#storedId = userId;
      this.#sendBack({ type: 'user.changedElsewhere', userId });
    };
    if (!this.#repository.queue.isWriting) return void Promise.resolve(user).then(send);

    // What is being written here may come after that change: see which of the two was the last.
    this.#readStored(watch, (stored = user) => send(stored), this.#reportCorruptRecord);
  };

  // Reports

  readonly #reportCorruptRecord: ReportCorruptRecord = ({ message, cause }) =>
    this.#report({ code: 'storageFailed', message: redact(String(message)) }, describeCause(cause).cause);

  #report(failure: FailureInfo, cause?: unknown): void {
    this.#dependencies.report({ source: 'repository', failure, cause });
  }
}

interface Watch {
  stop?: () => unknown;
}

const MOST_READS = 5;
