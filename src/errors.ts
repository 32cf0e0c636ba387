import type { DiagnosticLevel, DiagnosticSource } from './diagnostics.ts';
import { defineHidden } from './hidden.ts';
import { REMEDIES } from './remedies.ts';
import { toOneLine } from './text.ts';

/**
 * What can go wrong, in the caller's terms. The union is closed: a `switch` over it is exhaustive.
 *
 * About the call itself:
 * - `invalidArgument`: a field of the input is unusable.
 * - `stillConnecting`: the call was bounded or cancelled; the session goes on.
 * - `otherUserConnected`: another user is logged in, or about to be.
 * - `notLoggedIn`: the call needs a session, and there is none.
 * - `notWaiting`: `retryNow()` found no wait that may be cut short.
 * - `disposed`: the client was disposed.
 * - `noInstance`: `ChatClient.instance()` without a built client.
 * - `instanceExists`: a `build()` for another app before the first client was disposed.
 *
 * The session ended:
 * - `loggedOut`: by `disconnect()`.
 * - `loggedOutElsewhere`: the stored user was removed or replaced elsewhere, for instance in another tab.
 * - `endedByServer`: the server closed with 1000.
 * - `userRejected`: the server refuses this user for good (17; 4 and 6 about the user's own data).
 * - `appRejected`: the server refuses the app: API key, region, suspension (2, 69, 99).
 * - `tokenRejected`: the server refuses the token (5, 40, 43), and no better one is available.
 *
 * About the token:
 * - `tokenSourceMissing`: there is neither a token nor a provider for this user.
 * - `tokenUnavailable`: the provider failed, or returned no token.
 * - `tokenTimedOut`: the provider did not return in time.
 * - `tokenInvalid`: what the provider returned is not a token of this user.
 * - `tokenTooEarly`: the token is not valid yet (41, 42): clocks disagree.
 *
 * About the connection:
 * - `networkOffline`: the device reports that it has no network.
 * - `connectionLost`: the socket was closed or cut.
 * - `connectionRefused`: no socket could be opened.
 * - `helloTimedOut`: the socket opened, but the server's hello did not come in time.
 * - `helloForAnotherUser`: the server's hello was for another user.
 * - `badFrame`: a frame could not be understood.
 * - `protocolFailed`: the protocol given to the client threw, or returned something unusable.
 * - `loginTooLarge`: the server refuses the size of what the login sends: the token, or the user's data.
 * - `wentSilent`: the socket is open, but nothing comes through it any more.
 * - `rateLimited`: the server asks to slow down (9).
 * - `serverUnavailable`: the server has a problem of its own, or restarts.
 *
 * About storage:
 * - `storageFailed`: the user repository failed.
 * - `storageTimedOut`: the user repository did not finish in time.
 * - `userNotForgotten`: a logout could not remove the stored user.
 *
 * About a request or an event to send:
 * - `notSupported`: the protocol has no such thing.
 * - `requestFailed`: it could not be sent, or the response was not successful (`status`, `body`).
 * - `requestTimedOut`: no response in time.
 * - `cancelled`: by the caller.
 *
 * And the rest:
 * - `internal`: a bug in this library.
 */
export type ErrorCode = keyof typeof REMEDIES;

/**
 * A failure as plain data: it travels in facts, in the context of the statechart and in the journal. It never holds a
 * token: strings from outside pass `redact` first.
 */
export interface FailureInfo {
  readonly code: ErrorCode;
  /** One sentence, for a developer. */
  readonly message: string;
  /** The backend's own error code (5, 40, 43, …), where it gave one. */
  readonly serverCode?: number | undefined;
  /** The WebSocket close code, where the socket was closed. */
  readonly closeCode?: number | undefined;
  /** The HTTP status of a response, or of a refused upgrade where the platform shows it. */
  readonly status?: number | undefined;
  /** How long the server asked to wait, where it did. */
  readonly retryAfterMs?: number | undefined;
}

/** What a {@link SessionError} is made of. */
export interface ErrorDetails extends FailureInfo {
  readonly field?: string | undefined;
  /** Replaces the general remedy of the code where more is known. */
  readonly remedy?: string | undefined;
  readonly retryable?: boolean | undefined;
  readonly body?: unknown;
  readonly cause?: unknown;
}

const BRAND = Symbol.for('sessionchart.SessionError');

/** One class for every failure of this library. */
export class SessionError extends Error {
  override readonly name = 'SessionError';
  declare readonly code: ErrorCode;
  /** What the caller can do about it, in one sentence. In a production build: where that is written. */
  declare readonly remedy: string;
  /** Whether the same call may succeed later without a change in the app. */
  declare readonly retryable: boolean;
  declare readonly serverCode: number | undefined;
  declare readonly closeCode: number | undefined;
  /** The HTTP status of a response, or of a refused upgrade where the platform shows it. */
  declare readonly status: number | undefined;
  /** How long the server asked to wait, where it did. */
  declare readonly retryAfterMs: number | undefined;
  /** Of a failed request: the body of the response, parsed if it is JSON and a string otherwise. */
  declare readonly body: unknown;
  /** For `invalidArgument`: the field that is unusable, as a path (`user.id`). */
  declare readonly field: string | undefined;

  constructor({ message, cause, code, remedy, retryable, ...known }: ErrorDetails) {
    super(toOneLine(message));
    // Transpiled to ES5, a subclass of Error loses its prototype.
    Object.setPrototypeOf(this, SessionError.prototype);
    defineHidden(this, BRAND, true);
    if (cause !== undefined) defineHidden(this, 'cause', cause);
    this.code = code;
    // A production build leaves the texts for developers out.
    this.remedy = remedy ?? REMEDIES[code] ?? `See ${code} in docs/calls.md of sessionchart.`;
    this.retryable = retryable ?? traitsOf(code).retryable === true;
    Object.assign(this, known);
  }

  /** What `JSON.stringify` writes: the message too, which it leaves out of other errors. Without `cause` and `body`. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { body, ...shown } = this;
    return { ...shown, message: this.message };
  }

  /** The same error for another thrower: its stack is the caller's. */
  thrownAt(stack: string | undefined): SessionError {
    const error = new SessionError({ ...this, message: this.message, cause: this.cause });
    const frames = stack?.slice(Math.max(0, stack.indexOf('\n')));
    if (frames !== undefined) defineHidden(error, 'stack', `${this.name}: ${this.message}${frames}`);
    return error;
  }
}

/** Also one of another copy of this package, from which an app may import `requests`. Never throws. */
export function isSessionError(value: unknown): value is SessionError {
  try {
    return Object.getOwnPropertyDescriptor(value, BRAND) !== undefined;
  } catch {
    return false;
  }
}

/** An error of this library, made of its own words and of what has been described already. */
export class OwnError extends Error {}

/** An `invalidArgument` error that names the field. A production build leaves some of the messages out. */
export function invalidArgument(field: string, message = 'is not usable'): SessionError {
  return new SessionError({ code: 'invalidArgument', field, message: `${field}: ${message}` });
}

/** How calls and loads end, whichever part finds out. */
export const CANCELLED: FailureInfo = { code: 'cancelled', message: 'The call was cancelled; the session goes on.' };
export const DISPOSED: FailureInfo = { code: 'disposed', message: 'The client was disposed.' };
export const LOGGED_OUT: FailureInfo = { code: 'loggedOut', message: 'The session was ended by disconnect().' };
export const TOKEN_TIMED_OUT: FailureInfo = {
  code: 'tokenTimedOut',
  message: 'The token provider did not return in time.',
};

/** The protocol lacks what a call needs. */
export function notSupported({ name }: { readonly name: string }, what: string): FailureInfo {
  return { code: 'notSupported', message: `The protocol ${name} has no ${what}.` };
}

/** What every call of this library resolves to. It is a value, never a rejection (law 3). */
export type Result<Value> = Success<Value> | Failure;

export interface Success<Value> {
  readonly success: true;
  readonly value: Value;
  /** For `const { error } = await …`, and for compilers without `strictNullChecks`. */
  readonly error?: undefined;
}

export interface Failure {
  readonly success: false;
  readonly error: SessionError;
}

export function success<Value>(value: Value): Success<Value> {
  return { success: true, value };
}

export function failure(error: SessionError): Failure {
  return { success: false, error };
}

export const failed = (details: ErrorDetails): Failure => failure(new SessionError(details));

/** What follows from an error code. */
interface CodeTraits {
  /** The same call may succeed later without a change in the app. */
  readonly retryable?: true;
  /** Whose fault it is where a session fails by it; left out where it is reported elsewhere, or is no fault. */
  readonly source?: DiagnosticSource;
  /** How much it matters. Default: `warning`. */
  readonly level?: DiagnosticLevel;
}

/** Of a call that cannot be made as it is, or what the app asked for: nothing follows. */
type WithoutTraits =
  | 'invalidArgument'
  | 'otherUserConnected'
  | 'notLoggedIn'
  | 'notWaiting'
  | 'noInstance'
  | 'instanceExists'
  | 'notSupported'
  | 'loggedOut'
  | 'disposed';

/** Of every other code, which the type sees to. */
const TRAITS: Readonly<Record<Exclude<ErrorCode, WithoutTraits>, CodeTraits>> = {
  stillConnecting: { retryable: true },
  loggedOutElsewhere: { source: 'repository', level: 'info' },
  endedByServer: { source: 'server', level: 'error' },
  userRejected: { source: 'server', level: 'error' },
  appRejected: { source: 'server', level: 'error' },
  tokenRejected: { source: 'server' },
  tokenSourceMissing: { source: 'app', level: 'error' },
  tokenUnavailable: { retryable: true, source: 'provider' },
  tokenTimedOut: { retryable: true, source: 'provider' },
  tokenInvalid: { source: 'provider' },
  tokenTooEarly: { retryable: true, source: 'server' },
  networkOffline: { retryable: true, source: 'network', level: 'info' },
  connectionLost: { retryable: true, source: 'network', level: 'info' },
  connectionRefused: { retryable: true, source: 'network' },
  helloTimedOut: { retryable: true, source: 'network' },
  helloForAnotherUser: { retryable: true, source: 'server' },
  badFrame: { retryable: true, source: 'server' },
  protocolFailed: { retryable: true, source: 'protocol' },
  loginTooLarge: { source: 'server', level: 'error' },
  wentSilent: { retryable: true, source: 'network', level: 'info' },
  rateLimited: { retryable: true, source: 'server' },
  serverUnavailable: { retryable: true, source: 'server' },
  storageFailed: { retryable: true },
  storageTimedOut: { retryable: true },
  userNotForgotten: { retryable: true, level: 'error' },
  requestFailed: { retryable: true },
  requestTimedOut: { retryable: true },
  cancelled: { retryable: true },
  internal: { source: 'internal' },
};

export function traitsOf(code: ErrorCode): CodeTraits {
  return (TRAITS as Partial<Record<ErrorCode, CodeTraits>>)[code] ?? {};
}
