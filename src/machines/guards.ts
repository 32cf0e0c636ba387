import { isSame, type Moment } from './setup.ts';

/** The guards that the statechart names. */
export const guards = {
  /** The fact replies to a command that is no longer the newest (law 4). */
  isStale: ({ context, event }) => 'attempt' in event && event.attempt !== context.attempt,
  isStaleRecord: ({ context, event }) => 'attempt' in event && event.attempt !== context.storage.attempt,

  // The device

  isOffline: ({ context }) => !context.device.online,
  isSuspended: ({ context }) => context.device.presence === 'suspended',

  // The stored user

  hasTokenSource: ({ context }) => context.restorable,
  isRecordOfThisUser: ({ context, event }) =>
    event.type === 'user.found' &&
    event.attempt === context.storage.attempt &&
    context.identity?.kind === 'user' &&
    event.user.id === context.identity.id,
  isFirstHello: ({ context }) => context.storage.save === 'due',
  isSaveUnanswered: ({ context }) => context.storage.save === 'pending',
  isReplacedElsewhere: ({ context, event }) =>
    event.type === 'user.changedElsewhere' &&
    context.identity?.kind === 'user' &&
    context.storage.userId === context.identity.id &&
    event.userId !== context.identity.id,

  // The token

  /** An existing session asks again; so does a first login that failed because there is no network. */
  shouldRetry: ({ context, event }) =>
    !(event.type === 'token.failed' && event.permanent) &&
    (context.login.origin === 'existing' || !context.device.online),
  /** A static token cannot be replaced, and two replacements in a row were no better. */
  isFinalRefusal: ({ context, event }) =>
    context.login.refusals > 2 || (event.type === 'token.refused' && !event.renewable),
  isSecondRefusal: ({ context }) => context.login.refusals === 2,
  canOpen: ({ context }) => context.login.token === 'held' || context.identity?.kind === 'anonymous',

  // Waits

  hasFailed: ({ context }) => context.pacing.failedAttempts > 0,
  canRetryQuickly: ({ context }) => context.pacing.quickRetry === 'available' && context.pacing.retryAfterMs === 0,
  /** A wait that the server asked for is not cut short, and would begin anew. */
  canRetryNow: ({ context }) => context.pacing.quickRetry !== 'used' && context.pacing.retryAfterMs === 0,
  /** As `canRetryQuickly`, where no wait runs that the server asked for: its advice is then part of the new one. */
  hasQuickRetry: ({ context }) => context.pacing.quickRetry === 'available',

  // Who logs in

  isOtherUser: ({ context, event }) => event.type === 'session.connect' && !isSame(context.identity, event.identity),
  isThisUser: ({ context, event }) => event.type === 'session.connect' && isSame(context.identity, event.identity),
  hasNewTokenSource: ({ context, event }) =>
    event.type === 'session.connect' && event.sourceKey !== null && isSame(context.identity, event.identity),
  /** The session waits for a usable token, and this call brings a new source of one, which can be asked. */
  canLoadNow: ({ context, event }) =>
    event.type === 'session.connect' &&
    event.online &&
    event.sourceKey !== null &&
    context.login.token === 'none' &&
    isSame(context.identity, event.identity),
  isThisUserBackOnline: ({ context, event }) =>
    event.type === 'session.connect' &&
    event.online &&
    context.pacing.quickRetry === 'available' &&
    isSame(context.identity, event.identity),
  isNextTaken: ({ context, event }) =>
    event.type === 'session.connect' && context.next !== null && !isSame(context.next.identity, event.identity),
  hasNext: ({ context }) => context.next !== null,

  // Logout

  shouldForgetUser: ({ event }) => event.type === 'session.disconnect' && event.forgetUser,
  /** A call that asks for the same removal joins: pending calls settle within the bound (law 5). */
  forgetsMoreUsers: ({ context, event }) =>
    event.type === 'session.disconnect' && event.forgetUser && context.storage.forget !== 'everyone',
} satisfies Record<string, (moment: Moment) => boolean>;
