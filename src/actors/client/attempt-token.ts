import type { FailureInfo } from '../../errors.ts';
import { type Ending, endingByFailure } from '../../protocol/verdict.ts';
import type { Dependencies } from '../dependencies.ts';
import type { AttemptFact } from './outbox.ts';
import type { ClientSession } from './session.ts';

/** What is known of the token of one attempt: whether it is worth one, and what the course of the attempt says about it. */
export class AttemptToken {
  readonly text: string | null;
  readonly #session: ClientSession;
  readonly #dependencies: Dependencies;
  readonly #triedAtMs: number;
  /** By this attempt. */
  #acceptedAtMs = NEVER;

  /** @param text `null` where none is held, as for an anonymous user. */
  constructor(text: string | null, session: ClientSession, dependencies: Dependencies) {
    this.text = text;
    this.#session = session;
    this.#dependencies = dependencies;
    this.#triedAtMs = dependencies.clock.now();
    session.socketToken = text;
  }

  /** Why no attempt is made with it. An expired token is tried once: an attempt that failed in silence may be due to it. */
  objection(): Ending | null {
    const session = this.#session;
    const { text } = this;
    if (text === null && session.identity.kind !== 'anonymous')
      return { ...endingByFailure(NO_TOKEN), kind: 'token.refused' };
    const before = session.doubtedToken;
    session.doubtedToken = session.holdsExpiredToken(this.#triedAtMs) ? text : null;
    const isDoubted = before !== null && before === session.doubtedToken;
    return isDoubted ? { ...endingByFailure(EXPIRED), kind: 'token.notValidNow' } : null;
  }

  /** The server has said hello. */
  onAccepted(): void {
    this.#acceptedAtMs = this.#dependencies.clock.now();
    this.#session.acceptedToken = this.text;
    this.#session.doubtedToken = null;
  }

  /** The app or the device has cut the attempt off, which says nothing about the token unless the server was silent for long. */
  onCutOff(): void {
    const { clock, timing } = this.#dependencies;
    if (clock.now() - this.#triedAtMs < timing.helloTimeoutMs / 2) this.#session.doubtedToken = null;
    else if (this.#acceptedAtMs === NEVER) this.#session.onFailedAttempt();
  }

  /** The end of the attempt as a fact. What the server objects to is not used again. */
  factOf({ kind, failure, retryAfterMs }: Ending, attempt: number): AttemptFact {
    const session = this.#session;
    switch (kind) {
      case 'socket.lost':
        // A hello proves little: some servers check the token after it.
        if (this.#acceptedAtMs === NEVER || !this.#isStable()) session.onFailedAttempt(failure.closeCode);
        else session.suspicion = 0;
        return { type: kind, attempt, failure, retryAfterMs };
      case 'token.refused': {
        const expired = this.text !== null && this.text === session.acceptedToken && this.#isStable();
        session.acceptedToken = null;
        session.doubtedToken = null;
        // A provider that caches is a common mistake, and the server's words don't name it.
        const isAgain = this.text !== null && this.text === session.refusedToken;
        const message = `${failure.message}${isAgain ? ' The token source gave the same token again.' : ''}`;
        return {
          type: kind,
          attempt,
          failure: { ...failure, message },
          renewable: session.refuseToken(this.text),
          ...(expired && { expired }),
          ...(retryAfterMs > 0 && { retryAfterMs }),
        };
      }
      case 'token.notValidNow':
        session.doubtedToken = null;
        session.dropToken(this.text);
        return { type: kind, attempt, failure, retryAfterMs };
      default:
        return { type: kind, attempt, failure };
    }
  }

  /** By the wall clock: a device that wakes for moments only has no stable connection. */
  #isStable(): boolean {
    const { clock, timing } = this.#dependencies;
    return clock.now() - this.#acceptedAtMs >= timing.stableAfterMs;
  }
}

const NEVER = Number.NEGATIVE_INFINITY;
const NO_TOKEN: FailureInfo = { code: 'tokenUnavailable', message: 'No token is held.' };
const EXPIRED: FailureInfo = {
  code: 'helloTimedOut',
  message: 'The server did not say hello to an expired token.',
};
