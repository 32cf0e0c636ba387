/** Every timer of one server, so that closing it leaves none behind. */
export interface Timers {
  /** Calls `callback` once after `delayMs`; never when that is above 24 days. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  clear(): void;
}

/** Node fires longer timers at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

export function createTimers(): Timers {
  const pending = new Set<NodeJS.Timeout>();
  const cancel = (timer: NodeJS.Timeout) => {
    clearTimeout(timer);
    pending.delete(timer);
  };
  return {
    after(delayMs, callback) {
      if (delayMs > LONGEST_DELAY_MS) return () => undefined;
      const timer = setTimeout(() => {
        pending.delete(timer);
        callback();
      }, delayMs);
      pending.add(timer);
      return () => cancel(timer);
    },
    clear: () => pending.forEach(cancel),
  };
}
