import { createSender } from '../../actors/client/requests.ts';
import type { RequestEngine, RequestOptions } from '../../actors/dependencies.ts';
import type { Clock } from '../../clock.ts';
import { CANCELLED, type FailureInfo, failed, type Result, success } from '../../errors.ts';
import { isAborted, startBounds } from '../call-bounds.ts';
import { type CheckedRequest, parseRequest } from './input.ts';

/**
 * What `client.request()` works with: imported, and given to the client as its option `requests`. An app that sends none
 * has nothing of it in its bundle.
 */
export interface Requests extends RequestEngine {
  readonly parse: typeof parseRequest;
  readonly start: typeof startRequest;
}

export const requests: Requests = { createSender, parse: parseRequest, start: startRequest };

interface RequestContext {
  readonly clock: Clock;
  /** `giveUp` ends the call for a reason that is explained here. Never rejects. */
  readonly send: (init: RequestOptions, giveUp: AbortSignal) => Promise<Result<Response>>;
  /** Calls back once connected, or with the reason why that will not be. Returns what stops the wait. */
  readonly waitForConnection: (proceed: (connected: Result<unknown>) => void) => () => void;
}

/**
 * Sends one request within its bounds. It belongs to the user whose session runs now: when that session ends it fails,
 * and it never travels with another user's credentials (law 4). Returns what cancels it.
 */
function startRequest(
  { bounds, init, needsConnection }: CheckedRequest,
  settle: (result: Result<Response>) => void,
  { clock, send, waitForConnection }: RequestContext,
): () => void {
  const controller = new AbortController();
  let stopWaiting = () => {};
  const end = (result: Result<Response>) => {
    settle(result);
    stopBounds();
    stopWaiting();
    if (!result.success) controller.abort();
  };
  const cancel = () => end(failed(CANCELLED));
  const timedOut: FailureInfo = { code: 'requestTimedOut', message: `No response within ${bounds.timeoutMs} ms.` };
  const stopBounds = startBounds(bounds, clock, () => end(failed(timedOut)), cancel);
  const proceed = (connected: Result<unknown>) => {
    if (connected.success) void send(init, controller.signal).then(end);
    else end(connected);
  };
  if (isAborted(bounds)) cancel();
  else if (needsConnection) stopWaiting = waitForConnection(proceed);
  else proceed(success(undefined));
  return cancel;
}
