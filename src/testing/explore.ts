import type { SessionEvent, SessionInput } from '../machines/types.ts';
import { type Branch, type Branches, branchesOf } from './branches.ts';
import type { SessionMachine } from './effects.ts';
import { EVENT_CASES, type EventCase } from './event-cases.ts';
import { leafOf, type ModelState, nextSituation, startSituation } from './model-state.ts';
import { allFacets, STATE_FACETS, type StateFacets, stateKey } from './state-key.ts';

/** A situation that the statechart can come into, standing for all that are like it. */
export interface Place {
  readonly situation: ModelState;
  /** The state key; several places may share one, when they differ in what matters later. */
  readonly key: string;
  readonly leaf: string;
  /** What can happen here. */
  readonly ways: readonly Way[];
  /** The way by which it was reached first, on a shortest path; `null` at a start. */
  readonly arrival: Way | null;
}

/** One event case that happens in a place. */
export interface Way {
  readonly from: Place;
  readonly case: EventCase;
  readonly event: SessionEvent;
  /** The branch of the event, then those of choice states; empty when no state handles the event. */
  readonly branches: readonly Branch[];
  readonly to: Place;
}

export interface Graph {
  readonly machine: SessionMachine;
  readonly branches: Branches;
  readonly places: readonly Place[];
  /** The place that stands for a situation. */
  readonly placeOf: (situation: ModelState) => Place;
}

export interface ExploreOptions {
  readonly machine: SessionMachine;
  /** Where it can start. The first is explored in full, the others as far as they differ. */
  readonly inputs: readonly SessionInput[];
  readonly cases?: readonly EventCase[];
  readonly facets?: StateFacets;
  /** More places than that are a mistake in a key. */
  readonly limit?: number;
}

/**
 * Explores the statechart breadth first, so that every place is reached by a shortest path. A situation is a place of
 * its own when it shows something new: a key, a facet with that key, or a pair of facets in that state. Pairs find what
 * the product of all facets finds (triples find the same keys and branches), in a fraction of the time.
 */
export function explore({
  machine,
  inputs,
  cases = EVENT_CASES,
  facets = STATE_FACETS,
  limit = 20_000,
}: ExploreOptions): Graph {
  const branches = branchesOf(machine);
  const index = new Index(facets);
  const queue: MutablePlace[] = [];
  for (const input of inputs) {
    const start = index.add(startSituation(machine, input), null);
    if (start !== null) queue.push(start);
  }
  for (const place of queue) {
    if (queue.length > limit) throw new Error(`More than ${limit} places: the state keys are too fine.`);
    if (place.stays) continue;
    for (const eventCase of cases) {
      if (!eventCase.canHappen(place.situation)) continue;
      const event = eventCase.event(place.situation);
      const situation = nextSituation(machine, place.situation, event);
      const taken = branches.of(situation.transitions);
      const way: MutableWay = { from: place, case: eventCase, event, branches: taken, to: place };
      const found = index.add(situation, way);
      if (found !== null) queue.push(found);
      way.to = found ?? index.standIn(situation);
      place.ways.push(way);
    }
  }
  return { machine, branches, places: queue, placeOf: (situation) => index.standIn(situation) };
}

interface MutablePlace extends Place {
  readonly ways: Way[];
  /** Not explored further: another start covers what follows. */
  readonly stays: boolean;
}

interface MutableWay extends Way {
  to: Place;
}

/** Three words make a number below 2^53. */
const MOST_WORDS = 100_000;

class Index {
  readonly #facets: StateFacets;
  readonly #seen = new Set<number>();
  readonly #ids = new Map<string, number>();
  readonly #byFacets = new Map<string, MutablePlace>();
  readonly #byKey = new Map<string, MutablePlace>();
  readonly #byLeaf = new Map<string, MutablePlace>();

  constructor(facets: StateFacets) {
    this.#facets = facets;
  }

  /** A new place for the situation, or `null` when it shows nothing new. */
  add(situation: ModelState, arrival: Way | null): MutablePlace | null {
    const leaf = leafOf(situation.snapshot);
    const values = allFacets(situation);
    const all = `${leaf}|${values.join('|')}`;
    if (this.#byFacets.has(all)) return null;
    const key = stateKey(situation, this.#facets);
    if (!this.#isNew(leaf, key, values)) {
      this.#byFacets.set(all, this.standIn(situation));
      return null;
    }
    const isOtherWorld = !situation.snapshot.context.restorable && !this.#facets[leaf]?.includes('source');
    const place: MutablePlace = { situation, key, leaf, ways: [], arrival, stays: isOtherWorld };
    this.#byFacets.set(all, place);
    if (!this.#byKey.has(key)) this.#byKey.set(key, place);
    if (!this.#byLeaf.has(leaf)) this.#byLeaf.set(leaf, place);
    return place;
  }

  /** The known place that is most like the situation. */
  standIn(situation: ModelState): MutablePlace {
    const leaf = leafOf(situation.snapshot);
    const all = `${leaf}|${allFacets(situation).join('|')}`;
    const place =
      this.#byFacets.get(all) ?? this.#byKey.get(stateKey(situation, this.#facets)) ?? this.#byLeaf.get(leaf);
    if (place === undefined) throw new Error(`No place is in ${leaf}.`);
    return place;
  }

  #isNew(leaf: string, key: string, values: readonly string[]): boolean {
    const before = this.#seen.size;
    const ids = values.map((value) => this.#idOf(value));
    const [leafId, keyId] = [this.#idOf(leaf), this.#idOf(key)];
    this.#seen.add(keyId);
    for (let first = 0; first < ids.length; first += 1) {
      const id = ids[first] ?? 0;
      this.#seen.add((keyId * MOST_WORDS + id) * MOST_WORDS);
      for (let second = first + 1; second < ids.length; second += 1) {
        this.#seen.add((leafId * MOST_WORDS + id) * MOST_WORDS + (ids[second] ?? 0));
      }
    }
    return this.#seen.size > before;
  }

  /** A small number for a word: tens of thousands of situations are compared by pairs of them. Never 0. */
  #idOf(word: string): number {
    const known = this.#ids.get(word);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    if (id >= MOST_WORDS) throw new Error(`More than ${MOST_WORDS} state keys and facets.`);
    this.#ids.set(word, id);
    return id;
  }
}
