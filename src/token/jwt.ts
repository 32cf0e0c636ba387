import { OwnError } from '../errors.ts';
import { FILLED_STRING, isObject, kindOf, readMembers } from '../input.ts';
import type { CheckToken } from './load-token.ts';
import { MISTAKES } from './mistakes.ts';

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
    if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return MISTAKES.notJwt ?? '';
    const [header, payload] = text.split('.', 2).map(decodePart);
    if (!header || !payload) return MISTAKES.undecodable ?? '';
    if (userClaim !== undefined) {
      const userId = Object.entries(payload).find(([claim]) => claim === userClaim)?.[1];
      if (typeof userId !== 'string') return `Its ${userClaim} is ${kindOf(userId)}, not a string.`;
      if (userId !== user.id) return MISTAKES.otherUser ?? '';
    }
    return { expiresAtMs: toMilliseconds(payload.exp), issuedAtMs: toMilliseconds(payload.iat) };
  };
}

/** A part is JSON in base64url of UTF-8. React Native has no `TextDecoder`: `decodeURIComponent` does the same. */
function decodePart(part: string): Record<string, unknown> | null {
  try {
    const base64 = part
      .replace(/-/g, '+')
      .replace(/_/g, '/')
      .padEnd(Math.ceil(part.length / 4) * 4, '=');
    const escaped = atob(base64).replace(/[%\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
    const value: unknown = JSON.parse(decodeURIComponent(escaped));
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function toMilliseconds(seconds: unknown): number | null {
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds * 1000 : null;
}
