import { meaningOfStatus } from '../defaults.ts';
import type { Meaning, Verdict } from '../verdict.ts';
import { ERROR_CODES } from './codes.ts';
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
