import type { Clock } from '../clock.ts';
import { SessionError } from '../errors.ts';
import { failure, type Result } from '../result.ts';
import { describeCause } from '../token/redact.ts';
import { type ClientRequest, parseRequest } from './request-input.ts';
import type { SessionRun } from './session-run.ts';

/**
 * Sends one request once the session is connected. It belongs to the user whose session runs now: when that session
 * ends it fails, and it never travels with another user's credentials (law 4).
 */
export function startRequest(
  { run, clock, settle }: RequestContext,
  path: string,
  options: ClientRequest,
): (() => void) | undefined {
  const refuse = (error: SessionError) => {
    settle(failure(error));
    return undefined;
  };
  const request = parseRequest(path, options, run.reservedNames);
  if (!request.success) return refuse(request.error);
  if (!run.chart.hasTag('running')) {
    return refuse(
      new SessionError({ code: 'notLoggedIn', message: 'Nobody is logged in, so there is nobody to ask for.' }),
    );
  }
  const { bounds, init } = request.value;
  const { timeoutMs, signal, isAborted, onAbort } = bounds;
  const controller = new AbortController();
  let stopWaiting = () => {};
  const finish: typeof settle = (result) => {
    settle(result);
    stopWaiting();
    clock.clearTimeout(timer);
    stopListening();
  };
  const give = (code: 'cancelled' | 'requestTimedOut', message: string) => {
    finish(failure(new SessionError({ code, message })));
    controller.abort();
  };
  const cancel = () => give('cancelled', 'The request was cancelled.');
  const timer = clock.setTimeout(() => give('requestTimedOut', `No answer within ${timeoutMs} ms.`), timeoutMs);
  const stopListening = onAbort(cancel);

  const proceed = (ended: SessionError | null) => {
    if (ended !== null) return finish(failure(ended));
    const send = run.dataPlane.request;
    if (send === null) {
      return finish(failure(new SessionError({ code: 'internal', message: 'The client actor does not run.' })));
    }
    send(path, signal === undefined ? init : { ...init, signal }, controller.signal).then(finish, (thrown: unknown) => {
      const { text, cause } = describeCause(thrown);
      finish(failure(new SessionError({ code: 'requestFailed', message: `The request failed: ${text}`, cause })));
    });
  };
  if (isAborted) cancel();
  else if (run.connection() !== null) proceed(null);
  else stopWaiting = run.pending.addRequest(proceed);
  return cancel;
}

interface RequestContext {
  readonly run: SessionRun;
  readonly clock: Clock;
  readonly settle: (result: Result<Response>) => void;
}
