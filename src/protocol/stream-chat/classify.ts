import { meaningOfStatus } from '../defaults.ts';
import type { Meaning, Verdict } from '../verdict.ts';
import type { ServerError } from './frames.ts';

/** What follows from an error frame, or from the error in the body of an HTTP response. */
export function verdictOf(error: ServerError): Verdict {
  const { code, message, retryAfterMs } = error;
  const known = code === null ? undefined : ERROR_CODES.get(code);
  const explanation = known?.explanation ?? explanationOf(error);
  return {
    meaning: meaningOf(error),
    message,
    retryAfterMs,
    ...(code !== null && { code }),
    ...(explanation !== undefined && { explanation }),
  };
}

/**
 * A code that is not in the table is judged by its HTTP status: 401 is about the token, and every other one is taken
 * as passing. A mistake then costs attempts that get rarer and rarer; the opposite mistake would log a user out.
 */
function meaningOf(error: ServerError): Meaning {
  const known = error.code === null ? undefined : ERROR_CODES.get(error.code);
  if (known === undefined) return meaningOfStatus(error.statusCode ?? 0);
  if (known.class !== 'userData') return known.class;
  return isAboutUserData(error) ? 'user' : 'app';
}

const NAME_TAKEN = 6;
const USER_FIELD = /^(?:user|user_id|user_details|me|name)(?:[.[]|$)/i;
const USER_DATA = /\buser(?:_details)?\.\w+|\buser[ _]?(?:id|name)\b/i;
const A_NAME = /\b(?:user)?name\b/i;

/** Whether it names the user's own data. Without evidence it does not: the stored user is removed because of it. */
function isAboutUserData({ code, message, fields }: ServerError): boolean {
  if (fields.length > 0) return fields.some((field) => USER_FIELD.test(field));
  return USER_DATA.test(message) || (code === NAME_TAKEN && A_NAME.test(message));
}

function explanationOf({ code, statusCode }: ServerError): string | undefined {
  return code === null && statusCode !== null ? `status ${statusCode}` : undefined;
}

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
