import type { User } from '../user.ts';

/*
 * Two repository objects over one place (an app that disposes its client and creates another, or has two clients) must
 * not write past each other, and learn of each other's changes.
 */

export type PlaceListener = (user: User | null) => void;

/** A place where a user is kept, as every repository of this process that uses it sees it. */
export interface Place {
  /** Runs `operation`: at once where nothing is under way here, else when that has settled. */
  withLock<Value>(operation: () => Promise<Value>): Promise<Value>;
  /** Calls the listeners of the other repositories. */
  notify(by: object, user: User | null): void;
  /** Returns a function that stops it. */
  subscribe(by: object, listener: PlaceListener): () => void;
}

let placesOf: WeakMap<object, Map<string, SharedPlace>> | undefined;

/** The place that `owner` and `key` name. */
export function placeOf(owner: object, key: string): Place {
  placesOf ??= new WeakMap();
  const places = placesOf.get(owner) ?? new Map<string, SharedPlace>();
  placesOf.set(owner, places);
  const known = places.get(key);
  if (known !== undefined) return known;
  const place: SharedPlace = new SharedPlace(() => {
    if (places.get(key) === place) places.delete(key);
  });
  places.set(key, place);
  return place;
}

class SharedPlace implements Place {
  #settled: Promise<void> | null = null;
  #listeners: readonly { readonly by: object; readonly listener: PlaceListener }[] = [];
  readonly #onUnused: () => void;

  constructor(onUnused: () => void) {
    this.#onUnused = onUnused;
  }

  withLock<Value>(operation: () => Promise<Value>): Promise<Value> {
    const result = this.#settled === null ? operation() : this.#settled.then(operation);
    const settled = result.then(
      () => {},
      () => {},
    );
    this.#settled = settled;
    void settled.then(() => {
      if (this.#settled !== settled) return;
      this.#settled = null;
      this.#removeIfUnused();
    });
    return result;
  }

  notify(by: object, user: User | null): void {
    for (const subscription of this.#listeners) if (subscription.by !== by) subscription.listener(user);
  }

  subscribe(by: object, listener: PlaceListener): () => void {
    const subscription = { by, listener };
    this.#listeners = [...this.#listeners, subscription];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== subscription);
      this.#removeIfUnused();
    };
  }

  #removeIfUnused(): void {
    if (this.#settled === null && this.#listeners.length === 0) this.#onUnused();
  }
}
