import { createHmac, timingSafeEqual } from 'node:crypto';
import { assertFit, isFilledString, isObject, knownMembers, STRING } from '../../input.ts';
import { ApiError } from './error-codes.ts';
import { type Fields, fieldsOf, parseJson } from './json.ts';
import type { ConnectRecord, TokenOptions } from './types.ts';

/** What a connect or an HTTP call claims, not yet verified. */
export interface Credentials extends Pick<ConnectRecord, 'authType' | 'token' | 'userId'> {
  readonly apiKey: string | null;
}

/** What a connect claims, not yet verified. */
export interface ConnectRequest extends Credentials, Pick<ConnectRecord, 'userDetails'> {}

/** What a token holds whose signature and times are valid. */
export interface Claims {
  readonly userId: string;
  readonly issuedAtSeconds: number | null;
  readonly expiresAtSeconds: number | null;
}

export type Login = ReturnType<typeof createLogin>;

const TICK_SECONDS = 0.000_002;

/** Authentication by HS256 tokens: the same checks for a connect and for an HTTP call. */
export function createLogin(apiKey: string, secret: string, now: () => number) {
  const revocations = new Set<{ userId: string | undefined; beforeSeconds: number; error: ApiError }>();
  let lastTick = 0;

  /** A clock that is set back is followed once it has caught up: what was issued before stays in the past. */
  const nowSeconds = () => Math.max(now() / 1000, lastTick);

  /** Now in seconds, never twice the same: what is issued and revoked in one millisecond still has an order. */
  function tick(): number {
    lastTick = Math.max(now() / 1000, lastTick + TICK_SECONDS);
    return lastTick;
  }

  function verifyToken(token: string): Claims {
    if (token === '') throw new ApiError(5, 'JWTAuth error: no token was given');
    const { user_id: userId, iat, exp, nbf } = readSigned(token, secret);
    if (!isFilledString(userId)) throw new ApiError(5, 'JWTAuth error: the token has no user_id');
    const times = { iat: toSeconds('iat', iat), exp: toSeconds('exp', exp), nbf: toSeconds('nbf', nbf) };
    const atSeconds = nowSeconds();
    if (times.exp !== null && times.exp <= atSeconds) throw new ApiError(40);
    if (times.nbf !== null && times.nbf > atSeconds) throw new ApiError(41);
    if (times.iat !== null && times.iat > atSeconds) throw new ApiError(42);
    return { userId, issuedAtSeconds: times.iat, expiresAtSeconds: times.exp };
  }

  return {
    async issue(userId: string, options: TokenOptions = {}): Promise<string> {
      assertFit('userId', userId, STRING);
      knownMembers(options, ['expiresInSeconds', 'issuedAt', 'notBefore', 'secret']);
      const { expiresInSeconds, issuedAt = tick(), notBefore, secret: ownSecret = secret } = options;
      const claims = {
        user_id: userId,
        iat: issuedAt ?? undefined,
        exp: expiresInSeconds === undefined ? undefined : nowSeconds() + expiresInSeconds,
        nbf: notBefore,
      };
      const content = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
      return `${content}.${sign(content, ownSecret)}`;
    },

    /** `null` for an anonymous user. Without a `userId` it is the token's. @throws ApiError with 2, 5, 40, 41, 42 or 43. */
    async verify(credentials: Credentials): Promise<Claims | null> {
      if (credentials.apiKey !== apiKey) throw new ApiError(2);
      if (credentials.authType === 'anonymous') return null;
      if (credentials.authType !== 'jwt') throw new ApiError(5, 'stream-auth-type must be jwt or anonymous');
      const claims = verifyToken(credentials.token ?? '');
      if (credentials.userId !== null && credentials.userId !== claims.userId) {
        throw new ApiError(5, 'JWTAuth error: the token belongs to another user_id');
      }
      for (const { userId, beforeSeconds, error } of revocations) {
        const isAimedAt = userId === undefined || userId === claims.userId;
        if (isAimedAt && (claims.issuedAtSeconds ?? 0) < beforeSeconds) throw error;
      }
      return claims;
    },

    /** Refuses tokens of the user (of every user) issued before now with `error`, until the returned function is called. */
    revoke(userId: string | undefined, error: ApiError): () => void {
      const revocation = { userId, error, beforeSeconds: tick() };
      revocations.add(revocation);
      return () => revocations.delete(revocation);
    },
  };
}

/** Reads the query of a connect. What cannot be read is `null`; it is checked later, when the socket is open. */
export function readConnect(query: URLSearchParams): ConnectRequest {
  const { user_id: userId, user_details: details } = fieldsOf(parseJson(query.get('json') ?? ''));
  return {
    apiKey: query.get('api_key'),
    authType: query.get('stream-auth-type'),
    token: query.get('authorization'),
    userId: isFilledString(userId) ? userId : null,
    userDetails: isObject(details) ? details : null,
  };
}

/*
 * By node:crypto and strings alone: a JWT library insists on a Uint8Array of its own realm, and under jsdom there are
 * two. `jose` checks the result in tests.
 */

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const sign = (content: string, secret: string): string =>
  createHmac('sha256', secret).update(content).digest('base64url');

function readSigned(token: string, secret: string): Fields {
  const [header = '', payload = '', signature = '', ...more] = token.split('.');
  if (more.length > 0 || decode(header).alg !== 'HS256') throw new ApiError(5);
  const expected = Buffer.from(sign(`${header}.${payload}`, secret));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw new ApiError(43);
  return decode(payload);
}

const decode = (part: string): Fields => fieldsOf(parseJson(Buffer.from(part, 'base64url').toString()));

function toSeconds(claim: string, value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (!Number.isFinite(value)) throw new ApiError(5, `JWTAuth error: ${claim} is not a number`);
  return Number(value);
}
