import type { FailureInfo } from '../errors.ts';
import type { User } from '../user.ts';
import { describeCause } from './redact.ts';
import type { TokenRequest, TokenSource } from './source.ts';
import { type CheckedToken, validateToken } from './validate.ts';

/** How a load ended. It is a value, never a rejection. */
export type TokenResult =
  | {
      readonly ok: true;
      readonly token: CheckedToken;
      /** For a guest: who the server made of them. */
      readonly user?: User;
    }
  | {
      readonly ok: false;
      /** Asking the same source again cannot help. */
      readonly permanent: boolean;
      readonly failure: FailureInfo;
      /** The original error, free of tokens. */
      readonly cause?: unknown;
    };

/** Asks a token source once, and checks what it answers. */
export async function loadToken(
  source: TokenSource | undefined,
  user: User,
  request: TokenRequest,
): Promise<TokenResult> {
  if (source === undefined) return { ok: false, permanent: true, failure: NO_SOURCE };
  if (typeof source === 'string') return judge(source, user, true);
  try {
    const answer: unknown = await (typeof source === 'function'
      ? source(user, request)
      : source.loadToken(user, request));
    return judge(answer, user, false);
  } catch (error) {
    const { text, cause } = describeCause(error);
    return {
      ok: false,
      permanent: false,
      failure: { code: 'tokenUnavailable', message: `The token provider failed: ${text}` },
      cause,
    };
  }
}

/** Whether `source` could give another token than `refused`. */
export function canRenew(source: TokenSource | undefined, refused: string): boolean {
  return typeof source === 'string' ? source.trim() !== refused : source !== undefined;
}

const NO_SOURCE: FailureInfo = {
  code: 'tokenSourceMissing',
  message: 'There is no token and no token provider for this user.',
};

function judge(answer: unknown, user: User, isStatic: boolean): TokenResult {
  const check = validateToken(answer, user.id);
  return check.ok ? check : { ok: false, permanent: isStatic, failure: check.failure };
}
