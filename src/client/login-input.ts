import { LONGEST_DELAY_MS } from '../clock.ts';
import { invalidArgument, type SessionError } from '../errors.ts';
import { failure, type Result, success } from '../result.ts';
import type { Identity, User, UserKind } from '../user.ts';
import { isTokenSource } from './options.ts';

/** How long a call may wait, and what cuts it short. Both bound the call, never the session. */
export interface CallOptions {
  /** Default 30,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

export const DEFAULT_CALL_TIMEOUT_MS = 30_000;

/** The id by which the wire knows an anonymous user. */
const ANONYMOUS_ID = '!anon';

export const ANONYMOUS: Identity = { kind: 'anonymous', id: ANONYMOUS_ID, user: Object.freeze({ id: ANONYMOUS_ID }) };

/** Checks a user from the app; the copy is frozen, so that a later change by the app changes nothing here. */
export function parseIdentity(user: unknown, kind: Exclude<UserKind, 'anonymous'>): Result<Identity> {
  if (typeof user !== 'object' || user === null)
    return failure(invalidArgument('user', 'expected an object with an id'));
  const { id } = user as { readonly id?: unknown };
  if (typeof id !== 'string') return failure(invalidArgument('user.id', 'expected a string'));
  if (id.trim() === '') return failure(invalidArgument('user.id', 'must not be empty'));
  try {
    const copy = JSON.parse(JSON.stringify(user)) as User;
    return success({ kind, id, user: Object.freeze(copy) });
  } catch {
    return failure(invalidArgument('user', 'must be JSON: no cycles, no BigInt'));
  }
}

/** Checks a token source from the app. `undefined` means that none was given. */
export function checkTokenSource(source: unknown): SessionError | null {
  if (source === undefined || isTokenSource(source)) return null;
  return invalidArgument('tokenOrProvider', 'expected a token, a function, or an object with loadToken');
}

export function checkCallOptions(options: CallOptions): SessionError | null {
  if (typeof options !== 'object' || options === null) return invalidArgument('options', 'expected an object');
  const { timeoutMs, signal } = options;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= LONGEST_DELAY_MS)) {
    return invalidArgument('timeoutMs', `expected milliseconds above 0 and not above ${LONGEST_DELAY_MS}`);
  }
  if (signal !== undefined && typeof (signal as Partial<AbortSignal> | null)?.addEventListener !== 'function') {
    return invalidArgument('signal', 'expected an AbortSignal');
  }
  return null;
}
