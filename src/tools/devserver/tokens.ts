import { compactVerify, errors, SignJWT } from 'jose';
import { ApiError } from './error-codes.ts';
import type { TokenOptions } from './types.ts';

/** What a token says once its signature and its times are found good. */
export interface Claims {
  readonly userId: string;
  readonly issuedAtSeconds: number | null;
  readonly expiresAtSeconds: number | null;
}

/** Signs and verifies HS256 tokens. */
export interface Tokens {
  issue(userId: string, options?: TokenOptions): Promise<string>;
  /** Throws an {@link ApiError} with 5, 40, 41, 42 or 43. */
  verify(token: string): Promise<Claims>;
  /** Now in seconds, never twice the same: what is issued and revoked in one millisecond still has an order. */
  tick(): number;
}

const TICK_SECONDS = 0.000_002;

export function createTokens(secret: string, now: () => number): Tokens {
  const key = toKey(secret);
  let lastTick = 0;

  function tick(): number {
    lastTick = Math.max(now() / 1000, lastTick + TICK_SECONDS);
    return lastTick;
  }

  return {
    tick,

    issue(userId, options = {}) {
      const token = new SignJWT({ user_id: userId }).setProtectedHeader({ alg: 'HS256', typ: 'JWT' });
      const issuedAt = options.issuedAt === undefined ? tick() : options.issuedAt;
      if (issuedAt !== null) token.setIssuedAt(issuedAt);
      if (options.expiresInSeconds !== undefined) token.setExpirationTime(now() / 1000 + options.expiresInSeconds);
      if (options.notBefore !== undefined) token.setNotBefore(options.notBefore);
      return token.sign(options.secret === undefined ? key : toKey(options.secret));
    },

    async verify(token) {
      if (token === '') throw new ApiError(5, 'JWTAuth error: no token was given');
      const payload = await readSigned(token, key);
      const { user_id: userId, iat, exp, nbf } = payload;
      if (typeof userId !== 'string' || userId === '') throw new ApiError(5, 'JWTAuth error: the token has no user_id');
      const times = { iat: toSeconds('iat', iat), exp: toSeconds('exp', exp), nbf: toSeconds('nbf', nbf) };
      const nowSeconds = Math.max(now() / 1000, lastTick);
      if (times.exp !== null && times.exp <= nowSeconds) throw new ApiError(40);
      if (times.nbf !== null && times.nbf > nowSeconds) throw new ApiError(41);
      if (times.iat !== null && times.iat > nowSeconds) throw new ApiError(42);
      return { userId, issuedAtSeconds: times.iat, expiresAtSeconds: times.exp };
    },
  };
}

function toKey(secret: string): Uint8Array {
  return new TextEncoder().encode(secret);
}

async function readSigned(token: string, key: Uint8Array): Promise<Readonly<Record<string, unknown>>> {
  try {
    const { payload } = await compactVerify(token, key, { algorithms: ['HS256'] });
    const claims: unknown = JSON.parse(new TextDecoder().decode(payload));
    if (typeof claims === 'object' && claims !== null) return { ...claims };
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) throw new ApiError(43);
  }
  throw new ApiError(5);
}

function toSeconds(claim: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new ApiError(5, `JWTAuth error: ${claim} is not a number`);
  return value;
}
