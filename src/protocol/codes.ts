/*
 * The codes of the wire protocol, one table each. What follows from a code is decided in `classify.ts`.
 */

/**
 * What an error code is about.
 *
 * - `token`: the server objects to the token; another one may do.
 * - `tokenTooEarly`: the clocks of issuer and server disagree; time heals that.
 * - `app`: permanent, about the API key or the app.
 * - `user`: permanent, about this user.
 * - `userData`: permanent, and about this user only where it names the user's own data; else about the app's request.
 * - `rateLimited`: passing; wait as long as the server says.
 * - `transient`: passing.
 */
export type ErrorClass = 'token' | 'tokenTooEarly' | 'app' | 'user' | 'userData' | 'rateLimited' | 'transient';

export interface CodeMeaning<Class extends string> {
  readonly class: Class;
  /** What the code says, as the middle of a sentence. */
  readonly meaning: string;
}

/** The backend's own error codes, in error frames and in the bodies of HTTP answers. */
export const ERROR_CODES: ReadonlyMap<number, CodeMeaning<ErrorClass>> = new Map([
  [-1, { class: 'transient', meaning: 'an internal error of the server' }],
  [2, { class: 'app', meaning: 'the API key is unknown' }],
  [3, { class: 'transient', meaning: 'the authentication service failed' }],
  [4, { class: 'userData', meaning: 'the request is not valid' }],
  [5, { class: 'token', meaning: 'the token is malformed or the authentication failed' }],
  [6, { class: 'userData', meaning: 'the user name is taken' }],
  [9, { class: 'rateLimited', meaning: 'too many requests' }],
  [17, { class: 'user', meaning: 'the user is not allowed to do this' }],
  [23, { class: 'transient', meaning: 'the server timed out' }],
  [40, { class: 'token', meaning: 'the token is expired or was revoked' }],
  [41, { class: 'tokenTooEarly', meaning: 'the token is not valid yet' }],
  [42, { class: 'tokenTooEarly', meaning: 'the token is used before it was issued' }],
  [43, { class: 'token', meaning: 'the signature of the token is wrong' }],
  [46, { class: 'transient', meaning: 'the connection id is unknown' }],
  [69, { class: 'app', meaning: 'the app is served from another region' }],
  [71, { class: 'transient', meaning: 'too many connections' }],
  [99, { class: 'app', meaning: 'the app is suspended' }],
] satisfies [number, CodeMeaning<ErrorClass>][]);

/**
 * What follows from a close code.
 *
 * - `ended`: the server asks not to come back.
 * - `lost`: come back after the ordinary wait.
 * - `restarting`, `overloaded`: everybody was dropped at once; wait a little longer.
 * - `tooBig`: a message was too big and will be again; come back seldom.
 */
export type CloseClass = 'ended' | 'lost' | 'restarting' | 'overloaded' | 'tooBig';

/** WebSocket close codes. A code that is not here means `lost`. */
export const CLOSE_CODES: ReadonlyMap<number, CodeMeaning<CloseClass>> = new Map([
  [1000, { class: 'ended', meaning: 'the server ended the session' }],
  [1001, { class: 'lost', meaning: 'the server is going away' }],
  [1002, { class: 'lost', meaning: 'a protocol error' }],
  [1003, { class: 'lost', meaning: 'unsupported data' }],
  [1005, { class: 'lost', meaning: 'closed without a code' }],
  [1006, { class: 'lost', meaning: 'the connection broke off' }],
  [1007, { class: 'lost', meaning: 'a message was not valid text' }],
  [1008, { class: 'lost', meaning: 'a policy was violated' }],
  [1009, { class: 'tooBig', meaning: 'a message was too big' }],
  [1011, { class: 'lost', meaning: 'an internal error of the server' }],
  [1012, { class: 'restarting', meaning: 'the server restarts' }],
  [1013, { class: 'overloaded', meaning: 'the server is overloaded' }],
  [1014, { class: 'lost', meaning: 'a gateway got no valid answer' }],
  [1015, { class: 'lost', meaning: 'the TLS handshake failed' }],
] satisfies [number, CodeMeaning<CloseClass>][]);

/** What a client closes with: done, and nobody is to blame. */
export const NORMAL_CLOSE = 1000;
/** What a platform says when there was no close frame. */
export const ABNORMAL_CLOSE = 1006;
