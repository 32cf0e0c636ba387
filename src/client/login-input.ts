import { invalidArgument, type SessionError } from '../errors.ts';
import { failure, type Result, success } from '../result.ts';
import { frozenCopy, type Identity, type User, type UserKind } from '../user.ts';
import { readSafely } from './call-bounds.ts';
import { isTokenSource } from './check-options.ts';

/** @param id The id of an anonymous user on the wire. */
export function anonymousIdentity(id: string): Identity {
  return { kind: 'anonymous', id, user: Object.freeze({ id }) };
}

/**
 * Checks a user from the app. What the session takes is what JSON carries of it, frozen all the way down, so that a later
 * change by the app changes nothing here; and the `id`, which a class may have as a getter that JSON leaves out. Never throws.
 */
export function parseIdentity(user: unknown, kind: Exclude<UserKind, 'anonymous'>): Result<Identity> {
  return readSafely('user', () => {
    if (typeof user !== 'object' || user === null || Array.isArray(user)) {
      return failure(invalidArgument('user', 'expected an object with an id'));
    }
    const { id } = user as { readonly id?: unknown };
    if (typeof id !== 'string') return failure(invalidArgument('user.id', 'expected a string'));
    if (id.trim() === '') return failure(invalidArgument('user.id', 'must not be empty'));
    const copy = copyOf(user);
    if (copy === null) return failure(invalidArgument('user', 'must be a JSON object: no cycles, no BigInt'));
    if (copy.id === undefined) return success({ kind, id, user: Object.freeze({ ...copy, id }) });
    if (copy.id === id) return success({ kind, id, user: copy as User });
    return failure(invalidArgument('user.id', 'JSON.stringify(user) gives another id: make toJSON() return this one'));
  });
}

function copyOf(user: object): { readonly id?: unknown } | null {
  try {
    const copy = frozenCopy(user);
    return typeof copy === 'object' && !Array.isArray(copy) ? copy : null;
  } catch {
    return null;
  }
}

/** Checks a token source from the app. `undefined` means that none was given. Never throws. */
export function checkTokenSource(source: unknown): SessionError | null {
  if (source === undefined || isTokenSource(source)) return null;
  return invalidArgument('tokenOrProvider', 'expected a token, a function, or an object with loadToken');
}
