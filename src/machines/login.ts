import { CONFIGURED_SOURCE_KEY } from '../token/vault.ts';
import type { Identity } from '../user.ts';
import { base, whoOf } from './base.ts';
import { whyOf } from './failures.ts';
import type { Cause, SessionContext } from './vocabulary.ts';

type LoginStart = Pick<
  SessionContext,
  | 'identity'
  | 'key'
  | 'next'
  | 'origin'
  | 'token'
  | 'tokenReason'
  | 'refusals'
  | 'connectionId'
  | 'save'
  | 'failures'
  | 'pace'
  | 'floorMs'
  | 'failure'
  | 'cause'
  | 'forget'
  | 'forgotten'
>;

/** Everything that belongs to one login, as it is when the login begins: nothing of the one before survives (law 4). */
function startLogin(context: SessionContext, identity: Identity, key: number | null, cause: Cause): LoginStart {
  const isStored = identity.kind === 'user' && context.storedUserId === identity.id;
  return {
    identity,
    key: key ?? CONFIGURED_SOURCE_KEY,
    next: null,
    origin: isStored ? 'existing' : 'login',
    token: 'none',
    tokenReason: 'login',
    refusals: 0,
    connectionId: null,
    save: identity.kind === 'user' && cause === 'login' ? 'due' : 'settled',
    failures: 0,
    pace: 'free',
    floorMs: 0,
    failure: null,
    cause,
    forget: 'nobody',
    forgotten: 'no',
  };
}

/** What is noted when a login begins, is joined, or ends. */
export const login = {
  beginLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      ...startLogin(context, event.identity, event.key, 'login'),
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    };
  }),
  beginRestored: base.assign(({ context, event }) => {
    if (event.type !== 'user.found') return {};
    const found = { ...context, storedUserId: event.user.id };
    const identity: Identity = { kind: 'user', id: event.user.id, user: event.user };
    return { ...startLogin(found, identity, null, 'restored'), storedUserId: event.user.id };
  }),
  beginNext: base.assign(({ context }) => {
    if (context.next === null) return {};
    return startLogin(context, context.next.identity, context.next.key, 'login');
  }),
  joinLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      key: event.key ?? context.key,
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    };
  }),
  setNext: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      next: { identity: event.identity, key: event.key ?? context.next?.key ?? null },
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    };
  }),
  dropNext: base.assign({ next: null }),
  noteExisting: base.assign(({ context }) => ({
    origin: 'existing' as const,
    storedUserId: whoOf(context).id,
  })),
  beginRestoring: base.assign(({ event }) => ({
    cause: 'starting' as const,
    failure: null,
    ...(event.type === 'session.restore' && {
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    }),
  })),
  noteNobodyStored: base.assign({ cause: 'nobodyStored', failure: null, storedUserId: null }),
  noteNoTokenSource: base.assign(({ event }) => ({
    cause: 'tokenSourceMissing' as const,
    failure: {
      code: 'tokenSourceMissing' as const,
      message: 'Somebody is stored, but no token source is configured to log them in again.',
    },
    storedUserId: event.type === 'user.found' ? event.user.id : null,
  })),

  // The end

  noteEnd: base.assign(({ event }) => ({
    cause: whyOf(event).code,
    failure: whyOf(event),
    connectionId: null,
    token: 'none' as const,
    next: null,
    ...(event.type === 'user.changedElsewhere' && { storedUserId: event.userId }),
  })),
  forgetEveryone: base.assign({ forget: 'everyone', forgotten: 'no' }),
  forgetThisUser: base.assign({ forget: 'thisUser' }),
  noteForgotten: base.assign(({ context }) => ({
    forgotten: 'yes' as const,
    storedUserId:
      context.forget === 'everyone' || context.storedUserId === whoOf(context).user.id ? null : context.storedUserId,
    storageFailure: null,
  })),
  noteNotForgotten: base.assign(({ event }) => ({ forgotten: 'failed' as const, storageFailure: whyOf(event) })),
  noteLoggedOut: base.assign({
    identity: null,
    key: CONFIGURED_SOURCE_KEY,
    next: null,
    save: 'settled',
    forget: 'nobody',
    forgotten: 'no',
  }),
};
