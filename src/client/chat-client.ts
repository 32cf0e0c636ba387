// The declarations name `AsyncDisposable`, which the `lib` of few apps has.
/// <reference lib="esnext.disposable" preserve="true" />

import { SessionError } from '../errors.ts';
import { failure, type Result, success } from '../result.ts';
import type { TokenSource } from '../token/source.ts';
import type { AnyUser, Identity, User, UserKind } from '../user.ts';
import { type Call, createCall, settledCall } from './call.ts';
import { type CallBounds, type CallOptions, parseCallOptions, parseForgetUser } from './call-bounds.ts';
import type { ChatListener } from './chat-listeners.ts';
import type { ClientSnapshot } from './client-snapshot.ts';
import { anonymousIdentity, checkTokenSource, parseIdentity } from './login-input.ts';
import { type ChatClientOptions, type ClientSettings, type Defaults, parseOptions } from './options.ts';
import type { Connection } from './pending-calls.ts';
import type { ReadOnlySessionActor } from './read-only-actor.ts';
import type { ClientRequest } from './requests/input.ts';
import { Session, withoutOption } from './session.ts';
import type { TransitionListener } from './transitions.ts';

/**
 * A client of a realtime backend of any protocol: one user's session at a time, kept logged in and connected by a statechart.
 *
 * Building one is inert: no I/O, no timer, neither time nor chance is read, so it may be built on a server that renders.
 * `restore()` or the first login starts it. Every method returns a {@link Call}; none throws, rejects or hangs. Methods
 * are bound: they can be detached.
 */
export class ProtocolClient implements AsyncDisposable {
  readonly #settings: ClientSettings;
  readonly #session: Session;

  /**
   * @param createSession For tests: what the client runs on.
   * @param defaults What the client has where the options do not name it.
   * @throws SessionError `invalidArgument` that names the option; nothing was started.
   */
  constructor(
    options: ChatClientOptions,
    createSession = (settings: ClientSettings) => new Session(settings),
    defaults?: Defaults,
  ) {
    this.#settings = parseOptions(options, defaults);
    this.#session = createSession(this.#settings);
    bindMethods(this, ProtocolClient.prototype);
    // Typed by `ClientOf`, for protocols that have it.
    Object.defineProperty(this, 'send', { value: (event: object) => this.#sendEvent(event) });
  }

  /** The session's actor, to select from and to inspect. It cannot send. */
  get actor(): ReadOnlySessionActor {
    return this.readActor();
  }

  /** A method, which is bound: a proxy around the client has no private members. */
  private readActor(): ReadOnlySessionActor {
    return this.#session.view;
  }

  /**
   * Looks who is stored and logs them in again. Settles as soon as that is known, without waiting for the connection,
   * with the user whose session is under way, or `null` for no user. A failure ends nothing: the client is logged out, and
   * a login works. Errors: `storageFailed`, `storageTimedOut` (storage is blocked or hangs, so it is not known who is
   * stored), `tokenSourceMissing` (a user is stored, and the client has no `tokenProvider`), `cancelled`, `disposed`.
   */
  restore(): Call<User | null> {
    return this.#call((settle) => cancelled(settle, this.#session.restore(settle)));
  }

  /**
   * Logs `user` in, or joins the session that they have already. With other values than the session has (a new name, a
   * new picture) it connects again to send them, and the stored user follows. A token or provider given here is used for
   * this user from the next load on; without one the client's `tokenProvider` is asked.
   *
   * Errors: `invalidArgument`, `otherUserConnected` (the running session is not touched), `tokenSourceMissing`,
   * `tokenUnavailable`, `tokenTimedOut`, `tokenInvalid`, `tokenRejected`, `userRejected`, `appRejected`,
   * `endedByServer`, `loggedOut` (by a `disconnect()` meanwhile), `stillConnecting` (bounded by `timeoutMs`, cancelled,
   * or a first login whose address nothing serves; the session goes on, and the message has the last failure),
   * `disposed`.
   */
  connectUser(user: AnyUser, tokenOrProvider?: TokenSource | undefined, options: CallOptions = {}): Call<Connection> {
    const invalid = checkTokenSource(tokenOrProvider);
    return invalid === null ? this.#connect('user', user, tokenOrProvider, options) : this.#fail(invalid);
  }

  /** Connects without a user: read-only, as far as the backend allows. Nothing is stored. Errors: as `connectUser`. */
  connectAnonymousUser(options: CallOptions = {}): Call<Connection> {
    const { anonymous } = this.#settings.protocol;
    if (anonymous === undefined) return this.#fail(this.#notSupported('anonymous users'));
    return this.#login(anonymousIdentity(anonymous.userId), undefined, parseCallOptions(options));
  }

  /** Has the backend create a guest from `user` and connects as them. Nothing is stored. Errors: as `connectUser`. */
  connectGuestUser(user: AnyUser, options: CallOptions = {}): Call<Connection> {
    const { protocol, guests } = this.#settings;
    if (protocol.guests === undefined) return this.#fail(this.#notSupported('guests'));
    if (guests === undefined) return this.#fail(withoutOption('guests'));
    return this.#connect('guest', user, undefined, options);
  }

  /**
   * Logs the current user out completely, then `user` in. Not transactional: if the second half fails no user is logged
   * in, and the result says why. Errors: as `connectUser`.
   */
  switchUser(user: AnyUser, tokenOrProvider?: TokenSource | undefined, options: CallOptions = {}): Call<Connection> {
    const bounds = parseCallOptions(options);
    if (!bounds.success) return this.#fail(bounds.error);
    const invalid = checkTokenSource(tokenOrProvider) ?? this.#session.refusal();
    if (invalid !== null) return this.#fail(invalid);
    const identity = parseIdentity(user, 'user');
    if (!identity.success) return this.#fail(identity.error);
    const missing = this.#missingSource(identity.value, tokenOrProvider);
    if (missing !== null) return this.#fail(missing);
    this.#session.makeWayFor(identity.value);
    return this.#login(identity.value, tokenOrProvider, bounds);
  }

  /**
   * Ends the session from any state, within 4 s (clear 3 s + close 1 s) whatever hangs. With `forgetUser` (the
   * default) the stored user is removed first, and success says that this is durable; `false` keeps them for the next
   * start. Idempotent; a second call joins the first, or makes one that would keep the user wait for it (1 s more at
   * the most). Errors: `userNotForgotten`, `cancelled`, `disposed`.
   */
  disconnect(options: { readonly forgetUser?: boolean | undefined } = {}): Call<void> {
    const parsed = parseForgetUser(options);
    if (!parsed.success) return this.#fail(parsed.error);
    return this.#call((settle) => cancelled(settle, this.#session.disconnect(parsed.value, settle)));
  }

  /** Holds no socket until `resume()` or a login; session and stored user stay. Errors: `notLoggedIn`, `disposed`. */
  suspend(): Call<void> {
    return this.#command(() => {
      this.#session.suspend();
      return null;
    });
  }

  /** Connects again after `suspend()`. Errors: `notLoggedIn`, `disposed`. */
  resume(): Call<void> {
    return this.#command(() => {
      this.#session.resume();
      return null;
    });
  }

  /**
   * Cuts the wait for the next attempt short (`can.retryNow`). Errors: `notWaiting` (there is no wait that may be cut
   * short), `notLoggedIn`, `disposed`.
   */
  retryNow(): Call<void> {
    return this.#command(() => (this.#session.retryNow() ? null : new SessionError(NOT_WAITING)));
  }

  /**
   * Sends `{baseUrl}{path}` over HTTP in the session user's name: tokens never leave the client, so this is how an app
   * sends a message. It needs a token and no socket: it is sent while reconnecting, suspended or offline too, unless it
   * `needsConnection`. A response outside 200–299 is a failure, with `status`, `serverCode`, `retryAfterMs` and `body`.
   *
   * Errors: `invalidArgument`, `notSupported`, `notLoggedIn`, `loggedOut` and the other ends of a session, `requestFailed`,
   * `rateLimited`, `tokenRejected`, `tokenUnavailable`, `requestTimedOut`, `cancelled`, `disposed`.
   */
  request(path: string, options: ClientRequest = {}): Call<Response> {
    return this.#call((settle) => this.#session.request(path, options, settle));
  }

  /** Stops everything at once without logging out; pending calls settle with `disposed`. Idempotent and final. */
  dispose(): Call<void> {
    this.#session.dispose();
    return this.#settle(success(undefined));
  }

  /** `await using client = …`: {@link ProtocolClient.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Calls `listener` for every chat event of `type`, or of every type with `'*'`. Returns what stops that. */
  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    return this.#session.on(type, listener);
  }

  /** Calls `listener` after every change of the snapshot, not for the present one. Returns what stops that. */
  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#session.subscribe(listener);
  }

  /** Where the session is. The same object until something in it changes. */
  getSnapshot(): ClientSnapshot {
    return this.#session.snapshot;
  }

  /** The time by the client's clock, in milliseconds since the epoch: what `nextAttemptAt` and `lostAt` are given in. */
  now(): number {
    return this.#settings.clock.now();
  }

  /**
   * Calls `listener` after every event that the statechart has taken or ignored, in order. Returns what stops that. It
   * is what a journal is recorded from; a UI subscribes to snapshots.
   */
  onTransition(listener: TransitionListener): () => void {
    return this.#session.onTransition(listener);
  }

  #connect(kind: Exclude<UserKind, 'anonymous'>, user: AnyUser, source: TokenSource | undefined, options: CallOptions) {
    const identity = parseIdentity(user, kind);
    return identity.success
      ? this.#login(identity.value, source, parseCallOptions(options))
      : this.#fail<Connection>(identity.error);
  }

  #login(identity: Identity, source: TokenSource | undefined, bounds: Result<CallBounds>): Call<Connection> {
    if (!bounds.success) return this.#fail(bounds.error);
    const refusal = this.#session.refusal() ?? this.#missingSource(identity, source);
    if (refusal !== null) return this.#fail(refusal);
    return this.#call((settle) => this.#session.login({ identity, source, bounds: bounds.value }, settle));
  }

  #sendEvent(event: object): Call<void> {
    const problem = this.#session.refusal() ?? this.#session.sendEvent(event);
    return problem === null ? this.#settle(success(undefined)) : this.#fail(problem);
  }

  #notSupported(what: string): SessionError {
    return new SessionError({
      code: 'notSupported',
      message: `The protocol ${this.#settings.protocol.name} has no ${what}.`,
    });
  }

  #command(act: () => SessionError | null): Call<void> {
    const refusal = this.#session.refusal() ?? (this.#session.isActive ? null : new SessionError(NOT_LOGGED_IN));
    const problem = refusal ?? act();
    return problem !== null ? this.#fail(problem) : this.#settle(success(undefined));
  }

  #call<Value>(start: Parameters<typeof createCall<Value>>[0]): Call<Value> {
    const refusal = this.#session.refusal();
    return refusal === null ? createCall<Value>(start, this.#session) : this.#fail(refusal);
  }

  #settle<Value>(result: Result<Value>): Call<Value> {
    return settledCall(result, this.#session);
  }

  #fail<Value>(error: SessionError): Call<Value> {
    return this.#settle<Value>(failure(error));
  }

  #missingSource(identity: Identity, source: TokenSource | undefined): SessionError | null {
    if (identity.kind !== 'user' || source !== undefined || this.#settings.tokenProvider !== undefined) return null;
    if (this.#session.hasSourceFor(identity)) return null;
    return new SessionError({
      code: 'tokenSourceMissing',
      message: `There is no token source for ${identity.id}: neither the call nor the client has one.`,
    });
  }
}

const NOT_LOGGED_IN = { code: 'notLoggedIn', message: 'No user is logged in.' } as const;
const NOT_WAITING = { code: 'notWaiting', message: 'There is no wait that may be cut short now.' } as const;

/** What cancels a call that waits for the statechart: it waits no longer, and its result says so (law 3). */
function cancelled<Value>(
  settle: (result: Result<Value>) => void,
  stopWaiting: (() => void) | undefined,
): (() => void) | undefined {
  if (stopWaiting === undefined) return undefined;
  return () => {
    stopWaiting();
    settle(failure(new SessionError({ code: 'cancelled', message: 'The call was cancelled; the session goes on.' })));
  };
}

/**
 * Binds every named method of a class to an instance: it can be detached (`const { connectUser } = client`), and a proxy around
 * the instance (Vue's `reactive`, Pinia, MobX) does not get in its way.
 */
function bindMethods<Instance extends object>(instance: Instance, prototype: object): void {
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const { value } = Reflect.getOwnPropertyDescriptor(prototype, name) ?? {};
    if (name === 'constructor' || typeof value !== 'function') continue;
    Object.defineProperty(instance, name, { value: value.bind(instance), configurable: true, writable: true });
  }
}
