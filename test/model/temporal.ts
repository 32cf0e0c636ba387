import type { SessionEvent } from '../../src/machines/types.ts';
import { leafOf } from '../../src/testing/paths.ts';
import type { Edge, Graph, GraphNode } from './explore/explore.ts';
import { nextState } from './explore/model-state.ts';

/*
 * What holds of whole lives, proven over the explored graph: the laws of a single step are in test/kit/oracles/laws. A
 * node stands for all states that are like it.
 */

export interface TemporalLaw {
  /** The number of the law in the design. */
  readonly law: number;
  readonly promise: string;
  /** Places that break it, each with how. */
  readonly breaches: (graph: Graph) => readonly string[];
}

const TIMER = /\.(timedOut|due|becameStable)$/;

/** Replies to commands, as far as they do not come late. Anything else is a timer, or comes from outside. */
const REPLIES: ReadonlySet<SessionEvent['type']> = new Set<SessionEvent['type']>([
  'token.loaded',
  'token.failed',
  'hello.received',
  'socket.lost',
  'token.refused',
  'token.notValidNow',
  'socket.closed',
  'user.found',
  'user.missing',
  'user.unreadable',
  'user.saved',
  'user.notSaved',
  'user.cleared',
  'user.notCleared',
]);

const isNotByApp = ({ event }: Edge) => !event.type.startsWith('session.');
const isTimer = ({ event }: Edge) => TIMER.test(event.type);
const isIn = (node: GraphNode, state: string) => node.leaf.split('.')[0] === state;
/** Without a socket there is nothing to wait for. */
const isClosedAtOnce = ({ event, from }: Edge) => event.type === 'socket.closed' && !from.state.work.isSocketThere;
/** Another start covers what follows. */
const isUnexplored = ({ edges }: GraphNode) => edges.length === 0;
const isRunning = ({ state: { snapshot } }: GraphNode) =>
  snapshot.hasTag('running') && !snapshot.context.device.suspended;

/** A reply to a command. What a server does to a live connection is no reply. */
const isReply = (edge: Edge) =>
  REPLIES.has(edge.event.type) &&
  edge.case.late === undefined &&
  !isIn(edge.from, 'connected') &&
  edge.branches.length > 0;

export const TEMPORAL_LAWS: readonly TemporalLaw[] = [
  {
    law: 8,
    promise: 'from everywhere in a running session, connected can be reached without the app, unless it has suspended',
    breaches: ({ nodes }) => {
      const reaches = reachingBack(nodes, (node) => isIn(node, 'connected') || isUnexplored(node), isNotByApp);
      return nodes.filter((node) => isRunning(node) && !reaches.has(node)).map(({ key }) => key);
    },
  },
  {
    law: 5,
    promise: 'every session that ends comes to its end by timers alone',
    breaches: ({ nodes }) => {
      const isOver = (node: GraphNode) => !isIn(node, 'disconnecting') || isUnexplored(node);
      const reaches = reachingBack(nodes, isOver, (edge) => isTimer(edge) || isClosedAtOnce(edge));
      return nodes.filter((node) => isIn(node, 'disconnecting') && !reaches.has(node)).map(({ key }) => key);
    },
  },
  {
    law: 8,
    promise: 'no session goes round in circles by replies alone, without a timer or an event from outside',
    breaches: (graph) => cyclesOf(graph, isReply).map((cycle) => cycle.map(({ from }) => from.key).join(' → ')),
  },
];

/** All that is broken, each in one line. */
export function temporalBreaches(graph: Graph): string[] {
  return TEMPORAL_LAWS.flatMap(({ law, promise, breaches }) =>
    [...new Set(breaches(graph))].map((node) => `law ${law}, ${promise}: not from ${node}.`),
  );
}

/** The nodes from which a goal can be reached along the edges that count. */
function reachingBack(
  nodes: readonly GraphNode[],
  isGoal: (node: GraphNode) => boolean,
  counts: (edge: Edge) => boolean,
): ReadonlySet<GraphNode> {
  const before = new Map<GraphNode, GraphNode[]>();
  for (const node of nodes) {
    for (const edge of node.edges) {
      if (!counts(edge)) continue;
      const others = before.get(edge.to);
      if (others === undefined) before.set(edge.to, [node]);
      else others.push(node);
    }
  }
  const reached = new Set(nodes.filter(isGoal));
  for (const node of reached) for (const one of before.get(node) ?? []) reached.add(one);
  return reached;
}

/** Cycles along the edges that count, one for each node where a depth-first walk meets its own path. */
function cyclesOf({ machine, nodes }: Graph, counts: (edge: Edge) => boolean): readonly (readonly Edge[])[] {
  const cycles: Edge[][] = [];
  const done = new Set<GraphNode>();
  const path: Edge[] = [];
  const visit = (node: GraphNode) => {
    const index = path.findIndex(({ from }) => from === node);
    if (index >= 0) cycles.push(path.slice(index));
    if (index >= 0 || done.has(node)) return;
    for (const edge of node.edges) {
      if (!counts(edge)) continue;
      path.push(edge);
      visit(edge.to);
      path.pop();
    }
    done.add(node);
  };
  for (const node of nodes) visit(node);
  return cycles.filter((cycle) => goesRound(machine, cycle));
}

const ROUNDS = 4;

/** Nodes stand for others that are like them, so a cycle counts once a real session goes round in it. */
function goesRound(machine: Graph['machine'], cycle: readonly Edge[]): boolean {
  let state = cycle[0]?.from.state;
  if (state === undefined) return false;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { case: eventCase, to } of cycle) {
      if (!eventCase.canHappen(state)) return false;
      state = nextState(machine, state, eventCase.event(state));
      if (leafOf(state.snapshot) !== to.leaf) return false;
    }
  }
  return true;
}
