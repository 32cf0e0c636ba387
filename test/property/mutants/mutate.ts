import { clientActor } from '../../../src/actors/client.ts';
import { persistenceActor } from '../../../src/actors/persistence.ts';
import type { LiveSessionMachine } from '../../../src/client/running-chart.ts';
import { sessionMachine, sessionSetup } from '../../../src/machines/session.ts';

/** A version of the statechart with one fault. */
export interface Mutant {
  /** Names the place and the fault: `connected · socket.lost [2] · retargeted to loggedOut`. */
  readonly id: string;
  /** The state whose configuration was changed; empty for the whole chart. */
  readonly state: string;
  /** The event whose transition was changed; `null` for an entry, an exit or a delay. */
  readonly event: string | null;
  /** The branch that was changed, as `Branch.id` has it; `null` where the fault is in no branch. */
  readonly branch: string | null;
  /** Whether only a clock can tell: what a timer is started with is not seen before it fires. */
  readonly hasOwnDelays: boolean;
  readonly machine: () => LiveSessionMachine;
}

type Config = Record<string, unknown>;
type Branch = { guard?: string; target?: string; actions?: string[]; reenter?: boolean; description?: string };

/** The configuration as plain data: the literal given to `createMachine`, with a function only for the first context. */
const { context, ...original } = sessionMachine.config as unknown as Config;

/** Every single-fault version of the statechart. The same chart gives the same list. */
export function mutants(): Mutant[] {
  return [...delayMutants(), ...stateMutants()];
}

const leaves = leafIds(original, []);

function* stateMutants(): Generator<Mutant> {
  for (const path of statePaths(original, [])) {
    const state = path.join('.');
    const node = nodeAt(original, path);
    for (const slot of ['entry', 'exit'] as const) {
      for (const [index, action] of ((node[slot] as string[] | undefined) ?? []).entries()) {
        if (state === '' && action.startsWith('spawn')) continue;
        yield faulty({ state, event: null, fault: `${slot} without ${action}` }, (config) => {
          (nodeAt(config, path)[slot] as string[]).splice(index, 1);
        });
      }
    }
    const choice = node.always === undefined ? {} : { always: node.always as Branch[] };
    for (const [event, branches] of Object.entries({ ...(node.on as Record<string, Branch | Branch[]>), ...choice })) {
      yield* transitionMutants(path, event, Array.isArray(branches) ? branches : [branches]);
    }
  }
}

function* transitionMutants(path: string[], event: string, branches: Branch[]): Generator<Mutant> {
  const state = path.join('.');
  const change = (index: number, fault: string, act: (list: Branch[], branch: Branch) => void) =>
    faulty({ state, event, branch: index, fault: `[${index}] ${fault}` }, (config) => {
      const node = nodeAt(config, path);
      const on = (event === 'always' ? node : node.on) as Record<string, Branch | Branch[]>;
      const list = ([] as Branch[]).concat(on[event] ?? []);
      const branch = list[index];
      if (branch !== undefined) act(list, branch);
      on[event] = list;
    });
  for (const [index, branch] of branches.entries()) {
    yield change(index, 'removed', (list) => list.splice(index, 1));
    if (branch.guard !== undefined) {
      yield change(index, `without guard ${branch.guard}`, (_, mutated) => {
        delete mutated.guard;
      });
      yield change(index, `with guard ${branch.guard} negated`, (_, mutated) => {
        mutated.guard = `not:${branch.guard}`;
      });
    }
    for (const [position, action] of (branch.actions ?? []).entries()) {
      yield change(index, `without action ${action}`, (_, mutated) => {
        mutated.actions = (mutated.actions ?? []).toSpliced(position, 1);
      });
    }
    if (branch.target === undefined) continue;
    const own = resolve(path, branch.target);
    for (const leaf of leaves) {
      if (leaf === own) continue;
      yield change(index, `retargeted to ${leaf}`, (_, mutated) => {
        mutated.target = `#session.${leaf}`;
      });
    }
  }
}

function* delayMutants(): Generator<Mutant> {
  for (const delay of Object.keys(sessionMachine.implementations.delays)) {
    yield {
      id: `delay ${delay} removed`,
      state: '',
      event: null,
      branch: null,
      hasOwnDelays: true,
      machine: () => live(original, { [delay]: () => 0 }),
    };
  }
}

function faulty(
  { state, event, branch = 0, fault }: { state: string; event: string | null; branch?: number; fault: string },
  act: (config: Config) => void,
): Mutant {
  return {
    id: `${state}${event === null ? '' : ` · ${event}`} ${fault}`,
    state,
    event,
    branch: event === null ? null : `${state || '(root)'} ${event} #${branch + 1}`,
    hasOwnDelays: false,
    machine: () => {
      const config = structuredClone(original);
      act(config);
      return live(config);
    },
  };
}

const MOST_MICROSTEPS = 20;

const guards = sessionMachine.implementations.guards as Record<string, (args: never, params: never) => boolean>;
const negated = Object.fromEntries(
  Object.entries(guards).map(([name, guard]) => [`not:${name}`, (args: never, params: never) => !guard(args, params)]),
);

function live(config: Config, delays: Record<string, () => number> = {}): LiveSessionMachine {
  const { extend } = sessionSetup;
  const machine = extend({ guards: negated as never }).createMachine({
    ...config,
    context,
    // Choices that lead to each other would go round for ever.
    options: { maxIterations: MOST_MICROSTEPS },
  } as never) as unknown as LiveSessionMachine;
  return machine.provide({
    actors: { client: clientActor, persistence: persistenceActor },
    delays,
  } as never) as unknown as LiveSessionMachine;
}

function nodeAt(config: Config, path: readonly string[]): Config {
  return path.reduce<Config>((node, key) => (node.states as Record<string, Config>)[key] as Config, config);
}

function statePaths(node: Config, path: string[]): string[][] {
  const inner = Object.entries((node.states ?? {}) as Record<string, Config>);
  return [path, ...inner.flatMap(([key, child]) => statePaths(child, [...path, key]))];
}

function leafIds(node: Config, path: string[]): string[] {
  const inner = Object.entries((node.states ?? {}) as Record<string, Config>);
  if (inner.length === 0) return [path.join('.')];
  return inner.flatMap(([key, child]) => leafIds(child, [...path, key]));
}

/** The leaf that a target leads to. */
function resolve(from: string[], target: string): string {
  const path = target.startsWith('#session.')
    ? target.slice('#session.'.length).split('.')
    : target.startsWith('.')
      ? [...from, ...target.slice(1).split('.')]
      : [...from.slice(0, -1), ...target.split('.')];
  let node = nodeAt(original, path);
  while (typeof node.initial === 'string') {
    path.push(node.initial);
    node = nodeAt(original, path);
  }
  return path.join('.');
}
