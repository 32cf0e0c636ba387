import type { FailureInfo } from '../../src/errors.ts';

/*
 * The messages between the demo and the process with the session. They hold no token.
 */

/** How a session process is set up; given as its first message. */
export interface Setup {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** The file that holds the stored user. */
  readonly userFile: string;
  /** The studio to show the session in: its relay's address; `null` for none. */
  readonly studioUrl: string | null;
}

/** A method of the client to call. */
export type Order =
  | { readonly call: 'restore' }
  | { readonly call: 'connectUser'; readonly userId: string; readonly name: string }
  | { readonly call: 'request'; readonly path: string; readonly body: unknown }
  | { readonly call: 'disconnect' }
  /** Nothing more follows: from here on only the client could keep the process alive. */
  | { readonly call: 'leave' };

/** A state that was entered. */
export interface StateReport {
  readonly type: 'state';
  readonly state: string;
  /** The event that led there; empty for the first state. */
  readonly event: string;
  readonly failure: FailureInfo | null;
  readonly atMs: number;
  readonly nextAttemptAtMs: number | null;
}

export type Report =
  | StateReport
  /** A call has succeeded; `userId` is its user, if it has one. */
  | { readonly type: 'succeeded'; readonly call: Order['call']; readonly userId: string | null }
  | {
      readonly type: 'failed';
      readonly call: Order['call'];
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
    }
  /** The repository holds this user now, or no user. */
  | { readonly type: 'stored'; readonly userId: string | null }
  | { readonly type: 'chat'; readonly text: string; readonly atMs: number }
  | { readonly type: 'diagnostic'; readonly source: string; readonly message: string };
