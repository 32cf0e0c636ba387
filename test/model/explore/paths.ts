import { sessionMachine } from '../../../src/machines/session.ts';
import type { SessionInput } from '../../../src/machines/types.ts';
import { DEFAULT_INPUT, type LifecyclePath, toTestPaths } from '../../../src/testing/paths.ts';
import type { Branch } from './branches.ts';
import type { SessionMachine } from './effects.ts';
import { EVENT_CASES, type EventCase } from './event-cases.ts';
import { type ExploreOptions, explore, type Graph } from './explore.ts';
import { nameOf, unique } from './names.ts';
import { type CoverOptions, coverPaths, type PathStep } from './path-cover.ts';

/** A lifecycle path with all that the model knows of its steps. */
export type ModelPath = LifecyclePath<PathStep>;

/** The public covers, and every state key with every event case that can happen there: some hundreds of paths. */
export type ModelCover = 'transitions' | 'events' | 'edges';

export interface GenerateOptions {
  /** Default `transitions`. */
  readonly cover?: ModelCover;
  /** Default: the session statechart. */
  readonly machine?: SessionMachine;
  /** The only events that happen, for a system that lacks the others. Default: every case there is. */
  readonly cases?: readonly EventCase[];
}

const LENGTHS: Readonly<Record<ModelCover, Omit<CoverOptions, 'goalOf'>>> = {
  transitions: { maxSteps: 12, reach: 3 },
  events: { maxSteps: 25, reach: 12 },
  edges: { maxSteps: 40, reach: 20 },
};

const idsOf = (branches: readonly Branch[]) => branches.map(({ id }) => id).join(' → ');

const goalsOf: Readonly<Record<ModelCover, CoverOptions['goalOf']>> = {
  transitions: ({ branches }) => (branches.length === 0 ? null : idsOf(branches)),
  events: ({ from, case: { name }, branches }) => `${from.leaf} · ${name} · ${idsOf(branches)}`,
  // A late fact differs by its number alone, so once in every state is enough.
  edges: ({ from, case: { name, late } }) => `${late === undefined ? from.key : from.leaf} · ${name}`,
};

/** The starts: with and without a token source, without which no user can be restored. */
const INPUTS: readonly SessionInput[] = [DEFAULT_INPUT, { ...DEFAULT_INPUT, restorable: false }];

/** Generates paths from the statechart itself. The same options give the same paths. */
export function generatePaths({
  cover = 'transitions',
  machine = sessionMachine,
  cases = EVENT_CASES,
}: GenerateOptions = {}): ModelPath[] {
  const covers = coverPaths(lifecycleGraph(machine, cases), { goalOf: goalsOf[cover], ...LENGTHS[cover] });
  const names = unique(covers.map(nameOf));
  const routes = covers.map(({ start, steps }, index) => {
    const { restorable } = start.snapshot.context;
    return { name: names[index] ?? '', start, input: { ...DEFAULT_INPUT, restorable }, events: steps };
  });
  return toTestPaths(routes, machine);
}

const graphs = new WeakMap<SessionMachine, Map<readonly EventCase[], Graph>>();

/**
 * Everything the statechart can come to; explored once per machine and cases (about two seconds). A caller who wants to
 * see the steps comes first.
 */
export function lifecycleGraph(
  machine: SessionMachine = sessionMachine,
  cases = EVENT_CASES,
  onStep?: ExploreOptions['onStep'],
): Graph {
  const byCases = graphs.get(machine) ?? new Map<readonly EventCase[], Graph>();
  const known = byCases.get(cases);
  if (known !== undefined && onStep !== undefined) throw new Error('The statechart was explored already, unseen.');
  const graph = known ?? explore({ machine, inputs: INPUTS, cases, ...(onStep && { onStep }) });
  graphs.set(machine, byCases.set(cases, graph));
  return graph;
}
