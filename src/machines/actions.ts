import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import { LOGGED_OUT } from '../errors.ts';
import { CONFIGURED_SOURCE_KEY } from '../token/source-registry.ts';
import { type Identity, isNewProfile } from '../user.ts';
import { scheduleBackoff, scheduleOfflineRetry, scheduleQuickRetry } from './backoff.ts';
import { failureFor, failureOf } from './failures.ts';
import { base, identityOf, type Moment } from './setup.ts';
import type {
  DeviceContext,
  LoginContext,
  PacingContext,
  SessionContext,
  SessionEvent,
  SessionInput,
  SessionReason,
  StorageContext,
} from './types.ts';

/* The actions that the statechart names, grouped by what they change or by the actor that they command. */

type Patch<Group> = Partial<Group> | ((moment: Moment) => Partial<Group>);

const patchOf = <Group>(patch: Patch<Group>, moment: Moment) => (typeof patch === 'function' ? patch(moment) : patch);

const assignLogin = (patch: Patch<LoginContext>) =>
  base.assign((moment) => ({ login: { ...moment.context.login, ...patchOf(patch, moment) } }));
const assignPacing = (patch: Patch<PacingContext>) =>
  base.assign((moment) => ({ pacing: { ...moment.context.pacing, ...patchOf(patch, moment) } }));
const assignStorage = (patch: Patch<StorageContext>) =>
  base.assign((moment) => ({ storage: { ...moment.context.storage, ...patchOf(patch, moment) } }));
const assignDevice = (patch: Patch<DeviceContext>) =>
  base.assign((moment) => ({ device: { ...moment.context.device, ...patchOf(patch, moment) } }));

/** Storage before its next command: facts about the ones before are no longer current (law 4). */
const nextStorage = ({ storage }: SessionContext, patch: Partial<StorageContext> = {}): StorageContext => ({
  ...storage,
  ...patch,
  attempt: storage.attempt + 1,
});

/** The reply to a save. A profile that came meanwhile is still to be stored. */
const settleSave = ({ storage }: SessionContext): Pick<StorageContext, 'save'> => ({
  save: storage.save === 'pending' ? 'settled' : storage.save,
});

/** The quick retry when the present wait is over: it comes back with the full wait after the one that was shortened. */
const afterWait = (quickRetry: PacingContext['quickRetry']): PacingContext['quickRetry'] =>
  quickRetry === 'used' ? 'spent' : 'available';

const hasExpired = (event: SessionEvent) => event.type === 'token.refused' && event.expired === true;

const toClient = (command: (moment: Moment) => ClientCommand) => base.sendTo('client', command);
const toPersistence = (command: (moment: Moment) => PersistenceCommand) => base.sendTo('persistence', command);

/** All that belongs to one login, as it is when the login begins: nothing of the one before survives (law 4). */
function startLogin(
  { pacing, storage }: SessionContext,
  identity: Identity,
  sourceKey: number | null,
  reason: SessionReason,
  /** Unless it is the login of the stored user. */
  origin: LoginContext['origin'] = 'login',
) {
  const isStored = identity.kind === 'user' && storage.userId === identity.id;
  return {
    identity,
    connectionId: null,
    next: null,
    reason,
    failure: null,
    login: {
      sourceKey: sourceKey ?? CONFIGURED_SOURCE_KEY,
      askedKey: sourceKey ?? CONFIGURED_SOURCE_KEY,
      origin: isStored ? 'existing' : origin,
      token: 'none',
      tokenReason: 'login',
      refusals: 0,
    },
    pacing: { ...pacing, failedAttempts: 0, quickRetry: 'available', retryAfterMs: 0 },
    storage: {
      ...storage,
      isOwn: reason === 'restored',
      save: identity.kind === 'user' && reason === 'login' ? 'due' : 'settled',
      forget: 'nobody',
      forgotten: 'no',
    },
  } satisfies Partial<SessionContext>;
}

/** The device as it was read: what asks for it is a sign that no session is suspended. */
export const deviceOf = ({ online, foreground }: Pick<SessionInput, 'online' | 'foreground'>): DeviceContext => ({
  online,
  presence: foreground ? 'foreground' : 'background',
  suspended: false,
});

const failureAndReason = (event: SessionEvent) => {
  const failure = failureFor(event);
  return { failure, reason: failure.code };
};

const ofTheSession = {
  beginLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return { ...startLogin(context, event.identity, event.sourceKey, 'login'), device: deviceOf(event) };
  }),
  /** Only storage, which has not replied, knows whether this user's session existed before. */
  beginUnreadLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    const { identity, sourceKey } = event;
    const origin = identity.kind === 'user' ? 'unread' : 'login';
    return { ...startLogin(context, identity, sourceKey, 'login', origin), device: deviceOf(event) };
  }),
  beginRestored: base.assign(({ context, event }) => {
    if (event.type !== 'user.found') return {};
    const found = { ...context, storage: { ...context.storage, userId: event.user.id } };
    return startLogin(found, { kind: 'user', id: event.user.id, user: event.user }, null, 'restored');
  }),
  beginNext: base.assign(({ context }) => {
    if (context.next === null) return {};
    return startLogin(context, context.next.identity, context.next.sourceKey, 'login');
  }),
  joinLogin: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    const sourceKey = event.sourceKey ?? context.login.sourceKey;
    return {
      login: { ...context.login, sourceKey },
      device: deviceOf(event),
      // The next hello has the new profile stored.
      ...(isNewProfile(context.identity, event.identity) && {
        identity: event.identity,
        storage: { ...context.storage, save: 'due' as const },
      }),
    };
  }),
  setNext: base.assign(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    const sourceKey = event.sourceKey ?? context.next?.sourceKey ?? null;
    return { next: { identity: event.identity, sourceKey }, device: deviceOf(event) };
  }),
  dropNext: base.assign({ next: null }),
  beginRestoring: base.assign(({ event }) => ({
    reason: 'starting' as const,
    failure: null,
    ...(event.type === 'session.restore' && { device: deviceOf(event) }),
  })),
  setNoUserStored: base.assign(({ context }) => ({
    reason: 'nobodyStored' as const,
    failure: null,
    storage: { ...context.storage, userId: null },
  })),
  setNoTokenSource: base.assign(({ context, event }) => ({
    reason: 'tokenSourceMissing' as const,
    failure: {
      code: 'tokenSourceMissing' as const,
      message: 'A user is stored, but no token source is configured to log them in again.',
    },
    storage: { ...context.storage, userId: event.type === 'user.found' ? event.user.id : null },
  })),
  setFailure: base.assign(({ event }) => failureAndReason(event)),
  leaveConnection: base.assign({ connectionId: null, reason: 'login', failure: null }),
  markSuspended: base.assign(({ context: { pacing, device } }) => ({
    connectionId: null,
    reason: 'suspended' as const,
    // A wait that is interrupted counts as over: suspensions that follow each other soon would restart it for ever.
    pacing: { ...pacing, quickRetry: device.suspended ? pacing.quickRetry : afterWait(pacing.quickRetry) },
  })),
  setConnection: base.assign(({ context, event }) => ({
    connectionId: event.type === 'hello.received' ? event.connectionId : null,
    reason: 'connected' as const,
    failure: null,
    login: { ...context.login, origin: 'existing' as const },
    pacing: { ...context.pacing, retryAfterMs: 0 },
    // A hello proves a network, whatever the device reported.
    device: { ...context.device, online: true },
  })),
  recordEnd: base.assign(({ context, event }) => ({
    ...failureAndReason(event),
    connectionId: null,
    next: null,
    // From here on, no fact of this session is current.
    attempt: context.attempt + 1,
    login: { ...context.login, token: 'none' as const },
    storage: nextStorage(context, event.type === 'user.changedElsewhere' ? { userId: event.userId } : {}),
  })),
  clearLogin: base.assign(({ context }) => ({
    identity: null,
    next: null,
    login: { ...context.login, sourceKey: CONFIGURED_SOURCE_KEY, origin: 'login' as const },
    storage: { ...context.storage, save: 'settled' as const, forget: 'nobody' as const, forgotten: 'no' as const },
  })),
};

const ofTheToken = {
  nextLoad: base.assign(({ context }) => ({
    attempt: context.attempt + 1,
    login: { ...context.login, askedKey: context.login.sourceKey },
  })),
  loadToken: toClient(({ context }) => ({
    type: 'token.load',
    attempt: context.attempt,
    identity: identityOf(context),
    sourceKey: context.login.sourceKey,
    reason: context.login.tokenReason,
  })),
  abortToken: toClient(() => ({ type: 'token.abort' })),
  adoptSource: toClient(({ context }) => ({ type: 'token.adopt', sourceKey: context.login.sourceKey })),
  holdToken: base.assign(({ context, event }) => ({
    login: { ...context.login, token: 'held' as const, tokenReason: 'login' as const },
    // A guest is the user that the server made.
    ...(event.type === 'token.loaded' &&
      event.user !== undefined && { identity: { ...identityOf(context), user: event.user } }),
  })),
  dropToken: assignLogin(({ context, event }) => ({
    token: 'none',
    // Otherwise a provider that keeps its tokens would give the same one again. A guest has one token only, which is kept.
    tokenReason:
      event.type === 'token.notValidNow' && context.identity?.kind === 'user' ? 'refused' : context.login.tokenReason,
  })),
  countRefusal: base.assign(({ context, event }) => ({
    ...failureAndReason(event),
    login: {
      ...context.login,
      token: 'none' as const,
      tokenReason: 'refused' as const,
      refusals: hasExpired(event) ? Math.max(1, context.login.refusals) : context.login.refusals + 1,
    },
  })),
};

const isUnsaved = ({ storage }: SessionContext) => storage.save === 'due' || storage.save === 'sent';

const ofTheSocket = {
  nextAttempt: base.assign({ attempt: ({ context }) => context.attempt + 1 }),
  openSocket: toClient(({ context }) => ({
    type: 'socket.open',
    attempt: context.attempt,
    identity: identityOf(context),
    // A reconnect or a restored session must not overwrite profile edits made meanwhile.
    profile: isUnsaved(context) || context.identity?.kind === 'anonymous' ? 'full' : 'idOnly',
  })),
  pingSocket: toClient(({ context }) => ({ type: 'socket.ping', attempt: context.attempt })),
  closeSocket: toClient(({ context }) => ({ type: 'socket.close', attempt: context.attempt })),
  endSession: toClient(() => ({ type: 'session.end' })),
};

const ofThePacing = {
  countFailure: base.assign(({ context, event }) => ({
    ...failureAndReason(event),
    connectionId: null,
    pacing: {
      ...context.pacing,
      failedAttempts: context.pacing.failedAttempts + 1,
      quickRetry: afterWait(context.pacing.quickRetry),
      retryAfterMs:
        'retryAfterMs' in event
          ? Math.min(event.retryAfterMs ?? 0, context.timing.maxRetryAfterMs)
          : context.pacing.retryAfterMs,
    },
  })),
  resetPacing: base.assign(({ context }) => ({
    login: { ...context.login, refusals: 0 },
    pacing: { ...context.pacing, failedAttempts: 0, retryAfterMs: 0, quickRetry: 'available' as const },
  })),
  scheduleBackoff: assignPacing(({ context }) => scheduleBackoff(context)),
  scheduleOfflineRetry: assignPacing(({ context }) => scheduleOfflineRetry(context)),
  scheduleQuickRetry: assignPacing(({ context }) => scheduleQuickRetry(context)),
  /** After a suspension or without a network: a quick retry, or a full wait where one was made before. */
  scheduleResumedRetry: assignPacing(({ context }) =>
    context.pacing.quickRetry === 'available' ? scheduleQuickRetry(context) : scheduleBackoff(context),
  ),
  spendQuickRetry: assignPacing({ quickRetry: 'used' }),
  forbidQuickRetry: assignPacing({ quickRetry: 'spent' }),
  clearRetryAfter: assignPacing({ retryAfterMs: 0 }),
  /** What has passed of a wait counts, also while suspended and when the device reports a change. */
  shortenWait: assignPacing(({ context: { pacing }, event }) => {
    const { waitLeftMs = Number.POSITIVE_INFINITY } = 'waitLeftMs' in event ? event : {};
    return {
      quickRetry: waitLeftMs <= 0 ? 'available' : pacing.quickRetry,
      retryAfterMs: Math.max(0, Math.min(pacing.retryAfterMs, waitLeftMs)),
    };
  }),
};

/** Without a session, a logout is about the stored user. */
const isStorable = ({ identity }: SessionContext) => identity === null || identity.kind === 'user';

const ofTheStorage = {
  nextStorageAttempt: base.assign(({ context }) => ({ storage: nextStorage(context) })),
  loadUser: toPersistence(({ context }) => ({ type: 'user.load', attempt: context.storage.attempt })),
  saveUser: toPersistence(({ context }) => ({
    type: 'user.save',
    attempt: context.storage.attempt,
    user: identityOf(context).user,
    // A new profile. Without it, it would bring back a user who logs out elsewhere at the same time.
    ...(context.storage.isOwn && { onlyIfStored: true as const }),
  })),
  clearUser: toPersistence(({ context }) => ({
    type: 'user.clear',
    attempt: context.storage.attempt,
    // The id by which the server knows them: a guest is not the stored user of the id that they asked for.
    ...(context.storage.forget === 'thisUser' && { onlyUserId: identityOf(context).user.id }),
    ...(context.identity !== null && { sessionUserId: isStorable(context) ? context.identity.id : null }),
  })),
  abandonStorage: toPersistence(() => ({ type: 'storage.abandon' })),
  watchStore: toPersistence(() => ({ type: 'user.watch' })),
  unwatchStore: toPersistence(() => ({ type: 'user.unwatch' })),
  markFirstLogin: assignLogin(({ context: { login } }) => (login.origin === 'unread' ? { origin: 'login' } : {})),
  markExisting: base.assign(({ context }) => ({
    login: { ...context.login, origin: 'existing' as const },
    storage: { ...context.storage, userId: identityOf(context).id },
  })),
  markSaved: assignStorage(({ context }) => ({
    ...settleSave(context),
    userId: identityOf(context).id,
    isOwn: true,
    failure: null,
  })),
  markNotSaved: assignStorage(({ context, event }) => ({ ...settleSave(context), failure: failureOf(event) })),
  forgetEveryone: base.assign(({ context }) => ({
    storage: nextStorage(context, { forget: 'everyone', forgotten: 'no' }),
  })),
  forgetThisUser: assignStorage({ forget: 'thisUser' }),
  /** A profile that came meanwhile is still to be sent. */
  beginSave: base.assign(({ context }) => ({
    storage: nextStorage(context, { save: context.storage.save === 'due' ? 'due' : 'pending' }),
  })),
  markProfileSent: assignStorage(({ context }) => (context.storage.save === 'due' ? { save: 'sent' } : {})),
  markForgotten: assignStorage(({ context }) => {
    const { forget, userId } = context.storage;
    const isGone = forget === 'everyone' ? isStorable(context) : userId === identityOf(context).user.id;
    return { forgotten: 'yes', userId: isGone ? null : userId, failure: null };
  }),
  markNotForgotten: assignStorage(({ event }) => ({ forgotten: 'failed', failure: failureFor(event) })),
};

const ofTheDevice = {
  setOffline: assignDevice({ online: false }),
  setOnline: assignDevice({ online: true }),
  /** Only a frame proves a network, whatever the device reported. */
  setHeard: assignDevice(({ event }) => (event.type === 'probe.passed' && event.byFrame ? { online: true } : {})),
  setBackground: assignDevice({ presence: 'background' }),
  setForeground: assignDevice({ presence: 'foreground' }),
  setSuspended: assignDevice({ suspended: true }),
  setResumed: assignDevice({ suspended: false }),
};

const callOf = (event: SessionEvent) => (event.type === 'session.connect' ? event.call : 0);

const emitted = {
  emitRestored: base.emit(({ context }) => ({
    type: 'restore.settled',
    user: context.identity?.user ?? null,
    failure: null,
  })),
  emitNobodyRestored: base.emit(({ context }) => ({ type: 'restore.settled', user: null, failure: context.failure })),
  emitAccepted: base.emit(({ event }) => ({ type: 'connect.accepted', call: callOf(event) })),
  emitRefused: base.emit(({ event }) => ({ type: 'connect.refused', call: callOf(event) })),
  emitDropped: base.emit({ type: 'connect.dropped' }),
  emitConnected: base.emit({ type: 'session.connected' }),
  emitEnded: base.emit(({ context }) => ({ type: 'session.ended', failure: context.failure ?? LOGGED_OUT })),
  emitClosed: base.emit(({ context }) => ({
    type: 'session.closed',
    forgotten: context.storage.forgotten,
    failure: context.storage.forgotten === 'failed' ? context.storage.failure : null,
  })),
};

export const actions = {
  spawnClient: base.spawnChild('client', { id: 'client' }),
  spawnPersistence: base.spawnChild('persistence', { id: 'persistence' }),
  ...ofTheSession,
  ...ofTheToken,
  ...ofTheSocket,
  ...ofThePacing,
  ...ofTheStorage,
  ...ofTheDevice,
  ...emitted,
};
