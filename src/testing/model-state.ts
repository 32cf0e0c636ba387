import type { SessionEvent, SessionInput } from '../machines/types.ts';
import { DEFAULT_TIMING } from '../timing.ts';
import { begin, type Effect, type SessionMachine, type SessionSnapshot, type Transition, take } from './effects.ts';
import { EMPTY_LEDGER, type Ledger, receive, record } from './outstanding-work.ts';

/** The statechart together with what is under way outside of it. */
export interface ModelState {
  readonly snapshot: SessionSnapshot;
  readonly ledger: Ledger;
}

export interface Step extends ModelState {
  readonly effects: readonly Effect[];
  readonly transitions: readonly Transition[];
}

/** A client with a token source that starts with a network and in the foreground. */
export const DEFAULT_INPUT: SessionInput = {
  timing: DEFAULT_TIMING,
  restorable: true,
  seed: 1,
  online: true,
  foreground: true,
};

export function startSituation(machine: SessionMachine, input: SessionInput): Step {
  const { snapshot, effects } = begin(machine, input);
  return { snapshot, effects, transitions: [], ledger: effects.reduce(record, EMPTY_LEDGER) };
}

export function nextSituation(machine: SessionMachine, { snapshot, ledger }: ModelState, event: SessionEvent): Step {
  if (machine.getTransitionData(snapshot, event).length === 0) {
    return { snapshot, effects: [], transitions: [], ledger: receive(ledger, event) };
  }
  const taken = take(machine, snapshot, event);
  return { ...taken, ledger: taken.effects.reduce(record, receive(ledger, event)) };
}

/** The innermost state, as a path: `connecting.waiting`. */
export function leafOf({ value }: SessionSnapshot): string {
  let rest: unknown = value;
  const names: string[] = [];
  while (typeof rest === 'object' && rest !== null) {
    const [name, inner] = Object.entries(rest)[0] ?? [];
    if (name === undefined) break;
    names.push(name);
    rest = inner;
  }
  return [...names, ...(typeof rest === 'string' ? [rest] : [])].join('.');
}
