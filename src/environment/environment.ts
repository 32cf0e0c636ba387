/**
 * What a session reads of the device it runs on. One plain shared source serves every client in a process.
 *
 * - `online` / `offline`: the network interface; `offline` is trusted, `online` proves nothing and gates nothing.
 * - `background` / `foreground`: whether the app is visible. A session in the background keeps its socket, and
 *   spaces its retries out.
 * - `frozen` / `thawed`: the app is about to stop running (a page enters the back/forward cache, a mobile app is
 *   suspended); no socket is held meanwhile.
 * - `woke`: the device slept and runs again.
 */
export type EnvironmentChange = 'online' | 'offline' | 'background' | 'foreground' | 'frozen' | 'thawed' | 'woke';

export interface EnvironmentReading {
  /** `false` only when the device reports that it has no network. */
  readonly online: boolean;
  readonly foreground: boolean;
  /** `true` where a session may hold no socket now, as after `frozen`. Default `false`. */
  readonly frozen?: boolean | undefined;
}

export interface Environment {
  /** The situation now. Must not throw. */
  read(): EnvironmentReading;
  /** Calls `listener` for every change until the returned function is called. Nothing is listened to without subscribers. */
  subscribe(listener: (change: EnvironmentChange) => void): () => void;
}

/** Always online, always in the foreground, never a change: for servers, scripts and tests. */
export const staticEnvironment: Environment = {
  read: () => ({ online: true, foreground: true }),
  subscribe: () => () => {},
};

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
