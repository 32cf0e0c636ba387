import type { Call, Result, User } from '../../../src/index.ts';

export type CallKind = 'restore' | 'connect' | 'disconnect' | 'retryNow' | 'other';

/** A call that the app made, with its results so far. There must never be more than one. */
export interface MadeCall {
  readonly kind: CallKind;
  readonly words: string;
  /** Of `connect`: who. */
  readonly userId?: string;
  readonly forgetUser?: boolean;
  readonly results: Result<unknown>[];
  /** Who was stored when the answer came. */
  recordAtAnswer: User | null;
}

export type CallDetails = Pick<MadeCall, 'kind' | 'words' | 'userId' | 'forgetUser'>;

/** The calls of one app, in order. */
export class Calls {
  readonly all: MadeCall[] = [];
  readonly #recordNow: () => User | null;

  constructor(recordNow: () => User | null) {
    this.#recordNow = recordNow;
  }

  make(details: CallDetails, call: Call<unknown>): void {
    const made: MadeCall = { ...details, results: [], recordAtAnswer: null };
    this.all.push(made);
    call.enqueue((result) => {
      made.results.push(result);
      made.recordAtAnswer = this.#recordNow();
    });
  }
}
