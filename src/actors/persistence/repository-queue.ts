import type { ReportCorruptRecord, UserRepository } from '../../repository/repository.ts';
import { copyUser } from '../../repository/stored-user.ts';
import type { User } from '../../user.ts';

/** Work on a repository that waits for its turn. */
export interface Task {
  /** Asked when its turn comes; what is superseded by then is left out. */
  readonly isNeeded: () => boolean;
  /** Never rejects. */
  readonly run: () => Promise<void>;
  readonly isRemoval: boolean;
}

/** A removal that was ordered and is not durable yet. */
interface PendingRemoval {
  /** The number of the order. */
  readonly order: number;
  /** `null`: whoever is stored. */
  readonly userId: string | null;
}

/** Thrown by `load` when somebody who logged out is stored still, and can't be removed now either. */
export class RemovalPending extends Error {
  constructor(cause: unknown) {
    super('somebody who logged out is stored still', { cause });
  }
}

/**
 * Does the work on one repository for every session that uses it: one errand at a time, in the order they were given,
 * so that the last command wins and not the last I/O. An errand that hangs holds up all others: nothing is written past
 * it. Only a removal may pass a removal that is late, since their order is all the same: so a logout can be tried again.
 *
 * It remembers which removals it owes. A removal is owed from the moment it is ordered until it is durable, or until a
 * user was stored over the record by a later order; whoever is to be removed is not handed out meanwhile (law 6). Orders
 * are numbered, since what was ordered before a removal can't pay for it.
 */
export class RepositoryQueue {
  static readonly #keepers = new WeakMap<UserRepository, RepositoryQueue>();

  /** The keeper of this repository: one, however many clients there are and however often they are restarted. */
  static of(repository: UserRepository): RepositoryQueue {
    const keeper = RepositoryQueue.#keepers.get(repository) ?? new RepositoryQueue(repository);
    RepositoryQueue.#keepers.set(repository, keeper);
    return keeper;
  }

  readonly #repository: UserRepository;
  #waiting: readonly Task[] = [];
  #current: Task | null = null;
  #isCurrentLate = false;
  /** Removals that passed the current one. What comes next waits for them, too. */
  readonly #beside = new Set<Promise<void>>();
  #lastOrder = 0;
  #debts: readonly PendingRemoval[] = [];
  /** Who is stored, as far as is known from here; `null` also when it is not known. */
  #storedId: string | null = null;

  private constructor(repository: UserRepository) {
    this.#repository = repository;
  }

  /** An errand that finds nobody before it begins at once: what a synchronous storage does is done on return. */
  enqueue(errand: Task): void {
    const waiting = this.#waiting.filter(({ isNeeded }) => isNeeded());
    const current = this.#current;
    if (errand.isRemoval && waiting.length === 0 && current?.isRemoval === true && this.#isCurrentLate) {
      return this.#runBeside(errand);
    }
    this.#waiting = [...waiting, errand];
    if (current === null) void this.#work();
  }

  /** Somebody has waited in vain, for what is under way or for what waits behind it. */
  markStalled(): void {
    this.#isCurrentLate = this.#current !== null;
  }

  /** Each command takes a number when it is given. */
  nextSequence(): number {
    this.#lastOrder += 1;
    return this.#lastOrder;
  }

  /** From now on that user (`null`: whoever is stored by the orders before) is to be removed. */
  owe(order: number, userId: string | null): void {
    this.#debts = [...this.#debts, { order, userId }];
  }

  setStoredElsewhere(userId: string | null): void {
    this.#storedId = userId;
  }

  // What errands consist of. Each rejects with whatever the repository threw.

  async load(order: number, report: ReportCorruptRecord): Promise<User | null> {
    const user = await this.#read(report);
    const due = this.#dueAt(order);
    if (user === null || !isPendingRemoval(due, user.id)) {
      this.#settle(due);
      return user;
    }
    try {
      await this.#remove(due);
    } catch (cause) {
      throw new RemovalPending(cause);
    }
    return null;
  }

  async save(order: number, user: User): Promise<void> {
    const due = this.#dueAt(order);
    try {
      // A copy: a repository that changes what it is given must not change the session's user.
      await this.#repository.setCurrentUser(JSON.parse(JSON.stringify(user)) as User);
    } catch (cause) {
      this.#storedId = null;
      // The record of whoever logged out before stands perhaps. That it could not be removed then was said then.
      if (due.length > 0) await this.clear(order, () => {}).catch(() => {});
      throw cause;
    }
    this.#storedId = user.id;
    this.#settle(due);
  }

  /** Removes whom {@link owe} has named up to this order. */
  async clear(order: number, report: ReportCorruptRecord): Promise<void> {
    const due = this.#dueAt(order);
    if (!due.some(({ userId }) => userId === null)) {
      const user = await this.#read(report);
      if (user === null || !isPendingRemoval(due, user.id)) return this.#settle(due);
    }
    await this.#remove(due);
  }

  async #read(report: ReportCorruptRecord): Promise<User | null> {
    const found: unknown = await this.#repository.getCurrentUser(report);
    const user = found === null || found === undefined ? null : copyUser(found);
    if (user === null && found !== null && found !== undefined) {
      report({ message: 'The user repository answered something that is no user; it reads as nobody.' });
    }
    this.#storedId = user?.id ?? null;
    return user;
  }

  async #remove(due: readonly PendingRemoval[]): Promise<void> {
    try {
      await this.#repository.clearCurrentUser();
    } catch (cause) {
      this.#bindToUser(due);
      throw cause;
    }
    this.#storedId = null;
    this.#settle(due);
  }

  #dueAt(order: number): readonly PendingRemoval[] {
    return this.#debts.filter((debt) => debt.order <= order);
  }

  #settle(due: readonly PendingRemoval[]): void {
    this.#debts = this.#debts.filter((debt) => !due.includes(debt));
  }

  /** A debt that is known by name spares, when it is tried again, whom another tab has logged in by then. */
  #bindToUser(due: readonly PendingRemoval[]): void {
    const named = new Map<string | null, PendingRemoval>();
    for (const { order, userId } of due.filter((debt) => this.#debts.includes(debt))) {
      const name = userId ?? this.#storedId;
      named.set(name, { order, userId: name });
    }
    this.#settle(due);
    this.#debts = [...named.values(), ...this.#debts];
  }

  async #work(): Promise<void> {
    for (this.#current = this.#next(); this.#current !== null; this.#current = this.#next()) {
      await this.#current.run();
      while (this.#beside.size > 0) await Promise.all(this.#beside);
    }
  }

  #runBeside(errand: Task): void {
    const running = errand.run();
    this.#beside.add(running);
    void running.then(() => this.#beside.delete(running));
  }

  #next(): Task | null {
    const [next = null, ...rest] = this.#waiting.filter(({ isNeeded }) => isNeeded());
    this.#waiting = rest;
    this.#isCurrentLate = false;
    return next;
  }
}

const isPendingRemoval = (debts: readonly PendingRemoval[], userId: string) =>
  debts.some((debt) => debt.userId === null || debt.userId === userId);
