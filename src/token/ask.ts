import type { FailureInfo } from '../errors.ts';
import type { User } from '../user.ts';
import { type CheckedToken, checkToken } from './check.ts';
import { describeCause } from './redact.ts';
import type { TokenRequest, TokenSource } from './source.ts';

/** How a load ended. It is a value, never a rejection. */
export type LoadAnswer =
  | {
      readonly ok: true;
      readonly token: CheckedToken;
      /** For a guest: who the server made of them. */
      readonly user?: User;
    }
  | {
      readonly ok: false;
      /** Asking the same source again cannot help. */
      readonly hopeless: boolean;
      readonly failure: FailureInfo;
      /** The original error, free of tokens. */
      readonly cause?: unknown;
    };

/** Asks a token source once, and checks what it answers. */
export async function askSource(
  source: TokenSource | undefined,
  user: User,
  request: TokenRequest,
): Promise<LoadAnswer> {
  if (source === undefined) return { ok: false, hopeless: true, failure: NO_SOURCE };
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
      hopeless: false,
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

function judge(answer: unknown, user: User, isStatic: boolean): LoadAnswer {
  const check = checkToken(answer, user.id);
  return check.ok ? check : { ok: false, hopeless: isStatic, failure: check.failure };
}
