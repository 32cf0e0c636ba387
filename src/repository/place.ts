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

/** A place where a user is kept, as every repository of this process that uses it sees it. */
export class Place {
  /** Settles when every operation so far has; `null` where none is under way. */
  #all: Promise<void> | null = null;
  /** The same, up to the save that was ordered last. */
  #untilSaved: Promise<void> | null = null;
  #begunWrites = 0;
  #endedWrites = 0;
  #listeners: readonly { readonly by: object; readonly listener: Listener }[] = [];
  readonly #onUnused: () => void;

  constructor(onUnused: () => void) {
    this.#onUnused = onUnused;
  }

  /** Runs `operation`, a read: at once where nothing is under way here, else when that has settled. */
  read<Value>(operation: () => Promise<Value>): Promise<Value> {
    return this.#inTurn(operation, this.#all);
  }

  /** The same for what stores a user. */
  save<Value>(operation: () => Promise<Value>): Promise<Value> {
    const saved = this.#write(operation, this.#all);
    const settled = this.#all;
    this.#untilSaved = settled;
    void settled?.then(() => {
      if (this.#untilSaved === settled) this.#untilSaved = null;
    });
    return saved;
  }

  /** The same for a removal, which waits for saves only: a logout can be tried past a read or a removal that hangs. */
  remove<Value>(operation: () => Promise<Value>): Promise<Value> {
    return this.#write(operation, this.#untilSaved);
  }

  async #write<Value>(operation: () => Promise<Value>, before: Promise<void> | null): Promise<Value> {
    this.#begunWrites += 1;
    try {
      return await this.#inTurn(operation, before);
    } finally {
      this.#endedWrites += 1;
    }
  }

  #inTurn<Value>(operation: () => Promise<Value>, before: Promise<void> | null): Promise<Value> {
    const result = before === null ? operation() : before.then(operation);
    const ended = result.then(ignore, ignore);
    // What follows waits for all of them, because a removal that hangs might remove its user.
    const settled = before === this.#all ? ended : Promise.all([this.#all, ended]).then(ignore);
    this.#all = settled;
    void settled.then(() => {
      if (this.#all !== settled) return;
      this.#all = null;
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
    if (this.#all === null && this.#listeners.length === 0) this.#onUnused();
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
  /** Returns `false` where `isWanted` does, which a slow write asks right before the record takes its place. */
  write(record: string, isWanted: () => Promise<boolean>): Promise<unknown>;
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
      return place.read(async () => userIn(await read(), report));
    },
    async setCurrentUser(user, { onlyIfStored = false } = {}) {
      const { place, read, write } = open();
      const record = encodeRecord(apiKey, user);
      return place.save(async () => {
        const isWanted = async () => !onlyIfStored || userIn(await read(), refuseUnknown)?.id === user.id;
        if (onlyIfStored && !(await isWanted())) return false;
        if ((await write(record, isWanted)) === false) return false;
        place.notify(own, user as User);
        return true;
      });
    },
    async clearCurrentUser() {
      const { place, remove } = open();
      return place.remove(async () => {
        if (await remove()) place.notify(own, null);
      });
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
