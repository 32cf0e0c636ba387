import {
  CANCELLED,
  type FailureInfo,
  failed,
  failure,
  isSessionError,
  notSupported,
  type Result,
  SessionError,
  success,
} from '../../errors.ts';
import { follow } from '../../follow-signal.ts';
import { isInstance } from '../../input.ts';
import type { FailedResponse, ProtocolHttp } from '../../protocol/protocol.ts';
import { ADDRESS } from '../../protocol/shapes.ts';
import { MEANINGS, type Meaning } from '../../protocol/verdict.ts';
import { describeCause, read, redact } from '../../token/redact.ts';
import type { Dependencies, RequestEngine, RequestOptions } from '../dependencies.ts';
import { callMember, ProtocolFault } from './checked-protocol.ts';
import { fetchResponse, isSuccess, isWorthRetrying, type Refusal, readRefusal } from './failed-response.ts';
import { type LinkedSignal, linkSignals } from './linked-abort-signal.ts';
import type { ClientSession } from './session.ts';

/*
 * HTTP in the session user's name. A call belongs to the session in which it began, and ends with it: also its answer,
 * while that is still being read.
 */

export const createSender: RequestEngine['createSender'] =
  (dependencies, sessionFor) =>
  async ({ path, init, identity, sourceKey, giveUp }) => {
    const session = sessionFor(identity, sourceKey);
    let linked: LinkedSignal | undefined;
    try {
      const { protocol } = dependencies;
      const { http } = protocol;
      if (http === undefined) return failed(notSupported(protocol, 'HTTP'));
      linked = linkSignals([session.signal, init.signal, giveUp]);
      const { signal } = linked;
      const call: SessionCall = { dependencies, session, http, path, init: { ...init, signal }, sent: '' };
      // A `fetch` that does not heed its signal must not keep the call waiting.
      const result = await settledWith(resultOf(call), signal);
      if (result.success) linked.releaseAfter(result.value);
      else linked.release();
      return result;
    } catch (error) {
      linked?.release();
      return failure(explain(error, session));
    }
  };

interface SessionCall {
  readonly dependencies: Dependencies;
  readonly session: ClientSession;
  readonly http: ProtocolHttp;
  readonly path: string;
  readonly init: RequestOptions & { readonly signal: AbortSignal };
  /** The token of the newest request: the session may hold another one by the time of the response. */
  sent: string;
}

/** Sends a call, and sends it once more with another token where the server objects to the first one. */
async function resultOf(call: SessionCall): Promise<Result<Response>> {
  const { session } = call;
  const first = await session.needToken();
  if (!first.success) return first;
  const { loads } = session;
  const response = await send(call, first.value);
  if (isSuccess(response)) return success(response);
  const refusal = await refusalIn(call, response);
  // Where the call was ended while the response was being read, its token is of no use any more (law 2).
  if (refusal.meaning !== 'tokenExpired' || first.value === null || call.init.signal.aborted) {
    return refused(call, refusal);
  }
  const second = await session.renewToken(first.value, loads);
  if (!second.success && second.error.code !== 'tokenRejected') return second;
  if (!second.success || call.init.duplex !== undefined) return refused(call, refusal);
  const repeated = await send(call, second.value);
  return isSuccess(repeated) ? success(repeated) : refused(call, await refusalIn(call, repeated));
}

const methodOf = ({ body, method = body === undefined ? 'GET' : 'POST' }: RequestOptions): string => method;

function send(call: SessionCall, token: string | null): Promise<Response> {
  const { dependencies, session, http, path, init } = call;
  const { body, duplex, query = {}, headers = {}, signal } = init;
  call.sent = token ?? '';
  const { identity, connectionId } = session;
  const asked = { path, query, headers, kind: identity.kind, userId: session.userId(), connectionId, token };
  const address = () => http.address(asked);
  const { url, headers: signed } = callMember(dependencies.protocol.name, 'http.address()', address, ADDRESS);
  // The protocol may have ended the session.
  if (signal.aborted) throw new SessionError(CANCELLED);
  const sent = { method: methodOf(init), headers: signed, body: body as BodyInit | undefined, duplex, signal };
  return fetchResponse(dependencies, url, sent);
}

function refusalIn(call: SessionCall, response: Response): Promise<Refusal> {
  const readError = (response: FailedResponse) => call.http.readError?.(response);
  return readRefusal(response, call.dependencies, 'http.readError()', readError, call.init.signal, knownTokens(call));
}

function knownTokens({ session, sent }: SessionCall): readonly string[] {
  const tokens = session.tokens();
  return tokens.includes(sent) ? tokens : [...tokens, sent];
}

function refused(call: SessionCall, refusal: Refusal): Result<Response> {
  const { status, code, message: words = '', retryAfterMs = 0, body } = refusal;
  const waits = retryAfterMs > 0 ? ` It asks to wait ${Math.ceil(retryAfterMs / 1000)} s.` : '';
  const number = code === undefined ? '' : `, code ${code}`;
  const said = words === '' ? '' : `: ${words}`;
  const [address = ''] = call.path.split('?');
  const message = `${methodOf(call.init)} ${address} returned ${status || 'a redirect'}${number}${said}.${waits}`;
  const errorCode = codeOf(refusal);
  return failed({
    code: errorCode,
    message: redact(message, knownTokens(call)),
    status: status || undefined,
    serverCode: code,
    retryAfterMs: retryAfterMs > 0 ? retryAfterMs : undefined,
    retryable: errorCode === 'requestFailed' ? isWorthRetrying(status) : undefined,
    body,
  });
}

/** Those with a code of their own. A gateway that objects to the token gives no code of the backend, and may mean another. */
const NAMED: readonly Meaning[] = ['token', 'tokenExpired', 'tokenTooEarly', 'rateLimited'];

function codeOf({ meaning, code }: Refusal): FailureInfo['code'] {
  return NAMED.includes(meaning) && (meaning !== 'token' || code !== undefined)
    ? MEANINGS[meaning][1]
    : 'requestFailed';
}

/** Why a call threw: it was ended from one of two sides, or it did not get through. */
function explain(error: unknown, session: ClientSession): SessionError {
  if (session.ending !== null) return new SessionError(session.ending);
  const tokens = session.tokens();
  if (isInstance(error, ProtocolFault)) {
    const message = redact(error.message, tokens);
    return new SessionError({ code: 'protocolFailed', message, cause: error.cause });
  }
  // A body that turns out to be unusable while it is read; most kinds of `fetch` wrap what it throws.
  const thrown = [error, read(error, 'cause')].find(isSessionError);
  if (thrown) return thrown;
  const { text, cause } = describeCause(error, tokens);
  return new SessionError({ code: 'requestFailed', message: `The request failed: ${text}.`, cause });
}

/** The value of `promise`, or a throw as soon as `signal` is aborted. */
function settledWith<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(new SessionError(CANCELLED));
    const stopFollowing = follow(signal, cancel);
    // Listened to in any case, so that what fails after the abort is no unhandled rejection.
    promise.then(resolve, reject).finally(stopFollowing);
    if (signal.aborted) cancel();
  });
}
