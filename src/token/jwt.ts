import { jwtDecode } from 'jwt-decode';
import type { CheckToken } from './validate.ts';

/**
 * Checks tokens that are JWTs: for {@link Protocol.checkToken}. `userClaim` is the claim that must hold the user's id
 * (`sub`, `user_id`); without it any user's token passes. Expiry is read from `exp`, the time of issue from `iat`.
 */
export function jwtTokens({ userClaim }: { readonly userClaim?: string } = {}): CheckToken {
  return (text, user) => {
    if (!/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return 'It is not a JWT: three parts separated by dots.';
    const header = decodePart(text, true);
    const payload = decodePart(text, false);
    if (header === null || payload === null) return 'It is not a JWT: a part of it cannot be decoded.';
    if (userClaim !== undefined) {
      const userId = Object.entries(payload).find(([claim]) => claim === userClaim)?.[1];
      if (typeof userId !== 'string') return `It has no ${userClaim}.`;
      if (userId !== user.id) return `It belongs to another user, not to "${user.id}".`;
    }
    return { expiresAtMs: toMilliseconds(payload.exp), issuedAtMs: toMilliseconds(payload.iat) };
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
