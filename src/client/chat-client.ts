// The declarations name `AsyncDisposable`, which the `lib` of few apps has.
/// <reference lib="esnext.disposable" preserve="true" />

import { startTimer } from '../clock.ts';
import { CANCELLED, notSupported, SessionError, success } from '../errors.ts';
import { defineHidden } from '../hidden.ts';
import type { TokenSource } from '../token/source.ts';
import type { AnyUser, Identity, User } from '../user.ts';
import { type Call, createCall, type StartCall } from './call.ts';
import { type CallOptions, isAborted, parseCallOptions } from './call-bounds.ts';
import { checkTokenSource, parseForgetUser, parseIdentity } from './call-input.ts';
import type { ClientSnapshot, TransitionListener } from './client-snapshot.ts';
import type { ChatListener } from './listeners.ts';
import type { Login } from './login-call.ts';
import type { ChatClientOptions, Defaults } from './options.ts';
import type { Connection } from './pending-calls.ts';
import type { ReadOnlySessionActor } from './read-only-actor.ts';
import type { ClientRequest } from './requests/input.ts';
import { Session, withoutOption } from './session.ts';
import { SessionParts } from './session-parts.ts';

/**
 * A client of a realtime backend of any protocol: one user's session at a time, kept logged in and connected by a statechart.
 *
 * Building one is inert: no I/O, no timer, neither time nor chance is read, so it may be built on a server that renders.
 * `restore()` or the first login starts it. Every method returns a {@link Call}; none throws, rejects or hangs. Methods
 * are bound: they can be detached.
 */
export class ProtocolClient implements AsyncDisposable {
  readonly #parts: SessionParts;
  readonly #session: Session;

  /**
   * @param createSession For tests: what the client runs on.
   * @param defaults What the client has where the options do not name it.
   * @throws SessionError `invalidArgument` that names the option; nothing was started.
   */
  constructor(
    options: ChatClientOptions,
    createSession: CreateSession = (parts: SessionParts) => new Session(parts),
    defaults?: Defaults,
  ) {
    this.#parts = new SessionParts(options, defaults);
    this.#session = createSession(this.#parts as never) as Session;
    bindMethods(this);
    // Typed by `ClientOf`, for protocols that have it.
    defineHidden(this, 'send', (event: object) => this.#send(event));
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
   * with the user whose session is under way, or `null` for no user, also where a `disconnect()` follows. A failure ends
   * nothing: the client is logged out, and a login works. Errors: `storageFailed`, `storageTimedOut` (storage is blocked or
   * hangs, so it is not known who is stored), `userNotForgotten` (a removal that failed before failed again),
   * `tokenSourceMissing` (a user is stored, and the client has no `tokenProvider`), `cancelled`, `disposed`.
   */
  restore(): Call<User | null> {
    return this.#call((settle) => this.#session.restore(settle));
  }

  /**
   * Logs `user` in, or joins the session that they have already. With other values than the session has (a new name, a
   * new picture) it connects again to send them, and the stored user follows. A token or provider given here is used for
   * this user from the next load on; without one the client's `tokenProvider` is asked.
   *
   * Errors: `invalidArgument`, `otherUserConnected` (the running session is not touched), `tokenSourceMissing`,
   * `tokenUnavailable`, `tokenTimedOut`, `tokenInvalid`, `protocolFailed`, `tokenRejected`, `userRejected`, `appRejected`,
   * `loginTooLarge`, `endedByServer`, `loggedOut` (by a `disconnect()` meanwhile), `loggedOutElsewhere`, `stillConnecting` (bounded by `timeoutMs`, cancelled,
   * or a first login whose attempts fail; the session goes on, and the message has the last failure),
   * `disposed`.
   */
  connectUser(user: AnyUser, tokenOrProvider?: TokenSource | undefined, options: CallOptions = {}): Call<Connection> {
    return this.#call((settle) => this.#session.login(this.#loginOf(user, tokenOrProvider, options), settle));
  }

  /** Connects without a user: read-only, as far as the backend allows. Nothing is stored. Errors: as `connectUser`. */
  connectAnonymousUser(options: CallOptions = {}): Call<Connection> {
    return this.#call((settle) => {
      const { protocol } = this.#parts;
      if (protocol.anonymous === undefined) throw new SessionError(notSupported(protocol, 'anonymous users'));
      const { userId: id } = protocol.anonymous;
      const identity: Identity = { kind: 'anonymous', id, user: Object.freeze({ id }) };
      return this.#session.login({ identity, bounds: parseCallOptions(options) }, settle);
    });
  }

  /** Has the backend create a guest from `user` and connects as them. Nothing is stored. Errors: as `connectUser`. */
  connectGuestUser(user: AnyUser, options: CallOptions = {}): Call<Connection> {
    return this.#call((settle) => {
      const { protocol, guests } = this.#parts;
      if (protocol.guests === undefined) throw new SessionError(notSupported(protocol, 'guests'));
      if (guests === undefined) throw withoutOption('guests');
      const identity = parseIdentity(user, 'guest');
      return this.#session.login({ identity, bounds: parseCallOptions(options) }, settle);
    });
  }

  /**
   * Logs the current user out completely, then `user` in. Not transactional: if the second half fails no user is logged
   * in, and the result says why. Errors: as `connectUser`, and `cancelled` with a signal that is aborted already: then
   * nothing changes.
   */
  switchUser(user: AnyUser, tokenOrProvider?: TokenSource | undefined, options: CallOptions = {}): Call<Connection> {
    return this.#call((settle) => {
      const login = this.#loginOf(user, tokenOrProvider, options);
      if (isAborted(login.bounds)) throw new SessionError(CANCELLED);
      this.#session.makeWayFor(login.identity);
      return this.#session.login(login, settle);
    });
  }

  /**
   * Ends the session from any state, within 4 s (clear 3 s + close 1 s) whatever hangs. With `forgetUser` (the
   * default) the stored user is removed first, and success means that this is durable; `false` keeps them for the next
   * start. Idempotent; a second call joins the first, or makes one that would keep the user wait for it (1 s more at
   * the most). A user who logs in in another tab while the session runs stays. Errors: `userNotForgotten`, `cancelled`,
   * `disposed`.
   */
  disconnect(options: { readonly forgetUser?: boolean | undefined } = {}): Call<void> {
    return this.#call((settle) => this.#session.disconnect(parseForgetUser(options), settle));
  }

  /** Holds no socket until `resume()` or a login; session and stored user stay. Errors: `notLoggedIn`, `disposed`. */
  suspend(): Call<void> {
    return this.#command(() => this.#session.suspend());
  }

  /** Connects again after `suspend()`. Errors: `notLoggedIn`, `disposed`. */
  resume(): Call<void> {
    return this.#command(() => this.#session.resume());
  }

  /**
   * Cuts the wait for the next attempt short (`can.retryNow`). Errors: `notWaiting` (no wait may be cut short),
   * `notLoggedIn`, `disposed`.
   */
  retryNow(): Call<void> {
    return this.#command(() => this.#session.retryNow());
  }

  /**
   * Sends `{baseUrl}{path}` over HTTP in the session user's name: tokens never leave the client, so this is how an app
   * sends a message. It needs a token and no socket: it is sent while reconnecting, suspended or offline too, unless it
   * `needsConnection`. A response outside 200–299 is a failure, with `status`, `serverCode`, `retryAfterMs` and `body`; so
   * is a redirect: followed, it would take the token along. Reading the body rejects when the session ends.
   *
   * Errors: `invalidArgument`, `notSupported`, `notLoggedIn`, `loggedOut` and the other ends of a session, `requestFailed`,
   * `protocolFailed`, `rateLimited`, `requestTimedOut`, `cancelled`, `disposed`; where there is no token: `tokenUnavailable`, `tokenTimedOut`,
   * `tokenInvalid`, `tokenSourceMissing`; where the backend refuses it: `tokenRejected`, `tokenTooEarly`.
   */
  request(path: string, options: ClientRequest = {}): Call<Response> {
    return this.#call((settle) => this.#session.request(path, options, settle));
  }

  /** Stops everything at once without logging out; pending calls settle with `disposed`. Idempotent and final. */
  dispose(): Call<void> {
    this.#session.dispose();
    return createCall((settle) => void settle(success(undefined)), this.#parts);
  }

  /** `await using client = …`: {@link ProtocolClient.dispose}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /**
   * Calls `listener` for every chat event of `type`, or of every type with `'*'`. Returns what stops that.
   *
   * @throws SessionError `invalidArgument` for a listener that is no function.
   */
  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    return this.#parts.listeners.on(type, listener);
  }

  /**
   * Calls `listener` after every change of the snapshot, not for the present one. Returns what stops that.
   *
   * @throws SessionError `invalidArgument` for a listener that is no function.
   */
  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#session.subscribe(listener);
  }

  /** Where the session is. The same object until something in it changes. */
  getSnapshot(): ClientSnapshot {
    return this.#session.snapshot;
  }

  /** The time by the client's clock, in milliseconds since the epoch: what `nextAttemptAt` and `lostAt` are given in. */
  now(): number {
    return this.#parts.clock.now();
  }

  /** Calls `callback` once after `delayMs` milliseconds by the client's clock; returns what stops that. */
  startTimer(callback: () => void, delayMs: number): () => void {
    return startTimer(this.#parts.clock, callback, delayMs);
  }

  /**
   * Calls `listener` after every event that the statechart has taken or ignored, in order. Returns what stops that. It
   * is what a journal is recorded from; a UI subscribes to snapshots.
   *
   * @throws SessionError `invalidArgument` for a listener that is no function.
   */
  onTransition(listener: TransitionListener): () => void {
    return this.#session.onTransition(listener);
  }

  /** What a login of a registered user is given, checked. */
  #loginOf(user: AnyUser, source: TokenSource | undefined, options: CallOptions): Login {
    checkTokenSource(source);
    const login = { identity: parseIdentity(user, 'user'), source, bounds: parseCallOptions(options) };
    this.#session.assertSource(login);
    return login;
  }

  #send(event: object): Call<void> {
    return this.#command(() => this.#session.sendEvent(event));
  }

  #command(act: () => void): Call<void> {
    return this.#call((settle) => {
      this.#session.assertActive();
      act();
      settle(success(undefined));
      return undefined;
    });
  }

  #call<Value>(start: StartCall<Value>): Call<Value> {
    const startIfUsable: StartCall<Value> = (settle) => {
      this.#session.assertUsable();
      return start(settle);
    };
    return createCall(startIfUsable, this.#parts);
  }
}

/** Makes the session of the parts. Typed so that no part of either is public. */
export type CreateSession = (parts: never) => object;

/** Every named method. */
const METHODS = /* @__PURE__ */ Object.getOwnPropertyNames(ProtocolClient.prototype).filter(
  (name) => name !== 'constructor' && name !== 'actor',
);

/**
 * Binds the methods to an instance: they can be detached (`const { connectUser } = client`), and a proxy around the
 * instance (Vue's `reactive`, Pinia, MobX) does not get in their way.
 */
function bindMethods(instance: ProtocolClient): void {
  for (const name of METHODS) {
    const method: (...input: unknown[]) => unknown = Reflect.get(instance, name);
    defineHidden(instance, name, method.bind(instance));
  }
}
