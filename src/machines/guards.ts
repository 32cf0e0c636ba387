import { isSame, type Moment } from './setup.ts';

/** The guards that the statechart names. */
export const guards = {
  /** The fact belongs to an attempt that is no longer the newest (law 4). */
  isStale: ({ context, event }) => 'attempt' in event && event.attempt !== context.attempt,
  /** The fact belongs to a storage command that is no longer the newest. */
  isStaleRecord: ({ context, event }) => 'attempt' in event && event.attempt !== context.storage.attempt,

  // The device

  /** The device reports no network. */
  isOffline: ({ context }) => !context.device.online,
  /** The app holds no socket on purpose. */
  isSuspended: ({ context }) => context.device.presence === 'suspended',

  // The stored user

  /** The client was created with a token source, so a stored user can be logged in. */
  hasTokenSource: ({ context }) => context.restorable,
  /** The record that was read belongs to the user of this session. */
  isRecordOfThisUser: ({ context, event }) =>
    event.type === 'user.found' &&
    event.attempt === context.storage.attempt &&
    context.identity?.kind === 'user' &&
    event.user.id === context.identity.id,
  /** It is the first hello of a login: the user is not stored yet. */
  isFirstHello: ({ context }) => context.storage.save === 'due',
  /** The persistence actor has not confirmed that the user is stored. */
  isSaveUnanswered: ({ context }) => context.storage.save === 'pending',
  /** The stored user of this session was removed or replaced elsewhere, for instance in another tab. */
  isReplacedElsewhere: ({ context, event }) =>
    event.type === 'user.changedElsewhere' &&
    context.identity?.kind === 'user' &&
    context.storage.userId === context.identity.id &&
    event.userId !== context.identity.id,

  // The token

  /** The failure is not permanent, and the session existed before or the device has no network. */
  shouldRetry: ({ context, event }) =>
    !(event.type === 'token.failed' && event.permanent) &&
    (context.login.origin === 'existing' || !context.device.online),
  /** A static token cannot be replaced, or it is the third refusal in a row. */
  isFinalRefusal: ({ context, event }) =>
    context.login.refusals > 2 || (event.type === 'token.refused' && !event.renewable),
  /** It is the second refused token in a row. */
  isSecondRefusal: ({ context }) => context.login.refusals === 2,
  /** A token is held, or the user is anonymous and needs none. */
  canOpen: ({ context }) => context.login.token === 'held' || context.identity?.kind === 'anonymous',

  // Waits

  /** An attempt failed, and the connection was not stable since. */
  hasFailed: ({ context }) => context.pacing.failedAttempts > 0,
  /** The quick retry is available, and the server did not ask for a longer wait. */
  canRetryQuickly: ({ context }) => context.pacing.quickRetry === 'available' && context.pacing.retryAfterMs === 0,
  /** The quick retry is not used up, and the server did not ask for a longer wait. */
  canRetryNow: ({ context }) => context.pacing.quickRetry !== 'used' && context.pacing.retryAfterMs === 0,
  /** The quick retry is available; a wait that the server asked for is respected by the new wait. */
  hasQuickRetry: ({ context }) => context.pacing.quickRetry === 'available',

  // Who logs in

  /** The call is for another user than that of this session. */
  isOtherUser: ({ context, event }) => event.type === 'session.connect' && !isSame(context.identity, event.identity),
  /** The call is for the user of this session. */
  isThisUser: ({ context, event }) => event.type === 'session.connect' && isSame(context.identity, event.identity),
  /** The call is for the user of this session, and brings a token source. */
  hasNewTokenSource: ({ context, event }) =>
    event.type === 'session.connect' && event.sourceKey !== null && isSame(context.identity, event.identity),
  /** The session waits for a usable token, and this call brings a new source that can be asked now. */
  canLoadNow: ({ context, event }) =>
    event.type === 'session.connect' &&
    event.online &&
    event.sourceKey !== null &&
    context.login.token === 'none' &&
    isSame(context.identity, event.identity),
  /** The call is for the user of this session, the device has a network again, and the quick retry is available. */
  isThisUserBackOnline: ({ context, event }) =>
    event.type === 'session.connect' &&
    event.online &&
    context.pacing.quickRetry === 'available' &&
    isSame(context.identity, event.identity),
  /** Another user already waits for the end of this session. */
  isNextTaken: ({ context, event }) =>
    event.type === 'session.connect' && context.next !== null && !isSame(context.next.identity, event.identity),
  /** A user waits for the end of this session. */
  hasNext: ({ context }) => context.next !== null,

  // Logout

  /** The call asks to remove the stored user. */
  shouldForgetUser: ({ event }) => event.type === 'session.disconnect' && event.forgetUser,
  /** The call asks to remove more than is being removed. A call for the same removal joins it (law 5). */
  forgetsMoreUsers: ({ context, event }) =>
    event.type === 'session.disconnect' && event.forgetUser && context.storage.forget !== 'everyone',
} satisfies Record<string, (moment: Moment) => boolean>;
