import { type ClientSnapshot, isShallowEqual } from './client-snapshot.ts';
import { Listeners } from './listeners.ts';

export class SnapshotStore {
  readonly #subscriberThrew: (cause: unknown) => void;
  #snapshot: ClientSnapshot;
  #subscribers = new Listeners<ClientSnapshot>();

  constructor(snapshot: ClientSnapshot, subscriberThrew: (cause: unknown) => void) {
    this.#snapshot = snapshot;
    this.#subscriberThrew = subscriberThrew;
  }

  get snapshot(): ClientSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#subscribers.add(listener);
  }

  /** A subscriber may cause the next snapshot: then the ones after it get only that one. */
  publish(snapshot: ClientSnapshot): void {
    const before = this.#snapshot;
    if (snapshot === before) return;
    this.#snapshot = snapshot;
    if (this.#subscribers.isEmpty || isSameToThem(before, snapshot)) return;
    this.#subscribers.call(snapshot, () => this.#snapshot === snapshot, this.#subscriberThrew);
  }

  /** No further snapshot will come. */
  close(): void {
    this.#subscribers = new Listeners();
  }
}

/** A timer that is started again soon, as at the start of the actors, is no news. */
function isSameToThem(before: ClientSnapshot, after: ClientSnapshot): boolean {
  if (before.dueAt === null || after.dueAt === null || Math.abs(after.dueAt - before.dueAt) > NEGLIGIBLE_MS)
    return false;
  return isShallowEqual(before, { ...after, dueAt: before.dueAt });
}

const NEGLIGIBLE_MS = 1_000;
