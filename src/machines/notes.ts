import { scheduleBackoff, scheduleOfflineRetry, scheduleQuickRetry } from './backoff.ts';
import { base, identityOf } from './base.ts';
import { failureFor, failureOf } from './failures.ts';

/** What is noted of a running session: its token, its connection, and what the device says. */
export const notes = {
  // The token

  holdToken: base.assign(({ context, event }) => {
    if (event.type !== 'token.loaded') return {};
    const identity = identityOf(context);
    return {
      token: 'held' as const,
      tokenReason: 'login' as const,
      ...(event.user !== undefined && { identity: { ...identity, user: event.user } }),
    };
  }),
  dropToken: base.assign({ token: 'none' }),
  countRefusal: base.assign(({ context, event }) => ({
    token: 'none' as const,
    tokenReason: 'refused' as const,
    refusals: context.refusals + 1,
    connectionId: null,
    failure: failureFor(event),
    reason: failureFor(event).code,
  })),

  // The connection

  setConnection: base.assign(({ event }) => ({
    connectionId: event.type === 'hello.received' ? event.connectionId : null,
    origin: 'existing' as const,
    retryAfterMs: 0,
    failure: null,
  })),
  markSavePending: base.assign({ save: 'pending' }),
  markSaved: base.assign(({ context }) => ({
    save: 'settled' as const,
    storedUserId: identityOf(context).id,
    storageFailure: null,
  })),
  markNotSaved: base.assign(({ event }) => ({ save: 'settled' as const, storageFailure: failureOf(event) })),
  resetPacing: base.assign({ failedAttempts: 0, refusals: 0, retryAfterMs: 0, quickRetry: 'available' }),
  countFailure: base.assign(({ context, event }) => ({
    connectionId: null,
    failedAttempts: context.failedAttempts + 1,
    quickRetry: context.quickRetry === 'used' ? ('spent' as const) : ('available' as const),
    retryAfterMs: event.type === 'socket.lost' ? event.retryAfterMs : context.retryAfterMs,
    failure: failureFor(event),
    reason: failureFor(event).code,
  })),
  setFailure: base.assign(({ event }) => ({
    connectionId: null,
    failure: failureFor(event),
    reason: failureFor(event).code,
  })),
  scheduleBackoff: base.assign(({ context }) => scheduleBackoff(context)),
  scheduleOfflineRetry: base.assign(({ context }) => scheduleOfflineRetry(context)),
  scheduleQuickRetry: base.assign(({ context }) => ({ ...scheduleQuickRetry(context), quickRetry: 'used' as const })),
  /** After a rest: a moment only; in full where a wait was cut short before. */
  scheduleResumedRetry: base.assign(({ context }) =>
    context.quickRetry === 'available'
      ? { ...scheduleQuickRetry(context), quickRetry: 'used' as const }
      : scheduleBackoff(context),
  ),
  clearRetryAfter: base.assign({ retryAfterMs: 0 }),

  // The environment

  setOffline: base.assign({ online: false }),
  setOnline: base.assign({ online: true }),
  setBackground: base.assign(({ context }) => ({
    presence: context.presence === 'suspended' ? ('suspended' as const) : ('background' as const),
  })),
  setForeground: base.assign(({ context }) => ({
    presence: context.presence === 'suspended' ? ('suspended' as const) : ('foreground' as const),
  })),
  setSuspended: base.assign({ presence: 'suspended' }),
  markSuspended: base.assign({ connectionId: null, reason: 'suspended', failure: null }),
  setResumed: base.assign(({ context }) => ({
    presence: context.presence === 'suspended' ? ('foreground' as const) : context.presence,
  })),
};
