import type { PersistenceFact } from '../actors/messages.ts';
import { isNewProfile, isSame } from '../user.ts';
import type { Moment } from './setup.ts';
import type { SessionContext } from './types.ts';

const STORAGE_REPLIES: ReadonlySet<string> = new Set([
  'user.found',
  'user.missing',
  'user.unreadable',
  'user.saved',
  'user.notSaved',
  'user.cleared',
  'user.notCleared',
] satisfies PersistenceFact['type'][]);

const isStale = ({ context, event }: Moment) =>
  'attempt' in event && event.attempt !== (STORAGE_REPLIES.has(event.type) ? context.storage.attempt : context.attempt);

const isThisUserOnline = ({ context, event }: Moment) =>
  event.type === 'session.connect' && event.online && isSame(context.identity, event.identity);

const bringsSource = ({ context, event }: Moment) =>
  event.type === 'session.connect' &&
  event.sourceKey !== null &&
  event.sourceKey !== context.login.sourceKey &&
  isSame(context.identity, event.identity);

/** The user of this login is to be sent and stored. */
export const isUnsaved = ({ storage }: SessionContext) => storage.save === 'due' || storage.save === 'sent';

/** The guards that the statechart names. */
export const guards = {
  /** The fact replies to a superseded command: it belongs to an older attempt, or to an older command to storage (law 4). */
  isStale,

  // The device

  /** The device reports that it has no network. */
  isOffline: ({ context }) => !context.device.online,
  /** The app or the environment has suspended the session. */
  isSuspended: ({ context }) => context.device.suspended,

  // The stored user

  /** A token source is configured on the client, so a stored user can be logged in again. */
  hasTokenSource: ({ context }) => context.restorable,
  /** The record is the newest, and of the user who is logging in. */
  isRecordOfThisUser: (moment) =>
    moment.event.type === 'user.found' &&
    !isStale(moment) &&
    moment.context.identity?.kind === 'user' &&
    moment.event.user.id === moment.context.identity.id,
  /** Storage replies to a login that began before it was read. */
  isRecordAwaited: (moment) => moment.context.login.origin === 'unread' && !isStale(moment),
  /** The user of this login is not stored yet. */
  isFirstHello: ({ context }) => isUnsaved(context),
  /** The user is being stored, and storage has not replied. */
  isSaveUnanswered: ({ context }) => context.storage.save === 'pending',
  /** This user was the stored one, and no longer is. */
  isReplacedElsewhere: ({ context, event }) =>
    event.type === 'user.changedElsewhere' &&
    context.identity?.kind === 'user' &&
    context.storage.userId === context.identity.id &&
    event.userId !== context.identity.id,

  // The token

  /** Asking again can help, and the session exists already, or may, or failed because there is no network. */
  shouldRetry: ({ context: { login, pacing, device }, event }) =>
    !(event.type === 'token.failed' && event.permanent) &&
    (login.origin === 'existing' || (login.origin === 'unread' && pacing.failedAttempts === 0) || !device.online),
  /** A call has brought another token source than the one that was asked. */
  hasOtherSource: ({ context: { login } }) => login.sourceKey !== login.askedKey,
  /** The token is static, or is the third in a row that was refused. */
  isFinalRefusal: ({ context, event }) =>
    context.login.refusals > 2 || (event.type === 'token.refused' && !event.renewable),
  /** The token is the second in a row that was refused, or that of a live session (many may be refused at once), or the server asks to wait. */
  isReloadPaced: ({ context, event }) =>
    context.login.refusals === 2 ||
    context.connectionId !== null ||
    (event.type === 'token.refused' && (event.retryAfterMs ?? 0) > 0),
  /** A token is held, or the user is anonymous and needs none. */
  canOpen: ({ context }) => context.login.token === 'held' || context.identity?.kind === 'anonymous',

  // Waits

  /** An attempt has failed since the connection was last stable. */
  hasFailed: ({ context }) => context.pacing.failedAttempts > 0,
  /** A quick retry is available, and the server did not ask for this wait. */
  canRetryQuickly: ({ context }) => context.pacing.quickRetry === 'available' && context.pacing.retryAfterMs === 0,
  /**
   * A quick retry is available, since a full wait has passed: only such a wait may be shortened or put off. That there is no
   * network is no reason where it is known: a device may report it again and again.
   */
  hasQuickRetry: ({ context, event }) =>
    context.pacing.quickRetry === 'available' && (event.type !== 'network.wentOffline' || context.device.online),

  // Logins

  /** The login is for the user of this session. */
  isThisUser: ({ context, event }) => event.type === 'session.connect' && isSame(context.identity, event.identity),
  /** The login is for the user of this session, with another profile, which only a new socket can send; none did so just now. */
  canSendProfile: ({ context, event }) =>
    event.type === 'session.connect' &&
    context.pacing.quickRetry === 'available' &&
    context.pacing.failedAttempts === 0 &&
    isNewProfile(context.identity, event.identity),
  /** The profile changed since it was sent, and a new socket may send it at once: one that always changes must not prevent a connection. */
  canSendAgain: ({ context }) => context.storage.save === 'due' && context.pacing.quickRetry !== 'spent',
  /** The profile changed since it was sent, and the device has a network. */
  isProfileUnsent: ({ context }) => context.storage.save === 'due' && context.device.online,
  /** The login is for the user of this session, and brings a new token source. */
  hasNewTokenSource: bringsSource,
  /** The same, and the load under way was not replaced already: a source that is new with every call would never be heard out. */
  canReplaceLoad: (moment) => moment.context.pacing.quickRetry === 'available' && bringsSource(moment),
  /** The login is for the user of this session, and the device has a network. */
  isThisUserOnline,
  /** The login is for the user of this session, which waits for a usable token, and brings a source that can be asked. */
  canLoadNow: (moment) =>
    moment.event.type === 'session.connect' &&
    moment.event.sourceKey !== null &&
    moment.context.login.token === 'none' &&
    moment.context.pacing.quickRetry === 'available' &&
    isThisUserOnline(moment),
  /** The login is for the user of this session, the device has a network, and a quick retry is available. */
  canRetryForThisUser: (moment) => moment.context.pacing.quickRetry === 'available' && isThisUserOnline(moment),
  /** Another user is already waiting for the end of this session. */
  isNextTaken: ({ context, event }) =>
    event.type === 'session.connect' && context.next !== null && !isSame(context.next.identity, event.identity),
  /** A user is waiting for the end of this session. */
  hasNext: ({ context }) => context.next !== null,

  // Logout

  /** The logout asks for the stored user to be removed. */
  shouldForgetUser: ({ event }) => event.type === 'session.disconnect' && event.forgetUser,
  /** The logout asks to remove more than is being removed now; one that asks for the same joins (law 5). */
  forgetsMoreUsers: ({ context, event }) =>
    event.type === 'session.disconnect' && event.forgetUser && context.storage.forget !== 'everyone',
} satisfies Record<string, (moment: Moment) => boolean>;
