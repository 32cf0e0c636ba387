import { isObject } from '../../input.ts';
import { ApiError } from './error-codes.ts';
import { fieldsOf, parseJson } from './json.ts';
import type { Claims, Tokens } from './tokens.ts';
import type { ConnectRecord } from './types.ts';

/** What a connect or an HTTP call claims, not yet verified. */
export interface Credentials extends Pick<ConnectRecord, 'authType' | 'token' | 'userId'> {
  readonly apiKey: string | null;
}

/** What a connect claims, not yet verified. */
export interface ConnectRequest extends Credentials, Pick<ConnectRecord, 'userDetails'> {}

export type Login = ReturnType<typeof createLogin>;

/** Authentication: the same checks for a connect and for an HTTP call. */
export function createLogin(apiKey: string, tokens: Tokens) {
  const revocations = new Set<{ userId: string | undefined; beforeSeconds: number; error: ApiError }>();

  return {
    /** `null` for an anonymous user. Without a `userId` it is the token's. @throws ApiError with 2, 5, 40, 41, 42 or 43. */
    async verify(credentials: Credentials): Promise<Claims | null> {
      if (credentials.apiKey !== apiKey) throw new ApiError(2);
      if (credentials.authType === 'anonymous') return null;
      if (credentials.authType !== 'jwt') throw new ApiError(5, 'stream-auth-type must be jwt or anonymous');
      const claims = await tokens.verify(credentials.token ?? '');
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
      const revocation = { userId, error, beforeSeconds: tokens.tick() };
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
    userId: typeof userId === 'string' && userId !== '' ? userId : null,
    userDetails: isObject(details) ? details : null,
  };
}
