import type { EnvironmentChange } from './environment.ts';

export type ListenToChanges = (listener: (change: EnvironmentChange) => void) => () => void;

/**
 * Shares one set of listeners among any number of subscribers: `attach` is called for the first of them, and what it
 * returns is called when the last one is gone.
 */
export function sharedSource(attach: ListenToChanges): ListenToChanges {
  const subscribers = new Set<(change: EnvironmentChange) => void>();
  let detach: (() => void) | null = null;

  const notifyAll = (change: EnvironmentChange) => {
    const thrown: unknown[] = [];
    for (const subscriber of [...subscribers]) {
      if (!subscribers.has(subscriber)) continue;
      try {
        subscriber(change);
      } catch (cause) {
        thrown.push(cause);
      }
    }
    // After every listener was notified; the platform reports it like a throw of any other event listener.
    if (thrown.length > 0) throw thrown[0];
  };

  return (listener) => {
    // The same function may subscribe twice, and each stop ends its own subscription.
    const subscriber = (change: EnvironmentChange) => listener(change);
    subscribers.add(subscriber);
    try {
      detach ??= attach(notifyAll);
    } catch (cause) {
      subscribers.delete(subscriber);
      throw cause;
    }
    return () => {
      if (!subscribers.delete(subscriber) || subscribers.size > 0) return;
      const stop = detach;
      detach = null;
      stop?.();
    };
  };
}
