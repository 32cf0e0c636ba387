import { boundReply, type Clock } from '../clock.ts';
import { CANCELLED, type FailureInfo, failed, type Result, type SessionError } from '../errors.ts';
import type { TokenSource } from '../token/source.ts';
import type { Identity } from '../user.ts';
import { type CallBounds, startBounds } from './call-bounds.ts';
import type { ChartSnapshot, ClientSnapshot } from './client-snapshot.ts';
import { type Connection, connectionBy, type PendingCalls, type SessionView } from './pending-calls.ts';

export interface Login {
  readonly identity: Identity;
  readonly source?: TokenSource | undefined;
  readonly bounds: CallBounds;
}

interface LoginView extends SessionView {
  /** The statechart while it runs. */
  readonly live: ChartSnapshot | null;
  readonly snapshot: ClientSnapshot;
}

/** When a first login without a time limit of its own is settled with the failure of its attempts. */
const PATIENCE_MS = 5_000;
const SO_FAR = 'Not connected so far; the session goes on.';

/**
 * Waits for a login within the bounds of the call; the session goes on (law 3). Once accepted, a login is for the user
 * whose session runs, or who comes next. A login that an app calls from inside of a notification is not accepted yet, and
 * facts emitted until then are not about it. Returns what cancels the wait.
 */
export function waitForLogin(
  session: LoginView,
  pending: PendingCalls,
  clock: Clock,
  { call, bounds }: { readonly call: number; readonly bounds: CallBounds },
  settle: (result: Result<Connection>) => void,
): () => void {
  const stops: (() => void)[] = [];
  const end = (result: Result<Connection>) => {
    for (const stop of stops) stop();
    settle(result);
  };
  const stillConnecting = (why: string) => {
    const { error } = session.snapshot;
    const message = error === null ? why : `${why} Last: ${describe(error)}`;
    const cause = error ?? undefined;
    // What to do is about the last failure; that the session goes on is in the message.
    return failed({ code: 'stillConnecting', message, status: error?.status, remedy: error?.remedy, cause });
  };
  const cancel = () => end(stillConnecting(CANCELLED.message));
  const onTimeout = () => end(stillConnecting(`Not connected within ${bounds.timeoutMs} ms; the session goes on.`));
  stops.push(startBounds(bounds, clock, onTimeout, cancel));
  let isPatient = true;
  const endPatience = () => {
    isPatient = false;
    if (hasFailed(session.live)) end(stillConnecting(SO_FAR));
  };
  if (!bounds.hasOwnTimeout) stops.push(boundReply(clock, endPatience, PATIENCE_MS));
  let isAccepted = false;
  // A subscriber may have disposed the client by now: then the call is settled as soon as it is added.
  const stop = pending.add(end, (fact) => {
    if ('call' in fact && fact.call === call) {
      if (fact.type === 'connect.refused') return failed(OTHER_USER);
      isAccepted = true;
    }
    if (!isAccepted) return null;
    if (fact.type !== 'attempt.failed') return connectionBy(fact, session);
    return !bounds.hasOwnTimeout && (fact.isForGood || !isPatient) ? stillConnecting(SO_FAR) : null;
  });
  stops.push(stop);
  return cancel;
}

const OTHER_USER: FailureInfo = {
  code: 'otherUserConnected',
  message: 'Another user is logged in, or about to be, and stays.',
};

function describe({ code, status, message }: SessionError): string {
  return status === undefined ? `${code}: ${message}` : `${code} (HTTP status ${status}): ${message}`;
}

/** Whether an attempt of a first login has failed, and the next one will hardly do better or decide the login. */
export function hasFailed(chart: ChartSnapshot | null): boolean {
  // The session that ends before this login says nothing about it.
  if (chart?.hasTag('running') !== true) return false;
  const { login, pacing, failure } = chart.context;
  const isOpen = failure?.code === 'helloTimedOut' || failure?.code === 'tokenRejected';
  return login.origin !== 'existing' && pacing.failedAttempts > 0 && !isOpen;
}

/** Whether something responded that opens no WebSocket: a page, a redirection, another service. */
export function isWrongAddress({ context: { failure } }: ChartSnapshot): boolean {
  const { code, status } = failure ?? {};
  return code === 'connectionRefused' && status !== undefined && !MAY_PASS.includes(status);
}

/** A firewall or an expired token (403), and the statuses of a server that is not ready. */
const MAY_PASS: readonly number[] = [403, 408, 425];
