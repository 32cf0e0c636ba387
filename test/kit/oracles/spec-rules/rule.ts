import type { Observation } from '../laws/index.ts';
import type { Custom } from './spec-state.ts';

/** One event, with what the design makes of the events before it and with it. */
export interface Behaviour extends Observation {
  readonly had: Custom;
  readonly has: Custom;
}

/** What a session does beside its laws, and how it is told that one does not. */
export type Manner = readonly [promise: string, breach: (behaviour: Behaviour) => string | null];
