import type { SessionEvent } from '../../../src/machines/types.ts';
import { type SessionMachine, type SessionSnapshot, type Transition, take } from './effects.ts';

/*
 * Which branches an event takes, asked of the machine itself. XState's own graph keys do not tell branches apart that
 * lead to the same node, and `can` is silent about those that drop an event; this file is the one place that counts.
 */

/** One branch that the statechart declares: an event in a state, or a choice, with its guard. */
export interface Branch {
  /** Unique: `connecting.opening token.refused #2`, counted from 1 within its event. */
  readonly id: string;
  readonly state: string;
  /** `always` for a branch of a choice state. */
  readonly event: string;
  readonly guard: string | null;
  /** `null` where the branch stays where it is. */
  readonly target: string | null;
  readonly description: string;
  /** Neither moves nor does anything: it drops the event, on purpose. */
  readonly isInert: boolean;
}

type Node = SessionMachine['root'];

export interface Branches {
  readonly all: readonly Branch[];
  /**
   * The branch that `event` takes, then those of the choice states that it leads through. Empty when no state of the
   * snapshot handles the event.
   */
  readonly taken: (snapshot: SessionSnapshot, event: SessionEvent) => readonly Branch[];
  readonly of: (transitions: readonly Transition[]) => readonly Branch[];
}

export function branchesOf(machine: SessionMachine): Branches {
  const byTransition = new Map<unknown, Branch>();
  const visit = (node: Node) => {
    for (const [event, transitions] of [...node.transitions, ['always', node.always ?? []] as const]) {
      transitions.forEach((transition, index) => {
        byTransition.set(transition, describe(node, event, transition as Transition, index));
      });
    }
    for (const child of Object.values(node.states)) visit(child as Node);
  };
  visit(machine.root);
  const of = (transitions: readonly Transition[]) =>
    transitions.flatMap((transition) => byTransition.get(transition) ?? []);
  return {
    all: [...byTransition.values()],
    of,
    taken: (snapshot, event) => {
      const selected = machine.getTransitionData(snapshot, event);
      // Only a choice is made on what the actions have changed.
      const leadsToChoice = selected.some(({ target }) => target?.some((node) => isChoice(node as Node)));
      return of(leadsToChoice ? take(machine, snapshot, event).transitions : selected);
    },
  };
}

/** Whether the state is a choice, or is entered by one. */
function isChoice(node: Node): boolean {
  if (node.always !== undefined) return true;
  return node.initial?.target.some((inner) => isChoice(inner as Node)) ?? false;
}

function describe(node: Node, event: string, transition: Transition, index: number): Branch {
  const { guard, target, actions, reenter, description } = transition;
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

/** The innermost states of the machine in which a session can be, as paths: choice states are left at once. */
export function leavesOf(machine: SessionMachine): readonly string[] {
  const visit = (node: Node): string[] => {
    const children = Object.values(node.states) as Node[];
    if (children.length > 0) return children.flatMap(visit);
    return node.always === undefined ? [node.path.join('.')] : [];
  };
  return visit(machine.root);
}
