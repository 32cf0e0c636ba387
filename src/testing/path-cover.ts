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
    if (known.length === 0) return known;
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
    const map = mapOf(this.#graph);
    const start = map.indexOf.get(this.#graph.placeOf(this.#situation)) ?? 0;
    map.visits += 1;
    map.visitedIn[start] = map.visits;
    let front = [start];
    for (let depth = 0; depth <= this.#options.reach && front.length > 0; depth += 1) {
      const next: number[] = [];
      for (const index of front) {
        const place = this.#graph.places[index];
        const goal = place === undefined ? null : this.#goalAt(place, index === start);
        if (goal !== null) return [...trail(map, start, index), goal];
        const exits = map.exits[index] ?? [];
        for (const { way, to } of exits) {
          if (map.visitedIn[to] === map.visits) continue;
          if (index === start && !way.case.canHappen(this.#situation)) continue;
          map.visitedIn[to] = map.visits;
          map.cameBy[to] = way;
          next.push(to);
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

function trail(map: GraphMap, start: number, index: number): Way[] {
  const ways: Way[] = [];
  for (let at = index; at !== start; ) {
    const way = map.cameBy[at];
    if (way === undefined) break;
    ways.unshift(way);
    at = map.indexOf.get(way.from) ?? start;
  }
  return ways;
}

/** Places by number, since thousands of plans look at all of them. */
interface GraphMap {
  readonly indexOf: ReadonlyMap<Place, number>;
  /** One way to each place next to this one. */
  readonly exits: readonly (readonly { readonly way: Way; readonly to: number }[])[];
  /** The number of the plan that was there last. */
  readonly visitedIn: Int32Array;
  /** The way by which it got there. */
  readonly cameBy: Way[];
  visits: number;
}

const maps = new WeakMap<Graph, GraphMap>();

function mapOf(graph: Graph): GraphMap {
  const known = maps.get(graph);
  if (known !== undefined) return known;
  const indexOf = new Map(graph.places.map((place, index) => [place, index]));
  const exits = graph.places.map((place) => {
    const byTarget = new Map<number, Way>();
    for (const way of place.ways) {
      const to = indexOf.get(way.to) ?? -1;
      if (way.to !== place && way.case.late === undefined && !byTarget.has(to)) byTarget.set(to, way);
    }
    return [...byTarget].map(([to, way]) => ({ way, to }));
  });
  const map: GraphMap = { indexOf, exits, visitedIn: new Int32Array(graph.places.length), cameBy: [], visits: 0 };
  maps.set(graph, map);
  return map;
}
