import type { SessionEvent } from '../machines/types.ts';
import type { SessionMachine, SessionSnapshot } from './effects.ts';

/*
 * Which branch an event takes, asked of the machine itself. XState's own graph keys do not tell branches apart that
 * lead to the same place, and `can` is silent about those that drop an event; this file is the one place that counts.
 */

/** One branch that the statechart declares: an event in a state, with its guard. */
export interface Branch {
  /** Unique: `connecting.opening token.refused #2`, counted from 1 within its event. */
  readonly id: string;
  readonly state: string;
  readonly event: string;
  readonly guard: string | null;
  /** `null` where the branch stays where it is. */
  readonly target: string | null;
  readonly description: string;
  /** Neither moves nor does anything: it drops the event, on purpose. */
  readonly isInert: boolean;
}

type Definition = ReturnType<SessionMachine['getTransitionData']>[number];
type Node = SessionMachine['root'];

export interface Branches {
  readonly all: readonly Branch[];
  /** The branch that `event` takes, or `null` when no state of the snapshot has an answer to it. */
  readonly taken: (snapshot: SessionSnapshot, event: SessionEvent) => Branch | null;
}

export function branchesOf(machine: SessionMachine): Branches {
  const byDefinition = new Map<unknown, Branch>();
  const visit = (node: Node) => {
    for (const [event, definitions] of node.transitions) {
      definitions.forEach((definition, index) => {
        byDefinition.set(definition, describe(node, event, definition as Definition, index));
      });
    }
    for (const child of Object.values(node.states)) visit(child as Node);
  };
  visit(machine.root);
  return {
    all: [...byDefinition.values()],
    taken: (snapshot, event) => {
      const [definition] = machine.getTransitionData(snapshot, event);
      return definition === undefined ? null : (byDefinition.get(definition) ?? null);
    },
  };
}

function describe(node: Node, event: string, definition: Definition, index: number): Branch {
  const { guard, target, actions, reenter, description } = definition;
  const state = node.path.join('.') || '(root)';
  const [targetNode] = target ?? [];
  return {
    id: `${state} ${event} #${index + 1}`,
    state,
    event,
    guard: nameOf(guard),
    target: targetNode === undefined ? null : targetNode.path.join('.'),
    description: description ?? '',
    isInert: targetNode === undefined && actions.length === 0 && !reenter,
  };
}

function nameOf(guard: unknown): string | null {
  if (guard === undefined) return null;
  if (typeof guard === 'string') return guard;
  return (guard as { readonly type?: string }).type ?? '(inline)';
}

/** The innermost states of the machine, as paths. */
export function leavesOf(machine: SessionMachine): readonly string[] {
  const visit = (node: Node): string[] => {
    const children = Object.values(node.states) as Node[];
    return children.length === 0 ? [node.path.join('.')] : children.flatMap(visit);
  };
  return visit(machine.root);
}
