import type { FailureInfo } from '../errors.ts';
import { assertFit, methods } from '../input.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionContext, SessionEvent } from '../machines/types.ts';
import { toOneLine } from '../text.ts';
import type { Identity } from '../user.ts';
import type { ChartSnapshot, ClientSnapshot } from './client-snapshot.ts';
import { foresee } from './foresee.ts';

/** Why the session is where it is, in sentences for a person: for support, for a log, for a page that shows it. */
export interface Explanation {
  /** Where the session is, in the words of the statechart. */
  readonly where: string;
  /** Why it is there, and what storage could not do. */
  readonly why: string;
  /** What happens next by itself, and when. */
  readonly next: string;
  /** When that is due at the latest, in milliseconds since the epoch; `null` where nothing is planned. */
  readonly dueAt: number | null;
  /** What else would change it now, most helpful first: the cause, and what it leads to. */
  readonly changes: readonly Change[];
  /** All of it as one string. */
  readonly text: string;
}

export interface Change {
  /** The event of the statechart. */
  readonly event: SessionEvent['type'];
  /** `retryNow() is called`, `the device reports a network`. */
  readonly when: string;
  /** What it does, as the statechart describes the transitions taken. */
  readonly effect: string;
  /** The state that it leads to. */
  readonly to: string;
}

export interface Explainable {
  readonly actor: { getSnapshot(): unknown };
  getSnapshot(): ClientSnapshot;
  now(): number;
}

/**
 * Why the session of `client` is where it is, what happens next and when, and what would change it, in plain sentences.
 *
 * @throws SessionError `invalidArgument` for what is no client.
 */
export function explain(client: Explainable): Explanation {
  assertFit('client', client, methods('getSnapshot', 'now'));
  const snapshot = client.getSnapshot();
  if (snapshot.state === '') return explainInactive(snapshot.status);
  const { value, context } = client.actor.getSnapshot() as ChartSnapshot;
  return explainChart(sessionMachine.resolveState({ value, context }), snapshot, client.now());
}

/** Explains a session that runs. Each sentence is about `chart` as it is now: guards are evaluated, not assumed. */
export function explainChart(chart: ChartSnapshot, snapshot: ClientSnapshot, nowMs: number): Explanation {
  const { dueAt } = snapshot;
  const where = [explainState(chart, snapshot), `(${snapshot.state})`].filter(Boolean).join(' ');
  const why = toOneLine([explainReason(chart, snapshot), explainStorage(chart)].filter(Boolean).join(' '));
  const next = toOneLine(explainNext(chart.context, snapshot, nowMs));
  const changes = changesOf(chart);
  const listed = changes.map(({ when, effect }) => `- If ${when}: ${lowerFirst(effect)}`);
  return { where, why, next, dueAt, changes, text: [where, why, next, ...listed].join('\n') };
}

/** Explains a client whose statechart does not run. */
function explainInactive(status: ClientSnapshot['status']): Explanation {
  const [where, next] = INACTIVE[status] ?? ['The session does not run.', ''];
  return { where, why: '', next, dueAt: null, changes: [], text: [where, next].filter(Boolean).join('\n') };
}

const INACTIVE: Partial<Record<ClientSnapshot['status'], [where: string, next: string]>> = {
  idle: ['The client has not been used yet.', 'Nothing happens before restore() or a login.'],
  disposed: ['The client was disposed.', 'Nothing happens any more; a new client can be created.'],
  failed: [
    'The statechart stopped because of a bug in this library.',
    'Nothing happens any more: dispose the client, create a new one, and report this.',
  ],
};

function explainState(chart: ChartSnapshot, { state }: ClientSnapshot): string {
  let node: ChartSnapshot['machine']['root'] | undefined = chart.machine.root;
  for (const key of state.split('.')) node = node?.states[key] as typeof node;
  return node?.description ?? '';
}

function explainReason(chart: ChartSnapshot, { error, state, failedAttempts }: ClientSnapshot): string {
  const { reason, failure, identity, device } = chart.context;
  const isConnected = chart.hasTag('online');
  const user = identity?.kind === 'anonymous' ? 'an anonymous user' : (identity?.user.id ?? 'a user');
  const attempts = explainAttempts(failedAttempts, isConnected);
  switch (reason) {
    case 'starting':
      return 'The session is starting.';
    case 'nobodyStored':
      return 'No user is stored, so there is no one to log in again.';
    case 'restored':
      return `Stored in an earlier run, ${user} is being logged in again.${attempts}`;
    case 'login':
      return `The app is logging ${user} in.${attempts}`;
    case 'connected':
      return `The server has accepted ${user}.${attempts}`;
    case 'suspended':
      return device.suspended
        ? `The app or the device asked for no connection.${attempts}`
        : `The session was suspended, and is resumed.${attempts}`;
    case 'loggedOut':
      return 'disconnect() was called.';
    case 'networkOffline':
      if (device.online) return `The device had no network, and has one again.${attempts}`;
  }
  if (failure === null) return attempts.trimStart();
  // While an attempt is under way there is nothing to remedy yet.
  const isTrying = state === 'loadingToken' || state === 'connecting.opening';
  return `${wordsOf(failure)}${attempts}${error === null || isTrying ? '' : ` ${error.remedy}`}`;
}

function explainAttempts(failed: number, isConnected: boolean): string {
  if (isConnected) return failed === 0 ? '' : ` ${failed === 1 ? 'One attempt' : `${failed} attempts`} failed before.`;
  return failed > 1 ? ` ${failed} attempts in a row have failed.` : '';
}

/** What storage could not do. A stored user who is still there is restored at the next start. */
function explainStorage(chart: ChartSnapshot): string {
  const { failure, userId } = chart.context.storage;
  if (failure === null) return '';
  if (failure.code !== 'userNotForgotten') {
    return `Storage failed; the session goes on without storage. ${wordsOf(failure)}`;
  }
  const who = userId === null ? 'A user' : `User ${userId}`;
  const remedy = chart.hasTag('idle') ? ' Call disconnect() again.' : '';
  return `${wordsOf(failure)} ${who} is still stored, and may be restored at the next start.${remedy}`;
}

/** A journal leaves out what others wrote, who may name anyone: then the codes say what happened. */
function wordsOf({ message, code, closeCode, serverCode }: FailureInfo): string {
  if (message !== '') return message;
  const codes: string[] = [code];
  if (closeCode !== undefined) codes.push(`close code ${closeCode}`);
  if (serverCode !== undefined) codes.push(`server code ${serverCode}`);
  return `Failure: ${codes.join(', ')}.`;
}

function explainNext(context: SessionContext, { state, status, dueAt }: ClientSnapshot, nowMs: number): string {
  const { pacing, next } = context;
  // Only states with a timer use it.
  const dueMs = dueAt ?? nowMs;
  const left = seconds(Math.max(0, dueMs - nowMs));
  switch (state) {
    case 'restoring':
      return `Storage has ${left} to respond; then the session goes on without storage.`;
    case 'loadingToken':
      return `The token source has ${left} to respond; after that, the load counts as failed.`;
    case 'connecting.opening':
      return `The server has ${left} to say hello; then the attempt counts as failed.`;
    case 'connecting.waiting':
    case 'connecting.offline': {
      const advice =
        pacing.retryAfterMs > 0 ? ` After this failure the wait is at least ${seconds(pacing.retryAfterMs)}.` : '';
      return `The next attempt is due in ${left}, at ${timeOf(dueMs)}.${advice}`;
    }
    case 'connecting.suspended':
      return 'Nothing happens until the session is resumed.';
    case 'connected.healthy':
      return 'If the server is silent for too long, the connection is checked, provided that the protocol has pings.';
    case 'connected.probing':
      return `The server has ${left} to respond; then the connection counts as lost.`;
    case 'disconnecting.forgetting':
      return `Storage has ${left} to remove the stored user; after that, a failure is reported and the socket is closed.`;
    case 'disconnecting.closing': {
      const then = next === null ? '' : ` Then ${next.identity.user.id} is logged in.`;
      return `The socket has ${left} to close; after that it is given up.${then}`;
    }
    default:
      return `Nothing happens until a user logs in${status === 'signInAgain' ? ' again' : ''}.`;
  }
}

/** Something that people, apps or devices can do. */
interface Cause {
  readonly when: string;
  /** An event that stands for it; `null` where it cannot happen now. */
  readonly sample: (context: SessionContext) => SessionEvent | null;
}

const SAMPLE_USER: Identity = { kind: 'user', id: '', user: { id: '' } };

const bare = (when: string, type: 'session.retryNow' | 'session.resume' | 'session.suspend'): Cause => ({
  when,
  sample: () => ({ type }),
});

const connect = (when: string, sourceKey: (context: SessionContext) => number | null): Cause => ({
  when,
  sample: (context) =>
    context.identity === null && !context.restorable && sourceKey(context) === null
      ? null
      : {
          type: 'session.connect',
          call: 0,
          identity: context.identity ?? SAMPLE_USER,
          sourceKey: sourceKey(context),
          online: context.device.online,
          foreground: true,
        },
});

/** In the order of how much they help. The rest is the protocol's business. */
const CAUSES: readonly Cause[] = [
  bare('retryNow() is called', 'session.retryNow'),
  bare('resume() is called, or the device ends a suspension of its own', 'session.resume'),
  {
    when: 'the device reports a network',
    sample: ({ device }) => (device.online ? null : { type: 'network.cameOnline' }),
  },
  {
    when: 'the app comes to the foreground',
    sample: ({ device }) => (device.presence === 'background' ? { type: 'app.cameToForeground' } : null),
  },
  connect('connectUser() is called', () => null),
  connect('connectUser() is called with a new token or token source', ({ login }) => login.sourceKey + 1),
  {
    when: 'restore() is called',
    sample: ({ device: { online, presence } }) => ({
      type: 'session.restore',
      online,
      foreground: presence === 'foreground',
    }),
  },
  {
    when: 'the device reports that it has no network',
    sample: ({ device }) => (device.online ? { type: 'network.wentOffline' } : null),
  },
  bare('suspend() is called or the app is put to sleep', 'session.suspend'),
  {
    when: 'the user logs out elsewhere, for instance in another tab',
    sample: () => ({ type: 'user.changedElsewhere', userId: null }),
  },
  { when: 'disconnect() is called', sample: () => ({ type: 'session.disconnect', forgetUser: true }) },
];

function changesOf(chart: ChartSnapshot): readonly Change[] {
  const changes = new Map<SessionEvent['type'], Change>();
  for (const { when, sample } of CAUSES) {
    const event = sample(chart.context);
    if (event === null || changes.has(event.type)) continue;
    const { state, transitions } = foresee(chart, event);
    if (transitions.every(({ target }) => target === undefined)) continue;
    // A production build has no descriptions.
    const described = transitions.map(({ description }) => description ?? '').filter(Boolean);
    const effect = described.length === 0 ? `It leads to ${state}.` : described.join(' ');
    changes.set(event.type, { event: event.type, when, effect, to: state });
  }
  return [...changes.values()];
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1).replace(/\.0$/, '')} s` : `${Math.round(ms / 1000)} s`;
}

/** Local time as `14:03:10`. */
function timeOf(ms: number): string {
  const date = new Date(ms);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0')).join(':');
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
