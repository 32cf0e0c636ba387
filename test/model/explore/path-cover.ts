import type { PathStep as LifecycleStep } from '../../../src/testing/paths.ts';
import type { Branch } from './branches.ts';
import type { EventCase } from './event-cases.ts';
import type { Edge, Graph, GraphNode } from './explore.ts';
import { type ModelState, nextState, type Step } from './model-state.ts';

/** One event on a path, with all that the model knows of it. */
export interface PathStep extends LifecycleStep {
  readonly case: EventCase;
  /** The branch of the event, then those of choice states; empty when no state handles the event. */
  readonly branches: readonly Branch[];
  readonly before: ModelState;
  /** With what the statechart did on the edge. */
  readonly after: Step;
}

export interface CoverPath {
  readonly start: ModelState;
  readonly steps: readonly PathStep[];
}

export interface CoverOptions {
  /** What an edge covers, or `null` for nothing that counts. */
  readonly goalOf: (edge: Edge) => string | null;
  /** A path that is this long goes nowhere else. */
  readonly maxSteps: number;
  /** How many steps that cover nothing may lead from one goal of a path to the next. */
  readonly reach: number;
}

/**
 * Paths that together cover every goal of the graph, by a greedy walk: from where it is, a path takes what is new, or
 * goes the shortest way to something new nearby, or ends. Pages stand for states that are like them, so a plan
 * may not hold; every step is taken on the real machine, and only what really happened counts.
 */
export function coverPaths(graph: Graph, options: CoverOptions): CoverPath[] {
  const goals = new OpenGoals(graph, options.goalOf);
  const paths: CoverPath[] = [];
  for (const [goal, edge] of goals) {
    const walk = new Walk(graph, options, goals);
    walk.follow([...arrivalsOf(edge.from), edge]);
    if (goals.has(goal)) throw new Error(`A shortest path does not lead to ${goal}.`);
    while (walk.steps.length < options.maxSteps && walk.goOn());
    paths.push({ start: walk.start, steps: walk.steps });
  }
  return paths;
}

/** What is still to be covered, and where. */
class OpenGoals {
  readonly #first = new Map<string, Edge>();
  readonly #goals = new Map<Edge, string>();
  /** By the number of the node. */
  readonly #edges: (readonly Edge[])[] = [];

  constructor(graph: Graph, goalOf: CoverOptions['goalOf']) {
    for (const node of graph.nodes) {
      const edges: Edge[] = [];
      for (const edge of node.edges) {
        const goal = goalOf(edge);
        if (goal === null) continue;
        edges.push(edge);
        this.#goals.set(edge, goal);
        if (!this.#first.has(goal)) this.#first.set(goal, edge);
      }
      this.#edges.push(edges);
    }
  }

  /** Each open goal with the nearest way to it. */
  [Symbol.iterator](): IterableIterator<[string, Edge]> {
    return this.#first[Symbol.iterator]();
  }

  has(goal: string): boolean {
    return this.#first.has(goal);
  }

  close(goal: string): void {
    this.#first.delete(goal);
  }

  /** The edges of a node that would cover something. */
  at(index: number): readonly Edge[] {
    const known = this.#edges[index] ?? [];
    if (known.length === 0) return known;
    const open = known.filter((edge) => this.#first.has(this.#goals.get(edge) ?? ''));
    if (open.length < known.length) this.#edges[index] = open;
    return open;
  }
}

/** The edges of the shortest path to a node. */
function arrivalsOf(node: GraphNode): Edge[] {
  const edges: Edge[] = [];
  for (let edge = node.arrival; edge !== null; edge = edge.from.arrival) edges.unshift(edge);
  return edges;
}

class Walk {
  readonly steps: PathStep[] = [];
  start: ModelState;
  readonly #graph: Graph;
  readonly #options: CoverOptions;
  readonly #goals: OpenGoals;
  /** A plan that did not hold is not made again on the same path. */
  readonly #tried = new Set<Edge>();
  #state: ModelState;

  constructor(graph: Graph, options: CoverOptions, goals: OpenGoals) {
    this.#graph = graph;
    this.#options = options;
    this.#goals = goals;
    const [first] = graph.nodes;
    if (first === undefined) throw new Error('Nothing was explored.');
    this.start = first.state;
    this.#state = first.state;
  }

  /** Takes the edges of a path from a start. */
  follow(edges: readonly Edge[]): void {
    const [first] = edges;
    if (first === undefined) return;
    this.start = first.from.state;
    this.#state = this.start;
    for (const edge of edges) this.#take(edge.case);
  }

  /** Takes one more goal, if one is near. */
  goOn(): boolean {
    const plan = this.#plan();
    const goal = plan?.at(-1);
    if (plan === null || goal === undefined) return false;
    this.#tried.add(goal);
    for (const { case: eventCase } of plan) {
      if (!eventCase.canHappen(this.#state)) return true;
      this.#take(eventCase);
    }
    return true;
  }

  /** The shortest way to an open goal. What stays in the node comes first, so that it is not missed. */
  #plan(): readonly Edge[] | null {
    const map = mapOf(this.#graph);
    const start = map.indexOf.get(this.#graph.nodeOf(this.#state)) ?? 0;
    map.visits += 1;
    map.visitedIn[start] = map.visits;
    map.queue[0] = start;
    let [next, end] = [0, 1];
    for (let depth = 0; depth <= this.#options.reach && next < end; depth += 1) {
      for (const last = end; next < last; next += 1) {
        const index = map.queue[next] ?? 0;
        const goal = this.#goalAt(index, index === start);
        if (goal !== null) return [...trail(map, start, index), goal];
        const { edges, targets } = map.exits[index] ?? NO_EXITS;
        for (let exit = 0; exit < targets.length; exit += 1) {
          const to = targets[exit] ?? 0;
          if (map.visitedIn[to] === map.visits) continue;
          const edge = edges[exit];
          if (edge === undefined || (index === start && !edge.case.canHappen(this.#state))) continue;
          map.visitedIn[to] = map.visits;
          map.cameBy[to] = edge;
          map.queue[end] = to;
          end += 1;
        }
      }
    }
    return null;
  }

  #goalAt(index: number, isHere: boolean): Edge | null {
    let leaving: Edge | null = null;
    for (const edge of this.#goals.at(index)) {
      if (this.#tried.has(edge) || !this.#isPossible(edge, isHere)) continue;
      if (edge.to === edge.from) return edge;
      leaving ??= edge;
    }
    return leaving;
  }

  /** What is superseded on this path decides which late facts it can meet; a node knows only its own past. */
  #isPossible({ case: eventCase }: Edge, isHere: boolean): boolean {
    if (isHere) return eventCase.canHappen(this.#state);
    return eventCase.late === undefined || this.#state.work.superseded.has(eventCase.late);
  }

  #take(eventCase: EventCase): void {
    const { machine, branches } = this.#graph;
    const before = this.#state;
    const event = eventCase.event(before);
    const after = nextState(machine, before, event);
    const taken = branches.of(after.transitions);
    this.steps.push({ name: eventCase.name, case: eventCase, event, branches: taken, before, after });
    this.#state = after;
    const from = this.#graph.nodeOf(before);
    const goal = this.#options.goalOf({ from, case: eventCase, event, branches: taken, to: from });
    if (goal !== null) this.#goals.close(goal);
  }
}

function trail(map: GraphMap, start: number, index: number): Edge[] {
  const edges: Edge[] = [];
  for (let at = index; at !== start; ) {
    const edge = map.cameBy[at];
    if (edge === undefined) break;
    edges.unshift(edge);
    at = map.indexOf.get(edge.from) ?? start;
  }
  return edges;
}

/** One way to each node next to a node. */
interface Exits {
  readonly edges: readonly Edge[];
  readonly targets: Int32Array;
}

const NO_EXITS: Exits = { edges: [], targets: new Int32Array() };

/** Places by number, since thousands of plans look at all of them. */
interface GraphMap {
  readonly indexOf: ReadonlyMap<GraphNode, number>;
  readonly exits: readonly Exits[];
  /** The nodes that a plan has come to, in that order. */
  readonly queue: Int32Array;
  /** The number of the plan that was there last. */
  readonly visitedIn: Int32Array;
  /** The way by which it got there. */
  readonly cameBy: Edge[];
  visits: number;
}

const maps = new WeakMap<Graph, GraphMap>();

function mapOf(graph: Graph): GraphMap {
  const known = maps.get(graph);
  if (known !== undefined) return known;
  const indexOf = new Map(graph.nodes.map((node, index) => [node, index]));
  const exits = graph.nodes.map((node) => {
    const byTarget = new Map<number, Edge>();
    for (const edge of node.edges) {
      const to = indexOf.get(edge.to) ?? -1;
      if (edge.to !== node && edge.case.late === undefined && !byTarget.has(to)) byTarget.set(to, edge);
    }
    return { edges: [...byTarget.values()], targets: Int32Array.from(byTarget.keys()) };
  });
  const [visitedIn, queue] = [new Int32Array(graph.nodes.length), new Int32Array(graph.nodes.length)];
  const map: GraphMap = { indexOf, exits, queue, visitedIn, cameBy: [], visits: 0 };
  maps.set(graph, map);
  return map;
}
