import type { Observation } from '../laws/index.ts';
import type { SpecState } from './spec-state.ts';

/** One event, with what the design makes of the events before it and with it. */
export interface Behaviour extends Observation {
  readonly had: SpecState;
  readonly has: SpecState;
}

/** What a session does next to its laws, and how it is reported that one does not. */
export type Manner = readonly [promise: string, breach: (behaviour: Behaviour) => string | null];
