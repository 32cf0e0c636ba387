import type { Environment, EnvironmentChange, UserRepository } from '../../../src/index.ts';
import type { Store } from '../ui/store.ts';

/*
 * What can go wrong on this side of the wire: on the device, in its storage, and in the app's own token source.
 */

export type TokenMode = 'works' | 'fails' | 'hangs' | 'otherUser';

export interface Conditions {
  readonly network: boolean;
  readonly foreground: boolean;
  readonly storage: boolean;
  /** Whether storage responds at all. */
  readonly storageResponds: boolean;
  readonly tokens: TokenMode;
}

export const ALL_WELL: Conditions = {
  network: true,
  foreground: true,
  storage: true,
  storageResponds: true,
  tokens: 'works',
};

/** The browser's environment, with a network and a visibility that can be switched off here. */
export function switchableEnvironment(real: Environment, conditions: Store<Conditions>): Environment {
  const read = () => {
    const { online, foreground } = real.read();
    return { online: online && conditions.get().network, foreground: foreground && conditions.get().foreground };
  };
  return {
    read,
    subscribe(listener) {
      let before = read();
      const compare = () => {
        const after = read();
        const { online, foreground } = before;
        before = after;
        if (online !== after.online) listener(after.online ? 'online' : 'offline');
        if (foreground !== after.foreground) listener(after.foreground ? 'foreground' : 'background');
      };
      const stops = [
        conditions.subscribe(compare),
        real.subscribe((change: EnvironmentChange) => {
          if (change === 'frozen' || change === 'thawed' || change === 'woke') listener(change);
          else compare();
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** A repository that fails like blocked or full storage, or never responds, as long as it is switched off. */
export function breakableRepository(real: UserRepository, conditions: Store<Conditions>): UserRepository {
  const check = async (): Promise<void> => {
    if (!conditions.get().storageResponds) await new Promise(() => {});
    if (!conditions.get().storage) throw new DOMException('The storage is off on this page.', 'SecurityError');
  };
  return {
    async getCurrentUser(report) {
      await check();
      return real.getCurrentUser(report);
    },
    async setCurrentUser(user) {
      await check();
      await real.setCurrentUser(user);
    },
    async clearCurrentUser() {
      await check();
      await real.clearCurrentUser();
    },
    subscribe: (listener) => real.subscribe?.(listener) ?? (() => {}),
  };
}
