import { CONFIGURED_SOURCE_KEY } from '../../../src/token/source-registry.ts';
import type { Identity } from '../../../src/user.ts';
import type { SessionSnapshot } from './effects.ts';

/*
 * Users are relative: a path says "the same user" and "another user", never a name, so one state stands for all the
 * people it can be about.
 */

const registered = (id: string): Identity => ({ kind: 'user', id, user: { id } });

const ALICE = registered('alice');
const BOB = registered('bob');
export const GUEST: Identity = { kind: 'guest', id: 'visitor', user: { id: 'visitor' } };
export const ANONYMOUS: Identity = { kind: 'anonymous', id: '!anon', user: { id: '!anon' } };

/** The user of the session: who comes next, who is logged in, who is known to be stored, or else the first user. */
export function sameUser({ context }: SessionSnapshot): Identity {
  const identity = context.next?.identity ?? context.identity;
  if (identity !== null) return identity;
  return context.storage.userId === null ? ALICE : registered(context.storage.userId);
}

/** The user of the session by another name. */
export function renamedUser(snapshot: SessionSnapshot): Identity {
  const identity = sameUser(snapshot);
  return { ...identity, user: { ...identity.user, name: identity.user.name === 'A' ? 'B' : 'A' } };
}

/** A registered user who is not that of the session. */
export function otherUser(snapshot: SessionSnapshot): Identity {
  return sameUser(snapshot).id === ALICE.id ? BOB : ALICE;
}

/** A key into the tokenSources that this session does not use yet. */
export function newKey({ context }: SessionSnapshot): number {
  return Math.max(CONFIGURED_SOURCE_KEY, context.login.sourceKey, context.next?.sourceKey ?? CONFIGURED_SOURCE_KEY) + 1;
}
