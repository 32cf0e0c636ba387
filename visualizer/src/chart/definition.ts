import type { AnyStateMachine, AnyStateNode } from 'xstate';

/*
 * The statechart as data to draw, read from the machine that runs here, or from one made of the definition of a machine
 * that runs elsewhere. Nothing in here names the session's states.
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
  /** It is left in the same step in which it is entered: no session is ever seen in it. */
  readonly isChoice: boolean;
}

/** One branch of a transition: an event, perhaps a guard, perhaps a target. */
export interface Branch {
  /** `connecting.opening/hello.received/1`: source, event, and which of its branches. */
  readonly id: string;
  /** Empty for what holds in every state. */
  readonly source: string;
  /** Empty for the branches of a choice state. */
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
  readonly branch: (id: string) => Branch | null;
}

/** The machine's own root: what it handles is handled in every state. */
export const ANYWHERE = '';

export function readDefinition({ root }: Pick<AnyStateMachine, 'root'>): ChartDefinition {
  const states = new Map<string, ChartState>();
  const branches: Branch[] = [];

  function read(node: AnyStateNode): void {
    const name = nameOf(node);
    const children = Object.values(node.states) as AnyStateNode[];
    const always: readonly Definition[] = node.always ?? [];
    if (node !== root) {
      states.set(name, {
        name,
        key: node.key,
        description: node.description ?? '',
        parent: node.parent === root ? null : nameOf(node.parent as AnyStateNode),
        children: children.map(nameOf),
        tags: [...node.tags],
        isChoice: always.length > 0,
      });
    }
    for (const [event, definitions] of [...node.transitions, ['', always] as const]) {
      definitions.forEach((definition, index) => {
        const { guard, target, actions, description } = definition as Definition;
        branches.push({
          id: branchId(name, event, index),
          source: name,
          event,
          guard: guard === undefined ? null : typeName(guard),
          isOtherwise: guard === undefined && index > 0,
          target: target?.[0] === undefined ? null : nameOf(target[0]),
          actions: actions.map(typeName),
          description: description ?? '',
        });
      });
    }
    for (const child of children) read(child);
  }

  read(root);
  const byId = new Map(branches.map((branch) => [branch.id, branch]));
  return { states, branches, branch: (id) => byId.get(id) ?? null };
}

interface Definition {
  readonly source: AnyStateNode;
  readonly eventType: string;
  readonly guard?: unknown;
  readonly target?: readonly AnyStateNode[] | undefined;
  readonly actions: readonly unknown[];
  readonly description?: string | undefined;
}

const nameOf = ({ path }: AnyStateNode): string => path.join('.');

const branchId = (source: string, event: string, index: number): string => `${source}/${event}/${index}`;

/** The id of the branch that a transition of the machine is. */
export function idOfTransition(taken: unknown): string {
  const { source, eventType } = taken as Definition;
  const branches: readonly unknown[] = source.transitions.get(eventType) ?? source.always ?? [];
  return branchId(nameOf(source), eventType, Math.max(0, branches.indexOf(taken)));
}

const typeName = (named: unknown): string =>
  typeof named === 'string' ? named : ((named as { readonly type?: string }).type ?? '(inline)');

/** The state itself, then its ancestors, inside out. */
export function lineage({ states }: Pick<ChartDefinition, 'states'>, name: string): readonly ChartState[] {
  const state = states.get(name);
  if (state === undefined) return [];
  return [state, ...(state.parent === null ? [] : lineage({ states }, state.parent))];
}

export const topLevel = ({ states }: ChartDefinition): readonly ChartState[] =>
  [...states.values()].filter(({ parent }) => parent === null);

/** States in which a session can be. */
export const leaves = ({ states }: ChartDefinition): readonly ChartState[] =>
  [...states.values()].filter(({ children, isChoice }) => children.length === 0 && !isChoice);
