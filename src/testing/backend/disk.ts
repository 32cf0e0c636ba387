import type { UserRepository } from '../../repository/repository.ts';
import type { User } from '../../user.ts';

export type DiskFault = 'none' | 'throws' | 'hangs';

type Work = 'load' | 'save' | 'clear';

export const NO_DISK_FAULTS: Readonly<Record<Work, DiskFault>> = { load: 'none', save: 'none', clear: 'none' };

/** A disk with room for one user, as several processes see it one after the other, and each tab at once. */
export function createDisk(
  stored: User | null,
  hanging: Set<() => void>,
  note: (type: 'stored' | 'cleared', userId: string) => void,
) {
  const faults = { ...NO_DISK_FAULTS };
  const watchers = new Set<(user: User | null) => void>();

  function attempt<Value>(work: Work, act: () => Value): Value | Promise<Value> {
    switch (faults[work]) {
      case 'throws':
        throw new Error(`The disk cannot ${work}.`);
      case 'hangs':
        return new Promise((resolve) => {
          hanging.add(() => resolve(act()));
        });
      default:
        return act();
    }
  }

  return {
    faults: faults as Record<Work, DiskFault>,
    stored: () => stored,
    watchers: () => watchers.size,

    /** The disk, as `process` sees it: what it has under way when it dies is never done. */
    repository(process: { readonly isDead: boolean }): UserRepository {
      const onDisk = <Value>(work: Work, act: () => Value) =>
        process.isDead ? new Promise<Value>(() => {}) : attempt(work, act);
      return {
        getCurrentUser: () => onDisk('load', () => stored),
        setCurrentUser: (user) =>
          onDisk('save', () => {
            stored = user;
            note('stored', user.id);
          }),
        clearCurrentUser: () =>
          onDisk('clear', () => {
            note('cleared', stored?.id ?? '');
            stored = null;
          }),
        subscribe: (listener) => {
          if (process.isDead) return () => {};
          const own = (user: User | null) => listener(user);
          watchers.add(own);
          return () => watchers.delete(own);
        },
      };
    },

    /** Another tab stores `user`, or removes the stored user. */
    storeElsewhere(user: User | null): void {
      stored = user;
      for (const watcher of [...watchers]) watcher(user);
    },

    kill: () => watchers.clear(),
  };
}
