import { type FailureInfo, SessionError } from '../errors.ts';
import type { SessionEmitted } from '../machines/types.ts';
import { failure, type Result, success } from '../result.ts';
import type { User } from '../user.ts';

type Settle<Value> = (result: Result<Value>) => void;

/** What a successful login answers. */
export interface Connection {
  readonly user: User;
  readonly connectionId: string;
}

/** How the session looks when a fact is emitted. */
export interface SessionView {
  /** The connection, if there is one. */
  connection(): Connection | null;
  /** Whose session runs or comes next. */
  currentUser(): User | null;
  toError(failure: FailureInfo): SessionError;
}

/**
 * The calls that wait for the statechart, settled by the facts it emits. All logins that were accepted are for the same
 * user: the one whose session runs, or the one who comes next; the chart refuses every other. A login that an app calls
 * from inside of a change is not accepted yet, and what is told until then is not about it.
 */
export class PendingCalls {
  readonly #view: SessionView;
  readonly #restores = new Set<Settle<User | null>>();
  readonly #connects = new Map<number, { readonly settle: Settle<Connection>; isAccepted: boolean }>();
  readonly #disconnects = new Map<Settle<void>, { readonly forgetUser: boolean }>();
  /** Requests that wait for a connection; `null` tells them that there will be none. */
  readonly #requests = new Set<(failure: SessionError | null) => void>();
  /** Why no call is taken any more. */
  #abandoned: SessionError | null = null;

  constructor(view: SessionView) {
    this.#view = view;
  }

  get hasRestores(): boolean {
    return this.#restores.size > 0;
  }

  addRestore(settle: Settle<User | null>): () => void {
    if (this.#abandoned !== null) settle(failure(this.#abandoned));
    else this.#restores.add(settle);
    return () => this.#restores.delete(settle);
  }

  addConnect(call: number, settle: Settle<Connection>): () => void {
    if (this.#abandoned !== null) settle(failure(this.#abandoned));
    else this.#connects.set(call, { settle, isAccepted: false });
    return () => this.#connects.delete(call);
  }

  addDisconnect(settle: Settle<void>, options: { readonly forgetUser: boolean }): () => void {
    if (this.#abandoned !== null) settle(failure(this.#abandoned));
    else this.#disconnects.set(settle, options);
    return () => this.#disconnects.delete(settle);
  }

  /** `proceed` is called with `null` once connected, or with the reason why that will not be. */
  addRequest(proceed: (failure: SessionError | null) => void): () => void {
    if (this.#abandoned !== null) proceed(this.#abandoned);
    else this.#requests.add(proceed);
    return () => this.#requests.delete(proceed);
  }

  take(fact: SessionEmitted): void {
    switch (fact.type) {
      case 'restore.settled':
        return this.#settleRestores(
          fact.failure === null ? success(fact.user) : failure(this.#view.toError(fact.failure)),
        );
      case 'connect.accepted': {
        const login = this.#connects.get(fact.call);
        if (login !== undefined) login.isAccepted = true;
        const connection = this.#view.connection();
        if (connection !== null) this.#settleConnect(fact.call, success(connection));
        return this.#settleRestores(success(this.#view.currentUser()));
      }
      case 'connect.refused':
        return this.#settleConnect(
          fact.call,
          failure(
            new SessionError({
              code: 'otherUserConnected',
              message: 'Another user is logged in, or about to be; their session goes on untouched.',
            }),
          ),
        );
      case 'connect.dropped':
        return this.#endLogins({ code: 'loggedOut', message: 'The login was dropped by disconnect().' });
      case 'session.connected': {
        const connection = this.#view.connection();
        if (connection === null) return;
        for (const call of this.#acceptedLogins()) this.#settleConnect(call, success(connection));
        for (const proceed of drain(this.#requests)) proceed(null);
        return;
      }
      case 'session.ended':
        return this.#endLogins(fact.failure);
      case 'session.closed': {
        this.#settleDisconnects(fact);
        const user = this.#view.currentUser();
        // With nobody next, storage is asked once more, for this end may have kept the stored user.
        if (user !== null) this.#settleRestores(success(user));
        return;
      }
    }
  }

  /** Settles everything, and what is added later at once: nothing will come any more. */
  abandon(error: SessionError): void {
    this.#abandoned = error;
    this.#settleRestores(failure(error));
    for (const call of [...this.#connects.keys()]) this.#settleConnect(call, failure(error));
    for (const settle of drain(this.#disconnects)) settle(failure(error));
    for (const proceed of drain(this.#requests)) proceed(error);
  }

  #settleRestores(result: Result<User | null>): void {
    for (const settle of drain(this.#restores)) settle(result);
  }

  #settleConnect(call: number, result: Result<Connection>): void {
    const login = this.#connects.get(call);
    this.#connects.delete(call);
    login?.settle(result);
  }

  #acceptedLogins(): number[] {
    return [...this.#connects].filter(([, { isAccepted }]) => isAccepted).map(([call]) => call);
  }

  #endLogins(info: FailureInfo): void {
    const error = this.#view.toError(info);
    for (const call of this.#acceptedLogins()) this.#settleConnect(call, failure(error));
    for (const proceed of drain(this.#requests)) proceed(error);
  }

  #settleDisconnects({ forgotten, failure: info }: Extract<SessionEmitted, { type: 'session.closed' }>): void {
    for (const [settle, { forgetUser }] of [...this.#disconnects]) {
      this.#disconnects.delete(settle);
      if (!forgetUser || forgotten === 'yes') settle(success(undefined));
      else {
        const why = info?.message ?? 'The session ended before that.';
        settle(
          failure(this.#view.toError({ code: 'userNotForgotten', message: `The stored user was not removed. ${why}` })),
        );
      }
    }
  }
}

function drain<Key>(waiting: Set<Key> | Map<Key, unknown>): Key[] {
  const all = [...waiting.keys()];
  waiting.clear();
  return all;
}
