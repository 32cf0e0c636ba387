import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { ModelState, Step } from '../../../model/explore/model-state.ts';
import { CALL_LAWS, STORAGE_LAWS } from './calls-and-storage.ts';
import { CONNECTION_LAWS } from './connection.ts';
import { IDENTITY_LAWS } from './identity.ts';
import type { Invariant, Observation } from './observation.ts';
import { type ObservedSession, observe } from './observed-session.ts';

/*
 * The laws of the design as invariants over what can be observed: the events of the statechart, what it sends to its
 * actors and to the app, which of the six states it shows. How the statechart gets there is not considered here.
 */

export type { Invariant, Observation } from './observation.ts';
export { NOTHING_OBSERVED, type ObservedSession } from './observed-session.ts';

export interface Violation {
  readonly law: number;
  readonly promise: string;
  readonly breach: string;
}

export const INVARIANTS: readonly Invariant[] = [
  ...CONNECTION_LAWS,
  ...CALL_LAWS,
  ...IDENTITY_LAWS,
  ...STORAGE_LAWS,
].sort((one, other) => one.law - other.law);

/** One step of a session: what an observer holds after it, and which laws it breaks. */
export function checkStep(
  known: ObservedSession,
  event: SessionEvent,
  before: ModelState,
  after: Step,
): { readonly known: ObservedSession; readonly violations: readonly Violation[] } {
  const knows = observe(known, event, after.effects);
  const observation: Observation = { event, before, after, effects: after.effects, known, knows };
  const violations: Violation[] = [];
  for (const { law, promise, breach } of INVARIANTS) {
    const what = breach(observation);
    if (what !== null) violations.push({ law, promise, breach: what });
  }
  return { known: knows, violations };
}
