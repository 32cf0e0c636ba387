import type { SessionContext, SessionEvent } from '../machines/types.ts';

/** One step of the statechart: plain data, without a secret. */
export interface Transition {
  /** By the client's clock, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly event: SessionEvent;
  /** Where the chart is now, as `connecting.waiting`. */
  readonly state: string;
  readonly context: SessionContext;
}

export type TransitionListener = (transition: Transition) => void;
