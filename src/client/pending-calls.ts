import { type FailureInfo, SessionError } from '../errors.ts';
import type { SessionEmitted } from '../machines/types.ts';
import { failure, type Result, success } from '../result.ts';
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
  /** The connection, if there is one. */
  connection(): Connection | null;
  /** The user whose session runs or comes next. */
  currentUser(): User | null;
  toError(failure: FailureInfo): SessionError;
}

interface PendingLogin {
  readonly settle: Settle<Connection>;
  /** Settles with what is known, if the call has no time limit of its own and has waited long enough. */
  readonly giveUp: ((isForGood: boolean) => void) | null;
  isAccepted: boolean;
}

/**
 * The calls that wait for the statechart, settled by the facts it emits. All logins that were accepted are for the same
 * user: the one whose session runs, or the one who comes next; the chart refuses every other. A login that an app calls
 * from inside of a notification is not accepted yet, and facts emitted until then are not about it.
 */
export class PendingCalls {
  readonly #view: SessionView;
  readonly #restores: Settle<User | null>[] = [];
  /** Made when a call waits, like the next ones. */
  #logins: Map<number, PendingLogin> | null = null;
  #logouts: Map<Settle<void>, { readonly forgetUser: boolean }> | null = null;
  /** Requests that wait for a connection; `null` means that there is one. */
  #requests: Set<(ended: SessionError | null) => void> | null = null;
  /** Why no call is taken any more. */
  #abandonedBy: (() => SessionError) | null = null;

  constructor(view: SessionView) {
    this.#view = view;
  }

  get hasRestores(): boolean {
    return this.#restores.length > 0;
  }

  addRestore(settle: Settle<User | null>): () => void {
    if (this.#abandonedBy !== null) settle(failure(this.#abandonedBy()));
    else this.#restores.push(settle);
    return () => {
      const index = this.#restores.indexOf(settle);
      if (index >= 0) this.#restores.splice(index, 1);
    };
  }

  addLogin(call: number, settle: Settle<Connection>, giveUp: PendingLogin['giveUp']): () => void {
    this.#logins ??= new Map();
    if (this.#abandonedBy !== null) settle(failure(this.#abandonedBy()));
    else this.#logins.set(call, { settle, giveUp, isAccepted: false });
    return () => this.#logins?.delete(call);
  }

  addLogout(settle: Settle<void>, options: { readonly forgetUser: boolean }): () => void {
    this.#logouts ??= new Map();
    if (this.#abandonedBy !== null) settle(failure(this.#abandonedBy()));
    else this.#logouts.set(settle, options);
    return () => this.#logouts?.delete(settle);
  }

  /** `proceed` is called with `null` once connected, or with the reason why that will not be. */
  addRequest(proceed: (ended: SessionError | null) => void): () => void {
    this.#requests ??= new Set();
    if (this.#abandonedBy !== null) proceed(this.#abandonedBy());
    else this.#requests.add(proceed);
    return () => this.#requests?.delete(proceed);
  }

  onFact(fact: SessionEmitted): void {
    switch (fact.type) {
      case 'restore.settled':
        return this.#settleRestores(
          fact.failure === null ? success(fact.user) : failure(this.#view.toError(fact.failure)),
        );
      case 'connect.accepted': {
        const login = this.#logins?.get(fact.call);
        if (login !== undefined) login.isAccepted = true;
        const connection = this.#view.connection();
        if (connection !== null) this.#settleLogin(fact.call, success(connection));
        return this.#settleRestores(success(this.#view.currentUser()));
      }
      case 'connect.refused':
        return this.#settleLogin(fact.call, failure(new SessionError(OTHER_USER)));
      case 'connect.dropped':
        return this.#endLogins({ code: 'loggedOut', message: 'The login was dropped by disconnect().' });
      case 'session.connected': {
        const connection = this.#view.connection();
        if (connection === null) return;
        for (const [call] of this.#acceptedLogins()) this.#settleLogin(call, success(connection));
        for (const proceed of drain(this.#requests)) proceed(null);
        return;
      }
      case 'session.ended':
        return this.#endLogins(fact.failure);
      case 'session.closed': {
        this.#settleLogouts(fact);
        const user = this.#view.currentUser();
        // With no user next, storage is asked once more, because this end may have kept the stored user.
        if (user !== null) this.#settleRestores(success(user));
        return;
      }
    }
  }

  /** Nothing has answered the attempts of a first login so far, or something did and refuses them for good. */
  giveUpLogins(isForGood: boolean): void {
    for (const [, { giveUp }] of this.#acceptedLogins()) giveUp?.(isForGood);
  }

  /** Settles everything, and what is added later at once: no fact will come any more. */
  abandon(createReason: () => SessionError): void {
    this.#abandonedBy = createReason;
    for (const settle of this.#restores.splice(0)) settle(failure(createReason()));
    for (const call of [...(this.#logins?.keys() ?? [])]) this.#settleLogin(call, failure(createReason()));
    for (const settle of drain(this.#logouts)) settle(failure(createReason()));
    for (const proceed of drain(this.#requests)) proceed(createReason());
  }

  #settleRestores(result: Result<User | null>): void {
    for (const settle of this.#restores.splice(0)) settle(result);
  }

  #settleLogin(call: number, result: Result<Connection>): void {
    const login = this.#logins?.get(call);
    this.#logins?.delete(call);
    if (this.#logins?.size === 0) this.#logins = null;
    login?.settle(result);
  }

  #acceptedLogins(): [number, PendingLogin][] {
    return [...(this.#logins ?? [])].filter(([, { isAccepted }]) => isAccepted);
  }

  #endLogins(info: FailureInfo): void {
    const logins = this.#acceptedLogins();
    const requests = drain(this.#requests);
    // An error has a stack, which is not captured at every logout.
    if (logins.length + requests.length === 0) return;
    const error = this.#view.toError(info);
    for (const [call] of logins) this.#settleLogin(call, failure(error));
    for (const proceed of requests) proceed(error);
  }

  #settleLogouts({ forgotten, failure: info }: Extract<SessionEmitted, { type: 'session.closed' }>): void {
    for (const [settle, { forgetUser }] of [...(this.#logouts ?? [])]) {
      this.#logouts?.delete(settle);
      if (!forgetUser || forgotten === 'yes') settle(success(undefined));
      else {
        const reason = info?.message ?? 'The session ended before that.';
        const message = `The stored user was not removed. ${reason}`;
        settle(failure(this.#view.toError({ code: 'userNotForgotten', message })));
      }
    }
  }
}

const OTHER_USER: FailureInfo = {
  code: 'otherUserConnected',
  message: 'Another user is logged in, or about to be; their session is not touched.',
};

function drain<Key>(waiting: Set<Key> | Map<Key, unknown> | null): Key[] {
  const all = [...(waiting?.keys() ?? [])];
  waiting?.clear();
  return all;
}
