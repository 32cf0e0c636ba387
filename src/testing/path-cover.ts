import type { SessionEvent } from '../machines/types.ts';
import type { Branch } from './branches.ts';
import type { EventCase } from './event-cases.ts';
import type { Graph, Place, Way } from './explore.ts';
import { type ModelState, nextSituation, type Step } from './model-state.ts';

/** One event on a path, with the situations around it, as they are when the path is followed from its start. */
export interface PathStep {
  readonly case: EventCase;
  readonly event: SessionEvent;
  /** The branch of the event, then those of choice states; empty when no state handles the event. */
  readonly branches: readonly Branch[];
  readonly before: ModelState;
  /** With what the statechart did on the way. */
  readonly after: Step;
}

export interface CoverPath {
  readonly start: ModelState;
  readonly steps: readonly PathStep[];
}

export interface CoverOptions {
  /** What a way covers, or `null` for nothing that counts. */
  readonly goalOf: (way: Way) => string | null;
  /** A path that is this long goes nowhere else. */
  readonly maxSteps: number;
  /** How many steps that cover nothing may lead from one goal of a path to the next. */
  readonly reach: number;
}

/**
 * Paths that together cover every goal of the graph, by a greedy walk: from where it is, a path takes what is new, or
 * goes the shortest way to something new nearby, or ends. Pages stand for situations that are like them, so a plan
 * may not hold; every step is taken on the real machine, and only what really happened counts.
 */
export function coverPaths(graph: Graph, options: CoverOptions): CoverPath[] {
  const goals = new OpenGoals(graph, options.goalOf);
  const paths: CoverPath[] = [];
  for (const [goal, way] of goals) {
    const walk = new Walk(graph, options, goals);
    walk.follow([...arrivalsOf(way.from), way]);
    if (goals.has(goal)) throw new Error(`A shortest path does not lead to ${goal}.`);
    while (walk.steps.length < options.maxSteps && walk.goOn());
    paths.push({ start: walk.start, steps: walk.steps });
  }
  return paths;
}

/** What is still to be covered, and where. */
class OpenGoals {
  readonly #first = new Map<string, Way>();
  readonly #goals = new Map<Way, string>();
  readonly #ways = new Map<Place, readonly Way[]>();

  constructor(graph: Graph, goalOf: CoverOptions['goalOf']) {
    for (const place of graph.places) {
      const ways: Way[] = [];
      for (const way of place.ways) {
        const goal = goalOf(way);
        if (goal === null) continue;
        ways.push(way);
        this.#goals.set(way, goal);
        if (!this.#first.has(goal)) this.#first.set(goal, way);
      }
      this.#ways.set(place, ways);
    }
  }

  /** Each open goal with the nearest way to it. */
  [Symbol.iterator](): IterableIterator<[string, Way]> {
    return this.#first[Symbol.iterator]();
  }

  has(goal: string): boolean {
    return this.#first.has(goal);
  }

  close(goal: string): void {
    this.#first.delete(goal);
  }

  /** The ways of a place that would cover something. */
  at(place: Place): readonly Way[] {
    const known = this.#ways.get(place) ?? [];
    const open = known.filter((way) => this.#first.has(this.#goals.get(way) ?? ''));
    if (open.length < known.length) this.#ways.set(place, open);
    return open;
  }
}

/** The ways of the shortest path to a place. */
function arrivalsOf(place: Place): Way[] {
  const ways: Way[] = [];
  for (let way = place.arrival; way !== null; way = way.from.arrival) ways.unshift(way);
  return ways;
}

class Walk {
  readonly steps: PathStep[] = [];
  start: ModelState;
  readonly #graph: Graph;
  readonly #options: CoverOptions;
  readonly #goals: OpenGoals;
  /** A plan that did not hold is not made again on the same path. */
  readonly #tried = new Set<Way>();
  #situation: ModelState;

  constructor(graph: Graph, options: CoverOptions, goals: OpenGoals) {
    this.#graph = graph;
    this.#options = options;
    this.#goals = goals;
    const [first] = graph.places;
    if (first === undefined) throw new Error('Nothing was explored.');
    this.start = first.situation;
    this.#situation = first.situation;
  }

  /** Takes the ways of a path from a start. */
  follow(ways: readonly Way[]): void {
    const [first] = ways;
    if (first === undefined) return;
    this.start = first.from.situation;
    this.#situation = this.start;
    for (const way of ways) this.#take(way.case);
  }

  /** Takes one more goal, if one is near. */
  goOn(): boolean {
    const plan = this.#plan();
    const goal = plan?.at(-1);
    if (plan === null || goal === undefined) return false;
    this.#tried.add(goal);
    for (const { case: eventCase } of plan) {
      if (!eventCase.canHappen(this.#situation)) return true;
      this.#take(eventCase);
    }
    return true;
  }

  /** The shortest way to an open goal. What stays in place comes first, so that it is not missed. */
  #plan(): readonly Way[] | null {
    const start = this.#graph.placeOf(this.#situation);
    const arrivals = new Map<Place, Way | null>([[start, null]]);
    let front: readonly Place[] = [start];
    for (let depth = 0; depth <= this.#options.reach; depth += 1) {
      const next: Place[] = [];
      for (const place of front) {
        const goal = this.#goalAt(place, place === start);
        if (goal !== null) return [...trail(arrivals, place), goal];
        for (const way of exitsOf(place)) {
          if (arrivals.has(way.to) || (place === start && !way.case.canHappen(this.#situation))) continue;
          arrivals.set(way.to, way);
          next.push(way.to);
        }
      }
      front = next;
    }
    return null;
  }

  #goalAt(place: Place, isHere: boolean): Way | null {
    let leaving: Way | null = null;
    for (const way of this.#goals.at(place)) {
      if (this.#tried.has(way) || !this.#isPossible(way, isHere)) continue;
      if (way.to === place) return way;
      leaving ??= way;
    }
    return leaving;
  }

  /** What is superseded on this path decides which late facts it can meet; a place knows only its own past. */
  #isPossible({ case: eventCase }: Way, isHere: boolean): boolean {
    if (isHere) return eventCase.canHappen(this.#situation);
    return eventCase.late === undefined || this.#situation.ledger.superseded.has(eventCase.late);
  }

  #take(eventCase: EventCase): void {
    const { machine, branches } = this.#graph;
    const before = this.#situation;
    const event = eventCase.event(before);
    const after = nextSituation(machine, before, event);
    const taken = branches.of(after.transitions);
    this.steps.push({ case: eventCase, event, branches: taken, before, after });
    this.#situation = after;
    const from = this.#graph.placeOf(before);
    const goal = this.#options.goalOf({ from, case: eventCase, event, branches: taken, to: from });
    if (goal !== null) this.#goals.close(goal);
  }
}

function trail(arrivals: ReadonlyMap<Place, Way | null>, place: Place): Way[] {
  const ways: Way[] = [];
  for (let way = arrivals.get(place) ?? null; way !== null; way = arrivals.get(way.from) ?? null) ways.unshift(way);
  return ways;
}

const exits = new WeakMap<Place, readonly Way[]>();

/** One way to each place next to this one. */
function exitsOf(place: Place): readonly Way[] {
  const known = exits.get(place);
  if (known !== undefined) return known;
  const byTarget = new Map<Place, Way>();
  for (const way of place.ways) {
    if (way.to !== place && way.case.late === undefined && !byTarget.has(way.to)) byTarget.set(way.to, way);
  }
  const found = [...byTarget.values()];
  exits.set(place, found);
  return found;
}
