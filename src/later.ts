/**
 * Calls `task`, which must not throw, in a later microtask. A promise costs Node a third of `queueMicrotask`, which makes
 * an asynchronous resource for each call.
 */
export function later(task: () => void): void {
  void SETTLED.then(task);
}

const SETTLED = Promise.resolve();
