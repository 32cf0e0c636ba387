import { jwtDecode } from 'jwt-decode';
import type { FailureInfo } from '../errors.ts';

/** A token that may be sent to the server. */
export interface CheckedToken {
  readonly text: string;
  /** When it expires, in milliseconds since the epoch by the issuer's clock; `null` when it does not say. */
  readonly expiresAtMs: number | null;
  readonly issuedAtMs: number | null;
}

export type TokenCheck =
  | { readonly ok: true; readonly token: CheckedToken }
  | { readonly ok: false; readonly failure: FailureInfo };

/**
 * Whether `value` is a token of this user: a JWT whose `user_id` is `userId`. Its signature, `exp` and `iat` are the
 * server's to judge; by the device's clock alone no token is bad. Messages name the mistake and never quote the value.
 */
export function validateToken(value: unknown, userId: string): TokenCheck {
  if (typeof value !== 'string') return invalid(`It is ${kindOf(value)}, not a text.`);
  const text = value.trim();
  if (text === '') return unavailable('The token is empty: it is not available now.');
  if (text === 'undefined' || text === 'null') {
    return invalid(`It is the text "${text}": a missing value was turned into a text.`);
  }
  if (text.startsWith('{') || text.startsWith('"')) {
    return invalid('It is JSON: the body of an answer was given, not the token in it.');
  }
  if (/^bearer\s/i.test(text)) return invalid('It begins with "Bearer": only what follows is the token.');
  if (text.startsWith('<')) return invalid('It is a web page.');
  if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return invalid('It is not a JWT: three parts separated by dots.');
  const header = decodePart(text, true);
  const payload = decodePart(text, false);
  if (header === null || payload === null) return invalid('It is not a JWT: a part of it cannot be decoded.');
  if (typeof payload.user_id !== 'string') return invalid('It has no user_id.');
  if (payload.user_id !== userId) return invalid(`It belongs to another user, not to "${userId}".`);
  return {
    ok: true,
    token: { text, expiresAtMs: toMilliseconds(payload.exp), issuedAtMs: toMilliseconds(payload.iat) },
  };
}

function decodePart(text: string, header: boolean): Record<string, unknown> | null {
  try {
    const part: unknown = jwtDecode(text, { header });
    return typeof part === 'object' && part !== null && !Array.isArray(part) ? (part as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function toMilliseconds(seconds: unknown): number | null {
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : null;
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function invalid(why: string): TokenCheck {
  return { ok: false, failure: { code: 'tokenInvalid', message: `This is no usable token. ${why}` } };
}

function unavailable(message: string): TokenCheck {
  return { ok: false, failure: { code: 'tokenUnavailable', message } };
}
