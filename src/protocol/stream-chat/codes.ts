import type { Meaning } from '../verdict.ts';

/**
 * What an error code is about: a meaning for the session, or `userData`, which is permanent and about the user only
 * where it names the user's own data; else it is about the app's request.
 */
export type ErrorClass = Meaning | 'userData';

export interface CodeMeaning {
  readonly class: ErrorClass;
  /** What the code means, as the middle of a sentence. */
  readonly explanation: string;
}

/** The backend's own error codes, in error frames and in the bodies of HTTP responses. */
export const ERROR_CODES: ReadonlyMap<number, CodeMeaning> = new Map([
  [-1, { class: 'unavailable', explanation: 'an internal error of the server' }],
  [2, { class: 'app', explanation: 'the API key is unknown' }],
  [3, { class: 'unavailable', explanation: 'the authentication service failed' }],
  [4, { class: 'userData', explanation: 'the request is not valid' }],
  [5, { class: 'token', explanation: 'the token is malformed or the authentication failed' }],
  [6, { class: 'userData', explanation: 'the user name is taken' }],
  [9, { class: 'rateLimited', explanation: 'too many requests' }],
  [17, { class: 'user', explanation: 'the user is not allowed to do this' }],
  [23, { class: 'unavailable', explanation: 'the server timed out' }],
  [40, { class: 'tokenExpired', explanation: 'the token is expired or was revoked' }],
  [41, { class: 'tokenTooEarly', explanation: 'the token is not valid yet' }],
  [42, { class: 'tokenTooEarly', explanation: 'the token is used before it was issued' }],
  [43, { class: 'token', explanation: 'the signature of the token is wrong' }],
  [46, { class: 'unavailable', explanation: 'the connection id is unknown' }],
  [69, { class: 'app', explanation: 'the app is served from another region' }],
  [71, { class: 'unavailable', explanation: 'too many connections' }],
  [99, { class: 'app', explanation: 'the app is suspended' }],
] satisfies [number, CodeMeaning][]);
