import { createSender } from '../../actors/client/requests.ts';
import type { RequestEngine, RequestOptions } from '../../actors/dependencies.ts';
import type { Clock } from '../../clock.ts';
import { CANCELLED, failure, type Result, SessionError } from '../../errors.ts';
import { describeCause } from '../../token/redact.ts';
import { boundCall, isAborted } from '../call-bounds.ts';
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
  /** `giveUp` ends the call for a reason that is explained here. */
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
  const bounded = boundCall<Response>(
    bounds,
    clock,
    {
      timedOut: () =>
        new SessionError({ code: 'requestTimedOut', message: `No response within ${bounds.timeoutMs} ms.` }),
      cancelled: () => new SessionError(CANCELLED),
    },
    (result) => {
      settle(result);
      stopWaiting();
      if (!result.success) controller.abort();
    },
  );
  const proceed = (connected: Result<unknown>) => {
    if (!connected.success) return bounded.settle(connected);
    send(init, controller.signal).then(bounded.settle, (thrown: unknown) => {
      const { text, cause } = describeCause(thrown);
      const message = `The request failed: ${text}`;
      bounded.settle(failure(new SessionError({ code: 'requestFailed', message, cause })));
    });
  };
  if (isAborted(bounds)) bounded.cancel();
  else if (needsConnection) stopWaiting = waitForConnection(proceed);
  else proceed({ success: true, value: undefined });
  return bounded.cancel;
}
