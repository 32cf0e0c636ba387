import type { FailureInfo } from '../errors.ts';
import type { SessionEvent, SessionReason } from '../machines/types.ts';
import type { ChartSnapshot, ClientSnapshot } from './client-snapshot.ts';

/** Why the session is where it is, in sentences for a person: for support, for a log, for a page that shows it. */
export interface Explanation {
  /** Where the session is, in the words of the statechart. */
  readonly where: string;
  /** Why it is there. */
  readonly why: string;
  /** What happens next by itself, and when. */
  readonly next: string;
  /** What else would change it, most helpful first: by whom or what, and what that leads to. */
  readonly changes: readonly Change[];
  /** All of it as one text. */
  readonly text: string;
}

export interface Change {
  /** The event of the statechart. */
  readonly event: SessionEvent['type'];
  /** `retryNow() is called`, `the network comes back`. */
  readonly when: string;
  /** The chart's own description of what that does. */
  readonly effect: string;
}

/** What people, apps and devices can do, in the order of how much that helps. The rest is the protocol's business. */
const FROM_OUTSIDE: ReadonlyMap<SessionEvent['type'], string> = new Map<SessionEvent['type'], string>([
  ['session.retryNow', 'retryNow() is called'],
  ['session.resume', 'resume() is called or the app returns'],
  ['network.cameOnline', 'the device reports a network'],
  ['app.cameToForeground', 'somebody looks at the app'],
  ['session.connect', 'connectUser() is called'],
  ['session.restore', 'restore() is called'],
  ['network.wentOffline', 'the device reports that it has no network'],
  ['session.suspend', 'suspend() is called or the app is put to sleep'],
  ['user.changedElsewhere', 'the user logs out elsewhere, for instance in another tab'],
  ['session.disconnect', 'disconnect() is called'],
]);

const REASONS: Partial<Record<SessionReason, string>> = {
  starting: 'The session was just started.',
  nobodyStored: 'Nobody is stored, so there is nobody to log in again.',
  restored: 'Somebody was stored from an earlier start, and is logged in again.',
  login: 'The app logs somebody in.',
  suspended: 'The app is away, or asked for no connection.',
  loggedOut: 'disconnect() was called.',
};

/** Explains a session that runs. `nowMs` is the time by the clock that `nextAttemptAt` was taken from. */
export function explain(chart: ChartSnapshot, snapshot: ClientSnapshot, nowMs: number): Explanation {
  const path = snapshot.state.split('.');
  const where = `${sentencesOf(chart, path)} (${snapshot.state})`;
  const why = explainReason(chart, snapshot);
  const next = nextOf(chart, snapshot, nowMs);
  const changes = changesOf(chart, path, snapshot);
  const told = changes.map(({ when, effect }) => `- If ${when}: ${lowerFirst(effect)}`);
  return { where, why, next, changes, text: [where, why, next, ...told].join('\n') };
}

/** Explains a client whose statechart does not run. */
export function explainInactive(status: ClientSnapshot['status']): Explanation {
  const [where, next] = STILL[status] ?? ['The session does not run.', ''];
  return { where, why: '', next, changes: [], text: [where, next].filter(Boolean).join('\n') };
}

const STILL: Partial<Record<ClientSnapshot['status'], [where: string, next: string]>> = {
  idle: ['The client was built and not used yet.', 'Nothing happens before restore() or a login.'],
  disposed: ['The client was disposed.', 'Nothing happens any more; a new client can be created.'],
  failed: [
    'The statechart stopped with an error of the library.',
    'Nothing happens any more: dispose the client, create a new one, and report this.',
  ],
};

type Node = ChartSnapshot['machine']['root'];

/** The nodes from the outermost state to the leaf. */
function nodesOf(chart: ChartSnapshot, path: readonly string[]): Node[] {
  const nodes: Node[] = [];
  let node: Node | undefined = chart.machine.root;
  for (const key of path) {
    node = node?.states[key] as Node | undefined;
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

function sentencesOf(chart: ChartSnapshot, path: readonly string[]): string {
  return nodesOf(chart, path)
    .map(({ description }) => description ?? '')
    .join(' ');
}

function explainReason(chart: ChartSnapshot, { error, reason, failedAttempts }: ClientSnapshot): string {
  const { failure } = chart.context;
  const wrong = failure === null ? null : sayFailure(failure);
  const known = (reason === null ? undefined : REASONS[reason]) ?? wrong ?? 'Nothing went wrong.';
  const often = failedAttempts > 1 ? ` ${failedAttempts} attempts in a row have failed.` : '';
  const remedy = error === null ? '' : ` ${error.remedy}`;
  return `${wrong !== null && chart.hasTag('online') ? wrong : known}${often}${remedy}`;
}

/** A journal leaves out what others wrote, who may name anybody: then the codes say what happened. */
function sayFailure({ message, code, closeCode, serverCode }: FailureInfo): string {
  if (message !== '') return message;
  const codes: string[] = [code];
  if (closeCode !== undefined) codes.push(`close code ${closeCode}`);
  if (serverCode !== undefined) codes.push(`code ${serverCode} of the server`);
  return `It was ${codes.join(', ')}.`;
}

function nextOf({ context }: ChartSnapshot, { state, status, nextAttemptAt }: ClientSnapshot, nowMs: number): string {
  const within = (timeoutMs: number) => `within ${seconds(timeoutMs)}`;
  const { timing } = context;
  if (nextAttemptAt !== null) {
    const due = `The next attempt is due in ${seconds(Math.max(0, nextAttemptAt - nowMs))}, at ${timeOf(nextAttemptAt)}`;
    return context.retryAfterMs > 0 ? `${due}; the server asked to wait that long.` : `${due}.`;
  }
  switch (state) {
    case 'restoring':
      return `Storage answers ${within(timing.restoreTimeoutMs)}, or the session goes on without it.`;
    case 'loadingToken':
      return `The token source answers ${within(timing.tokenTimeoutMs)}, or that counts as a failure.`;
    case 'connecting.opening':
      return `The server says hello ${within(timing.helloTimeoutMs)}, or the attempt counts as failed.`;
    case 'connecting.suspended':
      return 'Nothing happens before the app returns.';
    case 'connected.healthy':
      return `Silence of ${seconds(timing.pingIntervalMs)} would make the client ask whether the server is still there.`;
    case 'connected.probing':
      return `The server answers ${within(timing.probeTimeoutMs)}, or the connection counts as lost.`;
    case 'disconnecting.forgetting':
      return `The stored user is removed ${within(timing.storageWriteTimeoutMs)}, or that is reported; then the socket is closed.`;
    case 'disconnecting.closing':
      return context.next === null
        ? `The socket is closed ${within(timing.closeTimeoutMs)}, or given up.`
        : `The socket is closed ${within(timing.closeTimeoutMs)}, or given up; then ${context.next.identity.id} is logged in.`;
    default:
      return status === 'signInAgain'
        ? 'Nothing happens before somebody logs in again.'
        : 'Nothing happens before a login.';
  }
}

function changesOf(chart: ChartSnapshot, path: readonly string[], { can }: ClientSnapshot): Change[] {
  const impossible = new Set<string>();
  if (!can.retryNow) impossible.add('session.retryNow');
  if (!can.resume) impossible.add('session.resume');
  if (!can.suspend) impossible.add('session.suspend');
  impossible.add(chart.context.online ? 'network.cameOnline' : 'network.wentOffline');
  impossible.add(chart.context.presence === 'background' ? '' : 'app.cameToForeground');
  const nodes = [...nodesOf(chart, path).reverse(), chart.machine.root];
  const changes: Change[] = [];
  for (const [event, when] of FROM_OUTSIDE) {
    if (impossible.has(event)) continue;
    const transition = nodes.map((node) => firstMove(node, event)).find((found) => found !== undefined);
    if (transition !== undefined) changes.push({ event, when, effect: transition });
  }
  return changes;
}

/** What the first branch that leads anywhere says of itself. */
function firstMove(node: Node, event: SessionEvent['type']): string | undefined {
  const branches = node.transitions.get(event) ?? [];
  return branches.find(({ target }) => target !== undefined)?.description;
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
