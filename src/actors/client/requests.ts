import { type FailureInfo, SessionError } from '../../errors.ts';
import type { FailedResponse, ProtocolHttp } from '../../protocol/protocol.ts';
import { errorCodeOf, type Verdict } from '../../protocol/verdict.ts';
import { failure, type Result, success } from '../../result.ts';
import { synchronous } from '../../synchronous.ts';
import { describeCause, redact } from '../../token/redact.ts';
import type { RequestEngine, RequestOptions } from '../dependencies.ts';
import { verdictOfResponse } from './checked-protocol.ts';
import { isWorthRetrying, readFailedResponse } from './failed-response.ts';
import { type LinkedSignal, linkSignals } from './linked-abort-signal.ts';
import { type ClientSession, endOf } from './session.ts';

/*
 * HTTP in the session user's name. A call belongs to the session in which it began, and ends with it: also its answer,
 * while that is still being read.
 */

export const createSender: RequestEngine['createSender'] = (dependencies, tokens, sessionFor) => {
  const { protocol, clock, fetch } = dependencies;

  return async ({ path, init, identity, sourceKey, giveUp }) => {
    const { http } = protocol;
    if (http === undefined) return failure(new SessionError(noHttp(protocol.name)));
    const session = sessionFor(identity, sourceKey);
    let linked: LinkedSignal | undefined;
    try {
      linked = linkSignals([session.signal, init.signal, giveUp]);
      // A `fetch` that does not heed its signal must not keep the call waiting.
      const result = await settledWith(call(session, http, path, { ...init, signal: linked.signal }), linked.signal);
      if (result.success) linked.releaseAfter(result.value);
      else linked.release();
      return result;
    } catch (error) {
      linked?.release();
      return failure(explain(error, session, init));
    }
  };

  async function call(
    session: ClientSession,
    http: ProtocolHttp,
    path: string,
    init: Prepared,
  ): Promise<Result<Response>> {
    const first = await settledWith(tokens.need(session), init.signal);
    if (!first.success) return first;
    const { loads } = session;
    const response = await send(session, http, path, init, first.value);
    if (response.ok) return success(response);
    const refusal = await readRefusal(session, http, response);
    if (refusal.meaning !== 'tokenExpired' || first.value === null) return fail(session, path, init, refusal);
    const second = await settledWith(tokens.renew(session, first.value, loads), init.signal);
    if (!second.success && second.error.code !== 'tokenRejected') return second;
    if (!second.success || init.duplex !== undefined) return fail(session, path, init, refusal);
    const repeated = await send(session, http, path, init, second.value);
    if (repeated.ok) return success(repeated);
    return fail(session, path, init, await readRefusal(session, http, repeated));
  }

  function send(
    session: ClientSession,
    http: ProtocolHttp,
    path: string,
    init: Prepared,
    token: string | null,
  ): Promise<Response> {
    if (init.signal.aborted) throw new Error('The call was ended before it was sent.');
    const { identity, connectionId } = session;
    const { method = init.body === undefined ? 'GET' : 'POST', body, duplex, query = {}, headers = {}, signal } = init;
    const { kind } = identity;
    const userId = session.userId();
    const address = { path, query, headers, kind, userId, connectionId, token };
    const { url, headers: signed } = synchronous(() => http.address(address));
    return fetch(url, {
      method,
      headers: signed,
      ...(body !== undefined && { body: body as BodyInit }),
      ...(duplex !== undefined && { duplex }),
      signal,
    });
  }

  async function readRefusal(session: ClientSession, http: ProtocolHttp, response: Response): Promise<Refusal> {
    const failed = await readFailedResponse(response, clock.now(), session.tokens());
    const judge = () => http.readError?.(failed);
    return { ...failed, ...verdictOfResponse(dependencies, failed.status, 'http.readError()', judge) };
  }

  function fail(session: ClientSession, path: string, init: Prepared, refusal: Refusal): Result<Response> {
    const { status, code, message: words = '', retryAfterMs = 0, body } = refusal;
    const { method = init.body === undefined ? 'GET' : 'POST' } = init;
    const waits = retryAfterMs > 0 ? ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.` : '';
    const number = code === undefined ? '' : `, code ${code}`;
    const said = words === '' ? '' : `: ${words}`;
    const [address = path] = path.split('?');
    const message = `${method} ${address} was answered ${status}${number}${said}.${waits}`;
    return failure(
      new SessionError({
        code: codeOf(refusal),
        message: redact(message, session.tokens()),
        status,
        serverCode: code,
        retryAfterMs: retryAfterMs > 0 ? retryAfterMs : undefined,
        retryable: isWorthRetrying(status),
        body,
      }),
    );
  }
};

type Refusal = FailedResponse & Verdict;

type Prepared = RequestOptions & { readonly signal: AbortSignal };

function codeOf({ meaning, code }: Refusal): FailureInfo['code'] {
  switch (meaning) {
    case 'token':
      return code === undefined ? 'requestFailed' : 'tokenRejected';
    case 'tokenExpired':
    case 'tokenTooEarly':
    case 'rateLimited':
      return errorCodeOf(meaning);
    default:
      return 'requestFailed';
  }
}

/** Why a call threw: it was ended from one of two sides, or it did not get through. */
function explain(error: unknown, session: ClientSession, init: RequestOptions): SessionError {
  if (session.ending !== null) return endOf(session);
  if (init.signal?.aborted === true) return new SessionError(CANCELLED);
  const { text, cause } = describeCause(error, session.tokens());
  return new SessionError({ code: 'requestFailed', message: `The request did not get through: ${text}.`, cause });
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

const CANCELLED: FailureInfo = { code: 'cancelled', message: 'The request was cancelled.' };

function noHttp(name: string): FailureInfo {
  return { code: 'notSupported', message: `The protocol ${name} has no HTTP.` };
}
