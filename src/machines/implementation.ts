import { fromCallback, setup } from 'xstate';
import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import type { FailureInfo } from '../errors.ts';
import { CONFIGURED_SOURCE_KEY } from '../token/vault.ts';
import type { Identity } from '../user.ts';
import { drawBackoff, drawHurriedRetry, drawSlowRetry } from './pacing.ts';
import type { Cause, SessionContext, SessionEmitted, SessionEvent, SessionInput, TimerFact } from './vocabulary.ts';

/*
 * The guards, actions and delays that the statechart names. All are pure: no I/O, no clock, no chance, no app code.
 */

/** The chart alone runs with actors that do nothing; `createSessionActor` provides the real ones. */
const clientPlaceholder = fromCallback<ClientCommand>(() => {});
const persistencePlaceholder = fromCallback<PersistenceCommand>(() => {});

type TimerId = 'restore' | 'token' | 'hello' | 'retry' | 'probe' | 'stable' | 'clear' | 'close';

const base = setup({
  types: {
    context: {} as SessionContext,
    events: {} as SessionEvent,
    input: {} as SessionInput,
    emitted: {} as SessionEmitted,
    children: {} as { client: 'client'; persistence: 'persistence' },
    tags: {} as SessionTag,
  },
  actors: { client: clientPlaceholder, persistence: persistencePlaceholder },
  delays: {
    restoreTimeout: ({ context }) => context.timing.restoreTimeoutMs,
    tokenTimeout: ({ context }) => context.timing.tokenTimeoutMs,
    helloTimeout: ({ context }) => context.timing.helloTimeoutMs,
    retryDelay: ({ context }) => context.delayMs,
    probeTimeout: ({ context }) => context.timing.probeTimeoutMs,
    stableAfter: ({ context }) => context.timing.stableAfterMs,
    clearTimeout: ({ context }) => context.timing.clearTimeoutMs,
    closeTimeout: ({ context }) => context.timing.closeTimeoutMs,
  },
});

/** What callers may match on; renaming a state breaks nobody. */
export type SessionTag = 'idle' | 'busy' | 'running' | 'online' | 'waiting' | 'ending';

type Delay = `${'restore' | 'token' | 'hello' | 'probe' | 'clear' | 'close'}Timeout` | 'retryDelay' | 'stableAfter';

const startTimer = (id: TimerId, event: TimerFact, delay: Delay) => base.raise(event, { id, delay });
const cancelTimer = (id: TimerId) => base.cancel(id);

interface Moment {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

const toClient = (command: (moment: Moment) => ClientCommand) => base.sendTo('client', command);
const toPersistence = (command: (moment: Moment) => PersistenceCommand) => base.sendTo('persistence', command);

const NOBODY: Identity = { kind: 'anonymous', id: '', user: { id: '' } };
const LOGGED_OUT: FailureInfo = { code: 'loggedOut', message: 'The session was ended by disconnect().' };

/** The chart takes these events only where a session runs, so there is an identity; law 11 forbids to throw. */
const whoOf = (context: SessionContext): Identity => context.identity ?? NOBODY;

const isSame = (a: Identity | null | undefined, b: Identity) => a != null && a.kind === b.kind && a.id === b.id;

const failureOf = (event: SessionEvent): FailureInfo | null => ('failure' in event ? event.failure : null);

const timedOut: Partial<Record<SessionEvent['type'], FailureInfo>> = {
  'restore.timedOut': { code: 'storageTimedOut', message: 'The stored user could not be read in time.' },
  'token.timedOut': { code: 'tokenTimedOut', message: 'The token provider did not answer in time.' },
  'hello.timedOut': { code: 'helloTimedOut', message: 'The server did not say hello in time.' },
  'probe.timedOut': { code: 'wentQuiet', message: 'The socket is open, but nothing comes through it any more.' },
  'client.started': { code: 'connectionLost', message: 'The connection was restarted.' },
  'network.wentOffline': { code: 'networkOffline', message: 'The device has no network.' },
  'session.disconnect': LOGGED_OUT,
  'user.changedElsewhere': {
    code: 'loggedOutElsewhere',
    message: 'The stored user was removed or replaced elsewhere, for instance in another tab.',
  },
  'clear.timedOut': { code: 'userNotForgotten', message: 'The stored user could not be removed in time.' },
};

const whyOf = (event: SessionEvent): FailureInfo =>
  failureOf(event) ?? timedOut[event.type] ?? { code: 'internal', message: `Unexpected ${event.type}.` };

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

export const sessionSetup = base.extend({
  guards: {
    /** The fact answers a command that is no longer the newest (law 4). */
    isStale: ({ context, event }) => 'attempt' in event && event.attempt !== context.attempt,
    isStaleRecord: ({ context, event }) => 'attempt' in event && event.attempt !== context.storageAttempt,

    isOffline: ({ context }) => !context.online,
    isSuspended: ({ context }) => context.presence === 'suspended',
    isExistingSession: ({ context }) => context.origin === 'existing',
    /** A session that would ask again for its token, and may not open a socket before the app returns. */
    waitsSuspended: ({ context }) =>
      (context.origin === 'existing' || !context.online) && context.presence === 'suspended',
    hasTokenSource: ({ context }) => context.restorable,
    hasTokenSourceButSuspended: ({ context }) => context.restorable && context.presence === 'suspended',
    hasTokenSourceButOffline: ({ context }) => context.restorable && !context.online,
    isRecordOfThisUser: ({ context, event }) =>
      event.type === 'user.found' &&
      event.attempt === context.storageAttempt &&
      context.identity?.kind === 'user' &&
      event.user.id === context.identity.id,
    isFirstHello: ({ context }) => context.save === 'due',
    isSaveUnanswered: ({ context }) => context.save === 'pending',
    isOusted: ({ context, event }) =>
      event.type === 'user.changedElsewhere' &&
      context.identity?.kind === 'user' &&
      context.storedUserId === context.identity.id &&
      event.userId !== context.identity.id,

    isHopeless: ({ event }) => event.type === 'token.failed' && event.hopeless,
    isNotRenewable: ({ event }) => event.type === 'token.refused' && !event.renewable,
    isSecondRefusal: ({ context }) => context.refusals === 1,
    isThirdRefusal: ({ context }) => context.refusals >= 2,
    canOpen: ({ context }) => context.token === 'held' || context.identity?.kind === 'anonymous',
    canOpenAnonymously: ({ context }) => context.identity?.kind === 'anonymous',
    mayHurry: ({ context }) => context.pace === 'free' && context.floorMs === 0,
    /** A wait that the server asked for is not cut short, and would begin anew. */
    mayRetryNow: ({ context }) => context.pace !== 'hurried' && context.floorMs === 0,
    hasFailed: ({ context }) => context.failures > 0,
    /** As `mayHurry`, where no wait runs that the server asked for: its advice is then part of the new one. */
    isUnhurried: ({ context }) => context.pace === 'free',
    hasFailedUnhurried: ({ context }) => context.failures > 0 && context.pace === 'free',

    isOtherUser: ({ context, event }) => event.type === 'session.connect' && !isSame(context.identity, event.identity),
    isConnectOffline: ({ event }) => event.type === 'session.connect' && !event.online,
    isConnectAnonymous: ({ event }) => event.type === 'session.connect' && event.identity.kind === 'anonymous',
    bringsSource: ({ context, event }) =>
      event.type === 'session.connect' && event.key !== null && isSame(context.identity, event.identity),
    /** The session waits for a usable token, and this call brings a new source of one, which can be asked. */
    bringsToken: ({ context, event }) =>
      event.type === 'session.connect' &&
      event.online &&
      event.key !== null &&
      context.token === 'none' &&
      isSame(context.identity, event.identity),
    isThisUser: ({ context, event }) => event.type === 'session.connect' && isSame(context.identity, event.identity),
    isThisUserOffline: ({ context, event }) =>
      event.type === 'session.connect' && !event.online && isSame(context.identity, event.identity),
    isThisUserWithToken: ({ context, event }) =>
      event.type === 'session.connect' &&
      isSame(context.identity, event.identity) &&
      (context.token === 'held' || event.identity.kind === 'anonymous'),
    isThisUserBackOnline: ({ context, event }) =>
      event.type === 'session.connect' &&
      event.online &&
      context.pace === 'free' &&
      isSame(context.identity, event.identity),

    isNextTaken: ({ context, event }) =>
      event.type === 'session.connect' && context.next !== null && !isSame(context.next.identity, event.identity),
    hasNext: ({ context }) => context.next !== null,
    hasNextButOffline: ({ context }) => context.next !== null && !context.online,
    hasNextButSuspended: ({ context }) => context.next !== null && context.presence === 'suspended',
    hasNextAnonymous: ({ context }) => context.next?.identity.kind === 'anonymous',

    isForgetting: ({ event }) => event.type === 'session.disconnect' && event.forgetUser,
    forgetsMore: ({ context, event }) =>
      event.type === 'session.disconnect' && event.forgetUser && context.forget !== 'everyone',
    stillRemembers: ({ context, event }) =>
      event.type === 'session.disconnect' &&
      event.forgetUser &&
      !(context.forget === 'everyone' && context.forgotten === 'yes'),
  },

  actions: {
    spawnClient: base.spawnChild('client', { id: 'client' }),
    spawnPersistence: base.spawnChild('persistence', { id: 'persistence' }),

    // Timers

    startRestoreTimer: startTimer('restore', { type: 'restore.timedOut' }, 'restoreTimeout'),
    cancelRestoreTimer: cancelTimer('restore'),
    startTokenTimer: startTimer('token', { type: 'token.timedOut' }, 'tokenTimeout'),
    cancelTokenTimer: cancelTimer('token'),
    startHelloTimer: startTimer('hello', { type: 'hello.timedOut' }, 'helloTimeout'),
    cancelHelloTimer: cancelTimer('hello'),
    startRetryTimer: startTimer('retry', { type: 'retry.due' }, 'retryDelay'),
    cancelRetryTimer: cancelTimer('retry'),
    startProbeTimer: startTimer('probe', { type: 'probe.timedOut' }, 'probeTimeout'),
    cancelProbeTimer: cancelTimer('probe'),
    startStableTimer: startTimer('stable', { type: 'connection.becameStable' }, 'stableAfter'),
    cancelStableTimer: cancelTimer('stable'),
    startClearTimer: startTimer('clear', { type: 'clear.timedOut' }, 'clearTimeout'),
    cancelClearTimer: cancelTimer('clear'),
    startCloseTimer: startTimer('close', { type: 'close.timedOut' }, 'closeTimeout'),
    cancelCloseTimer: cancelTimer('close'),

    // Commands to the client actor

    nextAttempt: base.assign({ attempt: ({ context }) => context.attempt + 1 }),
    loadToken: toClient(({ context }) => ({
      type: 'token.load',
      attempt: context.attempt,
      identity: whoOf(context),
      key: context.key,
      reason: context.tokenReason,
    })),
    abortToken: toClient(() => ({ type: 'token.abort' })),
    adoptSource: toClient(({ context }) => ({ type: 'token.adopt', key: context.key })),
    openSocket: toClient(({ context }) => ({
      type: 'socket.open',
      attempt: context.attempt,
      identity: whoOf(context),
      // A reconnect or a restored session must not overwrite profile edits made meanwhile (stream-chat-android).
      profile: context.save === 'due' || context.identity?.kind === 'anonymous' ? 'full' : 'idOnly',
    })),
    pingSocket: toClient(({ context }) => ({ type: 'socket.ping', attempt: context.attempt })),
    closeSocket: toClient(({ context }) => ({ type: 'socket.close', attempt: context.attempt })),
    endSession: toClient(() => ({ type: 'session.end' })),

    // Commands to the persistence actor

    nextStorageAttempt: base.assign({ storageAttempt: ({ context }) => context.storageAttempt + 1 }),
    loadUser: toPersistence(({ context }) => ({ type: 'user.load', attempt: context.storageAttempt })),
    saveUser: toPersistence(({ context }) => ({
      type: 'user.save',
      attempt: context.storageAttempt,
      user: whoOf(context).user,
    })),
    clearUser: toPersistence(({ context }) => ({
      type: 'user.clear',
      attempt: context.storageAttempt,
      // The id by which the server knows them: a guest is no stored user of the id they had asked for.
      ...(context.forget === 'thisUser' && { onlyUserId: whoOf(context).user.id }),
    })),
    watchStore: toPersistence(() => ({ type: 'user.watch' })),
    unwatchStore: toPersistence(() => ({ type: 'user.unwatch' })),

    // The login

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

    // The token

    holdToken: base.assign(({ context, event }) => {
      if (event.type !== 'token.loaded') return {};
      const identity = whoOf(context);
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
      failure: whyOf(event),
      cause: whyOf(event).code,
    })),

    // The connection

    noteHello: base.assign(({ event }) => ({
      connectionId: event.type === 'hello.received' ? event.connectionId : null,
      origin: 'existing' as const,
      floorMs: 0,
      failure: null,
    })),
    dueSave: base.assign({ save: 'pending' }),
    noteSaved: base.assign(({ context }) => ({
      save: 'settled' as const,
      storedUserId: whoOf(context).id,
      storageFailure: null,
    })),
    noteNotSaved: base.assign(({ event }) => ({ save: 'settled' as const, storageFailure: failureOf(event) })),
    noteStable: base.assign({ failures: 0, refusals: 0, floorMs: 0, pace: 'free' }),
    countFailure: base.assign(({ context, event }) => ({
      connectionId: null,
      failures: context.failures + 1,
      pace: context.pace === 'hurried' ? ('spent' as const) : ('free' as const),
      floorMs: event.type === 'socket.lost' ? event.floorMs : context.floorMs,
      failure: whyOf(event),
      cause: whyOf(event).code,
    })),
    noteLost: base.assign(({ event }) => ({ connectionId: null, failure: whyOf(event), cause: whyOf(event).code })),
    drawBackoff: base.assign(({ context }) => drawBackoff(context)),
    drawSlowRetry: base.assign(({ context }) => drawSlowRetry(context)),
    drawHurriedRetry: base.assign(({ context }) => ({ ...drawHurriedRetry(context), pace: 'hurried' as const })),
    serveWait: base.assign({ floorMs: 0 }),

    // The environment

    noteOffline: base.assign({ online: false }),
    noteOnline: base.assign({ online: true }),
    noteBackground: base.assign(({ context }) => ({
      presence: context.presence === 'suspended' ? ('suspended' as const) : ('background' as const),
    })),
    noteForeground: base.assign(({ context }) => ({
      presence: context.presence === 'suspended' ? ('suspended' as const) : ('foreground' as const),
    })),
    noteSuspended: base.assign({ presence: 'suspended' }),
    noteAway: base.assign({ connectionId: null, cause: 'suspended', failure: null }),
    noteResumed: base.assign(({ context }) => ({
      presence: context.presence === 'suspended' ? ('foreground' as const) : context.presence,
    })),

    // The end

    noteEnd: base.assign(({ event }) => ({
      cause: whyOf(event).code,
      failure: whyOf(event),
      connectionId: null,
      token: 'none' as const,
      next: null,
      forget: 'nobody' as const,
      forgotten: 'no' as const,
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
    noteLoggedOut: base.assign({ identity: null, key: CONFIGURED_SOURCE_KEY, next: null, save: 'settled' }),

    // What the façade is told

    emitRestored: base.emit(({ context }) => ({
      type: 'restore.settled',
      user: context.identity?.user ?? null,
      failure: null,
    })),
    emitNobodyRestored: base.emit(({ event }) => ({
      type: 'restore.settled',
      user: null,
      failure: event.type === 'user.unreadable' || event.type === 'restore.timedOut' ? whyOf(event) : null,
    })),
    emitAccepted: base.emit(({ event }) => ({ type: 'connect.accepted', call: callOf(event) })),
    emitRefused: base.emit(({ event }) => ({ type: 'connect.refused', call: callOf(event) })),
    emitDropped: base.emit({ type: 'connect.dropped' }),
    emitConnected: base.emit({ type: 'session.connected' }),
    emitEnded: base.emit(({ context }) => ({ type: 'session.ended', failure: context.failure ?? LOGGED_OUT })),
    emitClosed: base.emit(({ context }) => ({
      type: 'session.closed',
      forgotten: context.forgotten,
      failure: context.forgotten === 'failed' ? context.storageFailure : null,
    })),
  },
});

function callOf(event: SessionEvent): number {
  return event.type === 'session.connect' ? event.call : 0;
}
