import { OwnError } from '../../errors.ts';
import { synchronous } from '../../input.ts';
import type { ReportCorruptRecord, UserRepository } from '../../repository/repository.ts';
import { copyUser, type User } from '../../user.ts';
import {
  type PendingRemoval,
  PendingRemovals,
  RemovalPending,
  removesEveryone,
  removesUser,
} from './pending-removals.ts';
import { RepositoryQueue } from './repository-queue.ts';

interface Found {
  readonly user: User | null;
  /** Why it is not known who is stored. */
  readonly problem: string | undefined;
}

/** Called with the user now stored, `null` for none. */
export type ChangeListener = (user: User | null) => void;

const sharedRepositories = new WeakMap<UserRepository, SharedRepository>();

/** One repository as every session of this process uses it, however many there are and however often they restart. */
export class SharedRepository {
  static of(repository: UserRepository): SharedRepository {
    const shared = sharedRepositories.get(repository) ?? new SharedRepository(repository);
    sharedRepositories.set(repository, shared);
    return shared;
  }

  readonly queue = new RepositoryQueue();
  readonly #repository: UserRepository;
  readonly #removals = new PendingRemovals();
  #lastSequence = 0;
  /** The user who is stored, as far as is known here; `null` also when it is unknown. */
  #storedId: string | null = null;
  #removed = 0;
  #listeners: readonly { readonly by: object; readonly listener: ChangeListener }[] = [];

  private constructor(repository: UserRepository) {
    this.#repository = repository;
  }

  /** Numbers a command. From now on these users (`null`: the one who is stored by the commands before) are to be removed. */
  nextSequence(removedIds: readonly (string | null)[]): number {
    this.#lastSequence += 1;
    this.#removals.request(this.#lastSequence, removedIds);
    return this.#lastSequence;
  }

  /**
   * Calls `listener` when the stored user is changed by another session of this process or, where the repository has
   * `subscribe`, elsewhere. Returns a function that stops it, and returns or throws what the repository's does. What its `subscribe`
   * throws goes to `onFailure`: the changes of this process are reported anyway.
   */
  subscribe(by: object, listener: ChangeListener, onFailure: (thrown: unknown) => void): () => unknown {
    let stop: unknown;
    const subscription = { by, listener };
    this.#listeners = this.#listeners.concat(subscription);
    try {
      stop = synchronous(() =>
        this.#repository.subscribe?.((user) => {
          if (!this.#listeners.includes(subscription)) return;
          this.#storedId = copyUser(user)?.id ?? null;
          listener(user);
        }),
      );
    } catch (thrown) {
      onFailure(thrown);
    }
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== subscription);
      return typeof stop === 'function' ? stop() : undefined;
    };
  }

  // The work that tasks do. Each rejects with what the repository threw. A client, `by`, is not notified of its own change.

  async #read(report?: ReportCorruptRecord): Promise<Found> {
    let problem: string | undefined;
    const note: ReportCorruptRecord = (found) => {
      problem ??= String(found.message);
      report?.(found);
    };
    const removed = this.#removed;
    const read: unknown = (await this.#repository.getCurrentUser(note)) ?? null;
    // A removal may have overtaken a read that had stalled.
    const found = removed === this.#removed ? read : null;
    const user = copyUser(found);
    if (user === null && found !== null) note({ message: NOT_A_USER });
    this.#storedId = user?.id ?? null;
    return { user, problem: user === null ? problem : undefined };
  }

  /**
   * Returns who is stored, for finding out whether the stored user was removed or replaced.
   *
   * @throws OwnError where the record cannot be understood: who is stored is unknown then, and no one has logged out.
   */
  async readKnown(report?: ReportCorruptRecord): Promise<User | null> {
    const { user, problem } = await this.#read(report);
    if (problem !== undefined) throw new OwnError(problem);
    return user;
  }

  /** Returns the stored user, unless their removal is pending: then it is tried again first. */
  async load(sequence: number, by: object, report: ReportCorruptRecord): Promise<User | null> {
    const { user, problem } = await this.#read(report);
    // The record may be of the very user who is to be removed, and readable again later.
    if (problem !== undefined) return null;
    const removals = this.#removals.upTo(sequence);
    if (user === null || !removesUser(removals, user.id)) {
      this.#removals.settle(removals);
      return user;
    }
    try {
      await this.#remove(removals, by);
    } catch (cause) {
      throw new RemovalPending(cause);
    }
    return null;
  }

  /** Returns `'saved'`; or with `onlyIfStored`, where `user` is not the one stored any more, who is. */
  async save(
    sequence: number,
    { user, onlyIfStored = false }: { readonly user: User; readonly onlyIfStored?: boolean },
    by: object,
  ): Promise<'saved' | User | null> {
    const removals = this.#removals.upTo(sequence);
    try {
      if (onlyIfStored) {
        const stored = await this.readKnown();
        if (stored?.id !== user.id) return stored;
      }
      // A copy: a repository that changes what it is given must not change the session's user.
      const copy = JSON.parse(JSON.stringify(user)) as User;
      const isWritten = await this.#repository.setCurrentUser(copy, { onlyIfStored });
      if (isWritten === false) return await this.readKnown();
    } catch (cause) {
      this.#storedId = null;
      // The record of a user who logged out may still be there. Its failed removal has been reported already.
      if (removals.length > 0) await this.clear(sequence, by).catch(() => {});
      throw cause;
    }
    this.#storedId = user.id;
    this.#removals.settle(removals);
    this.#notify(user, by);
    return 'saved';
  }

  /** Removes the users named by {@link nextSequence} up to this command. */
  async clear(sequence: number, by: object, report?: ReportCorruptRecord): Promise<void> {
    const removals = this.#removals.upTo(sequence);
    if (!removesEveryone(removals)) {
      const user = await this.readKnown(report);
      if (user === null || !removesUser(removals, user.id)) return this.#removals.settle(removals);
    }
    await this.#remove(removals, by);
  }

  async #remove(removals: readonly PendingRemoval[], by: object): Promise<void> {
    try {
      await this.#repository.clearCurrentUser();
    } catch (cause) {
      this.#removals.bindToUser(removals, this.#storedId);
      throw cause;
    }
    this.#storedId = null;
    this.#removed += 1;
    this.#removals.settle(removals);
    this.#notify(null, by);
  }

  #notify(user: User | null, by: object): void {
    for (const subscription of this.#listeners) if (subscription.by !== by) subscription.listener(user);
  }
}

/** What it returned, or reported as a change. */
export const NOT_A_USER = 'The user repository gave something that is not a user; it counts as no user.';
