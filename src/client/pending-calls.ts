import {
  CANCELLED,
  DISPOSED,
  type FailureInfo,
  failed,
  failure,
  LOGGED_OUT,
  type Result,
  SessionError,
  success,
} from '../errors.ts';
import type { SessionEmitted } from '../machines/types.ts';
import type { OwnUser, User } from '../user.ts';

type Settle<Value> = (result: Result<Value>) => void;

/** The value of a successful login. */
export interface Connection {
  readonly user: User;
  readonly connectionId: string;
  /** The user as the server described them in its hello: role, unread counts, mutes, …. */
  readonly me: OwnUser | null;
}

/** The session at the moment a fact is emitted. */
export interface SessionView {
  connection(): Connection | null;
  /** The user whose session runs or comes next. */
  currentUser(): User | null;
  toError(failure: FailureInfo): SessionError;
}

export type SettlingFact =
  | SessionEmitted
  /** An attempt of a first login has failed; `isForGood` if nothing at the address opens a WebSocket. */
  | { readonly type: 'attempt.failed'; readonly isForGood: boolean }
  /** No other fact will come any more; `error` is `null` where the client was disposed. */
  | { readonly type: 'session.abandoned'; readonly error: SessionError | null };

/** The result that a fact gives to a call; `null` where the call goes on waiting. */
type ResultBy<Value> = (fact: SettlingFact) => Result<Value> | null;

interface PendingCall {
  readonly isRestore: boolean;
  readonly onFact: (fact: SettlingFact) => void;
}

/** The calls that wait for the statechart, settled by the facts it emits. */
export class PendingCalls {
  /** In the order of the calls. Replaced, never changed. */
  #calls: readonly PendingCall[] = [];
  #abandoned: SettlingFact | null = null;
  readonly #session: SessionView;

  constructor(session: SessionView) {
    this.#session = session;
  }

  get hasRestores(): boolean {
    return this.#calls.some(({ isRestore }) => isRestore);
  }

  /** Returns what stops the wait. */
  add<Value>(settle: Settle<Value>, resultBy: ResultBy<Value>, isRestore = false): () => void {
    const stop = () => {
      this.#calls = this.#calls.filter((other) => other !== call);
    };
    const onFact = (fact: SettlingFact) => {
      const result =
        fact.type === 'session.abandoned' ? failure(fact.error ?? new SessionError(DISPOSED)) : resultBy(fact);
      if (result === null) return;
      stop();
      settle(result);
    };
    const call: PendingCall = { isRestore, onFact };
    if (this.#abandoned === null) this.#calls = [...this.#calls, call];
    else onFact(this.#abandoned);
    return stop;
  }

  onFact(fact: SettlingFact): void {
    if (fact.type === 'session.abandoned') this.#abandoned = fact;
    for (const call of this.#calls) call.onFact(fact);
  }

  // Both return what cancels the call: it waits no longer; the session goes on (law 3).

  addRestore(settle: Settle<User | null>): () => void {
    const resultBy: ResultBy<User | null> = (fact) => {
      switch (fact.type) {
        case 'restore.settled':
          return fact.failure === null ? success(fact.user) : failure(this.#session.toError(fact.failure));
        case 'connect.accepted':
        case 'session.closed': {
          const user = this.#session.currentUser();
          // With no user next, storage is asked once more, because this end may have kept the stored user.
          return user === null ? null : success(user);
        }
        default:
          return null;
      }
    };
    return cancelling(this.add(settle, resultBy, true), settle);
  }

  addLogout(settle: Settle<void>, forgetUser: boolean): () => void {
    // Called from inside of a notification, its command is not taken yet: the end of an older session is not its own.
    let isTaken = false;
    const resultBy: ResultBy<void> = (fact) => {
      if (fact.type === 'session.ended' || fact.type === 'connect.dropped') isTaken = true;
      if (!isTaken || fact.type !== 'session.closed') return null;
      if (!forgetUser || fact.forgotten === 'yes') return success(undefined);
      const reason = fact.failure?.message ?? 'The session ended before that.';
      const message = `The stored user was not removed. ${reason}`;
      return failure(this.#session.toError({ code: 'userNotForgotten', message }));
    };
    return cancelling(this.add(settle, resultBy), settle);
  }
}

const cancelling = (stop: () => void, settle: Settle<never>) => () => {
  stop();
  settle(failed(CANCELLED));
};

/** The connection of the session that runs, or why there will be none. */
export function connectionBy(fact: SettlingFact, session: SessionView): Result<Connection> | null {
  switch (fact.type) {
    case 'connect.accepted':
    case 'session.connected': {
      const connection = session.connection();
      return connection === null ? null : success(connection);
    }
    case 'connect.dropped':
      return failed(LOGGED_OUT);
    case 'session.ended':
      return failure(session.toError(fact.failure));
    default:
      return null;
  }
}
