import { boundReply, type Clock } from '../clock.ts';
import { CANCELLED, failure, type Result, SessionError } from '../errors.ts';
import type { TokenSource } from '../token/source.ts';
import type { Identity } from '../user.ts';
import { type CallBounds, startBounds } from './call-bounds.ts';
import type { ChartSnapshot } from './client-snapshot.ts';
import type { Connection, PendingCalls } from './pending-calls.ts';

export interface Login {
  readonly identity: Identity;
  readonly source: TokenSource | undefined;
  readonly bounds: CallBounds;
}

export interface LoginWait {
  readonly call: number;
  readonly bounds: CallBounds;
  readonly clock: Clock;
  readonly pending: PendingCalls;
  /** The statechart while it runs. */
  readonly chart: () => ChartSnapshot | null;
  /** What went wrong last. */
  readonly lastError: () => SessionError | null;
}

/** When a first login without a time limit of its own is settled with the failure of its attempts. */
const PATIENCE_MS = 5_000;
const SO_FAR = 'Not connected so far; the session goes on.';

/** Waits for a login within the bounds of the call; the session goes on (law 3). Returns what cancels the wait. */
export function waitForLogin(
  { call, bounds, clock, pending, chart, lastError }: LoginWait,
  settle: (result: Result<Connection>) => void,
): () => void {
  const stops: (() => void)[] = [];
  const end = (result: Result<Connection>) => {
    for (const stop of stops) stop();
    settle(result);
  };
  const stillConnecting = (why: string) => {
    const last = lastError();
    const message = last === null ? why : `${why} Last: ${describe(last)}`;
    return failure(
      new SessionError({ code: 'stillConnecting', message, status: last?.status, cause: last ?? undefined }),
    );
  };
  const giveUp = (why: string) => end(stillConnecting(why));
  const cancel = () => giveUp(CANCELLED.message);
  const onTimeout = () => giveUp(`Not connected within ${bounds.timeoutMs} ms; the session goes on.`);
  stops.push(startBounds(bounds, clock, onTimeout, cancel));
  let isPatient = !bounds.hasOwnTimeout;
  const endPatience = () => {
    isPatient = false;
    if (hasFailed(chart())) giveUp(SO_FAR);
  };
  if (isPatient) stops.push(boundReply(clock, endPatience, PATIENCE_MS));
  // A subscriber may have disposed the client by now: then the call is settled as soon as it is added.
  const stop = pending.addLogin(call, end, (isForGood) =>
    !bounds.hasOwnTimeout && (isForGood || !isPatient) ? stillConnecting(SO_FAR) : null,
  );
  stops.push(stop);
  return cancel;
}

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
  return code === 'connectionRefused' && status !== undefined && !MAY_PASS.has(status);
}

/** A firewall or an expired token (403), and the statuses of a server that is not ready. */
const MAY_PASS: ReadonlySet<number> = new Set([403, 408, 425]);
