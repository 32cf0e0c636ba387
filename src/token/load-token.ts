import type { FailureInfo } from '../errors.ts';
import type { User } from '../user.ts';
import { describeCause } from './redact.ts';
import type { TokenRequest, TokenSource } from './source.ts';
import { type CheckedToken, type CheckToken, validateToken } from './validate.ts';

/** How a load ended. It is a value, never a rejection. */
export type TokenResult =
  | {
      readonly ok: true;
      readonly token: CheckedToken;
      /** For a guest: the user that the server made of them. */
      readonly user?: User;
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

/** Asks a token source once, and checks what it returns. */
export async function loadToken(
  source: TokenSource | undefined,
  user: User,
  request: TokenRequest,
  checkToken?: CheckToken,
): Promise<TokenResult> {
  if (source === undefined) return { ok: false, permanent: true, failure: NO_SOURCE };
  const isStatic = typeof source === 'string';
  try {
    const value: unknown = await askSource(source, user, request);
    const check = validateToken(value, user, checkToken);
    return check.ok ? check : { ok: false, permanent: isStatic, failure: check.failure };
  } catch (error) {
    const { text, cause } = describeCause(error);
    const failure = { code: 'tokenUnavailable', message: `The token provider failed: ${text}` } as const;
    return { ok: false, permanent: false, failure, cause };
  }
}

function askSource(source: TokenSource, user: User, request: TokenRequest): unknown {
  if (typeof source === 'string') return source;
  return typeof source === 'function' ? source(user, request) : source.loadToken(user, request);
}

/** Whether `source` could give another token than `refused`. */
export function canRenew(source: TokenSource | undefined, refused: string): boolean {
  return typeof source === 'string' ? source.trim() !== refused : source !== undefined;
}

const NO_SOURCE: FailureInfo = {
  code: 'tokenSourceMissing',
  message: 'There is no token and no token provider for this user.',
};
