import { invalidArgument } from '../errors.ts';
import { assertFit, BOOLEAN, type Check, isObject, OBJECT, readInput, readMembers } from '../input.ts';
import { frozenCopy, type Identity, type User, type UserKind } from '../user.ts';
import { TOKEN_SOURCE } from './check-options.ts';

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
    assertFit('user', given, OBJECT);
    const { id } = given as { readonly id: string };
    assertFit('user.id', id, USER_ID);
    const copy = copyOf(given as object);
    if (copy.id !== undefined && copy.id !== id) {
      throw invalidArgument('user.id', 'JSON.stringify(user) gives another id: make toJSON() return this one');
    }
    return { kind, id, user: copy.id === undefined ? Object.freeze({ ...copy, id }) : (copy as User) };
  });
}

function copyOf(user: object): { readonly id?: unknown } {
  try {
    const copy = frozenCopy(user);
    if (isObject(copy)) return copy;
  } catch {
    // It is named below.
  }
  throw invalidArgument('user', 'must be a JSON object: no cycles, no BigInt');
}

/** No address can hold half of a pair of surrogates: the server would receive another id than the one in JSON. */
const USER_ID: Check = [
  (id) => typeof id === 'string' && id.trim() !== '' && !/\p{Cs}/u.test(id),
  'a string of whole characters (no lone surrogate) that is not empty',
];

/** `undefined` means that no token source was given. */
export function checkTokenSource(source: unknown): void {
  if (source !== undefined) assertFit('tokenOrProvider', source, TOKEN_SOURCE);
}

/** What `disconnect` was given; `undefined` and `null` stand for no options. */
export function parseForgetUser(options: { readonly forgetUser?: boolean | undefined } | null | undefined): boolean {
  const { forgetUser = true } = readMembers(options ?? {}, { forgetUser: BOOLEAN });
  return forgetUser;
}
