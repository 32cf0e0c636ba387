import type { User } from '../user.ts';
import { describeCause } from './redact.ts';
import type { TokenRequest, TokenSource } from './source.ts';
import { noToken, type TokenResult } from './token-result.ts';
import { type CheckToken, validateToken } from './validate.ts';

/** Asks a token source once, and checks what it returns. */
export async function loadToken(
  source: TokenSource | undefined,
  user: User,
  request: TokenRequest,
  checkToken?: CheckToken,
): Promise<TokenResult> {
  if (source === undefined) return { ...NO_SOURCE, permanent: true };
  const isStatic = typeof source === 'string';
  try {
    const value: unknown = await askSource(source, user, request);
    const check = validateToken(value, user, checkToken);
    return check.ok || !isStatic ? check : { ...check, permanent: true };
  } catch (error) {
    const { text, cause } = describeCause(error);
    return noToken('tokenUnavailable', `The token provider failed: ${text}`, cause);
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

const NO_SOURCE = noToken('tokenSourceMissing', 'There is no token and no token provider for this user.');
