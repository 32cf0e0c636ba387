import type { User } from '../user.ts';

/** Why a token is asked for: the first one, one about to expire, or one that the server refused. */
export type TokenReason = 'login' | 'expiring' | 'refused';

export interface TokenRequest {
  /** Aborted when the token is no longer wanted: a logout, a time-out, a newer request. */
  readonly signal: AbortSignal;
  readonly reason: TokenReason;
}

/** A token whose expiry cannot be read from it. */
export interface TokenWithExpiry {
  readonly token: string;
  /** Milliseconds since the epoch, by the clock of the server: that of the device may be wrong, and is corrected by it. */
  readonly expiresAtMs: number;
}

/**
 * Loads a token for `user`: a string, or `{ token, expiresAtMs }` for one whose expiry cannot be read from it. An empty
 * string means "not available now". It may throw, reject or hang: a first login then fails with `tokenUnavailable` or
 * `tokenTimedOut`; an existing session tries again later.
 */
export type LoadToken = (
  user: User,
  request: TokenRequest,
) => string | TokenWithExpiry | Promise<string | TokenWithExpiry>;

/** A provider as an object, the form that chat SDKs know. */
export interface TokenProvider {
  readonly loadToken: LoadToken;
}

/** Where tokens come from: a static token, or a provider that can be asked again. Only the latter can be refreshed. */
export type TokenSource = string | LoadToken | TokenProvider;
