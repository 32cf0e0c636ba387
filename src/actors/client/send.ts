import type { FailureInfo } from '../../errors.ts';
import type { ClientFact } from '../messages.ts';

/** A fact that answers a command. */
export type AttemptFact = Extract<ClientFact, { readonly attempt: number }>;

export interface Telling {
  /** Asked right before the fact is sent. */
  readonly isValid?: () => boolean;
  /** The original error behind the fact's failure. */
  readonly cause?: unknown;
}

/** Tells the statechart a fact in a later microtask, unless its attempt is no longer the newest by then. */
export type Tell = (fact: AttemptFact, telling?: Telling) => void;

/** Reports what was survived. Never throws. */
export type Report = (source: 'server' | 'provider' | 'internal', failure: FailureInfo, cause?: unknown) => void;
