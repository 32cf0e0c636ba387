import type { StorageCommand } from './failures.ts';

/** Work on a repository that waits for its turn. */
export interface Task {
  /** Asked when its turn comes; a task that is superseded by then is left out. */
  readonly isNeeded: () => boolean;
  /** Never rejects. */
  readonly run: () => Promise<void>;
  readonly kind: StorageCommand['type'];
}

/**
 * Runs one task at a time in the order in which they were given, so that the last command wins and not the last I/O.
 * A task that hangs holds up all others: nothing is written past it. But a removal may overtake reads and removals that
 * have stalled, because their order does not matter: so a logout can be tried again.
 */
export class RepositoryQueue {
  #waiting: readonly Task[] = [];
  #current: Task | null = null;
  #isCurrentStalled = false;
  /** Removals that overtook the current task. The next task waits for them as well. */
  #overtaking: readonly Promise<void>[] = [];

  /** Something will be written, unless the task under way never ends. */
  get isWriting(): boolean {
    const tasks = [this.#current, ...this.#waiting];
    return !this.#isCurrentStalled && tasks.some((task) => task !== null && task.kind !== 'user.load');
  }

  /** A task that finds the queue empty begins at once: a synchronous storage is done when this returns. */
  enqueue(task: Task): void {
    const waiting = this.#waiting.filter(({ isNeeded }) => isNeeded());
    const isAfterSave = [this.#current, ...waiting].some((earlier) => earlier?.kind === 'user.save');
    if (task.kind === 'user.clear' && this.#isCurrentStalled && !isAfterSave) {
      this.#overtaking = [...this.#overtaking, task.run()];
      return;
    }
    this.#waiting = [...waiting, task];
    if (this.#current === null) void this.#work();
  }

  /** A command was waited for in vain, the current one or one that waits behind it. */
  markStalled(): void {
    this.#isCurrentStalled = this.#current !== null;
  }

  async #work(): Promise<void> {
    for (this.#current = this.#next(); this.#current !== null; this.#current = this.#next()) {
      await this.#current.run();
      while (this.#overtaking.length > 0) {
        const overtaking = this.#overtaking;
        this.#overtaking = [];
        await Promise.all(overtaking);
      }
    }
  }

  #next(): Task | null {
    const [next = null, ...rest] = this.#waiting.filter(({ isNeeded }) => isNeeded());
    this.#waiting = rest;
    this.#isCurrentStalled = false;
    return next;
  }
}
