import type { SessionEmitted, SessionEvent } from '../../../../src/machines/types.ts';
import { CONFIGURED_SOURCE_KEY } from '../../../../src/token/source-registry.ts';
import type { Identity } from '../../../../src/user.ts';
import type { Effect } from '../../../model/explore/effects.ts';

/*
 * What follows from the events of the statechart and from what it sends, without its states: the user who is logged in and
 * the one who comes next, which calls wait for a result, what storage was asked to remove.
 */
export interface ObservedSession {
  /** Whose session runs or ends. */
  readonly user: Identity | null;
  /** The token source that this user's session may ask. */
  readonly key: number;
  readonly isEnding: boolean;
  readonly next: { readonly user: Identity; readonly key: number | null } | null;
  /** Restoring was asked for, and has no result yet. */
  readonly isRestoring: boolean;
  /** Logins were accepted and have no result yet. */
  readonly hasLogins: boolean;
  /** A logout was asked for since the session before ended. */
  readonly shouldForgetUser: boolean;
  /** The user that the server refuses for good, who may be removed. */
  readonly refusedUserId: string | null;
  /** The removal that was asked for last. */
  readonly removal: { readonly attempt: number; readonly ofEveryone: boolean; readonly isDone: boolean } | null;
  /** Tokens refused in a row, without a connection between that lasted. One that has expired counts as the first. */
  readonly refusals: number;
  /** The attempt of the socket that was opened last, until its token was refused. */
  readonly openedAttempt: number;
  /** Sockets opened without a timer, the app or the device in between. */
  readonly openedInARow: number;
}

/** No attempt has this number. */
const NONE = 0;

export const NOTHING_OBSERVED: ObservedSession = {
  user: null,
  key: CONFIGURED_SOURCE_KEY,
  isEnding: false,
  next: null,
  isRestoring: true,
  hasLogins: false,
  shouldForgetUser: false,
  refusedUserId: null,
  removal: null,
  refusals: 0,
  openedAttempt: NONE,
  openedInARow: 0,
};

/** What is known after an event and everything that was sent because of it. */
export function observe(known: ObservedSession, event: SessionEvent, effects: readonly Effect[]): ObservedSession {
  return effects.reduce((now, effect) => afterEffect(now, event, effect), afterEvent(known, event));
}

/** In a failure loop only the replies of actors follow at once; everything else is a timer, the app or the device. */
const REPLIES = /^(token|hello|socket|app\.refused|user|server)\b/;
const TIMERS = /\.(timedOut|due|becameStable)$/;

function afterEvent(known: ObservedSession, event: SessionEvent): ObservedSession {
  const isReply = REPLIES.test(event.type) && !TIMERS.test(event.type);
  const now = isReply || known.openedInARow === 0 ? known : { ...known, openedInARow: 0 };
  switch (event.type) {
    case 'session.disconnect':
      return event.forgetUser ? { ...now, shouldForgetUser: true } : now;
    case 'user.cleared':
      if (now.removal?.attempt !== event.attempt) return now;
      return { ...now, removal: { ...now.removal, isDone: true } };
    case 'token.loaded':
      // The server gives a guest another id than the one asked for.
      return event.user === undefined || now.user === null ? now : { ...now, user: { ...now.user, user: event.user } };
    case 'token.refused':
      if (event.attempt !== now.openedAttempt) return now;
      return {
        ...now,
        refusals: event.expired === true ? Math.max(1, now.refusals) : now.refusals + 1,
        openedAttempt: NONE,
      };
    case 'connection.becameStable':
      return { ...now, refusals: 0 };
    case 'user.refused':
      return { ...now, refusedUserId: now.user?.user.id ?? null };
    default:
      return now;
  }
}

function afterEffect(known: ObservedSession, event: SessionEvent, effect: Effect): ObservedSession {
  switch (effect.kind) {
    case 'client':
      if (effect.command.type !== 'socket.open') return known;
      return { ...known, openedAttempt: effect.command.attempt, openedInARow: known.openedInARow + 1 };
    case 'persistence':
      if (effect.command.type === 'user.load') return { ...known, isRestoring: true };
      if (effect.command.type === 'user.clear') {
        const { attempt, onlyUserId } = effect.command;
        return { ...known, removal: { attempt, ofEveryone: onlyUserId === undefined, isDone: false } };
      }
      return known;
    case 'emitted':
      return afterFact(known, event, effect.fact);
    default:
      return known;
  }
}

/** A registered user gives another value for a field of their profile. */
export const isNewProfile = (known: Identity, { kind, user }: Identity) =>
  kind === 'user' && Object.entries(user).some(([field, value]) => known.user[field] !== value);

function afterFact(known: ObservedSession, event: SessionEvent, fact: SessionEmitted): ObservedSession {
  switch (fact.type) {
    case 'restore.settled': {
      if (fact.user === null || known.user !== null) return { ...known, isRestoring: false };
      const user: Identity = { kind: 'user', id: fact.user.id, user: fact.user };
      return { ...known, isRestoring: false, user, key: CONFIGURED_SOURCE_KEY, shouldForgetUser: false };
    }
    case 'connect.accepted': {
      if (event.type !== 'session.connect') return known;
      const { identity, sourceKey } = event;
      if (known.isEnding)
        return { ...known, hasLogins: true, next: { user: identity, key: sourceKey ?? known.next?.key ?? null } };
      if (known.user !== null) {
        const user = isNewProfile(known.user, identity) ? identity : known.user;
        return { ...known, hasLogins: true, user, key: sourceKey ?? known.key };
      }
      return {
        ...known,
        hasLogins: true,
        user: identity,
        key: sourceKey ?? CONFIGURED_SOURCE_KEY,
        shouldForgetUser: false,
      };
    }
    case 'connect.dropped':
      return { ...known, hasLogins: false, next: null };
    case 'session.connected':
      return { ...known, hasLogins: false };
    case 'session.ended':
      return { ...known, hasLogins: false, isEnding: true, next: null };
    case 'session.closed': {
      const { next } = known;
      return {
        ...known,
        user: next?.user ?? null,
        key: next?.key ?? CONFIGURED_SOURCE_KEY,
        next: null,
        isEnding: false,
        shouldForgetUser: false,
        refusedUserId: null,
        removal: null,
        refusals: 0,
      };
    }
    case 'connect.refused':
      return known;
  }
}
