import type { SnapshotFrom } from 'xstate';
import type { Clock, PatientTimers } from '../clock.ts';
import type { FailureInfo, SessionError } from '../errors.ts';
import type { sessionMachine } from '../machines/session.ts';
import type { SessionContext, SessionEvent, SessionReason } from '../machines/types.ts';
import type { Timing } from '../timing.ts';
import type { OwnUser, User } from '../user.ts';

/**
 * Where the session is, in a user's terms.
 *
 * - `idle`: not started; nothing was asked yet.
 * - `restoring`: storage is being asked who was logged in.
 * - `loggedOut`: no user is logged in; `error` has the reason, if something went wrong.
 * - `signInAgain`: no user is logged in, because the token of the last one cannot be renewed; they must log in again.
 * - `connecting`: a first login is under way.
 * - `online`: connected.
 * - `reconnecting`: an existing session is being connected again, now.
 * - `waiting`: the next attempt is due at `nextAttemptAt`, because of `error`.
 * - `offline`: the device reports that it has no network.
 * - `suspended`: the app or the device asked for no connection; no socket is held.
 * - `loggingOut`: the session is over, and being cleaned up.
 * - `failed`: this library failed; dispose the client and create a new one.
 * - `disposed`: the client was disposed.
 */
export type Status =
  | 'idle'
  | 'restoring'
  | 'loggedOut'
  | 'signInAgain'
  | 'connecting'
  | 'online'
  | 'reconnecting'
  | 'waiting'
  | 'offline'
  | 'suspended'
  | 'loggingOut'
  | 'failed'
  | 'disposed';

/** The state of the client, for a UI: frozen, and the same object until something in it changes. */
export interface ClientSnapshot {
  /** Where the session is, in a user's terms. */
  readonly status: Status;
  /** The state of the statechart: `connecting.waiting`; empty before the start. */
  readonly state: string;
  /**
   * Whose session this is, with the server's newer values (a name that was changed on another
   * device); `null` without a user.
   */
  readonly user: User | null;
  /** Whose session the last one was, also after it ended. */
  readonly lastUser: User | null;
  /** The id of the connection; `null` without one. */
  readonly connectionId: string | null;
  /**
   * The user as the server described them in its newest hello (role, unread counts, mutes, …); `null` before the first
   * one and without a session. {@link OwnUser} is open to augmentation.
   */
  readonly me: OwnUser | null;
  /** Why the session is where it is. */
  readonly reason: SessionReason | null;
  /** What went wrong last; `null` while connected and after a logout. */
  readonly error: SessionError | null;
  /** What storage could not do; the session works without it. */
  readonly storageError: SessionError | null;
  /** Failed attempts in a row. */
  readonly failedAttempts: number;
  /** When the next attempt is due, in milliseconds since the epoch; `null` when none is planned. */
  readonly nextAttemptAt: number | null;
  /** When the present state ends by its own timer, in milliseconds since the epoch; `null` where it has none. */
  readonly dueAt: number | null;
  /**
   * Since when an existing session has had no connection, in milliseconds since the epoch; `null` while connected and
   * without a session. It stays the same through all attempts of one outage.
   */
  readonly lostAt: number | null;
  /**
   * Once connected again: how long the connection was gone, in milliseconds, until the next loss. An app fetches what it
   * missed when this changes. `null` where nothing was missed.
   */
  readonly awayMs: number | null;
  /** What can be done now. The same object until one of its members changes. */
  readonly can: Possibilities;
}

/** What can be done with a session. */
export interface Possibilities {
  readonly connect: boolean;
  readonly disconnect: boolean;
  readonly retryNow: boolean;
  readonly suspend: boolean;
  readonly resume: boolean;
}

/** One step of the statechart: plain data, without a secret. */
export interface Transition {
  /** By the client's clock, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly event: SessionEvent;
  /** Where the chart is now, as `connecting.waiting`. */
  readonly state: string;
  readonly context: SessionContext;
}

export type TransitionListener = (transition: Transition) => void;

export type ChartSnapshot = SnapshotFrom<typeof sessionMachine>;

/** Each name is one string, however many snapshots and entries of a journal hold it. */
const NAMES = new Map<string, string>();

/** `connecting.waiting` for `{ connecting: 'waiting' }`. */
export function stateName(value: ChartSnapshot['value']): string {
  if (typeof value === 'string') return value;
  const [[parent, child] = ['', '']] = Object.entries(value);
  const name = `${parent}.${child}`;
  if (!NAMES.has(name)) NAMES.set(name, name);
  return NAMES.get(name) ?? name;
}

const NOTHING_POSSIBLE: Possibilities = Object.freeze({
  connect: false,
  disconnect: false,
  retryNow: false,
  suspend: false,
  resume: false,
});

/** The snapshot of a client whose statechart does not run. */
export function inactiveSnapshot(
  status: 'idle' | 'failed' | 'disposed',
  before: ClientSnapshot | null,
  error: SessionError | null = null,
): ClientSnapshot {
  return Object.freeze<ClientSnapshot>({
    status,
    state: '',
    user: null,
    lastUser: before?.lastUser ?? null,
    connectionId: null,
    me: null,
    reason: error?.code ?? null,
    error,
    storageError: null,
    failedAttempts: 0,
    nextAttemptAt: null,
    dueAt: null,
    lostAt: null,
    awayMs: null,
    can: status === 'idle' ? Object.freeze({ ...NOTHING_POSSIBLE, connect: true, disconnect: true }) : NOTHING_POSSIBLE,
  });
}

/** What only a new token from a person can heal. */
const NEEDS_SIGN_IN: readonly SessionReason[] = ['tokenRejected', 'tokenInvalid', 'tokenSourceMissing'];

/** For each state: what a UI is shown, and the timer that ends it. The delay of `retry` is drawn for each wait. */
const STATES: Readonly<Record<string, readonly [status: Status, timer?: keyof Timing | 'retry']>> = {
  restoring: ['restoring', 'restoreTimeoutMs'],
  loggedOut: ['loggedOut'],
  loadingToken: ['connecting', 'tokenTimeoutMs'],
  'connecting.opening': ['connecting', 'helloTimeoutMs'],
  'connecting.waiting': ['waiting', 'retry'],
  'connecting.offline': ['offline', 'retry'],
  'connecting.suspended': ['suspended'],
  'connected.healthy': ['online'],
  'connected.probing': ['online', 'probeTimeoutMs'],
  'disconnecting.forgetting': ['loggingOut', 'storageWriteTimeoutMs'],
  'disconnecting.closing': ['loggingOut', 'closeTimeoutMs'],
};

function statusOf(state: string, { reason, login }: SessionContext): Status {
  const [status = 'loggingOut'] = STATES[state] ?? [];
  if (status === 'loggedOut' && NEEDS_SIGN_IN.includes(reason)) return 'signInAgain';
  return status === 'connecting' && login.origin === 'existing' ? 'reconnecting' : status;
}

/** How long the timer of `state` runs, in milliseconds; `null` where it has none. */
export function timerMsOf(state: string, { timing, pacing }: SessionContext): number | null {
  const timer = STATES[state]?.[1];
  if (timer === undefined) return null;
  return timer === 'retry' ? pacing.delayMs : timing[timer];
}

/** What the chart does not hold: the time, the server's description of the user, and original errors. */
export interface SnapshotSource {
  /** When the timer that the statechart started last fires: that of the present state, where it has one. */
  readonly timers: Pick<PatientTimers, 'lastDueAtMs'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly me: OwnUser | null;
  toError(failure: FailureInfo): SessionError;
}

/** Everything a UI needs, derived from the chart. Returns `before` itself when nothing in it changed. */
export function liveSnapshot(chart: ChartSnapshot, before: ClientSnapshot, source: SnapshotSource): ClientSnapshot {
  const { context } = chart;
  const state = stateName(chart.value);
  const timer = STATES[state]?.[1];
  const dueAt = timer === undefined ? null : source.timers.lastDueAtMs;
  const isRunning = chart.hasTag('running');
  const me = isRunning ? source.me : null;
  const user = context.identity && currentProfile(context.identity.user, me, before.user);
  const { lostAt, awayMs } = outageOf(before, isRunning, chart.hasTag('online'), source.clock);
  const isWaiting = timer === 'retry';
  // A logout is what the app itself asked for.
  const failure = context.failure?.code === 'loggedOut' ? null : context.failure;
  const can: Possibilities = {
    connect: state === 'loggedOut' || state === 'restoring',
    disconnect: true,
    retryNow: isWaiting && context.pacing.quickRetry === 'available',
    suspend: isRunning && !context.device.suspended,
    resume: state !== 'loggedOut' && context.device.suspended,
  };
  const next: ClientSnapshot = {
    status: statusOf(state, context),
    state,
    user,
    lastUser: user ?? before.lastUser,
    connectionId: context.connectionId,
    me,
    reason: context.reason,
    error: sameError(before.error, failure, source),
    storageError: sameError(before.storageError, context.storage.failure, source),
    failedAttempts: context.pacing.failedAttempts,
    nextAttemptAt: isWaiting ? dueAt : null,
    dueAt,
    lostAt,
    awayMs,
    can: isShallowEqual(before.can, can) ? before.can : Object.freeze(can),
  };
  return isShallowEqual(before, next) ? before : Object.freeze(next);
}

/**
 * `user` with the server's values of the fields that the session shows: a name that was changed on another device. The
 * same object as `before` if these are the same.
 */
export function currentProfile(user: User, me: OwnUser | null, before: User | null): User {
  const changed = Object.entries(me ?? {}).filter(([field, value]) => isNews(user, field, value));
  if (changed.length === 0) return user;
  const next: User = { ...user, ...Object.fromEntries(changed) };
  return JSON.stringify(before) === JSON.stringify(next) ? (before ?? next) : next;
}

function isNews(user: User, field: string, value: unknown): boolean {
  if (field === 'id' || !(field in user || field === 'name' || field === 'image')) return false;
  return typeof value === typeof (user[field] ?? '') && JSON.stringify(value) !== JSON.stringify(user[field]);
}

/** An outage begins when a connection is lost, and ends with the next connection or with the session. */
function outageOf(
  { status, lostAt, awayMs }: ClientSnapshot,
  isRunning: boolean,
  isOnline: boolean,
  clock: Pick<Clock, 'now'>,
): Pick<ClientSnapshot, 'lostAt' | 'awayMs'> {
  if (!isRunning) return { lostAt: null, awayMs: null };
  if (isOnline) return { lostAt: null, awayMs: lostAt === null ? awayMs : Math.max(0, clock.now() - lostAt) };
  return status === 'online' ? { lostAt: clock.now(), awayMs: null } : { lostAt, awayMs: null };
}

function sameError(before: SessionError | null, failure: FailureInfo | null, source: SnapshotSource) {
  if (failure === null) return null;
  const isSame = before !== null && FIELDS.every((field) => before[field] === failure[field]);
  return isSame ? before : source.toError(failure);
}

const FIELDS = ['code', 'message', 'serverCode', 'closeCode', 'status', 'retryAfterMs'] as const;

export function isShallowEqual<Shape extends object>(a: Shape, b: Shape): boolean {
  return (Object.keys(b) as (keyof Shape)[]).every((key) => Object.is(a[key], b[key]));
}
