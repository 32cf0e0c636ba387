// The declarations name `AsyncDisposable`, which the `lib` of few apps has.
/// <reference lib="esnext.disposable" preserve="true" />

import { invalidArgument, SessionError } from '../errors.ts';
import { failure, type Result, success } from '../result.ts';
import type { TokenSource } from '../token/source.ts';
import type { Identity, User, UserKind } from '../user.ts';
import { Call, DISPOSED, type StartCall, settledCall } from './call.ts';
import { type CallBounds, type CallOptions, parseCallOptions, parseForgetUser } from './call-bounds.ts';
import { type ChatListener, ChatListeners } from './chat-listeners.ts';
import type { ClientSnapshot } from './client-snapshot.ts';
import { diagnosticFor, safeReport } from './dependencies.ts';
import type { Explanation } from './explain.ts';
import { setRun } from './internals.ts';
import { ANONYMOUS, checkTokenSource, parseIdentity } from './login-input.ts';
import { type ChatClientOptions, type ClientSettings, parseOptions } from './options.ts';
import type { Connection } from './pending-calls.ts';
import type { ReadOnlySessionActor } from './read-only-actor.ts';
import { startRequest } from './request.ts';
import type { ClientRequest } from './request-input.ts';
import { type LiveSessionMachine, liveSessionMachine } from './session-actor.ts';
import { SessionRun } from './session-run.ts';

/**
 * A client of a chat or realtime backend: one user's session at a time, kept logged in and connected by a statechart.
 *
 * Building one is inert: no I/O, no timer, so it may be built on a server that renders. `restore()` or the first login
 * starts it. Every method answers a {@link Call}; none throws, rejects or hangs.
 */
export class SessionClient implements AsyncDisposable {
  readonly #settings: ClientSettings;
  readonly #listeners: ChatListeners;
  readonly #run: SessionRun;
  readonly #reportListener: (cause: unknown) => void;
  #calls = 0;

  /**
   * @param machine Another version of the statechart with its actors: tests of the tests run mutants of it.
   * @throws SessionError `invalidArgument` that names the option; nothing was started.
   */
  constructor(options: ChatClientOptions, machine: LiveSessionMachine = liveSessionMachine) {
    this.#settings = parseOptions(options);
    const report = safeReport(this.#settings.onDiagnostic);
    this.#reportListener = (cause) => report(diagnosticFor('listener', 'A listener', cause));
    this.#listeners = new ChatListeners(this.#reportListener);
    this.#run = new SessionRun({ settings: this.#settings, listeners: this.#listeners, report, machine });
    setRun(this, this.#run);
  }

  /**
   * Looks who is stored and logs them in again. Answers as soon as that is known, without waiting for the connection:
   * the user whose session is under way, or `null` for nobody. Errors: `storageFailed`, `storageTimedOut`, `disposed`.
   */
  restore(): Call<User | null> {
    const refusal = this.#refusal();
    if (refusal !== null) return this.#fail(refusal);
    return this.#call((settle) => {
      if (this.#run.phase === 'idle') {
        const forget = this.#run.pending.addRestore(settle);
        this.#run.start();
        return cancelled(settle, forget);
      }
      const { chart } = this.#run;
      if (chart.hasTag('running')) {
        settle(success(this.#run.currentUser()));
        return undefined;
      }
      if (chart.hasTag('ending')) this.#run.link.noteRestore();
      const forget = this.#run.pending.addRestore(settle);
      this.#run.send({ type: 'session.restore', ...this.#run.link.read() });
      return cancelled(settle, forget);
    });
  }

  /**
   * Logs `user` in, or joins the session that they have already. A token or provider given here is used for this user
   * from the next load on; without one the client's `tokenProvider` is asked.
   *
   * Errors: `invalidArgument`, `otherUserConnected` (the running session goes on untouched), `tokenSourceMissing`,
   * `tokenUnavailable`, `tokenTimedOut`, `tokenInvalid`, `tokenRejected`, `userRejected`, `appRejected`,
   * `endedByServer`, `loggedOut` (by a `disconnect()` meanwhile), `stillConnecting` (bounded by `timeoutMs` or
   * cancelled; the session goes on), `disposed`.
   */
  connectUser(user: User, tokenOrProvider?: TokenSource, options: CallOptions = {}): Call<Connection> {
    const invalid = checkTokenSource(tokenOrProvider);
    return invalid === null ? this.#connect('user', user, tokenOrProvider, options) : this.#fail(invalid);
  }

  /** Connects without a user: read-only, as far as the backend allows. Nothing is stored. Errors: as `connectUser`. */
  connectAnonymousUser(options: CallOptions = {}): Call<Connection> {
    return this.#login(ANONYMOUS, undefined, parseCallOptions(options));
  }

  /** Has the backend create a guest from `user` and connects as them. Nothing is stored. Errors: as `connectUser`. */
  connectGuestUser(user: User, options: CallOptions = {}): Call<Connection> {
    return this.#connect('guest', user, undefined, options);
  }

  /**
   * Logs the current user out completely, then `user` in. Not transactional: if the second half fails nobody is logged
   * in, and the result says why. Errors: as `connectUser`.
   */
  switchUser(user: User, tokenOrProvider?: TokenSource, options: CallOptions = {}): Call<Connection> {
    const bounds = parseCallOptions(options);
    if (!bounds.success) return this.#fail(bounds.error);
    const invalid = checkTokenSource(tokenOrProvider) ?? this.#refusal();
    if (invalid !== null) return this.#fail(invalid);
    const identity = parseIdentity(user, 'user');
    if (!identity.success) return this.#fail(identity.error);
    const missing = this.#missingSource(identity.value, tokenOrProvider);
    if (missing !== null) return this.#fail(missing);
    const { chart, phase } = this.#run;
    const isOther = chart.context.identity?.kind !== 'user' || chart.context.identity.id !== identity.value.id;
    if (phase === 'live' && (chart.hasTag('ending') || (chart.hasTag('running') && isOther))) {
      this.#run.send({ type: 'session.disconnect', forgetUser: true });
    }
    return this.#login(identity.value, tokenOrProvider, bounds);
  }

  /**
   * Ends the session from any state, within 4 s (clear 3 s + close 1 s) whatever hangs. With `forgetUser` (the
   * default) the stored user is removed first, and success says that this is durable; `false` keeps them for the next
   * start. Idempotent; a second call joins the first, or makes one that would keep the user wait for it (1 s more at
   * the most). Errors: `userNotForgotten`, `disposed`.
   */
  disconnect(options: { readonly forgetUser?: boolean } = {}): Call<void> {
    const parsed = parseForgetUser(options);
    if (!parsed.success) return this.#fail(parsed.error);
    const forgetUser = parsed.value;
    const refusal = this.#refusal();
    if (refusal !== null) return this.#fail(refusal);
    return this.#call((settle) => {
      this.#run.start();
      const forget = this.#run.pending.addDisconnect(settle, { forgetUser });
      this.#run.send({ type: 'session.disconnect', forgetUser });
      return cancelled(settle, forget);
    });
  }

  /** Holds no socket until `resume()` or a login; session and stored user stay. Errors: `notLoggedIn`, `disposed`. */
  suspend(): Call<void> {
    return this.#command(() => this.#run.link.suspend('app'));
  }

  /** Connects again after `suspend()`. Errors: `notLoggedIn`, `disposed`. */
  resume(): Call<void> {
    return this.#command(() => this.#run.link.resume('app'));
  }

  /** Cuts the wait for the next attempt short, once, unless the server asked for it (`can.retryNow`). Errors: `notLoggedIn`, `disposed`. */
  retryNow(): Call<void> {
    return this.#command(() => this.#run.send({ type: 'session.retryNow' }));
  }

  /**
   * Sends `{baseUrl}{path}` over HTTP in the session user's name, once connected: tokens never leave the client, so
   * this is how an app sends a message. A response outside 200–299 is a failure.
   *
   * Errors: `invalidArgument`, `notLoggedIn`, `loggedOut` and the other ends of a session, `requestFailed`,
   * `rateLimited`, `requestTimedOut`, `cancelled`, `disposed`.
   */
  request(path: string, options: ClientRequest = {}): Call<Response> {
    const refusal = this.#refusal();
    if (refusal !== null) return this.#fail(refusal);
    return this.#call((settle) => startRequest({ run: this.#run, clock: this.#settings.clock, settle }, path, options));
  }

  /** Stops everything at once without logging out; pending calls settle with `disposed`. Idempotent and final. */
  dispose(): Call<void> {
    this.#run.dispose();
    return this.#settle(success(undefined));
  }

  /** `await using client = …`: {@link ChatClient.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Calls `listener` for every chat event of `type`, or of every type with `'*'`. Answers what stops that. */
  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    return this.#listeners.on(type, listener);
  }

  /** Calls `listener` after every change of the snapshot, not for the one there is. Answers what stops that. */
  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#run.subscribe(listener);
  }

  /** Where the session is. The same object until something in it changes. */
  getSnapshot(): ClientSnapshot {
    return this.#run.getSnapshot();
  }

  /** Why the session is where it is, what happens next and when, and what would change it, in plain sentences. */
  explain(): Explanation {
    return this.#run.explain();
  }

  /** The session's actor, to select from and to inspect. It cannot send. */
  get actor(): ReadOnlySessionActor {
    return this.#run.actor;
  }

  #connect(kind: Exclude<UserKind, 'anonymous'>, user: User, source: TokenSource | undefined, options: CallOptions) {
    const identity = parseIdentity(user, kind);
    return identity.success
      ? this.#login(identity.value, source, parseCallOptions(options))
      : this.#fail<Connection>(identity.error);
  }

  #login(identity: Identity, source: TokenSource | undefined, bounds: Result<CallBounds>): Call<Connection> {
    if (!bounds.success) return this.#fail(bounds.error);
    const refusal = this.#refusal() ?? this.#missingSource(identity, source);
    if (refusal !== null) return this.#fail(refusal);
    const { timeoutMs, isAborted, onAbort } = bounds.value;
    const { clock } = this.#settings;
    return this.#call((settle) => {
      this.#run.start();
      this.#calls += 1;
      const call = this.#calls;
      this.#run.link.noteLogin(call);
      const finish = (result: Result<Connection>) => {
        settle(result);
        clock.clearTimeout(timer);
        stopListening();
      };
      const giveUp = (message: string) => {
        stopPending();
        const cause = this.#run.getSnapshot().error ?? undefined;
        finish(failure(new SessionError({ code: 'stillConnecting', message, cause })));
      };
      const cancel = () => giveUp('The call was cancelled; the session goes on.');
      const timer = clock.setTimeout(
        () => giveUp(`Not connected within ${timeoutMs} ms; the session goes on.`),
        timeoutMs,
      );
      const stopListening = onAbort(cancel);
      const stopPending = this.#run.pending.addConnect(call, finish);
      this.#run.send({
        type: 'session.connect',
        call,
        identity,
        sourceKey: source === undefined ? null : this.#run.keepSource(call, source),
        ...this.#run.link.read(),
      });
      if (isAborted) cancel();
      return cancel;
    });
  }

  #command(act: () => void): Call<void> {
    const refusal = this.#refusal();
    if (refusal !== null) return this.#fail(refusal);
    if (this.#run.phase === 'idle' || this.#run.chart.hasTag('idle')) {
      return this.#fail(new SessionError({ code: 'notLoggedIn', message: 'Nobody is logged in.' }));
    }
    act();
    return this.#settle(success(undefined));
  }

  #settle<Value>(result: Result<Value>): Call<Value> {
    return settledCall(result, this.#reportListener);
  }

  #fail<Value>(error: SessionError): Call<Value> {
    return this.#settle<Value>(failure(error));
  }

  #call<Value>(start: StartCall<Value>): Call<Value> {
    return new Call<Value>(start, this.#reportListener);
  }

  /** Why nothing can be started, if nothing can. */
  #refusal(): SessionError | null {
    if (this.#run.phase === 'disposed') return DISPOSED();
    if (this.#run.phase === 'failed') return this.#run.getSnapshot().error;
    if (this.#settings.sockets === null) {
      return invalidArgument('WebSocket', 'this platform has no WebSocket; pass the class of the ws package');
    }
    return null;
  }

  #missingSource(identity: Identity, source: TokenSource | undefined): SessionError | null {
    if (identity.kind !== 'user' || source !== undefined || this.#settings.tokenProvider !== undefined) return null;
    const { identity: running, next } = this.#run.chart.context;
    if ([running, next?.identity].some((known) => known?.kind === 'user' && known.id === identity.id)) return null;
    return new SessionError({
      code: 'tokenSourceMissing',
      message: `There is no token source for ${identity.id}: neither the call nor the client has one.`,
    });
  }
}

/** What cancels a call that waits for the statechart: nobody waits any more, and the call says so (law 3). */
function cancelled<Value>(settle: (result: Result<Value>) => void, forget: () => void): () => void {
  return () => {
    forget();
    settle(failure(new SessionError({ code: 'cancelled', message: 'The call was cancelled; the session goes on.' })));
  };
}
