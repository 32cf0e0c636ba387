import type { UserRepository } from '../../repository/repository.ts';
import type { User } from '../../user.ts';

export type DiskFault = 'none' | 'throws' | 'hangs';

type Work = 'load' | 'save' | 'clear';

export const NO_DISK_FAULTS = { load: 'none', save: 'none', clear: 'none' } as const;

/** A disk with room for one user, as several processes see it one after the other, and each tab at once. */
export class Disk {
  readonly faults: Record<Work, DiskFault> = { ...NO_DISK_FAULTS };
  #stored: User | null;
  /** How many processes have died. */
  #process = 0;
  readonly #hanging: Set<() => void>;
  readonly #note: (type: 'stored' | 'cleared', userId: string) => void;
  readonly #watchers = new Set<(user: User | null) => void>();

  constructor(
    stored: User | null,
    hanging: Set<() => void>,
    note: (type: 'stored' | 'cleared', userId: string) => void,
  ) {
    this.#stored = stored;
    this.#hanging = hanging;
    this.#note = note;
  }

  get stored(): User | null {
    return this.#stored;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** The disk, as the process that runs now sees it. */
  repository(): UserRepository {
    const process = this.#process;
    const onDisk = <Value>(work: Work, act: () => Value) =>
      process === this.#process ? this.#do(work, act) : new Promise<Value>(() => {});
    return {
      getCurrentUser: () => onDisk('load', () => this.#stored),
      setCurrentUser: (user) =>
        onDisk('save', () => {
          this.#stored = user;
          this.#note('stored', user.id);
        }),
      clearCurrentUser: () =>
        onDisk('clear', () => {
          this.#note('cleared', this.#stored?.id ?? '');
          this.#stored = null;
        }),
      subscribe: (listener) => {
        const own = (user: User | null) => listener(user);
        this.#watchers.add(own);
        return () => this.#watchers.delete(own);
      },
    };
  }

  /** Another tab stores `user`, or removes the stored user. */
  storeElsewhere(user: User | null): void {
    this.#stored = user;
    for (const watcher of [...this.#watchers]) watcher(user);
  }

  /** The process died. What it had under way is never done. */
  kill(): void {
    this.#process += 1;
    this.#watchers.clear();
  }

  #do<Value>(work: Work, act: () => Value): Value | Promise<Value> {
    switch (this.faults[work]) {
      case 'throws':
        throw new Error(`The disk cannot ${work}.`);
      case 'hangs':
        return new Promise((resolve) => {
          this.#hanging.add(() => resolve(act()));
        });
      default:
        return act();
    }
  }
}
