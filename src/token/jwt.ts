import { OwnError } from '../errors.ts';
import { FILLED_STRING, isObject, kindOf, readMembers } from '../input.ts';
import { fromUtf8 } from '../text.ts';
import type { CheckToken } from './load-token.ts';
import { timeOf } from './token-result.ts';

/**
 * Checks tokens that are JWTs: for {@link Protocol.checkToken}. `userClaim` is the claim that must hold the user's id
 * (`sub`, `user_id`); without it any user's token passes. Expiry is read from `exp`, the time of issue from `iat`.
 *
 * @throws SessionError `invalidArgument` that names the option.
 */
export function jwtTokens(options: { readonly userClaim?: string } = {}): CheckToken {
  const { userClaim } = readMembers(options, { userClaim: FILLED_STRING });
  return (text, user) => {
    if (typeof atob !== 'function') throw new OwnError('this platform has no atob, which a polyfill adds');
    if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return mistake('It is not a JWT: three parts separated by dots.');
    const [header, payload] = text.split('.', 2).map(decodePart);
    if (!header || !payload) return mistake('It is not a JWT: a part of it cannot be decoded.');
    if (userClaim !== undefined) {
      const userId = Object.entries(payload).find(([claim]) => claim === userClaim)?.[1];
      if (typeof userId !== 'string') return mistake(`Its ${userClaim} is ${kindOf(userId)}, not a string.`);
      if (userId !== user.id) return mistake('It belongs to another user.');
    }
    return { expiresAtMs: timeOf(payload.exp, 1_000), issuedAtMs: timeOf(payload.iat, 1_000) };
  };
}

/** A production build leaves the texts out. */
const mistake = (text = ''): string => text;

/** A part is JSON in base64url of UTF-8. */
function decodePart(part: string): Record<string, unknown> | null {
  try {
    const base64 = part
      .replace(/-/g, '+')
      .replace(/_/g, '/')
      .padEnd(Math.ceil(part.length / 4) * 4, '=');
    const value: unknown = JSON.parse(fromUtf8(Array.from(atob(base64), (byte) => byte.charCodeAt(0))) ?? '');
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
