import { ApiError } from './error-codes.ts';
import type { Claims, Tokens } from './tokens.ts';

/*
 * Who is calling: the same checks for a connect and for an HTTP call.
 */

/** What a connect says about itself, not yet believed. */
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
  /** Who the caller claims to be; `null` leaves it to the token. */
  readonly userId: string | null;
}

export type Caller = { readonly kind: 'anonymous' } | { readonly kind: 'user'; readonly claims: Claims };

export interface Login {
  /** Throws an {@link ApiError}: 2, 5, 40, 41, 42, 43. */
  verify(credentials: Credentials): Promise<Caller>;
  /** Tokens of the user (of everybody) issued before now are refused with `error` until the answered function is called. */
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

/** Reads the query of a connect. What cannot be read is `null`; the checks come later, after the socket opened. */
export function readConnect(query: URLSearchParams): ConnectRequest {
  const said = parseObject(query.get('json'));
  const details = said?.user_details;
  return {
    apiKey: query.get('api_key'),
    authType: query.get('stream-auth-type'),
    token: query.get('authorization'),
    userId: typeof said?.user_id === 'string' && said.user_id !== '' ? said.user_id : null,
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
