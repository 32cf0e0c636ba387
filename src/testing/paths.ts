import { createTestModel, type PathGenerator, type StatePath, type TestPath } from 'xstate/graph';
import { sessionMachine } from '../machines/session.ts';
import type { SessionEvent, SessionInput } from '../machines/types.ts';
import type { Branch } from './branches.ts';
import type { SessionMachine, SessionSnapshot } from './effects.ts';
import { EVENT_CASES, type EventCase } from './event-cases.ts';
import { explore, type Graph } from './explore.ts';
import { DEFAULT_INPUT, type ModelState } from './model-state.ts';
import { nameOf, unique } from './names.ts';
import { type CoverOptions, type CoverPath, coverPaths, type PathStep } from './path-cover.ts';

/** A way through the life of a session, from its start. Also a path of `xstate/graph`, with its `test()`. */
export interface LifecyclePath extends TestPath<SessionSnapshot, SessionEvent> {
  /** `connected → loses the socket → waiting → the network returns → …`; unique among the paths of a cover. */
  readonly name: string;
  readonly input: SessionInput;
  readonly start: ModelState;
  /** Each event, with the situations before and after. (`steps` is what `xstate/graph` calls steps.) */
  readonly events: readonly PathStep[];
}

/**
 * What the paths take all of.
 *
 * - `transitions`: every branch that the statechart declares. A few dozen paths.
 * - `events`: every state with every event case that can happen there, ignored ones too, in every way in which it can
 *   turn out. Some dozens of long paths.
 * - `edges`: the same for every state key: a state with all that its guards read. Some hundreds of paths.
 */
export type Cover = 'transitions' | 'events' | 'edges';

export interface LifecyclePathsOptions {
  /** Default `transitions`. */
  readonly cover?: Cover;
  /** Default: the session statechart. */
  readonly machine?: SessionMachine;
  /** The only events that happen, for a system that lacks the others. Default: every case there is. */
  readonly cases?: readonly EventCase[];
}

const LENGTHS: Readonly<Record<Cover, Omit<CoverOptions, 'goalOf'>>> = {
  transitions: { maxSteps: 12, reach: 3 },
  events: { maxSteps: 25, reach: 12 },
  edges: { maxSteps: 40, reach: 20 },
};

const idsOf = (branches: readonly Branch[]) => branches.map(({ id }) => id).join(' → ');

const goalsOf: Readonly<Record<Cover, CoverOptions['goalOf']>> = {
  transitions: ({ branches }) => (branches.length === 0 ? null : idsOf(branches)),
  events: ({ from, case: { name }, branches }) => `${from.leaf} · ${name} · ${idsOf(branches)}`,
  // A late fact differs by its number alone, so once in every state is enough.
  edges: ({ from, case: { name, late } }) => `${late === undefined ? from.key : from.leaf} · ${name}`,
};

/** The starts: with and without a token source, without which no user can be restored. */
const INPUTS: readonly SessionInput[] = [DEFAULT_INPUT, { ...DEFAULT_INPUT, restorable: false }];

/** Generates paths from the statechart itself. The same options give the same paths. */
export function lifecyclePaths({
  cover = 'transitions',
  machine = sessionMachine,
  cases = EVENT_CASES,
}: LifecyclePathsOptions = {}) {
  const covers: CoverPath[] = [];
  const generate: PathGenerator<SessionSnapshot, SessionEvent, unknown> = () => {
    covers.push(...coverPaths(lifecycleGraph(machine, cases), { goalOf: goalsOf[cover], ...LENGTHS[cover] }));
    return covers.map(toStatePath);
  };
  const paths = createTestModel(machine).getPaths(generate, { allowDuplicatePaths: true });
  const names = unique(covers.map(nameOf));
  return paths.flatMap((path, index): LifecyclePath[] => {
    const covered = covers[index];
    const name = names[index];
    if (covered === undefined || name === undefined) return [];
    const { restorable } = covered.start.snapshot.context;
    return [{ ...path, name, start: covered.start, input: { ...DEFAULT_INPUT, restorable }, events: covered.steps }];
  });
}

const graphs = new WeakMap<SessionMachine, Graph>();

/** Everything the statechart can come to; explored once per machine (about a second). */
export function lifecycleGraph(machine: SessionMachine = sessionMachine, cases = EVENT_CASES): Graph {
  if (cases !== EVENT_CASES) return explore({ machine, inputs: INPUTS, cases });
  const graph = graphs.get(machine) ?? explore({ machine, inputs: INPUTS });
  graphs.set(machine, graph);
  return graph;
}

function toStatePath({ start, steps }: CoverPath): StatePath<SessionSnapshot, SessionEvent> {
  const init = { type: 'xstate.init' } as unknown as SessionEvent;
  return {
    state: steps.at(-1)?.after.snapshot ?? start.snapshot,
    steps: [
      { state: start.snapshot, event: init },
      ...steps.map(({ event, after }) => ({ state: after.snapshot, event })),
    ],
    weight: steps.length,
  };
}
