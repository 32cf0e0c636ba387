import { stateName } from '../../src/client/client-snapshot.ts';
import { runOf } from '../../src/client/run-of.ts';
import { liveSessionMachine } from '../../src/client/session-actor.ts';
import { play, STORIES } from '../stories/index.ts';
import type { Cast } from '../stories/stage.ts';
import type { Mutant } from './mutate.ts';

/** Which stories come by a place of the statechart: only they can tell whether it was changed. */
export interface Itinerary {
  /** Stories by `state · event`, by every state around it too. */
  readonly byPlace: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Plays every story once on the statechart as it is. Throws when one fails: then there is nothing to compare with. */
export async function takeItinerary(): Promise<Itinerary> {
  const byPlace = new Map<string, Set<string>>();
  for (const name of Object.keys(STORIES)) {
    const visit = (place: string) => byPlace.set(place, (byPlace.get(place) ?? new Set()).add(name));
    const cast: Cast = {
      machine: liveSessionMachine,
      watch(client) {
        const run = runOf(client);
        let before = stateName(run.chart.value);
        run.watch((event, chart) => {
          for (const state of withOuter(before)) visit(`${state} · ${event.type}`);
          before = stateName(chart.value);
          for (const state of withOuter(before)) visit(state);
        });
        for (const state of withOuter(before)) visit(state);
      },
    };
    await play(name, cast);
  }
  return { byPlace };
}

const withOuter = (state: string) => [
  '',
  ...state.split('.').map((_, index, all) => all.slice(0, index + 1).join('.')),
];

/** How a mutant ended: killed by a story, for a reason that has nothing to do with the statechart, or not at all. */
export interface Verdict {
  readonly id: string;
  readonly killedBy: string | null;
  readonly reason: string | null;
}

/** So many events without time passing are a hot loop. */
const MOST_EVENTS_AT_ONCE = 3_000;

/** How often each story has killed: those that kill often are played first. */
const kills = new Map<string, number>();

export async function tryMutant(mutant: Mutant, { byPlace }: Itinerary): Promise<Verdict> {
  const place = mutant.event === null ? mutant.state : `${mutant.state} · ${mutant.event}`;
  const stories = [...(byPlace.get(place) ?? [])].sort((a, b) => (kills.get(b) ?? 0) - (kills.get(a) ?? 0));
  let cast: Cast;
  try {
    cast = { machine: mutant.machine(), watch: stopHotLoops };
  } catch (cause) {
    return { id: mutant.id, killedBy: 'the statechart cannot be created', reason: String(cause) };
  }
  for (const story of stories) {
    try {
      await play(story, cast);
    } catch (cause) {
      kills.set(story, (kills.get(story) ?? 0) + 1);
      return { id: mutant.id, killedBy: story, reason: cause instanceof Error ? cause.message : String(cause) };
    }
  }
  return { id: mutant.id, killedBy: null, reason: null };
}

const stopHotLoops: Cast['watch'] = (client, backend) => {
  let atMs = backend.clock.now();
  let count = 0;
  runOf(client).watch(() => {
    if (backend.clock.now() !== atMs) {
      atMs = backend.clock.now();
      count = 0;
    }
    count += 1;
    if (count > MOST_EVENTS_AT_ONCE) void client.dispose();
  });
};
