import { invalidArgument } from '../errors.ts';
import { readInput } from '../input.ts';
import { frozenCopy, type Identity, type User, type UserKind } from '../user.ts';
import { isTokenSource } from './check-options.ts';

/*
 * What calls are given. What is wrong with it is thrown as `invalidArgument` that names the field, and becomes the result
 * of the call.
 */

/**
 * Checks a user from the app. What the session takes is what JSON carries of it, frozen all the way down, so that a later
 * change by the app changes nothing here; and the `id`, which a class may have as a getter that JSON leaves out.
 */
export function parseIdentity(given: unknown, kind: Exclude<UserKind, 'anonymous'>): Identity {
  return readInput('user', () => {
    if (typeof given !== 'object' || given === null || Array.isArray(given)) {
      throw invalidArgument('user', 'expected an object with an id');
    }
    const { id } = given as { readonly id?: unknown };
    if (typeof id !== 'string') throw invalidArgument('user.id', 'expected a string');
    if (id.trim() === '') throw invalidArgument('user.id', 'must not be empty');
    const copy = copyOf(given);
    if (copy.id !== undefined && copy.id !== id) {
      throw invalidArgument('user.id', 'JSON.stringify(user) gives another id: make toJSON() return this one');
    }
    return { kind, id, user: copy.id === undefined ? Object.freeze({ ...copy, id }) : (copy as User) };
  });
}

function copyOf(user: object): { readonly id?: unknown } {
  try {
    const copy = frozenCopy(user);
    if (typeof copy === 'object' && copy !== null && !Array.isArray(copy)) return copy;
  } catch {
    // It is named below.
  }
  throw invalidArgument('user', 'must be a JSON object: no cycles, no BigInt');
}

/** `undefined` means that no token source was given. */
export function checkTokenSource(source: unknown): void {
  if (source === undefined || isTokenSource(source)) return;
  throw invalidArgument('tokenOrProvider', 'expected a token, a function, or an object with loadToken');
}

/** What `disconnect` was given; `undefined` and `null` stand for no options. */
export function parseForgetUser(options: { readonly forgetUser?: boolean | undefined } | null | undefined): boolean {
  return readInput('options', () => {
    if (typeof (options ?? {}) !== 'object') throw invalidArgument('options', 'expected an object');
    const { forgetUser = true } = options ?? {};
    if (typeof forgetUser !== 'boolean') throw invalidArgument('forgetUser', 'expected true or false');
    return forgetUser;
  });
}
