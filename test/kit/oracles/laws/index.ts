import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { ModelState, Step } from '../../../../src/testing/model-state.ts';
import { CALL_LAWS, STORAGE_LAWS } from './calls-and-storage.ts';
import { CONNECTION_LAWS } from './connection.ts';
import { IDENTITY_LAWS } from './identity.ts';
import type { Invariant, Observation } from './observation.ts';
import { NO_WITNESS, type ObservedSession, witness } from './observed-session.ts';

/*
 * The laws of the design as invariants over what can be heard: what was said to the statechart, what it said to its
 * actors and to the app, which of the six states it shows. How the statechart gets there is not known here.
 */

export type { Invariant, Observation } from './observation.ts';

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

/** Follows one session, step by step, and says which laws a step breaks. */
export class Observer {
  #known: ObservedSession = NO_WITNESS;

  observe(event: SessionEvent, before: ModelState, after: Step): Violation[] {
    const known = this.#known;
    const knows = witness(known, event, after.effects);
    this.#known = knows;
    const observation: Observation = { event, before, after, effects: after.effects, known, knows };
    return INVARIANTS.flatMap(({ law, promise, breach }) => {
      const what = breach(observation);
      return what === null ? [] : [{ law, promise, breach: what }];
    });
  }
}
