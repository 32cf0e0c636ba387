import type { RequestOptions } from '../actors/dependencies.ts';
import type { Clock } from '../clock.ts';
import { invalidArgument, SessionError } from '../errors.ts';
import { failure, type Result } from '../result.ts';
import { describeCause } from '../token/redact.ts';
import { type CallOptions, checkCallOptions, DEFAULT_CALL_TIMEOUT_MS } from './login-input.ts';
import type { SessionRun } from './session-run.ts';

/** An HTTP call in the session user's name; `timeoutMs` covers the wait for a connection and the call itself. */
export type ClientRequest = Omit<RequestOptions, 'signal'> & CallOptions;

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
  if (typeof path !== 'string' || !path.startsWith('/')) return refuse(invalidArgument('path', 'must start with "/"'));
  const invalid = checkCallOptions(options);
  if (invalid !== null) return refuse(invalid);
  if (!run.chart.hasTag('running')) {
    return refuse(
      new SessionError({ code: 'notLoggedIn', message: 'Nobody is logged in, so there is nobody to ask for.' }),
    );
  }
  const { timeoutMs = DEFAULT_CALL_TIMEOUT_MS, signal, ...request } = options;
  const controller = new AbortController();
  let stopWaiting = () => {};
  const finish: typeof settle = (result) => {
    stopWaiting();
    clock.clearTimeout(timer);
    signal?.removeEventListener('abort', cancel);
    settle(result);
  };
  const give = (code: 'cancelled' | 'requestTimedOut', message: string) => {
    finish(failure(new SessionError({ code, message })));
    controller.abort();
  };
  const cancel = () => give('cancelled', 'The request was cancelled.');
  const timer = clock.setTimeout(() => give('requestTimedOut', `No answer within ${timeoutMs} ms.`), timeoutMs);
  signal?.addEventListener('abort', cancel);

  const proceed = (ended: SessionError | null) => {
    if (ended !== null) return finish(failure(ended));
    const send = run.dataPlane.request;
    if (send === null) {
      return finish(failure(new SessionError({ code: 'internal', message: 'The client actor does not run.' })));
    }
    send(path, { ...request, signal: controller.signal }).then(finish, (thrown: unknown) => {
      const { text, cause } = describeCause(thrown);
      finish(failure(new SessionError({ code: 'requestFailed', message: `The request failed: ${text}`, cause })));
    });
  };
  if (signal?.aborted) cancel();
  else if (run.connection() !== null) proceed(null);
  else stopWaiting = run.pending.addRequest(proceed);
  return cancel;
}

interface RequestContext {
  readonly run: SessionRun;
  readonly clock: Clock;
  readonly settle: (result: Result<Response>) => void;
}
