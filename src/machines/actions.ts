import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import { LOGGED_OUT } from '../errors.ts';
import { CONFIGURED_SOURCE_KEY } from '../token/source-registry.ts';
import { type Identity, isNewProfile } from '../user.ts';
import { scheduleBackoff, scheduleOfflineRetry, scheduleQuickRetry } from './backoff.ts';
import { failureFor, failureOf } from './failures.ts';
import { isUnsaved } from './guards.ts';
import { base, identityOf, type Moment } from './setup.ts';
import type {
  DeviceContext,
  LoginContext,
  PacingContext,
  SessionContext,
  SessionEvent,
  SessionInput,
  SessionReason,
} from './types.ts';

/* The actions that the statechart names, grouped by what they change or by the actor that they command. */

const GROUPS = ['login', 'pacing', 'storage', 'device'] as const;
type GroupName = (typeof GROUPS)[number];

/** What an action changes: only the fields that it names, also within the groups of the context. */
type Change = Partial<Omit<SessionContext, GroupName>> & {
  readonly [Name in GroupName]?: Partial<SessionContext[Name]>;
};

const update = (change: Change | ((moment: Moment) => Change)) =>
  base.assign((moment) => {
    const changed = typeof change === 'function' ? change(moment) : change;
    const patch: Record<string, unknown> = { ...changed };
    for (const name of GROUPS) if (name in changed) patch[name] = { ...moment.context[name], ...changed[name] };
    return patch as Partial<SessionContext>;
  });

/** The number of the next command to storage: facts about the ones before are no longer current (law 4). */
const nextCommand = ({ storage }: SessionContext) => ({ attempt: storage.attempt + 1 });

/** The reply to a save. A profile that came meanwhile is still to be stored. */
const settledSave = ({ storage }: SessionContext) => (storage.save === 'pending' ? 'settled' : storage.save);

/** The quick retry when the present wait is over: it comes back with the full wait after the one that was shortened. */
const afterWait = (quickRetry: PacingContext['quickRetry']) => (quickRetry === 'used' ? 'spent' : 'available');

const toClient = (command: (moment: Moment) => ClientCommand) => base.sendTo('client', command);
const toPersistence = (command: (moment: Moment) => PersistenceCommand) => base.sendTo('persistence', command);

/** All that belongs to one login, as it is when the login begins: nothing of the one before survives (law 4). */
function startLogin(
  { storage }: SessionContext,
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
    pacing: { failedAttempts: 0, quickRetry: 'available', retryAfterMs: 0 },
    storage: {
      isOwn: reason === 'restored',
      save: identity.kind === 'user' && reason === 'login' ? 'due' : 'settled',
      forget: 'nobody',
      forgotten: 'no',
    },
  } satisfies Change;
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
  beginLogin: update(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return { ...startLogin(context, event.identity, event.sourceKey, 'login'), device: deviceOf(event) };
  }),
  /** Only storage, which has not replied, knows whether this user's session existed before. */
  beginUnreadLogin: update(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    const { identity, sourceKey } = event;
    const origin = identity.kind === 'user' ? 'unread' : 'login';
    return { ...startLogin(context, identity, sourceKey, 'login', origin), device: deviceOf(event) };
  }),
  beginRestored: update(({ context, event }) => {
    if (event.type !== 'user.found') return {};
    const { user } = event;
    const login = startLogin(context, { kind: 'user', id: user.id, user }, null, 'restored', 'existing');
    return { ...login, storage: { ...login.storage, userId: user.id } };
  }),
  beginNext: update(({ context }) =>
    context.next === null ? {} : startLogin(context, context.next.identity, context.next.sourceKey, 'login'),
  ),
  joinLogin: update(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    return {
      login: { sourceKey: event.sourceKey ?? context.login.sourceKey },
      device: deviceOf(event),
      // The next hello has the new profile stored.
      ...(isNewProfile(context.identity, event.identity) && { identity: event.identity, storage: { save: 'due' } }),
    };
  }),
  setNext: update(({ context, event }) => {
    if (event.type !== 'session.connect') return {};
    const sourceKey = event.sourceKey ?? context.next?.sourceKey ?? null;
    return { next: { identity: event.identity, sourceKey }, device: deviceOf(event) };
  }),
  dropNext: update({ next: null }),
  beginRestoring: update(({ event }) => ({
    reason: 'starting',
    failure: null,
    ...(event.type === 'session.restore' && { device: deviceOf(event) }),
  })),
  setNoUserStored: update({ reason: 'nobodyStored', failure: null, storage: { userId: null } }),
  setNoTokenSource: update(({ event }) => ({
    reason: 'tokenSourceMissing',
    failure: {
      code: 'tokenSourceMissing',
      message: 'A user is stored, but no token source is configured to log them in again.',
    },
    storage: { userId: event.type === 'user.found' ? event.user.id : null },
  })),
  setFailure: update(({ event }) => failureAndReason(event)),
  leaveConnection: update({ connectionId: null, reason: 'login', failure: null }),
  markSuspended: update(({ context: { pacing, device } }) => ({
    connectionId: null,
    reason: 'suspended',
    // A wait that is interrupted counts as over: suspensions that follow each other soon would restart it for ever.
    pacing: { quickRetry: device.suspended ? pacing.quickRetry : afterWait(pacing.quickRetry) },
  })),
  setConnection: update(({ event }) => ({
    connectionId: event.type === 'hello.received' ? event.connectionId : null,
    reason: 'connected',
    failure: null,
    login: { origin: 'existing' },
    pacing: { retryAfterMs: 0 },
    // A hello proves a network, whatever the device reported.
    device: { online: true },
  })),
  recordEnd: update(({ context, event }) => ({
    ...failureAndReason(event),
    connectionId: null,
    next: null,
    // From here on, no fact of this session is current.
    attempt: context.attempt + 1,
    login: { token: 'none' },
    storage: { ...nextCommand(context), ...(event.type === 'user.changedElsewhere' && { userId: event.userId }) },
  })),
  clearLogin: update({
    identity: null,
    next: null,
    login: { sourceKey: CONFIGURED_SOURCE_KEY, origin: 'login' },
    storage: { save: 'settled', forget: 'nobody', forgotten: 'no' },
  }),
};

const ofTheToken = {
  nextLoad: update(({ context }) => ({
    attempt: context.attempt + 1,
    login: { askedKey: context.login.sourceKey },
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
  holdToken: update(({ context, event }) => ({
    login: { token: 'held', tokenReason: 'login' },
    // A guest is the user that the server made.
    ...(event.type === 'token.loaded' &&
      event.user !== undefined && { identity: { ...identityOf(context), user: event.user } }),
  })),
  dropToken: update(({ context, event }) => ({
    login: {
      token: 'none',
      // Otherwise a provider that keeps its tokens would give the same one again. A guest has one token only, which is kept.
      ...(event.type === 'token.notValidNow' && context.identity?.kind === 'user' && { tokenReason: 'refused' }),
    },
  })),
  countRefusal: update(({ context: { login }, event }) => {
    const hasExpired = event.type === 'token.refused' && event.expired === true;
    const refusals = hasExpired ? Math.max(1, login.refusals) : login.refusals + 1;
    return { ...failureAndReason(event), login: { token: 'none', tokenReason: 'refused', refusals } };
  }),
};

const ofTheSocket = {
  nextAttempt: update(({ context }) => ({ attempt: context.attempt + 1 })),
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
  countFailure: update(({ context: { timing, pacing }, event }) => ({
    ...failureAndReason(event),
    connectionId: null,
    pacing: {
      failedAttempts: pacing.failedAttempts + 1,
      quickRetry: afterWait(pacing.quickRetry),
      ...('retryAfterMs' in event && { retryAfterMs: Math.min(event.retryAfterMs ?? 0, timing.maxRetryAfterMs) }),
    },
  })),
  resetPacing: update({
    login: { refusals: 0 },
    pacing: { failedAttempts: 0, retryAfterMs: 0, quickRetry: 'available' },
  }),
  scheduleBackoff: update(({ context }) => ({ pacing: scheduleBackoff(context) })),
  scheduleOfflineRetry: update(({ context }) => ({ pacing: scheduleOfflineRetry(context) })),
  scheduleQuickRetry: update(({ context }) => ({ pacing: scheduleQuickRetry(context) })),
  /** After a suspension or without a network: a quick retry, or a full wait where one was made before. */
  scheduleResumedRetry: update(({ context }) => ({
    pacing: context.pacing.quickRetry === 'available' ? scheduleQuickRetry(context) : scheduleBackoff(context),
  })),
  spendQuickRetry: update({ pacing: { quickRetry: 'used' } }),
  forbidQuickRetry: update({ pacing: { quickRetry: 'spent' } }),
  clearRetryAfter: update({ pacing: { retryAfterMs: 0 } }),
  /** Waits go on while suspended. */
  shortenWait: update(({ context: { pacing }, event }) => {
    const { waitLeftMs = Number.POSITIVE_INFINITY } = 'waitLeftMs' in event ? event : {};
    return {
      pacing: {
        quickRetry: waitLeftMs <= 0 ? 'available' : pacing.quickRetry,
        retryAfterMs: Math.max(0, Math.min(pacing.retryAfterMs, waitLeftMs)),
      },
    };
  }),
};

const ofTheStorage = {
  nextStorageAttempt: update(({ context }) => ({ storage: nextCommand(context) })),
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
    ...(context.identity !== null && { sessionUserId: context.identity.kind === 'user' ? context.identity.id : null }),
  })),
  abandonStorage: toPersistence(() => ({ type: 'storage.abandon' })),
  watchStore: toPersistence(({ context: { identity } }) => ({
    type: 'user.watch',
    ...(identity?.kind === 'user' && { sessionUserId: identity.id }),
  })),
  unwatchStore: toPersistence(() => ({ type: 'user.unwatch' })),
  markFirstLogin: update(({ context }) => (context.login.origin === 'unread' ? { login: { origin: 'login' } } : {})),
  markExisting: update(({ context }) => ({
    login: { origin: 'existing' },
    storage: { userId: identityOf(context).id },
  })),
  markSaved: update(({ context }) => ({
    storage: { save: settledSave(context), userId: identityOf(context).id, isOwn: true, failure: null },
  })),
  markNotSaved: update(({ context, event }) => ({
    storage: { save: settledSave(context), failure: failureOf(event) },
  })),
  forgetEveryone: update(({ context }) => ({
    storage: { ...nextCommand(context), forget: 'everyone', forgotten: 'no' },
  })),
  forgetThisUser: update({ storage: { forget: 'thisUser' } }),
  /** A profile that came meanwhile is still to be sent. */
  beginSave: update(({ context }) => ({
    storage: { ...nextCommand(context), save: context.storage.save === 'due' ? 'due' : 'pending' },
  })),
  markProfileSent: update(({ context }) => (context.storage.save === 'due' ? { storage: { save: 'sent' } } : {})),
  markForgotten: update(({ context }) => {
    const { forget, userId } = context.storage;
    const isGone = forget === 'everyone' || userId === identityOf(context).user.id;
    return { storage: { forgotten: 'yes', userId: isGone ? null : userId, failure: null } };
  }),
  markNotForgotten: update(({ event }) => ({ storage: { forgotten: 'failed', failure: failureFor(event) } })),
};

const ofTheDevice = {
  setOffline: update({ device: { online: false } }),
  setOnline: update({ device: { online: true } }),
  /** Only a frame proves a network, whatever the device reported. */
  setHeard: update(({ event }) => (event.type === 'probe.passed' && event.byFrame ? { device: { online: true } } : {})),
  setBackground: update({ device: { presence: 'background' } }),
  setForeground: update({ device: { presence: 'foreground' } }),
  setSuspended: update({ device: { suspended: true } }),
  setResumed: update({ device: { suspended: false } }),
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
