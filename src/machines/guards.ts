import { isSame, type Moment } from './base.ts';

/** The guards that the statechart names. */
export const guards = {
  /** The fact answers a command that is no longer the newest (law 4). */
  isStale: ({ context, event }) => 'attempt' in event && event.attempt !== context.attempt,
  isStaleRecord: ({ context, event }) => 'attempt' in event && event.attempt !== context.storageAttempt,

  isOffline: ({ context }) => !context.online,
  /** An existing session asks again; so does a first login that failed for want of a network. */
  shouldRetry: ({ context }) => context.origin === 'existing' || !context.online,
  isSuspended: ({ context }) => context.presence === 'suspended',
  hasTokenSource: ({ context }) => context.restorable,
  isRecordOfThisUser: ({ context, event }) =>
    event.type === 'user.found' &&
    event.attempt === context.storageAttempt &&
    context.identity?.kind === 'user' &&
    event.user.id === context.identity.id,
  isFirstHello: ({ context }) => context.save === 'due',
  isSaveUnanswered: ({ context }) => context.save === 'pending',
  isReplacedElsewhere: ({ context, event }) =>
    event.type === 'user.changedElsewhere' &&
    context.identity?.kind === 'user' &&
    context.storedUserId === context.identity.id &&
    event.userId !== context.identity.id,

  isPermanent: ({ event }) => event.type === 'token.failed' && event.permanent,
  isNotRenewable: ({ event }) => event.type === 'token.refused' && !event.renewable,
  isSecondRefusal: ({ context }) => context.refusals === 1,
  isThirdRefusal: ({ context }) => context.refusals >= 2,
  canOpen: ({ context }) => context.token === 'held' || context.identity?.kind === 'anonymous',
  canOpenAnonymously: ({ context }) => context.identity?.kind === 'anonymous',
  canRetryQuickly: ({ context }) => context.quickRetry === 'available' && context.retryAfterMs === 0,
  /** A wait that the server asked for is not cut short, and would begin anew. */
  canRetryNow: ({ context }) => context.quickRetry !== 'used' && context.retryAfterMs === 0,
  hasFailed: ({ context }) => context.failedAttempts > 0,
  /** As `canRetryQuickly`, where no wait runs that the server asked for: its advice is then part of the new one. */
  hasQuickRetry: ({ context }) => context.quickRetry === 'available',

  isOtherUser: ({ context, event }) => event.type === 'session.connect' && !isSame(context.identity, event.identity),
  hasNewTokenSource: ({ context, event }) =>
    event.type === 'session.connect' && event.sourceKey !== null && isSame(context.identity, event.identity),
  /** The session waits for a usable token, and this call brings a new source of one, which can be asked. */
  canLoadNow: ({ context, event }) =>
    event.type === 'session.connect' &&
    event.online &&
    event.sourceKey !== null &&
    context.token === 'none' &&
    isSame(context.identity, event.identity),
  isThisUser: ({ context, event }) => event.type === 'session.connect' && isSame(context.identity, event.identity),
  isThisUserBackOnline: ({ context, event }) =>
    event.type === 'session.connect' &&
    event.online &&
    context.quickRetry === 'available' &&
    isSame(context.identity, event.identity),

  isNextTaken: ({ context, event }) =>
    event.type === 'session.connect' && context.next !== null && !isSame(context.next.identity, event.identity),
  hasNext: ({ context }) => context.next !== null,

  shouldForgetUser: ({ event }) => event.type === 'session.disconnect' && event.forgetUser,
  /** Who asks again for a removal that failed joins: the calls that wait for it are answered within the bound (law 5). */
  forgetsMoreUsers: ({ context, event }) =>
    event.type === 'session.disconnect' && event.forgetUser && context.forget !== 'everyone',
} satisfies Record<string, (moment: Moment) => boolean>;
