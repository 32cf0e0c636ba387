import { sessionMachine } from '../../src/machines/session.ts';
import { DEFAULT_INPUT } from '../../src/testing/paths.ts';
import { type Branch, branchesOf, leavesOf } from './explore/branches.ts';
import type { SessionMachine } from './explore/effects.ts';
import { EVENT_CASES, EVENT_TYPES } from './explore/event-cases.ts';
import { type ModelState, nextState, startState } from './explore/model-state.ts';
import { generatePaths, lifecycleGraph } from './explore/paths.ts';
import { STATE_KEY_PARTS, type StateKeyParts, stateKey } from './explore/state-key.ts';
import { countPairs, IGNORE_RULES, type IgnoreRule } from './ignored.ts';
import { hiddenFields } from './key-check.ts';
import { TEMPORAL_LAWS, temporalBreaches } from './temporal.ts';

/** How well the paths cover the statechart, and what is wrong with the model. */
export interface ModelReport {
  /** One row for each branch that the statechart declares. */
  readonly rows: readonly BranchRow[];
  /** What must not be, each in one line. Empty when all is well. */
  readonly problems: readonly string[];
  /** The sums, a line each. */
  readonly summary: readonly string[];
}

export interface BranchRow {
  readonly branch: Branch;
  /** How many paths take it. */
  readonly takenBy: number;
}

export interface ModelReportOptions {
  readonly machine?: SessionMachine;
  readonly keyParts?: StateKeyParts;
  readonly rules?: readonly IgnoreRule[];
  /** Called before each part of the work. */
  readonly onPhase?: (phase: string) => void;
}

const MOST_RULES = 10;

/** Counts on the machine itself which branches the generated paths take. */
export function modelReport(options: ModelReportOptions = {}): ModelReport {
  const { machine = sessionMachine, keyParts = STATE_KEY_PARTS, rules = IGNORE_RULES, onPhase = () => {} } = options;
  onPhase('exploring the statechart');
  const graph = lifecycleGraph(machine);
  onPhase('generating paths');
  const paths = generatePaths({ machine });
  const rows = countBranches(machine, paths);
  const pairs = countPairs(machine, rules);
  const leaves = leavesOf(machine);
  const reached = new Set(graph.nodes.map(({ leaf }) => leaf));
  onPhase('checking what the state keys hide');
  const hidden = [...hiddenFields(graph, keyParts)];
  onPhase('checking the laws of whole lives');
  const temporal = temporalBreaches(graph);
  const keys = new Set(graph.nodes.map(({ key }) => key));

  const problems = [
    ...temporal,
    ...leaves.filter((leaf) => !reached.has(leaf)).map((leaf) => `No path reaches the state ${leaf}.`),
    ...branchProblems(rows),
    ...hidden.map(
      ({ key, fields, case: name, branches }) =>
        `The key "${key}" hides ${fields.join(', ')}: ${name} takes ${branches.join(' or ')}.`,
    ),
    ...unknownKeys(machine, keys, keyParts).map((key) => `Chance found a state that exploring did not: ${key}.`),
    ...pairProblems(pairs),
    ...machine.events
      .filter((event) => !(EVENT_TYPES as readonly string[]).includes(event))
      .map((event) => `The event ${event} has no case.`),
    ...(rules.length > MOST_RULES ? [`${rules.length} rules ignore events; more than ${MOST_RULES} say nothing.`] : []),
  ];
  const taken = rows.filter((row) => row.takenBy > 0);
  const guarded = (some: typeof rows) => some.filter(({ branch }) => branch.guard !== null).length;
  const edges = graph.nodes.reduce((sum, node) => sum + node.edges.length, 0);
  const summary = [
    `branches: ${taken.length}/${rows.length}, ${guarded(taken)}/${guarded(rows)} of them guarded`,
    `states: ${leaves.filter((leaf) => reached.has(leaf)).length}/${leaves.length}`,
    `paths: ${paths.length} (${paths.reduce((sum, { events }) => sum + events.length, 0)} steps)`,
    `nodes: ${graph.nodes.length} with ${edges} edges between them, ${keys.size} state keys`,
    `pairs of state and event: ${pairs.answered} handled, ${pairs.ignored} ignored by ${rules.length} rules, ${pairs.unclear.length} unclear`,
    `laws of whole lives: ${TEMPORAL_LAWS.length}, broken ${temporal.length} times`,
    `fields that a state key hides: ${hidden.length}`,
  ];
  return { rows, problems, summary };
}

/** The pairs of state and event about which neither the statechart nor one rule says anything, a line each. */
export const pairProblems = ({ unclear }: ReturnType<typeof countPairs>): string[] =>
  unclear.map(({ state, event, isAnswered, rules }) =>
    isAnswered
      ? `${state} handles ${event}, and yet a rule ignores it: ${rules.join(', ')}.`
      : `${state} ignores ${event} by ${rules.length === 0 ? 'no rule' : `several rules: ${rules.join(', ')}`}.`,
  );

/** How many paths take each branch of the statechart. */
export function countBranches(machine: SessionMachine, paths = generatePaths({ machine })): BranchRow[] {
  const counts = new Map<string, number>();
  for (const { events } of paths) {
    for (const id of new Set(events.flatMap(({ branches }) => branches.map((branch) => branch.id)))) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
  return branchesOf(machine).all.map((branch) => ({ branch, takenBy: counts.get(branch.id) ?? 0 }));
}

/** The branches that no path takes, a line each. */
export const branchProblems = (rows: readonly BranchRow[]): string[] =>
  rows.filter(({ takenBy }) => takenBy === 0).map(({ branch }) => `No path takes ${describe(branch)}.`);

const describe = ({ state, event, guard, target }: Branch) =>
  `${event} in ${state}${guard === null ? '' : ` if ${guard}`}, to ${target ?? 'where it is'}`;

const CHANCE_WALKS = 400;
const CHANCE_STEPS = 30;

/** Walks by chance (always the same), to see whether exploring missed anything. */
function unknownKeys(machine: SessionMachine, keys: ReadonlySet<string>, keyParts: StateKeyParts): string[] {
  const unknown = new Set<string>();
  let chance = 1;
  for (let walk = 0; walk < CHANCE_WALKS; walk += 1) {
    let state: ModelState = startState(machine, DEFAULT_INPUT);
    for (let step = 0; step < CHANCE_STEPS; step += 1) {
      const cases = EVENT_CASES.filter(({ canHappen }) => canHappen(state));
      chance = (Math.imul(chance, 1_103_515_245) + 12_345) & 0x7fffffff;
      const eventCase = cases[Math.floor((chance / 0x80000000) * cases.length)];
      if (eventCase === undefined) break;
      state = nextState(machine, state, eventCase.event(state));
      const key = stateKey(state, keyParts);
      if (keyParts === STATE_KEY_PARTS && !keys.has(key)) unknown.add(key);
    }
  }
  return [...unknown];
}

/** What is wrong, or that nothing is, then the sums. */
export function formatVerdict({ problems, summary }: ModelReport): string {
  const verdict = problems.length === 0 ? 'The model is sound.' : `${problems.length} things are wrong with the model:`;
  return [verdict, ...problems.map((problem) => `- ${problem}`), '', ...summary].join('\n');
}

/** Below each state a row for each branch, with the number of paths that take it: at most 80 columns. */
export function formatModelTable({ rows }: ModelReport): string {
  const cells = rows.map(({ branch, takenBy }) => [
    branch.event,
    branch.guard ?? '',
    branch.target ?? (branch.isInert ? '(dropped)' : '(stays)'),
    String(takenBy),
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return rows
    .flatMap(({ branch }, index) => [
      ...(branch.state === rows[index - 1]?.branch.state ? [] : [branch.state]),
      `  ${cells[index]?.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`,
    ])
    .join('\n');
}
