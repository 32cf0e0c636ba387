import { describe, expect, it } from 'vitest';
import { assign } from 'xstate';
import { sessionMachine } from '../../src/machines/session.ts';
import type { SessionMachine } from '../../src/testing/effects.ts';
import { EVENT_CASES } from '../../src/testing/event-cases.ts';
import { leafOf, nextSituation, startSituation } from '../../src/testing/model-state.ts';
import { type LifecyclePath, lifecycleGraph, lifecyclePaths } from '../../src/testing/paths.ts';
import { Observer, type Violation } from '../kit/oracles/laws/index.ts';

/** Takes a path on a machine, and says which laws were broken, and where. */
function follow({ input, events }: LifecyclePath, machine: SessionMachine = sessionMachine): string[] {
  const observer = new Observer();
  let situation = startSituation(machine, input);
  return events.flatMap(({ case: { name, event } }) => {
    const next = nextSituation(machine, situation, event(situation));
    const violations = observer.observe(event(situation), situation, next);
    situation = next;
    return violations.map(({ law, promise, breach }: Violation) => `law ${law}, ${promise}: ${breach} (${name})`);
  });
}

const named = (paths: readonly LifecyclePath[]) => paths.map((path) => [path.name, path] as const);

describe('the laws hold on every transition', () => {
  it.each(named(lifecyclePaths()))('%s', (_, path) => {
    expect(follow(path)).toEqual([]);
  });
});

describe('the laws hold on every edge', () => {
  it.each(named(lifecyclePaths({ cover: 'edges' })))('%s', (_, path) => {
    expect(follow(path)).toEqual([]);
  });
});

describe('law 4: an answer with an older number changes nothing', () => {
  const late = EVENT_CASES.filter((eventCase) => eventCase.late !== undefined);

  it.each([...new Set(lifecycleGraph().places.map(({ leaf }) => leaf))])('in %s', (leaf) => {
    const broken = lifecycleGraph()
      .places.filter((place) => place.leaf === leaf)
      .flatMap(({ situation, key }) =>
        late.flatMap(({ name, event }) => {
          const { snapshot, effects } = nextSituation(sessionMachine, situation, event(situation));
          const isUnchanged = snapshot.context === situation.snapshot.context && leafOf(snapshot) === leaf;
          return isUnchanged && effects.length === 0 ? [] : [`${key}: ${name}`];
        }),
      );
    expect(broken).toEqual([]);
  });
});

describe('a fault in the statechart breaks a law', () => {
  const breaches = (machine: SessionMachine) =>
    new Set(
      lifecyclePaths({ cover: 'events' }).flatMap((path) =>
        follow(path, machine).map((breach) => breach.split(':')[0]),
      ),
    );

  it.each([
    ['a late fact is believed', sessionMachine.provide({ guards: { isStale: () => false } }), 4],
    ['a late record is believed', sessionMachine.provide({ guards: { isStaleRecord: () => false } }), 4],
    ['the retry timer runs on', sessionMachine.provide({ actions: { cancelRetryTimer: () => {} } }), 2],
    ['another user may join', sessionMachine.provide({ guards: { isOtherUser: () => false } }), 4],
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
    expect([...breaches(machine as SessionMachine)].filter((breach) => breach?.startsWith(`law ${law},`))).not.toEqual(
      [],
    );
  });
});
