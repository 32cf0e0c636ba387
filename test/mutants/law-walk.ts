import { sessionMachine } from '../../src/machines/session.ts';
import type { SessionMachine } from '../../src/testing/effects.ts';
import { type LifecyclePath, lifecyclePaths } from '../../src/testing/paths.ts';
import { leafOf, type Situation, startSituation } from '../../src/testing/situation.ts';
import { endsWell, FIRST_SIGHT, type Sight, step } from './sight.ts';

/*
 * The second oracle: the laws, on the statechart alone, with actors that break their promises (they state facts of
 * superseded attempts). The paths say only what happens; what may follow is said by the laws, which know commands,
 * facts and timers, and not a state more than an app sees.
 */

/** A path, and where on it each place of the statechart is passed. */
interface Walk {
  readonly path: LifecyclePath;
  readonly places: readonly ReadonlySet<string>[];
}

export interface LawWalks {
  /** Says what was broken first on the walks that come by `place`, or `null`. */
  readonly breach: (machine: SessionMachine, place: string) => LawBreach | null;
  readonly visits: (place: string) => boolean;
}

export interface LawBreach {
  readonly walk: string;
  readonly reason: string;
}

export const withOuter = (state: string) => [
  '',
  ...state.split('.').map((_, index, all) => all.slice(0, index + 1).join('.')),
];

/** More walks by one place show nothing that the first have not. */
const MOST_WALKS = 60;

/** The walks of all covers, the shorter covers first. A walk that breaks a law on the statechart as it is, is thrown. */
export function takeLawWalks(): LawWalks {
  const covers = ['transitions', 'events', 'edges'] as const;
  const byPlace = new Map<string, Walk[]>();
  for (const walk of covers.flatMap((cover) => lifecyclePaths({ cover })).map(placesOf)) {
    for (const place of new Set(walk.places.flatMap((places) => [...places]))) {
      const others = byPlace.get(place) ?? [];
      if (others.length < MOST_WALKS) others.push(walk);
      byPlace.set(place, others);
    }
  }
  const lastKillers = new Map<string, readonly Walk[]>();
  const sound = new Set<string>();
  return {
    visits: (place) => byPlace.has(place),
    breach: (machine, place) => {
      const killers = lastKillers.get(place) ?? [];
      const known = (byPlace.get(place) ?? []).filter((walk) => !killers.includes(walk));
      for (const walk of [...killers, ...known]) {
        const reason = follow(walk, machine, place);
        if (reason === null) continue;
        const name = `${place} | ${walk.path.name}`;
        const own = sound.has(name) ? null : follow(walk, sessionMachine, place);
        if (own !== null) throw new Error(`The statechart as it is, ${name}: ${own}`);
        sound.add(name);
        lastKillers.set(place, [walk, ...killers.filter((other) => other !== walk)].slice(0, 8));
        return { walk: walk.path.name, reason };
      }
      return null;
    },
  };
}

function placesOf(path: LifecyclePath): Walk {
  const places = path.events.map(({ before, after, event }) => {
    const from = withOuter(leafOf(before.snapshot));
    return new Set([...from, ...withOuter(leafOf(after.snapshot)), ...from.map((state) => `${state} · ${event.type}`)]);
  });
  return { path, places };
}

/** Takes a path, and at each step by `place` makes sure that all ends well. */
function follow({ path, places }: Walk, machine: SessionMachine, place: string): string | null {
  let sight: Sight = FIRST_SIGHT;
  let situation: Situation = startSituation(machine, path.input);
  for (const [index, { case: eventCase }] of path.events.entries()) {
    if (!eventCase.canHappen(situation)) continue;
    const taken = step(machine, sight, situation, eventCase.event(situation));
    if (typeof taken === 'string') return `${taken} (${eventCase.name})`;
    ({ sight, situation } = taken);
    if (places[index]?.has(place) === true) {
      const reason = endsWell(machine, sight, situation);
      if (reason !== null) return `${reason} (after ${eventCase.name})`;
    }
  }
  return null;
}
