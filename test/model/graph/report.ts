import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sessionMachine } from '../../../src/machines/session.ts';
import { EVENT_NAMES, lifecyclePaths } from '../../../src/testing/index.ts';
import type { SessionMachine } from '../explore/effects.ts';
import { EVENT_CASES } from '../explore/event-cases.ts';
import type { Graph } from '../explore/explore.ts';
import { PATH_DATA, pathData } from '../explore/path-data.ts';
import { generatePaths, lifecycleGraph } from '../explore/paths.ts';
import { STATE_KEY_PARTS } from '../explore/state-key.ts';
import { countPairs, IGNORE_RULES } from '../ignored.ts';
import { hiddenFields } from '../key-check.ts';
import {
  branchProblems,
  countBranches,
  formatModelTable,
  formatVerdict,
  modelReport,
  pairProblems,
} from '../model-report.ts';

describe('npm run model', () => {
  const report = modelReport();

  it('finds nothing wrong with the statechart', () => {
    expect(report.problems).toEqual([]);
  });

  it('counts every branch that the statechart declares, and every one is taken', () => {
    type Node = { on?: Record<string, unknown>; always?: unknown; states?: Record<string, Node> };
    const count = ({ on = {}, always = [], states = {} }: Node): number =>
      [...Object.values(on), always].flat().length + Object.values(states).reduce((sum, node) => sum + count(node), 0);
    expect(report.rows).toHaveLength(count(sessionMachine.config as Node));
    expect(report.rows.filter(({ takenBy }) => takenBy === 0)).toEqual([]);
  });

  it('prints its verdict first, in lines of at most 80 characters, and a row for each branch', () => {
    const verdict = formatVerdict(report).split('\n');
    expect(verdict[0]).toBe('The model is sound.');
    expect(verdict).toContainEqual(expect.stringContaining(`branches: ${report.rows.length}/${report.rows.length},`));
    expect(Math.max(...verdict.map((line) => line.length))).toBeLessThanOrEqual(80);
    const lines = formatModelTable(report).split('\n');
    expect(lines.filter((line) => line.startsWith('  '))).toHaveLength(report.rows.length);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });

  it('names rules that cite laws, at most ten', () => {
    expect(IGNORE_RULES.length).toBeLessThanOrEqual(10);
    for (const { law } of IGNORE_RULES) expect(law).toSatisfy((number: number) => number >= 1 && number <= 11);
  });
});

describe('npm run model fails', () => {
  const [firstRule, ...otherRules] = IGNORE_RULES;

  it('when a pair of state and event is neither answered nor ignored', () => {
    const problems = pairProblems(countPairs(sessionMachine, otherRules));
    expect(problems).toContain('connecting.waiting ignores token.loaded by no rule.');
  });

  it('when a pair is ignored by two rules, or by one although the statechart handles it', () => {
    const again = { name: 'again', law: 4, because: '', ignores: firstRule?.ignores ?? [] };
    const tooBroad = { name: 'broad', law: 4, because: '', ignores: [{ events: ['token.loaded'] as const }] };
    const problems = pairProblems(countPairs(sessionMachine, [...IGNORE_RULES, again, tooBroad]));
    expect(problems).toContain('loggedOut ignores token.loaded by several rules: late answer, again, broad.');
    expect(problems).toContain('loadingToken handles token.loaded, and yet a rule ignores it: broad.');
  });

  it('when a branch cannot be reached', () => {
    const few = ['client.started', 'persistence.started', 'user.missing', 'token.loaded', 'session.suspend'];
    const cases = EVENT_CASES.filter(({ name }) => [...few, 'session.connect (same user)'].includes(name));
    const problemsOf = (machine: SessionMachine) =>
      branchProblems(countBranches(machine, generatePaths({ machine, cases })));
    const problem = 'No path takes token.loaded in loadingToken if isSuspended, to connecting.suspended.';
    expect(problemsOf(sessionMachine)).not.toContain(problem);
    expect(problemsOf(sessionMachine.provide({ guards: { isSuspended: () => false } }))).toContain(problem);
  });

  const parts = new Map<string, Graph>();
  /** The nodes that are in a state. */
  function inState(state: string): Graph {
    const graph = lifecycleGraph();
    const known = parts.get(state) ?? { ...graph, nodes: graph.nodes.filter(({ leaf }) => leaf === state) };
    parts.set(state, known);
    return known;
  }

  it.each(
    Object.entries(STATE_KEY_PARTS).flatMap(([state, keyParts]) => keyParts.map((keyPart) => ({ state, keyPart }))),
  )('when the key of $state hides $keyPart', ({ state, keyPart }) => {
    const others = STATE_KEY_PARTS[state]?.filter((name) => name !== keyPart) ?? [];
    const [first] = hiddenFields(inState(state), { ...STATE_KEY_PARTS, [state]: others });
    expect(first).toBeDefined();
  });
});

describe('lifecyclePaths()', () => {
  it('gives the paths that the statechart has now; otherwise run `npm run model -- --write`', () => {
    expect(JSON.parse(readFileSync(PATH_DATA, 'utf8'))).toEqual(JSON.parse(pathData()));
  });

  it.each([
    { cover: 'transitions', fewest: 20, most: 80 },
    { cover: 'events', fewest: 40, most: 120 },
  ] as const)('gives some dozens of paths for $cover, each with a name of its own', ({ cover, fewest, most }) => {
    const names = lifecyclePaths({ cover }).map(({ name }) => name);
    expect(names.length).toBeGreaterThan(fewest);
    expect(names.length).toBeLessThan(most);
    expect(new Set(names).size).toBe(names.length);
  });

  it('names a path in words', () => {
    const [path] = lifecyclePaths();
    expect(path?.name).toMatch(/^restoring → .+ → the app logs in → loading token → /);
  });

  it('gives paths of @xstate/graph, with its test()', async () => {
    const [path] = lifecyclePaths();
    const visited: string[] = [];
    await path?.test({ states: { loadingToken: () => void visited.push('loadingToken') } });
    expect(visited).toContain('loadingToken');
  });

  it('names every event case', () => {
    expect(EVENT_NAMES).toEqual(EVENT_CASES.map(({ name }) => name));
  });
});
