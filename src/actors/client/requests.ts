import { type FailureInfo, invalidArgument, SessionError } from '../../errors.ts';
import { classOf } from '../../protocol/classify.ts';
import type { ServerError } from '../../protocol/frames.ts';
import { callHeaders, callUrl } from '../../protocol/http.ts';
import { failure, type Result, success } from '../../result.ts';
import { describeCause, redact } from '../../token/redact.ts';
import type { Dependencies, RequestOptions } from '../dependencies.ts';
import { readErrorBody } from './error-body.ts';
import { type LinkedSignal, linkSignals } from './linked-abort-signal.ts';
import { type ClientSession, isOver, tokensOf } from './session.ts';
import type { TokenAnswer, TokenManager } from './token-manager.ts';

/*
 * HTTP in the session user's name. A call belongs to the session in which it began, and ends with it: also its answer,
 * while that is still being read.
 */

export type SendRequest = NonNullable<Dependencies['dataPlane']['request']>;

const TOKEN_EXPIRED = 40;

export function createRequests(
  dependencies: Dependencies,
  keeper: TokenManager,
  currentSession: () => ClientSession | null,
): SendRequest {
  const { baseUrl, apiKey, clientName, clock, fetch } = dependencies;

  return async (path, init, giveUp) => {
    const session = currentSession();
    if (session === null) return failure(new SessionError(NOT_LOGGED_IN));
    if (typeof path !== 'string' || !path.startsWith('/') || path.includes('#'))
      return failure(invalidArgument(...BAD_PATH));
    let cutOff: LinkedSignal | undefined;
    try {
      cutOff = linkSignals([session.end.signal, init.signal, giveUp]);
      // A `fetch` that does not heed its signal must not keep the call waiting.
      const answer = await settledWith(call(session, path, { ...init, signal: cutOff.signal }), cutOff.signal);
      if (answer.success) cutOff.releaseAfter(answer.value);
      else cutOff.release();
      return answer;
    } catch (error) {
      cutOff?.release();
      return failure(explain(error, session, init));
    }
  };

  async function call(session: ClientSession, path: string, init: Prepared): Promise<Result<Response>> {
    const first = await settledWith(keeper.need(session), init.signal);
    if (!first.ok) return refuse(first);
    const loads = session.loads;
    const response = await send(session, path, init, first.token);
    if (response.ok) return success(response);
    const error = await readErrorBody(response, clock.now());
    if (error.code !== TOKEN_EXPIRED || first.token === null) return fail(session, path, init, error);
    const second = await settledWith(keeper.renew(session, first.token, loads), init.signal);
    if (!second.ok) return second.failure.code === 'tokenRejected' ? fail(session, path, init, error) : refuse(second);
    if (init.duplex !== undefined) return fail(session, path, init, error);
    const repeated = await send(session, path, init, second.token);
    if (repeated.ok) return success(repeated);
    return fail(session, path, init, await readErrorBody(repeated, clock.now()));
  }

  function send(session: ClientSession, path: string, init: Prepared, token: string | null): Promise<Response> {
    if (init.signal.aborted) throw new Error('The call was ended before it was sent.');
    const { identity, connectionId } = session;
    const { method = init.body === undefined ? 'GET' : 'POST', body, duplex, query = {}, headers = {}, signal } = init;
    const userId = session.token?.user?.id ?? identity.user.id;
    return fetch(callUrl({ baseUrl, apiKey, path, query, userId, connectionId }), {
      method,
      headers: callHeaders(headers, identity, token, clientName),
      ...(body !== undefined && { body: body as BodyInit }),
      ...(duplex !== undefined && { duplex }),
      signal,
    });
  }

  function fail(session: ClientSession, path: string, init: Prepared, error: ServerError): Result<Response> {
    const { method = init.body === undefined ? 'GET' : 'POST' } = init;
    const waits = error.retryAfterMs > 0 ? ` It asks to wait ${Math.ceil(error.retryAfterMs / 1000)} s.` : '';
    const number = error.code === null ? '' : `, code ${error.code}`;
    const said = error.message === '' ? '' : `: ${error.message}`;
    const [address = path] = path.split('?');
    const message = `${method} ${address} was answered ${error.statusCode}${number}${said}.${waits}`;
    return failure(
      new SessionError({
        code: codeOf(error),
        message: redact(message, tokensOf(session)),
        ...(error.code !== null && { serverCode: error.code }),
      }),
    );
  }
}

type Prepared = RequestOptions & { readonly signal: AbortSignal };

function codeOf(error: ServerError): FailureInfo['code'] {
  switch (classOf(error)) {
    case 'token':
      return error.code === null ? 'requestFailed' : 'tokenRejected';
    case 'tokenTooEarly':
      return 'tokenTooEarly';
    case 'rateLimited':
      return 'rateLimited';
    default:
      return 'requestFailed';
  }
}

function refuse({ failure: info, cause }: Extract<TokenAnswer, { readonly ok: false }>): Result<Response> {
  return failure(new SessionError({ ...info, cause }));
}

/** Why a call threw: it was ended from one of two sides, or it did not get through. */
function explain(error: unknown, session: ClientSession, init: RequestOptions): SessionError {
  if (isOver(session)) return new SessionError(endOf(session));
  if (init.signal?.aborted === true) return new SessionError(CANCELLED);
  const { text, cause } = describeCause(error, tokensOf(session));
  return new SessionError({ code: 'requestFailed', message: `The request did not get through: ${text}.`, cause });
}

/** Why the session ended, as `end.abort(…)` was told. */
function endOf(session: ClientSession): FailureInfo {
  const reason: unknown = session.end.signal.reason;
  return reason instanceof SessionError ? { code: reason.code, message: reason.message } : SESSION_ENDED;
}

/** The value of `promise`, or a throw as soon as `signal` is aborted. */
function settledWith<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('The call was ended.'));
    signal.addEventListener('abort', stop, { once: true });
    // Listened to in any case, so that what fails after the abort is no unhandled rejection.
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}

const BAD_PATH = ['path', 'must be a path below the base URL: begin with "/", and hold no "#".'] as const;
const NOT_LOGGED_IN: FailureInfo = { code: 'notLoggedIn', message: 'Nobody is logged in.' };
const CANCELLED: FailureInfo = { code: 'cancelled', message: 'The request was cancelled.' };
const SESSION_ENDED: FailureInfo = { code: 'loggedOut', message: 'The session ended before the request did.' };
