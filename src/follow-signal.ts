import { quietly } from './input.ts';

/** One listener for each signal: Node warns of a leak at eleven listeners, and an app may well have more calls. */
const followers = new WeakMap<AbortSignal, Followers>();

interface Followers {
  readonly aborts: Set<() => void>;
  readonly notify: () => void;
}

/** Calls `abort` when `signal` is aborted; returns what stops that. Never throws. */
export function follow(signal: AbortSignal, abort: () => void): () => void {
  const known = followers.get(signal) ?? firstOf(signal);
  known.aborts.add(abort);
  return () => {
    if (!known.aborts.delete(abort) || known.aborts.size > 0) return;
    followers.delete(signal);
    quietly(() => signal.removeEventListener('abort', known.notify));
  };
}

function firstOf(signal: AbortSignal): Followers {
  const aborts = new Set<() => void>();
  const notify = () => {
    for (const abort of [...aborts]) abort();
  };
  // A signal may be the app's own object; a throw where something was collected would end a Node process (law 11).
  quietly(() => signal.addEventListener('abort', notify));
  const first: Followers = { aborts, notify };
  followers.set(signal, first);
  return first;
}
