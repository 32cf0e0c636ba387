import { callSafely } from './call-safely.ts';
import type { ClientSnapshot } from './client-snapshot.ts';

/** Holds the newest snapshot and notifies the app of the next ones. */
export class SnapshotStore {
  readonly #subscriberThrew: (cause: unknown) => void;
  #snapshot: ClientSnapshot;
  /** Replaced by every subscription, never changed. */
  #subscribers: readonly Subscriber[] = [];

  constructor(snapshot: ClientSnapshot, subscriberThrew: (cause: unknown) => void) {
    this.#snapshot = snapshot;
    this.#subscriberThrew = subscriberThrew;
  }

  get snapshot(): ClientSnapshot {
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    const subscriber: Subscriber = { listener };
    this.#subscribers = [...this.#subscribers, subscriber];
    return () => {
      this.#subscribers = this.#subscribers.filter((other) => other !== subscriber);
    };
  }

  /** A subscriber may cause the next snapshot: then the ones after it get only that one. */
  publish(snapshot: ClientSnapshot): void {
    const before = this.#snapshot;
    if (snapshot === before) return;
    this.#snapshot = snapshot;
    // A timer that is started again in the same state, as at the start of the actors, is no news.
    if (isSameBut('dueAt', before, snapshot)) return;
    for (const subscriber of this.#subscribers) {
      if (this.#snapshot !== snapshot) return;
      if (this.#subscribers.includes(subscriber)) callSafely(subscriber.listener, this.#subscriberThrew, snapshot);
    }
  }

  /** No further snapshot will come. */
  close(): void {
    this.#subscribers = [];
  }
}

function isSameBut(name: keyof ClientSnapshot, a: ClientSnapshot, b: ClientSnapshot): boolean {
  return (Object.keys(b) as (keyof ClientSnapshot)[]).every((key) => key === name || Object.is(a[key], b[key]));
}

interface Subscriber {
  readonly listener: (snapshot: ClientSnapshot) => unknown;
}
