import type { ErrorCode, FailureInfo } from '../errors.ts';
import type { User } from '../user.ts';

/** When a token was issued and expires, in milliseconds since the epoch by the issuer's clock; `null` where it is not known. */
export interface TokenTimes {
  readonly expiresAtMs: number | null;
  readonly issuedAtMs: number | null;
}

/** A token that may be sent to the server. */
export interface CheckedToken extends TokenTimes {
  readonly text: string;
}

/** How a load, or the check of a token, ended. It is a value, never a rejection. */
export type TokenResult =
  | {
      readonly ok: true;
      readonly token: CheckedToken;
      /** For a guest: the user that the server made of them. */
      readonly user?: User | undefined;
    }
  | TokenFailure;

export interface TokenFailure {
  readonly ok: false;
  /** Asking the same source again cannot help. */
  readonly permanent: boolean;
  readonly failure: FailureInfo;
  /** The original error, free of tokens. */
  readonly cause?: unknown;
}

/** A time where it is one, and `null` otherwise. */
export function timeOf(value: unknown, unitMs = 1): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value * unitMs : null;
}

export function noToken(code: ErrorCode, message: string, cause?: unknown): TokenFailure {
  return { ok: false, permanent: false, failure: { code, message }, cause };
}
