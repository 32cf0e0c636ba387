import { EMPTY_LOG, type Entry, type EntryKind, type LogView } from './entry.ts';

/** How many entries of each kind are kept. Chat traffic can't push the session's history out. */
const LIMITS: Readonly<Record<EntryKind, number>> = {
  command: 5_000,
  fact: 5_000,
  timer: 5_000,
  device: 5_000,
  state: 5_000,
  wire: 1_000,
};

export interface EntryLog {
  /** Adds an entry, at the end or behind another one. */
  add(entry: Omit<Entry, 'id'>, after?: Entry): Entry;
  /** Completes an entry that was added before. */
  replace(entry: Entry): void;
  /** The same object until something is added. */
  view(): LogView;
  clear(): void;
}

/** Entries in order of time, the oldest of a kind dropped when there are too many of that kind. */
export function createEntryLog(limits: Readonly<Record<EntryKind, number>> = LIMITS): EntryLog {
  let entries: Entry[] = [];
  let lastId = 0;
  let view: LogView | null = EMPTY_LOG;
  const counts = new Map<EntryKind, number>();
  const dropped: Partial<Record<EntryKind, number>> = {};

  /** Drops a tenth at once, so that an addition costs next to nothing. */
  function makeRoom(kind: EntryKind): void {
    const limit = limits[kind];
    const count = counts.get(kind) ?? 0;
    if (count <= limit) return;
    let excess = Math.max(1, Math.ceil(limit / 10));
    dropped[kind] = (dropped[kind] ?? 0) + excess;
    counts.set(kind, count - excess);
    entries = entries.filter((entry) => {
      if (entry.kind !== kind || excess === 0) return true;
      excess -= 1;
      return false;
    });
  }

  /** Entries come nearly in order, so the place is looked for from the end. */
  const indexOf = ({ id }: Entry) => entries.findLastIndex((entry) => entry.id === id);

  return {
    add(entry, after) {
      lastId += 1;
      const added: Entry = { ...entry, id: lastId };
      const place = after === undefined ? -1 : indexOf(after);
      if (place < 0) entries.push(added);
      else entries.splice(place + 1, 0, added);
      counts.set(entry.kind, (counts.get(entry.kind) ?? 0) + 1);
      makeRoom(entry.kind);
      view = null;
      return added;
    },
    replace(entry) {
      const place = indexOf(entry);
      if (place >= 0) entries[place] = entry;
      view = null;
    },
    view() {
      view ??= { entries: [...entries], dropped: { ...dropped } };
      return view;
    },
    clear() {
      entries = [];
      counts.clear();
      for (const kind of Object.keys(dropped) as EntryKind[]) delete dropped[kind];
      view = EMPTY_LOG;
    },
  };
}
