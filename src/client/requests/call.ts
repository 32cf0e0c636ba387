import type { RequestOptions } from '../../actors/dependencies.ts';
import type { Clock } from '../../clock.ts';
import { type ErrorCode, SessionError } from '../../errors.ts';
import { failure, type Result } from '../../result.ts';
import { describeCause } from '../../token/redact.ts';
import type { CheckedRequest } from './input.ts';

export interface RequestContext {
  readonly clock: Clock;
  /** `null` while the client actor does not run. `giveUp` ends the call for a reason that is explained here. */
  readonly send: ((init: RequestOptions, giveUp: AbortSignal) => Promise<Result<Response>>) | null;
  readonly isConnected: () => boolean;
  /** Calls back with `null` once connected, or with the reason why that will not be. */
  readonly waitForConnection: (proceed: (ended: SessionError | null) => void) => () => void;
}

/**
 * Sends one request within its bounds. It belongs to the user whose session runs now: when that session ends it fails,
 * and it never travels with another user's credentials (law 4). Returns what cancels it.
 */
export function startRequest(
  { bounds, init, needsConnection }: CheckedRequest,
  settle: (result: Result<Response>) => void,
  { clock, send, isConnected, waitForConnection }: RequestContext,
): () => void {
  const { timeoutMs, signal, isAborted, onAbort } = bounds;
  const controller = new AbortController();
  let stopWaiting = () => {};
  const finish: typeof settle = (result) => {
    settle(result);
    stopWaiting();
    clock.clearTimeout(timer);
    stopListening();
  };
  const giveUp = (code: ErrorCode, message: string) => {
    finish(failure(new SessionError({ code, message })));
    controller.abort();
  };
  const cancel = () => giveUp('cancelled', 'The request was cancelled.');
  const timer = clock.setTimeout(() => giveUp('requestTimedOut', `No response within ${timeoutMs} ms.`), timeoutMs);
  const stopListening = onAbort(cancel);

  const proceed = (ended: SessionError | null) => {
    if (ended !== null) return finish(failure(ended));
    if (send === null) return giveUp('internal', 'The client actor does not run.');
    send(signal === undefined ? init : { ...init, signal }, controller.signal).then(finish, (thrown: unknown) => {
      const { text, cause } = describeCause(thrown);
      finish(failure(new SessionError({ code: 'requestFailed', message: `The request failed: ${text}`, cause })));
    });
  };
  if (isAborted) cancel();
  else if (!needsConnection || isConnected()) proceed(null);
  else stopWaiting = waitForConnection(proceed);
  return cancel;
}
