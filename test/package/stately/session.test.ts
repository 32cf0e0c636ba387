import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sessionMachine } from '../../../src/machines/session.ts';
import { type ExtractedState, type ExtractedTransition, extractMachines } from './extract.ts';

/*
 * The statechart in the eyes of Stately's tools, which read its source, against the one that runs. Whatever the parser
 * could not read as a literal (a computed name, an inline function, a spread) would differ here. Of `reenter` it knows
 * nothing.
 */

const source = readFileSync(new URL('../../../src/machines/session.ts', import.meta.url), 'utf8');
const machines = extractMachines(source);
const [parsed] = machines;

describe("src/machines/session.ts, read by Stately's own parser", () => {
  it('holds one machine', () => {
    expect(machines).toHaveLength(1);
  });

  it('has every state, transition, guard, action, tag and description of the machine that runs', () => {
    expect(parsed && resolved(parsed)).toEqual(running(sessionMachine.root));
  });

  it('has its size: nothing was compared with nothing', () => {
    const states = parsed === undefined ? [] : flatten(parsed);
    const transitions = states.flatMap((state) => Object.values(state.transitions).flat());
    expect(states.length).toBe(19);
    expect(transitions.length).toBeGreaterThan(120);
    // Branches that drop a stale fact are described once, at the head of the file.
    const described = transitions.filter(({ guard }) => guard !== 'isStale');
    expect(described.every(({ description }) => description !== undefined && description !== '')).toBe(true);
    expect(states.every(({ description }) => description !== undefined && description !== '')).toBe(true);
  });
});

/** What is compared of a state, by whichever way it was found. */
interface Comparable {
  readonly description: string | undefined;
  readonly initial: string | undefined;
  readonly tags: readonly string[];
  readonly entry: readonly string[];
  readonly exit: readonly string[];
  readonly transitions: Readonly<Record<string, readonly ExtractedTransition[]>>;
  readonly states: Readonly<Record<string, Comparable>>;
}

/** Targets as written, made into the ids of the states they mean. */
function resolved(state: ExtractedState, id = 'session', parentId = ''): Comparable {
  const idOf = (target: string) => {
    if (target.startsWith('#')) return target.slice(1);
    return target.startsWith('.') ? `${id}${target}` : `${parentId}.${target}`;
  };
  return {
    ...state,
    transitions: Object.fromEntries(
      Object.entries(state.transitions).map(([event, branches]) => [
        event,
        branches.map((branch) => ({ ...branch, targets: branch.targets.map(idOf) })),
      ]),
    ),
    states: Object.fromEntries(
      Object.entries(state.states).map(([key, child]) => [key, resolved(child, `${id}.${key}`, id)]),
    ),
  };
}

type StateNode = typeof sessionMachine.root;

function running(node: StateNode): Comparable {
  return {
    description: node.description,
    initial: node.initial.target[0]?.key,
    tags: node.tags,
    entry: node.entry.map(nameOf),
    exit: node.exit.map(nameOf),
    transitions: Object.fromEntries(
      [...node.transitions].map(([event, branches]) => [
        event,
        branches.map(({ target, guard, actions, description }) => ({
          targets: (target ?? []).map(({ id }) => id),
          guard: guard === undefined ? undefined : nameOf(guard),
          actions: actions.map(nameOf),
          description,
        })),
      ]),
    ),
    states: Object.fromEntries(Object.entries(node.states).map(([key, child]) => [key, running(child as StateNode)])),
  };
}

function nameOf(named: unknown): string {
  if (typeof named === 'string') return named;
  return typeof named === 'object' && named !== null && 'type' in named ? String(named.type) : 'inline';
}

function flatten(state: ExtractedState): readonly ExtractedState[] {
  return [state, ...Object.values(state.states).flatMap(flatten)];
}
