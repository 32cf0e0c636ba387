import { type FailureInfo, SessionError } from '../../errors.ts';
import type { FailedResponse, ProtocolHttp } from '../../protocol/protocol.ts';
import { errorCodeOf } from '../../protocol/verdict.ts';
import { failure, type Result, success } from '../../result.ts';
import { synchronous } from '../../synchronous.ts';
import { describeCause, redact } from '../../token/redact.ts';
import type { Dependencies, RequestEngine, RequestOptions, RequestTokens } from '../dependencies.ts';
import { isSuccess, isWorthRetrying, type Refusal, readRefusal, WITHOUT_REDIRECTS } from './failed-response.ts';
import { type LinkedSignal, linkSignals } from './linked-abort-signal.ts';
import { type ClientSession, endOf } from './session.ts';

/*
 * HTTP in the session user's name. A call belongs to the session in which it began, and ends with it: also its answer,
 * while that is still being read.
 */

export const createSender: RequestEngine['createSender'] =
  (dependencies, tokens, sessionFor) =>
  async ({ path, init, identity, sourceKey, giveUp }) => {
    const { http, name } = dependencies.protocol;
    if (http === undefined) return failure(new SessionError(noHttp(name)));
    const session = sessionFor(identity, sourceKey);
    let linked: LinkedSignal | undefined;
    try {
      linked = linkSignals([session.signal, init.signal, giveUp]);
      const { signal } = linked;
      const call = new SessionCall(dependencies, session, http, path, { ...init, signal });
      // A `fetch` that does not heed its signal must not keep the call waiting.
      const result = await settledWith(call.result(tokens), signal);
      if (result.success) linked.releaseAfter(result.value);
      else linked.release();
      return result;
    } catch (error) {
      linked?.release();
      return failure(explain(error, session, init));
    }
  };

/** One call, sent once more with another token where the server objects to the first one. */
class SessionCall {
  readonly #dependencies: Dependencies;
  readonly #session: ClientSession;
  readonly #http: ProtocolHttp;
  readonly #path: string;
  readonly #init: Prepared;
  /** The token of the newest request: the session may hold another one by the time of the response. */
  #sent = '';

  constructor(dependencies: Dependencies, session: ClientSession, http: ProtocolHttp, path: string, init: Prepared) {
    this.#dependencies = dependencies;
    this.#session = session;
    this.#http = http;
    this.#path = path;
    this.#init = init;
  }

  async result(tokens: RequestTokens): Promise<Result<Response>> {
    const session = this.#session;
    const first = await tokens.need(session);
    if (!first.success) return first;
    const { loads } = session;
    const response = await this.#send(first.value);
    if (isSuccess(response)) return success(response);
    const refusal = await this.#readRefusal(response);
    if (refusal.meaning !== 'tokenExpired' || first.value === null) return this.#fail(refusal);
    const second = await tokens.renew(session, first.value, loads);
    if (!second.success && second.error.code !== 'tokenRejected') return second;
    if (!second.success || this.#init.duplex !== undefined) return this.#fail(refusal);
    const repeated = await this.#send(second.value);
    return isSuccess(repeated) ? success(repeated) : this.#fail(await this.#readRefusal(repeated));
  }

  get #method(): string {
    const { body, method = body === undefined ? 'GET' : 'POST' } = this.#init;
    return method;
  }

  #send(token: string | null): Promise<Response> {
    this.#sent = token ?? '';
    const { body, duplex, query = {}, headers = {}, signal } = this.#init;
    if (signal.aborted) throw new Error('The call was ended before it was sent.');
    const { identity, connectionId } = this.#session;
    const userId = this.#session.userId();
    const call = { path: this.#path, query, headers, kind: identity.kind, userId, connectionId, token };
    const { url, headers: signed } = synchronous(() => this.#http.address(call));
    return this.#dependencies.fetch(url, {
      ...WITHOUT_REDIRECTS,
      method: this.#method,
      headers: signed,
      ...(body !== undefined && { body: body as BodyInit }),
      ...(duplex !== undefined && { duplex }),
      signal,
    });
  }

  #readRefusal(response: Response): Promise<Refusal> {
    const readError = (failed: FailedResponse) => this.#http.readError?.(failed);
    return readRefusal(response, this.#dependencies, 'http.readError()', readError, this.#knownTokens());
  }

  #knownTokens(): readonly string[] {
    return [...this.#session.tokens(), this.#sent];
  }

  #fail(refusal: Refusal): Result<Response> {
    const { status, code, message: words = '', retryAfterMs = 0, body } = refusal;
    const waits = retryAfterMs > 0 ? ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.` : '';
    const number = code === undefined ? '' : `, code ${code}`;
    const said = words === '' ? '' : `: ${words}`;
    const [address = ''] = this.#path.split('?');
    const message = `${this.#method} ${address} returned ${status || 'a redirect'}${number}${said}.${waits}`;
    return failure(
      new SessionError({
        code: codeOf(refusal),
        message: redact(message, this.#knownTokens()),
        status: status || undefined,
        serverCode: code,
        retryAfterMs: retryAfterMs > 0 ? retryAfterMs : undefined,
        retryable: isWorthRetrying(status),
        body,
      }),
    );
  }
}

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
