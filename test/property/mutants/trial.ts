import { stateName } from '../../../src/client/client-snapshot.ts';
import { liveSessionMachine } from '../../../src/client/running-chart.ts';
import type { Setup } from '../../behaviour/harness.ts';
import { play, STORIES } from '../../behaviour/stories/index.ts';
import { sessionOf } from '../../kit/session-of.ts';
import { type LawWalks, takeLawWalks, withOuter } from './law-walk.ts';
import type { Mutant } from './mutate.ts';

/** What there is to try a mutant with, found out once on the statechart as it is. */
export interface Oracles {
  /** Stories by `state · event`, by every state around it too, the shortest first. */
  readonly stories: ReadonlyMap<string, readonly string[]>;
  readonly walks: LawWalks;
}

/** Plays everything once on the statechart as it is. Throws when something fails: then there is nothing to compare with. */
export async function takeOracles(): Promise<Oracles> {
  const byPlace = new Map<string, Map<string, number>>();
  for (const name of Object.keys(STORIES)) {
    let events = 0;
    const places = new Set<string>();
    const setup: Setup = {
      machine: liveSessionMachine,
      watch(client) {
        const run = sessionOf(client);
        let before = stateName(run.chart.value);
        for (const state of withOuter(before)) places.add(state);
        run.watch((event, chart) => {
          events += 1;
          for (const state of withOuter(before)) places.add(`${state} · ${event.type}`);
          before = stateName(chart.value);
          for (const state of withOuter(before)) places.add(state);
        });
      },
    };
    await play(name, setup);
    for (const place of places) byPlace.set(place, (byPlace.get(place) ?? new Map()).set(name, events));
  }
  const stories = [...byPlace].map(
    ([place, lengths]) =>
      [place, [...lengths].sort(([, one], [, other]) => one - other).map(([name]) => name)] as const,
  );
  return { stories: new Map(stories), walks: takeLawWalks() };
}

export const ORACLES = ['a law', 'a promise of the design', 'a story'] as const;
export type Oracle = (typeof ORACLES)[number];

/** How a mutant ended: killed, for a reason that has nothing to do with the statechart, or not at all. */
export interface Verdict {
  readonly id: string;
  /** What noticed: a law or a promise of the design that was broken on a walk, or a story that ends otherwise. */
  readonly killedBy: Oracle | null;
  readonly reason: string | null;
}

/** So many events without time passing are a hot loop. */
const MOST_EVENTS_AT_ONCE = 300;

/** Who killed at a place last: what notices one fault there notices the next. */
const lastKillers = new Map<string, string[]>();

export async function tryMutant(mutant: Mutant, { stories, walks }: Oracles): Promise<Verdict> {
  const { id } = mutant;
  const place = mutant.event === null ? mutant.state : `${mutant.state} · ${mutant.event}`;
  const breach = mutant.hasOwnDelays ? null : walks.breach(mutant.machine(), place, mutant.branch);
  if (breach !== null) {
    const { walk, reason } = breach;
    return {
      id,
      killedBy: reason.startsWith('law ') ? 'a law' : 'a promise of the design',
      reason: `${walk}: ${reason}`,
    };
  }
  const setup: Setup = { machine: mutant.machine(), watch: stopHotLoops };
  const killers = lastKillers.get(place) ?? [];
  const visiting = stories.get(place) ?? [];
  for (const story of [...killers, ...visiting.filter((name) => !killers.includes(name))]) {
    try {
      await play(story, setup);
    } catch (cause) {
      lastKillers.set(place, [story, ...killers.filter((name) => name !== story)]);
      return { id, killedBy: 'a story', reason: `${story}: ${cause instanceof Error ? cause.message : cause}` };
    }
  }
  const isVisited = visiting.length > 0 || walks.visits(place);
  return { id, killedBy: null, reason: isVisited ? null : 'nothing comes by' };
}

/** A client that never comes to rest is stopped; then the story misses it. */
const stopHotLoops: Setup['watch'] = (client, backend) => {
  let atMs = backend.clock.now();
  let count = 0;
  sessionOf(client).watch(() => {
    if (backend.clock.now() !== atMs) {
      atMs = backend.clock.now();
      count = 0;
    }
    count += 1;
    if (count > MOST_EVENTS_AT_ONCE) void client.dispose();
  });
};
