import { isFilledString, isObject } from './input.ts';

/**
 * A user as the backend describes them. `id` is the only field that is required; every other field (`name`, `image`, custom
 * data) is passed on as it is and must be JSON.
 */
export interface User extends UserLike {
  readonly [field: string]: unknown;
}

/** What an app's own `interface` of a user has in common with {@link User}: it needs no index signature. */
export interface UserLike {
  readonly id: string;
  readonly name?: string | undefined;
  readonly image?: string | undefined;
}

/** A user as an app passes it in. */
export type AnyUser = User | UserLike;

/**
 * The user as the server describes them in its hello: role, unread counts, mutes and whatever else the backend sends.
 * Open to augmentation:
 *
 * ```ts
 * declare module 'sessionchart' {
 *   interface OwnUser { readonly plan?: string }
 * }
 * ```
 */
export interface OwnUser extends User {
  readonly role?: string;
  readonly unread_count?: number;
  readonly total_unread_count?: number;
  readonly unread_channels?: number;
  readonly mutes?: readonly unknown[];
}

/**
 * Who a session is for.
 *
 * - `user`: a registered user with a token. The only kind that is stored.
 * - `guest`: created by the server on the way in; the server chooses the final id.
 * - `anonymous`: no token at all.
 */
export type UserKind = 'user' | 'guest' | 'anonymous';

/** A user together with how they log in. `id` is the id that was asked for; a guest's `user.id` may differ from it. */
export interface Identity {
  readonly kind: UserKind;
  readonly id: string;
  readonly user: User;
}

export const isSame = (a: Identity | null | undefined, b: Identity) => a != null && a.kind === b.kind && a.id === b.id;

/** Whether `identity` is the registered user `current` with another value of a field that it names. Never throws. */
export function isNewProfile(current: Identity | null, identity: Identity): boolean {
  if (current === null || identity.kind !== 'user' || !isSame(current, identity)) return false;
  const { user } = current;
  try {
    return Object.entries(identity.user).some(([field, value]) => toSortedJson(value) !== toSortedJson(user[field]));
  } catch {
    // An embedder's user that is no JSON.
    return identity.user !== user;
  }
}

/** `value` as JSON that does not depend on the order in which members were added. */
export const toSortedJson = (value: unknown): string | undefined =>
  JSON.stringify(value, (_, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );

/** `value` as a user, as frozen plain data; `null` when it is not one. Never throws, even where reading the value does. */
export function copyUser(value: unknown): User | null {
  try {
    const copy = frozenCopy(value) as Partial<User> | null;
    return isFilledString(copy?.id) ? (copy as User) : null;
  } catch {
    return null;
  }
}

/**
 * What JSON carries of `value`, frozen at every level: no later change reaches it.
 *
 * @throws what `JSON.stringify` throws: at cycles, at a BigInt, and what getters and `toJSON` throw.
 */
export function frozenCopy(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value) ?? 'null', (_, part: unknown) => Object.freeze(part));
}
