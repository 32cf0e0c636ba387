import { CONFIGURED_SOURCE_KEY } from '../token/source-registry.ts';
import type { Identity } from '../user.ts';
import { base, identityOf } from './base.ts';
import { failureFor } from './failures.ts';
import type { SessionContext, SessionReason } from './types.ts';

type LoginStart = Pick<
  SessionContext,
  | 'identity'
  | 'sourceKey'
  | 'next'
  | 'origin'
  | 'token'
  | 'tokenReason'
  | 'refusals'
  | 'connectionId'
  | 'save'
  | 'failedAttempts'
  | 'quickRetry'
  | 'retryAfterMs'
  | 'failure'
  | 'reason'
  | 'forget'
  | 'forgotten'
>;

/** Everything that belongs to one login, as it is when the login begins: nothing of the one before survives (law 4). */
function startLogin(
  context: SessionContext,
  identity: Identity,
  key: number | null,
  reason: SessionReason,
): LoginStart {
  const isStored = identity.kind === 'user' && context.storedUserId === identity.id;
  return {
    identity,
    sourceKey: key ?? CONFIGURED_SOURCE_KEY,
    next: null,
    origin: isStored ? 'existing' : 'login',
    token: 'none',
    tokenReason: 'login',
    refusals: 0,
    connectionId: null,
    save: identity.kind === 'user' && reason === 'login' ? 'due' : 'settled',
    failedAttempts: 0,
    quickRetry: 'available',
    retryAfterMs: 0,
    failure: null,
    reason,
    forget: 'nobody',
    forgotten: 'no',
  };
}

/** What is noted when a login begins, is joined, or ends. */
export const login = {
  beginLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      ...startLogin(context, event.identity, event.sourceKey, 'login'),
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
    return startLogin(context, context.next.identity, context.next.sourceKey, 'login');
  }),
  joinLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      sourceKey: event.sourceKey ?? context.sourceKey,
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    };
  }),
  setNext: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      next: { identity: event.identity, sourceKey: event.sourceKey ?? context.next?.sourceKey ?? null },
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    };
  }),
  dropNext: base.assign({ next: null }),
  markExisting: base.assign(({ context }) => ({
    origin: 'existing' as const,
    storedUserId: identityOf(context).id,
  })),
  beginRestoring: base.assign(({ event }) => ({
    reason: 'starting' as const,
    failure: null,
    ...(event.type === 'session.restore' && {
      online: event.online,
      presence: event.foreground ? ('foreground' as const) : ('background' as const),
    }),
  })),
  setNoUserStored: base.assign({ reason: 'nobodyStored', failure: null, storedUserId: null }),
  setNoTokenSource: base.assign(({ event }) => ({
    reason: 'tokenSourceMissing' as const,
    failure: {
      code: 'tokenSourceMissing' as const,
      message: 'Somebody is stored, but no token source is configured to log them in again.',
    },
    storedUserId: event.type === 'user.found' ? event.user.id : null,
  })),

  // The end

  recordEnd: base.assign(({ event }) => ({
    reason: failureFor(event).code,
    failure: failureFor(event),
    connectionId: null,
    token: 'none' as const,
    next: null,
    ...(event.type === 'user.changedElsewhere' && { storedUserId: event.userId }),
  })),
  forgetEveryone: base.assign({ forget: 'everyone', forgotten: 'no' }),
  forgetThisUser: base.assign({ forget: 'thisUser' }),
  markForgotten: base.assign(({ context }) => ({
    forgotten: 'yes' as const,
    storedUserId:
      context.forget === 'everyone' || context.storedUserId === identityOf(context).user.id
        ? null
        : context.storedUserId,
    storageFailure: null,
  })),
  markNotForgotten: base.assign(({ event }) => ({ forgotten: 'failed' as const, storageFailure: failureFor(event) })),
  clearLogin: base.assign({
    identity: null,
    sourceKey: CONFIGURED_SOURCE_KEY,
    next: null,
    save: 'settled',
    forget: 'nobody',
    forgotten: 'no',
  }),
};
