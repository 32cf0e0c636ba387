import type { SessionEvent } from '../../src/machines/types.ts';
import type { Graph, Place, Way } from '../../src/testing/explore.ts';
import { leafOf, nextSituation } from '../../src/testing/model-state.ts';

/*
 * What holds of whole lives, proven over the explored graph: the laws of a single step are in test/kit/oracles/laws. A
 * place stands for all situations that are like it.
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

const isNotByApp = ({ event }: Way) => !event.type.startsWith('session.');
const isTimer = ({ event }: Way) => TIMER.test(event.type);
const isIn = (place: Place, state: string) => place.leaf.split('.')[0] === state;
/** Without a socket there is nothing to wait for. */
const isClosedAtOnce = ({ event, from }: Way) => event.type === 'socket.closed' && !from.situation.ledger.isSocketThere;
/** Another start covers what follows. */
const isUnexplored = ({ ways }: Place) => ways.length === 0;
const isRunning = ({ situation: { snapshot } }: Place) =>
  snapshot.hasTag('running') && snapshot.context.device.presence !== 'suspended';

/** A reply to a command. What a server does to a live connection is no reply. */
const isReply = (way: Way) =>
  REPLIES.has(way.event.type) && way.case.late === undefined && !isIn(way.from, 'connected') && way.branches.length > 0;

export const TEMPORAL_LAWS: readonly TemporalLaw[] = [
  {
    law: 8,
    promise: 'from everywhere in a running session, connected can be reached without the app, unless it has suspended',
    breaches: ({ places }) => {
      const reaches = reachingBack(places, (place) => isIn(place, 'connected') || isUnexplored(place), isNotByApp);
      return places.filter((place) => isRunning(place) && !reaches.has(place)).map(({ key }) => key);
    },
  },
  {
    law: 5,
    promise: 'every session that ends comes to its end by timers alone',
    breaches: ({ places }) => {
      const isOver = (place: Place) => !isIn(place, 'disconnecting') || isUnexplored(place);
      const reaches = reachingBack(places, isOver, (way) => isTimer(way) || isClosedAtOnce(way));
      return places.filter((place) => isIn(place, 'disconnecting') && !reaches.has(place)).map(({ key }) => key);
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
    [...new Set(breaches(graph))].map((place) => `law ${law}, ${promise}: not from ${place}.`),
  );
}

/** The places from which a goal can be reached along the ways that count. */
function reachingBack(
  places: readonly Place[],
  isGoal: (place: Place) => boolean,
  counts: (way: Way) => boolean,
): ReadonlySet<Place> {
  const before = new Map<Place, Place[]>();
  for (const place of places) {
    for (const way of place.ways) {
      if (counts(way)) before.set(way.to, [...(before.get(way.to) ?? []), place]);
    }
  }
  const reached = new Set(places.filter(isGoal));
  for (const place of reached) for (const one of before.get(place) ?? []) reached.add(one);
  return reached;
}

/** Cycles along the ways that count, one for each place where a depth-first walk meets its own path. */
function cyclesOf({ machine, places }: Graph, counts: (way: Way) => boolean): readonly (readonly Way[])[] {
  const cycles: Way[][] = [];
  const done = new Set<Place>();
  const path: Way[] = [];
  const visit = (place: Place) => {
    const index = path.findIndex(({ from }) => from === place);
    if (index >= 0) cycles.push(path.slice(index));
    if (index >= 0 || done.has(place)) return;
    for (const way of place.ways) {
      if (!counts(way)) continue;
      path.push(way);
      visit(way.to);
      path.pop();
    }
    done.add(place);
  };
  for (const place of places) visit(place);
  return cycles.filter((cycle) => goesRound(machine, cycle));
}

const ROUNDS = 4;

/** Places stand for others that are like them, so a cycle of places counts once a real session goes round in it. */
function goesRound(machine: Graph['machine'], cycle: readonly Way[]): boolean {
  let situation = cycle[0]?.from.situation;
  if (situation === undefined) return false;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { case: eventCase, to } of cycle) {
      if (!eventCase.canHappen(situation)) return false;
      situation = nextSituation(machine, situation, eventCase.event(situation));
      if (leafOf(situation.snapshot) !== to.leaf) return false;
    }
  }
  return true;
}
