/*
 * The statechart as data to draw, read from a machine's definition: the machine that runs here, or the JSON of one that
 * runs elsewhere. Nothing in here knows the session's states by name.
 */

export interface ChartState {
  /** The path without the machine: `connecting.opening`. */
  readonly name: string;
  readonly key: string;
  readonly description: string;
  readonly parent: string | null;
  /** Names of the substates, in document order. */
  readonly children: readonly string[];
  readonly tags: readonly string[];
}

/** One branch of a transition: an event, perhaps a guard, perhaps a target. */
export interface Branch {
  /** `connecting.opening/hello.received/1`: source, event, and which of its branches. */
  readonly id: string;
  readonly source: string;
  readonly event: string;
  readonly guard: string | null;
  /** Whether it is what remains when the guards of the branches before it do not hold. */
  readonly isOtherwise: boolean;
  /** `null`: the state is not left. */
  readonly target: string | null;
  readonly actions: readonly string[];
  readonly description: string;
}

export interface ChartDefinition {
  readonly states: ReadonlyMap<string, ChartState>;
  readonly branches: readonly Branch[];
}

/** What is read of a state of `machine.definition`, as JSON. */
interface StateJson {
  readonly id: string;
  readonly key: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly states?: Readonly<Record<string, StateJson>>;
  readonly on?: Readonly<Record<string, readonly BranchJson[]>>;
}

interface BranchJson {
  readonly target?: readonly string[];
  readonly guard?: string | { readonly type: string };
  readonly actions?: readonly (string | { readonly type: string })[];
  readonly description?: string;
}

/** Reads `machine.definition`, or what became of it as JSON. */
export function readDefinition(definition: object): ChartDefinition {
  const root = JSON.parse(JSON.stringify(definition)) as StateJson;
  const states = new Map<string, ChartState>();
  const branches: Branch[] = [];
  const nameOf = (id: string) => id.replace(/^#/, '').slice(root.id.length + 1);

  function read(state: StateJson, parent: string | null): void {
    const name = nameOf(state.id);
    const children = Object.values(state.states ?? {});
    states.set(name, {
      name,
      key: state.key,
      description: state.description ?? '',
      parent,
      children: children.map(({ id }) => nameOf(id)),
      tags: state.tags ?? [],
    });
    for (const [event, ofEvent] of Object.entries(state.on ?? {})) {
      for (const [index, branch] of ofEvent.entries()) {
        const target = branch.target?.[0];
        branches.push({
          id: branchId(name, event, index),
          source: name,
          event,
          guard: branch.guard === undefined ? null : typeName(branch.guard),
          isOtherwise: branch.guard === undefined && index > 0,
          target: target === undefined ? null : nameOf(target),
          actions: (branch.actions ?? []).map(typeName),
          description: branch.description ?? '',
        });
      }
    }
    for (const child of children) read(child, name);
  }

  for (const state of Object.values(root.states ?? {})) read(state, null);
  return { states, branches };
}

export function branchId(source: string, event: string, index: number): string {
  return `${source}/${event}/${index}`;
}

const typeName = (named: string | { readonly type: string }) => (typeof named === 'string' ? named : named.type);

/** The state itself, then its ancestors, inside out. */
export function lineage({ states }: ChartDefinition, name: string): readonly ChartState[] {
  const state = states.get(name);
  if (state === undefined) return [];
  return [state, ...(state.parent === null ? [] : lineage({ states, branches: [] }, state.parent))];
}

export const topLevel = ({ states }: ChartDefinition): readonly ChartState[] =>
  [...states.values()].filter(({ parent }) => parent === null);

export const leaves = ({ states }: ChartDefinition): readonly ChartState[] =>
  [...states.values()].filter(({ children }) => children.length === 0);
