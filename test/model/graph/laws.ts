import { describe, expect, it } from 'vitest';
import { assign } from 'xstate';
import { sessionMachine } from '../../../src/machines/session.ts';
import { leafOf } from '../../../src/testing/paths.ts';
import { checkStep, NOTHING_OBSERVED, type ObservedSession, type Violation } from '../../kit/oracles/laws/index.ts';
import { brokenAlong } from '../../property/mutants/law-walk.ts';
import type { SessionMachine } from '../explore/effects.ts';
import { EVENT_CASES } from '../explore/event-cases.ts';
import type { GraphNode } from '../explore/explore.ts';
import { type ModelState, nextState, startState } from '../explore/model-state.ts';
import { lifecycleGraph, type ModelPath } from '../explore/paths.ts';
import { modelPaths } from '../paths.ts';
import { temporalBreaches } from '../temporal.ts';

const eventPaths = modelPaths({ cover: 'events' });

const inWords = ({ law, promise, breach }: Violation) => `law ${law}, ${promise}: ${breach}`;

/** Takes a path on a machine. Returns which laws were broken, and where. */
function follow({ input, events }: ModelPath, machine: SessionMachine = sessionMachine): string[] {
  let known = NOTHING_OBSERVED;
  let before: ModelState = startState(machine, input);
  return events.flatMap(({ case: { name, event: eventOf } }) => {
    const event = eventOf(before);
    const after = nextState(machine, before, event);
    const checked = checkStep(known, event, before, after);
    [before, known] = [after, checked.known];
    return checked.violations.map((violation) => `${inWords(violation)} (${name})`);
  });
}

/** The graph, and what is broken on the edges that leave each state, observed from the start on along a shortest path. */
function exploreWithLaws() {
  const breaches = new Map<string, string[]>();
  const knownAt = new Map<GraphNode, ObservedSession>();
  const graph = lifecycleGraph(sessionMachine, EVENT_CASES, (edge, after) => {
    const { from, to, event } = edge;
    const { known, violations } = checkStep(knownAt.get(from) ?? NOTHING_OBSERVED, event, from.state, after);
    if (to.arrival === edge) knownAt.set(to, known);
    const broken = breaches.get(from.leaf) ?? [];
    breaches.set(from.leaf, broken);
    broken.push(...violations.map((each) => `${inWords(each)} (${from.key}, ${edge.case.name})`));
  });
  return { graph, breaches };
}

const { graph, breaches: breachesIn } = exploreWithLaws();

describe('the laws hold on every transition', () => {
  it.each(modelPaths().map((path) => [path.name, path] as const))('%s', (_, path) => {
    expect(follow(path)).toEqual([]);
  });
});

it('the laws and the rules hold along paths that take every event in every state', () => {
  expect(brokenAlong(eventPaths)).toEqual([]);
});

describe('the laws hold on every edge of the graph', () => {
  it.each([...breachesIn])('that leaves %s', (_, breaches) => {
    expect(breaches).toEqual([]);
  });
});

describe('law 4: an answer with an older number changes nothing', () => {
  const late = EVENT_CASES.filter((eventCase) => eventCase.late !== undefined);

  it.each([...new Set(graph.nodes.map(({ leaf }) => leaf))])('in %s', (leaf) => {
    const broken = graph.nodes
      .filter((node) => node.leaf === leaf)
      .flatMap(({ state, key }) =>
        late.flatMap(({ name, event }) => {
          const { snapshot, effects } = nextState(sessionMachine, state, event(state));
          const isUnchanged = snapshot.context === state.snapshot.context && leafOf(snapshot) === leaf;
          return isUnchanged && effects.length === 0 ? [] : [`${key}: ${name}`];
        }),
      );
    expect(broken).toEqual([]);
  });
});

describe('a fault in the statechart breaks a law', () => {
  it.each([
    ['a late fact is believed', sessionMachine.provide({ guards: { isStale: () => false } }), 4],
    ['the retry timer runs on', sessionMachine.provide({ actions: { cancelRetryTimer: () => {} } }), 2],
    ['another user may join', sessionMachine.provide({ guards: { isThisUser: () => true } }), 4],
    ['a logout is not a logout', sessionMachine.provide({ guards: { shouldForgetUser: () => false } }), 6],
    [
      'a failed removal counts',
      sessionMachine.provide({
        actions: {
          markNotForgotten: assign(({ context }) => ({ storage: { ...context.storage, forgotten: 'yes' as const } })),
        },
      }),
      6,
    ],
    ['a socket is not closed', sessionMachine.provide({ actions: { closeSocket: () => {} } }), 1],
    ['nothing is retried', sessionMachine.provide({ actions: { startRetryTimer: () => {} } }), 8],
    ['the third bad token is one of many', sessionMachine.provide({ guards: { isFinalRefusal: () => false } }), 8],
  ] as const)('%s', (_, machine, law) => {
    const isBroken = eventPaths.some((path) =>
      follow(path, machine as SessionMachine).some((breach) => breach.startsWith(`law ${law},`)),
    );
    expect(isBroken).toBe(true);
  });
});

it('the laws of whole lives hold on the graph', () => {
  expect(temporalBreaches(graph)).toEqual([]);
});
