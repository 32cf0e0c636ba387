import { sessionMachine } from '../../../src/machines/session.ts';
import { DEFAULT_INPUT, leafOf } from '../../../src/testing/paths.ts';
import { branchesOf } from '../../model/explore/branches.ts';
import type { SessionMachine } from '../../model/explore/effects.ts';
import { EVENT_CASES } from '../../model/explore/event-cases.ts';
import { type ModelState, nextState, startState } from '../../model/explore/model-state.ts';
import type { PathStep } from '../../model/explore/path-cover.ts';
import { generatePaths, type ModelPath } from '../../model/explore/paths.ts';
import { newKey } from '../../model/explore/users.ts';
import { modelPaths } from '../../model/paths.ts';
import { endsWell, INITIAL_ORACLE_STATE, type OracleState, type Seen, step } from './oracle-state.ts';

/*
 * The second oracle: the laws, on the statechart alone, with actors that break their promises (they state facts of
 * superseded attempts). The paths say only what happens; what may follow is said by the laws, which know commands,
 * facts and timers, and not a state more than an app sees.
 */

/** A path, and where on it each place of the statechart is passed. */
interface Walk {
  readonly path: Path;
  readonly places: readonly ReadonlySet<string>[];
}

export interface LawWalks {
  /** Says what was broken first on the walks that come by `place`, those that take `branch` first, or `null`. */
  readonly breach: (machine: SessionMachine, place: string, branch: string | null) => LawBreach | null;
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
  for (const walk of [...covers.flatMap((cover) => generatePaths({ cover })), ...ASIDE].map(placesOf)) {
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
    breach: (machine, place, branch) => {
      const killers = lastKillers.get(place) ?? [];
      const near = branch === null ? [] : (byPlace.get(branch) ?? []);
      for (const walk of new Set([...killers, ...near, ...(byPlace.get(place) ?? [])])) {
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

/** What is broken at a machine, at any place, along each path that together take every transition. */
export function* brokenBy(machine: SessionMachine): Iterable<string> {
  for (const path of modelPaths()) {
    const reason = follow(placesOf(path), machine, null);
    if (reason !== null) yield reason;
  }
}

/** What is broken along paths on the statechart as it is, of which every step is observed from the start on. */
export function brokenAlong(paths: readonly ModelPath[]): string[] {
  const breaches = paths.flatMap(({ input, events }) => {
    let seen: Seen = { oracle: INITIAL_ORACLE_STATE, state: startState(sessionMachine, input) };
    for (const { name, event } of events) {
      const next = step(sessionMachine, seen.oracle, seen.state, event);
      if (typeof next === 'string') return [`${next} (${name})`];
      seen = next;
    }
    return [];
  });
  return [...new Set(breaches)];
}

type Path = Pick<ModelPath, 'name' | 'input' | 'events'>;

/** A walk along event cases. */
function along(...names: string[]): Path {
  const { of } = branchesOf(sessionMachine);
  let before: ModelState = startState(sessionMachine, DEFAULT_INPUT);
  const events = ['client.started', 'persistence.started', ...names].map((name) => {
    const eventCase = EVENT_CASES.find((one) => one.name === name);
    if (eventCase?.canHappen(before) !== true) throw new Error(`${name} cannot happen here.`);
    const event = eventCase.event(before);
    const after = nextState(sessionMachine, before, event);
    const step: PathStep = { name, case: eventCase, event, branches: of(after.transitions), before, after };
    before = after;
    return step;
  });
  return { name: names.join(' → '), input: DEFAULT_INPUT, events };
}

/** No cover distinguishes who comes after which user. */
const ASIDE = ['socket.closed', 'close.timedOut'].map((end) =>
  along(
    'session.connect (same user)',
    'token.loaded',
    'hello.received',
    'session.disconnect (keep)',
    'session.connect (anonymous)',
    end,
  ),
);

function placesOf(path: Path): Walk {
  const places = path.events.map(({ before, after, event, branches }) => {
    const from = withOuter(leafOf(before.snapshot));
    const taken = branches.flatMap(({ id, state, event: name }) => [id, `${state} · ${name}`, ...withOuter(state)]);
    const events = from.map((state) => `${state} · ${event.type}`);
    return new Set([...from, ...withOuter(leafOf(after.snapshot)), ...events, ...taken]);
  });
  return { path, places };
}

const GHOST = { connectionId: 'ghost' };

/** What says that the app is there again. */
const MEETS_BACKGROUND = ['app.cameToForeground', 'session.resume'];

/** Takes a path, and at each step by `place` (at every step, for `null`) makes sure that all ends well. */
function follow({ path, places }: Walk, machine: SessionMachine, place: string | null): string | null {
  let oracle: OracleState = INITIAL_ORACLE_STATE;
  let state: ModelState = startState(machine, path.input);
  for (const [index, { case: eventCase }] of path.events.entries()) {
    if (!eventCase.canHappen(state)) continue;
    const event = eventCase.event(state);
    const isPlace = place === null || places[index]?.has(place) === true;
    if (isPlace && 'attempt' in event) {
      const ghost = { ...event, attempt: event.attempt - 1, ...(event.type === 'hello.received' && GHOST) };
      const late = step(machine, oracle, state, ghost);
      if (typeof late === 'string') return `${late} (${eventCase.name}, late)`;
    }
    if (isPlace && MEETS_BACKGROUND.includes(event.type) && state.snapshot.matches('connecting')) {
      const away = step(machine, oracle, state, { type: 'app.wentToBackground' });
      if (typeof away === 'string') return `${away} (app.wentToBackground)`;
      const back = step(machine, away.oracle, away.state, event);
      if (typeof back === 'string') return `${back} (${eventCase.name}, in the background)`;
    }
    if (isPlace && event.type === 'session.connect' && event.sourceKey === null && event.identity.kind === 'user') {
      const joined = step(machine, oracle, state, { ...event, sourceKey: newKey(state.snapshot) });
      if (typeof joined === 'string') return `${joined} (${eventCase.name}, new source)`;
    }
    const taken = step(machine, oracle, state, event);
    if (typeof taken === 'string') return `${taken} (${eventCase.name})`;
    ({ oracle, state } = taken);
    if (isPlace) {
      const reason = endsWell(machine, oracle, state) ?? endsWell(machine, oracle, state, true);
      if (reason !== null) return `${reason} (after ${eventCase.name})`;
    }
  }
  return null;
}
