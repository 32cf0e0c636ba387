import type { Diagnostic } from '../../diagnostics.ts';
import type { FailureInfo } from '../../errors.ts';
import type { ClientFact } from '../messages.ts';

export type AttemptFact = Extract<ClientFact, { readonly attempt: number }>;

export interface SendOptions {
  /** Asked right before the fact is sent. */
  readonly isValid?: () => boolean;
  readonly cause?: unknown;
}

/** Where the parts of the client actor leave what is to be known outside. */
export interface Outbox {
  /** Sends a fact to the statechart in a later microtask, unless its attempt is no longer the newest by then. */
  send(fact: AttemptFact, options?: SendOptions): void;
  /** Reports a fault that the session survived. */
  report(source: Diagnostic['source'], failure: FailureInfo, cause?: unknown): void;
}
