import { OwnError } from '../errors.ts';
import { callSafely } from '../input.ts';
import type { User } from '../user.ts';
import { encodeRecord, type StoredRecord, userIn } from './record.ts';
import type { ProvidedRepository, ReportCorruptRecord } from './repository.ts';

/*
 * Two repository objects over one place (an app that disposes its client and creates another, or has two clients) must
 * not write past each other, and learn of each other's changes.
 */

type Listener = (user: User | null) => void;

interface Turn {
  readonly settled: Promise<void>;
  /** Also when it has just ended. */
  readonly isRemoving: () => boolean;
}

/** A place where a user is kept, as every repository of this process that uses it sees it. */
export class Place {
  /** The newest operation that is under way or waits. */
  #newest: Turn | null = null;
  #begunWrites = 0;
  #endedWrites = 0;
  #listeners: readonly { readonly by: object; readonly listener: Listener }[] = [];
  readonly #onUnused: () => void;

  constructor(onUnused: () => void) {
    this.#onUnused = onUnused;
  }

  /** Runs `operation`: at once where nothing is under way here, else when that has settled. */
  withLock<Value>(operation: () => Promise<Value>): Promise<Value> {
    return this.#inTurn(operation, false);
  }

  /** The same for what changes the record. Removals run next to each other: one that hangs can be tried again. */
  async write<Value>(operation: () => Promise<Value>, isRemoval = false): Promise<Value> {
    this.#begunWrites += 1;
    try {
      return await this.#inTurn(operation, isRemoval);
    } finally {
      this.#endedWrites += 1;
    }
  }

  #inTurn<Value>(operation: () => Promise<Value>, isRemoval: boolean): Promise<Value> {
    const before = this.#newest;
    let hasBegun = false;
    const begin = () => {
      hasBegun = true;
      return operation();
    };
    const isNow = before === null || (isRemoval && before.isRemoving());
    const result = isNow ? begin() : before.settled.then(begin);
    const ended = result.then(ignore, ignore);
    // What follows waits for both removals, because the one that hangs might remove its user.
    const settled = isNow && before !== null ? Promise.all([before.settled, ended]).then(ignore) : ended;
    const turn: Turn = { settled, isRemoving: () => isRemoval && hasBegun };
    this.#newest = turn;
    void settled.then(() => {
      if (this.#newest !== turn) return;
      this.#newest = null;
      this.#removeIfUnused();
    });
    return result;
  }

  /** Returns whether no write of this process has been under way since: what was read meanwhile is not older than it. */
  watchWrites(): () => boolean {
    const begun = this.#begunWrites;
    const isQuiet = begun === this.#endedWrites;
    return () => isQuiet && begun === this.#begunWrites;
  }

  notify(by: object, user: User | null): void {
    for (const subscription of this.#listeners)
      if (subscription.by !== by) callSafely(subscription.listener, ignore, user);
  }

  subscribe(by: object, listener: Listener): () => void {
    const subscription = { by, listener };
    this.#listeners = [...this.#listeners, subscription];
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== subscription);
      this.#removeIfUnused();
    };
  }

  #removeIfUnused(): void {
    if (this.#newest === null && this.#listeners.length === 0) this.#onUnused();
  }
}

function ignore(): void {}

const placesOf = /* @__PURE__ */ new WeakMap<object, Map<string, Place>>();

export function placeOf(owner: object, key: string): Place {
  const places = placesOf.get(owner) ?? new Map<string, Place>();
  placesOf.set(owner, places);
  const forget = () => {
    if (places.get(key) === place) places.delete(key);
  };
  const place: Place = places.get(key) ?? new Place(forget);
  places.set(key, place);
  return place;
}

export interface RecordAt {
  readonly place: Place;
  read(): Promise<StoredRecord>;
  write(record: string): unknown;
  /** Returns whether a record of this app is gone. */
  remove(): Promise<boolean>;
}

/** A repository over the record that `open` finds, asked for each operation. What `open` throws fails that operation. */
export function repositoryOf(apiKey: string, open: () => RecordAt): Required<ProvidedRepository> {
  const own = {};
  return {
    apiKey,
    async getCurrentUser(report) {
      const { place, read } = open();
      return place.withLock(async () => userIn(await read(), report));
    },
    async setCurrentUser(user, { onlyIfStored = false } = {}) {
      const { place, read, write } = open();
      const record = encodeRecord(apiKey, user);
      return place.write(async () => {
        if (onlyIfStored && userIn(await read(), refuseUnknown)?.id !== user.id) return false;
        await write(record);
        place.notify(own, user as User);
        return true;
      });
    },
    async clearCurrentUser() {
      const { place, remove } = open();
      return place.write(async () => {
        if (await remove()) place.notify(own, null);
      }, true);
    },
    subscribe: (listener) => orNull(open)?.place.subscribe(own, listener) ?? (() => {}),
  };
}

/** What cannot be understood may be the record of this very user. */
const refuseUnknown: ReportCorruptRecord = ({ message }) => {
  throw new OwnError(message);
};

export function orNull<Value>(act: () => Value): Value | null {
  try {
    return act();
  } catch {
    return null;
  }
}
