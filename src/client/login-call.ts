import type { Clock } from '../clock.ts';
import { SessionError } from '../errors.ts';
import { failure, type Result } from '../result.ts';
import type { TokenSource } from '../token/source.ts';
import type { Identity } from '../user.ts';
import type { CallBounds } from './call-bounds.ts';
import type { Connection } from './pending-calls.ts';

export interface Login {
  readonly identity: Identity;
  readonly source: TokenSource | undefined;
  readonly bounds: CallBounds;
}

export interface LoginWait {
  readonly bounds: CallBounds;
  readonly clock: Clock;
  readonly settle: (result: Result<Connection>) => void;
  /** Registers the call with those that wait for the statechart; returns what takes it back. */
  readonly register: (
    finish: (result: Result<Connection>) => void,
    giveUp: ((isForGood: boolean) => void) | null,
  ) => () => void;
  /** Whether the attempts of this first login have failed before anything answered. */
  readonly isNotServed: () => boolean;
  /** What went wrong last. */
  readonly lastError: () => SessionError | null;
}

/** How long nothing needs to have answered before a login without a time limit of its own is settled with that. */
const PATIENCE_MS = 5_000;
const UNLIKELY = 'Not connected, and not likely to be soon; the session goes on.';

/** Waits for a login within the bounds of the call; the session goes on (law 3). Returns what cancels the wait. */
export function waitForLogin({ bounds, clock, settle, register, isNotServed, lastError }: LoginWait): () => void {
  const { timeoutMs, hasOwnTimeout, onAbort } = bounds;
  let isWaitingPatiently = true;
  const finish = (result: Result<Connection>) => {
    settle(result);
    clock.clearTimeout(timer);
    stopListening();
  };
  const giveUp = (why: string) => {
    unregister();
    const last = lastError();
    const message = last === null ? why : `${why} Last: ${describe(last)}`;
    finish(failure(new SessionError({ code: 'stillConnecting', message, ...detailsOf(last) })));
  };
  const cancel = () => giveUp('The call was cancelled; the session goes on.');
  const giveUpInTime = () => giveUp(`Not connected within ${timeoutMs} ms; the session goes on.`);
  const loseHope = (isForGood: boolean) => {
    if (isForGood || !isWaitingPatiently) giveUp(UNLIKELY);
  };
  const endPatience = () => {
    isWaitingPatiently = false;
    timer = clock.setTimeout(giveUpInTime, timeoutMs - PATIENCE_MS);
    if (isNotServed()) loseHope(false);
  };
  let timer = hasOwnTimeout ? clock.setTimeout(giveUpInTime, timeoutMs) : clock.setTimeout(endPatience, PATIENCE_MS);
  const stopListening = onAbort(cancel);
  const unregister = register(finish, hasOwnTimeout ? null : loseHope);
  return cancel;
}

function describe({ code, status, message }: SessionError): string {
  return status === undefined ? `${code}: ${message}` : `${code} (HTTP status ${status}): ${message}`;
}

function detailsOf(last: SessionError | null): Pick<SessionError, 'status' | 'cause'> | undefined {
  return last === null ? undefined : { status: last.status, cause: last };
}
