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
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
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

interface Subscriber {
  readonly listener: (snapshot: ClientSnapshot) => unknown;
}
