import { type Explained, meaningOfStatus } from '../defaults.ts';
import type { Meaning, Verdict } from '../verdict.ts';
import type { ServerError } from './frames.ts';

/**
 * What follows from an error frame, or from the error in the body of an HTTP response. A code that is not in the table is
 * judged by its HTTP status: 401 is about the token, and every other one is taken as passing. A mistake then costs attempts
 * that get rarer and rarer; the opposite mistake would log a user out.
 */
export function verdictOf(error: ServerError): Verdict {
  const { code, statusCode, message, retryAfterMs } = error;
  const [known, explanation] = ERROR_CODES[code ?? Number.NaN] ?? [];
  return {
    meaning: known === 'userData' ? meaningOfUserData(error) : (known ?? meaningOfStatus(statusCode ?? 0)),
    message,
    retryAfterMs,
    explanation: code === null && statusCode !== null ? `status ${statusCode}` : explanation,
    code: code ?? undefined,
  };
}

const NAME_TAKEN = 6;
const USER_FIELD = /^(?:user|user_id|user_details|me|name)(?:[.[]|$)/i;
const USER_DATA = /\buser(?:_details)?\.\w+|\buser[ _]?(?:id|name)\b/i;
const A_NAME = /\b(?:user)?name\b/i;

/** Without evidence it is not about the user's own data, because the stored user is removed for that. */
function meaningOfUserData({ code, message, fields }: ServerError): Meaning {
  const isAboutUser =
    fields.length > 0
      ? fields.some((field) => USER_FIELD.test(field))
      : USER_DATA.test(message) || (code === NAME_TAKEN && A_NAME.test(message));
  return isAboutUser ? 'user' : 'app';
}

/**
 * What an error code is about: a meaning for the session, or `userData`, which is permanent and about the user only
 * where it names the user's own data; else it is about the app's request.
 */
export type ErrorClass = Meaning | 'userData';

/** The backend's own error codes, in error frames and in the bodies of HTTP responses. */
export const ERROR_CODES: Explained<ErrorClass> = {
  '-1': ['unavailable', 'an internal error of the server'],
  2: ['app', 'the API key is unknown'],
  3: ['unavailable', 'the authentication service failed'],
  4: ['userData', 'the request is not valid'],
  5: ['token', 'the token is malformed or the authentication failed'],
  6: ['userData', 'the user name is taken'],
  9: ['rateLimited', 'too many requests'],
  17: ['user', 'the user is not allowed to do this'],
  23: ['unavailable', 'the server timed out'],
  40: ['tokenExpired', 'the token is expired or was revoked'],
  41: ['tokenTooEarly', 'the token is not valid yet'],
  42: ['tokenTooEarly', 'the token is used before it was issued'],
  43: ['token', 'the signature of the token is wrong'],
  46: ['unavailable', 'the connection id is unknown'],
  69: ['app', 'the app is served from another region'],
  71: ['unavailable', 'too many connections'],
  99: ['app', 'the app is suspended'],
};
