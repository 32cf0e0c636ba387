/** Every timer of one server, so that closing it leaves none behind. */
export interface Timers {
  /** Calls `callback` once after `delayMs`, however long that is. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
  clear(): void;
}

/** Node fires longer timers at once. */
const LONGEST_DELAY_MS = 2_147_483_647;

export function createTimers(): Timers {
  const pending = new Set<() => void>();
  return {
    after(delayMs, callback) {
      let leftMs = delayMs;
      let handle: ReturnType<typeof setTimeout>;
      const cancel = () => {
        clearTimeout(handle);
        pending.delete(cancel);
      };
      const wait = () => {
        const stepMs = Math.min(leftMs, LONGEST_DELAY_MS);
        leftMs -= stepMs;
        handle = setTimeout(() => {
          if (leftMs > 0) return wait();
          pending.delete(cancel);
          callback();
        }, stepMs);
      };
      pending.add(cancel);
      wait();
      return cancel;
    },
    clear() {
      for (const cancel of [...pending]) cancel();
    },
  };
}
