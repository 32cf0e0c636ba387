import type { Clock } from '../clock.ts';
import { SessionError } from '../errors.ts';
import { failure, type Result } from '../result.ts';
import type { TokenSource } from '../token/source.ts';
import type { Identity } from '../user.ts';
import { boundCall, type CallBounds } from './call-bounds.ts';
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
  /** Whether an attempt of this first login has failed. */
  readonly hasFailed: () => boolean;
  /** What went wrong last. */
  readonly lastError: () => SessionError | null;
}

/** When a first login without a time limit of its own is settled with the failure of its attempts. */
const PATIENCE_MS = 5_000;
const SO_FAR = 'Not connected so far; the session goes on.';

/** Waits for a login within the bounds of the call; the session goes on (law 3). Returns what cancels the wait. */
export function waitForLogin(
  { call, bounds, clock, pending, hasFailed, lastError }: LoginWait,
  settle: (result: Result<Connection>) => void,
): () => void {
  const stillConnecting = (why: string) => {
    const last = lastError();
    const message = last === null ? why : `${why} Last: ${describe(last)}`;
    return new SessionError({ code: 'stillConnecting', message, status: last?.status, cause: last ?? undefined });
  };
  const bounded = boundCall<Connection>(
    bounds,
    clock,
    {
      timedOut: () => stillConnecting(`Not connected within ${bounds.timeoutMs} ms; the session goes on.`),
      cancelled: () => stillConnecting('The call was cancelled; the session goes on.'),
    },
    (result) => {
      stopWaiting();
      clock.clearTimeout(patience);
      settle(result);
    },
  );
  let isPatient = !bounds.hasOwnTimeout;
  const endPatience = () => {
    isPatient = false;
    if (hasFailed()) bounded.settle(failure(stillConnecting(SO_FAR)));
  };
  const patience = isPatient ? clock.setTimeout(endPatience, PATIENCE_MS) : undefined;
  const stopWaiting = pending.addLogin(call, bounded.settle, (isForGood) =>
    !bounds.hasOwnTimeout && (isForGood || !isPatient) ? failure(stillConnecting(SO_FAR)) : null,
  );
  return bounded.cancel;
}

function describe({ code, status, message }: SessionError): string {
  return status === undefined ? `${code}: ${message}` : `${code} (HTTP status ${status}): ${message}`;
}
