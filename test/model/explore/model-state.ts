import type { SessionEvent, SessionInput } from '../../../src/machines/types.ts';
import { begin, type Effect, type SessionMachine, type SessionSnapshot, type Transition, take } from './effects.ts';
import { NO_WORK, type OutstandingWork, receive, record } from './outstanding-work.ts';

/** The statechart together with what is under way outside of it. */
export interface ModelState {
  readonly snapshot: SessionSnapshot;
  readonly work: OutstandingWork;
}

export interface Step extends ModelState {
  readonly effects: readonly Effect[];
  readonly transitions: readonly Transition[];
}

export function startState(machine: SessionMachine, input: SessionInput): Step {
  const { snapshot, effects } = begin(machine, input);
  return { snapshot, effects, transitions: [], work: effects.reduce(record, NO_WORK) };
}

export function nextState(machine: SessionMachine, { snapshot, work }: ModelState, event: SessionEvent): Step {
  const taken = take(machine, snapshot, event);
  return { ...taken, work: taken.effects.reduce(record, receive(work, event)) };
}

/** Whether a token that is refused now has expired: it was accepted on another socket, or on this one long ago. */
export const isTokenOutlived = ({ snapshot: { context }, work: { socket, isTokenAccepted } }: ModelState): boolean =>
  isTokenAccepted && context.identity?.kind !== 'anonymous' && (socket?.phase !== 'open' || socket.hasLasted);
