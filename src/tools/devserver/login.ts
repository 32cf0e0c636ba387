import { ApiError } from './error-codes.ts';
import type { Claims, Tokens } from './tokens.ts';

/*
 * Authentication: the same checks for a connect and for an HTTP call.
 */

/** What a connect claims, not yet verified. */
export interface ConnectRequest {
  readonly apiKey: string | null;
  readonly authType: string | null;
  readonly token: string | null;
  readonly userId: string | null;
  readonly userDetails: Readonly<Record<string, unknown>> | null;
}

export interface Credentials {
  readonly apiKey: string | null;
  readonly authType: string | null;
  readonly token: string | null;
  /** The user that the caller claims to be; `null` leaves it to the token. */
  readonly userId: string | null;
}

export type Caller = { readonly kind: 'anonymous' } | { readonly kind: 'user'; readonly claims: Claims };

export interface Login {
  /** @throws ApiError with 2, 5, 40, 41, 42 or 43. */
  verify(credentials: Credentials): Promise<Caller>;
  /** Refuses tokens of the user (of every user) issued before now with `error`, until the returned function is called. */
  revoke(userId: string | undefined, error: ApiError): () => void;
}

interface Revocation {
  readonly userId: string | undefined;
  readonly beforeSeconds: number;
  readonly error: ApiError;
}

export function createLogin(apiKey: string, tokens: Tokens): Login {
  const revocations = new Set<Revocation>();

  function findRevocation({ userId, issuedAtSeconds }: Claims): Revocation | undefined {
    return [...revocations].find(
      (revocation) =>
        (revocation.userId === undefined || revocation.userId === userId) &&
        (issuedAtSeconds === null || issuedAtSeconds < revocation.beforeSeconds),
    );
  }

  return {
    async verify(credentials) {
      if (credentials.apiKey !== apiKey) throw new ApiError(2);
      if (credentials.authType === 'anonymous') return { kind: 'anonymous' };
      if (credentials.authType !== 'jwt') throw new ApiError(5, 'stream-auth-type must be jwt or anonymous');
      const claims = await tokens.verify(credentials.token ?? '');
      if (credentials.userId !== null && credentials.userId !== claims.userId) {
        throw new ApiError(5, 'JWTAuth error: the token belongs to another user_id');
      }
      const revocation = findRevocation(claims);
      if (revocation !== undefined) throw revocation.error;
      return { kind: 'user', claims };
    },

    revoke(userId, error) {
      const revocation = { userId, error, beforeSeconds: tokens.tick() };
      revocations.add(revocation);
      return () => revocations.delete(revocation);
    },
  };
}

/** Reads the query of a connect. What cannot be read is `null`; it is checked later, when the socket is open. */
export function readConnect(query: URLSearchParams): ConnectRequest {
  const json = parseObject(query.get('json'));
  const details = json?.user_details;
  return {
    apiKey: query.get('api_key'),
    authType: query.get('stream-auth-type'),
    token: query.get('authorization'),
    userId: typeof json?.user_id === 'string' && json.user_id !== '' ? json.user_id : null,
    userDetails: isObject(details) ? details : null,
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parseObject(text: string | null): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}
