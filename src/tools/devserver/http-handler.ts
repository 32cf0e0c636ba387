import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { isFilledString } from '../../input.ts';
import { ApiError } from './error-codes.ts';
import type { CausedFault } from './fault-registry.ts';
import type { Gate } from './gate.ts';
import {
  allowOrigin,
  type Call,
  createBodyReader,
  type Reply,
  type Route,
  readUrl,
  SERVER_HEADERS,
  sendApiError,
  sendReply,
} from './http.ts';
import { fieldsOf } from './json.ts';
import type { Parts } from './parts.ts';

/** Handles one HTTP call from its first byte to its response, with the faults that meet it on the way. */
export function createHttpHandler(
  { faults, log, maxPayloadBytes, now, requestTimeoutMs }: Parts,
  { admit, api, dev }: { readonly admit: Gate; readonly api: Route; readonly dev: Route },
): RequestListener {
  const readBody = createBodyReader(maxPayloadBytes);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = admit(request);
    if ('denial' in admission) throw admission.denial;
    if (admission.origin !== null) allowOrigin(admission.origin, request, response);
    const url = readUrl(request);
    if (url === null) throw new ApiError(4, 'The path is not valid');
    if (request.method === 'OPTIONS') return void response.writeHead(204, SERVER_HEADERS).end();
    const { method = 'GET', headers } = request;
    const { pathname: path, searchParams: query } = url;
    const call: Call = { method, path, query, headers, ...(await readBody(request)) };
    if (isControl(path)) return sendReply(response, await dev(call), requestTimeoutMs);
    const userId = readUserId(call);
    record(response, call, userId);
    const reply = await meetFaults(response, call, userId);
    if (reply === 'cut') response.destroy();
    else sendReply(response, reply ?? (await (isApi(path) ? api : dev)(call)), requestTimeoutMs);
  }

  function record(response: ServerResponse, { method, path }: Call, userId: string | null): void {
    log.count(userId, path === '/dev/token' ? 'tokenCalls' : 'httpCalls');
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 0;
      log.emit({ type: 'http', userId, method, path, status });
    });
    log.emit({ type: 'httpCall', userId, method, path });
  }

  /** The reply of a fault that meets the call, `null` when none does. @throws ApiError, as a fault wants it. */
  async function meetFaults(
    response: ServerResponse,
    { path }: Call,
    userId: string | null,
  ): Promise<Reply | 'cut' | null> {
    const matches = (fault: { readonly path?: string }) => path.startsWith(fault.path ?? '/');
    const holding = faults.take('holdHttp', userId, matches);
    if (holding !== undefined) await untilReleased(response, holding);
    if (response.destroyed || (isApi(path) && faults.isActive('restart', userId))) return 'cut';
    const failure = faults.take('failHttp', userId, matches)?.fault;
    if (failure !== undefined) {
      const { status, code = -1, text, retryAfterSeconds } = failure;
      if (status === undefined) return 'cut';
      if (text !== undefined) return { status, body: text };
      throw new ApiError(code, undefined, { status, retryAfterSeconds });
    }
    const limit = isApi(path) && faults.take('rateLimit', userId, ({ on }) => on !== 'connect');
    if (limit) throw new ApiError(9, undefined, { retryAfterSeconds: limit.fault.retryAfterSeconds });
    return null;
  }

  return (request, response) => {
    response.on('error', () => response.destroy());
    handle(request, response).catch((error: unknown) =>
      sendApiError(response, error instanceof ApiError ? error : new ApiError(-1), now(), requestTimeoutMs),
    );
  };
}

const isApi = (path: string): boolean => !path.startsWith('/dev/');

/** Faults never meet these: they are the way out. */
const isControl = (path: string): boolean => /^\/dev\/(?:state$|faults(?:\/|$))/.test(path);

/** The user that the caller claims to be. A future guest is known only by the id that it wishes for. */
function readUserId({ query, body }: Call): string | null {
  const id = query.get('user_id') || fieldsOf(fieldsOf(body).user).id;
  return isFilledString(id) ? id : null;
}

/** Resolves when the fault releases the call, or the caller has gone away. */
function untilReleased(response: ServerResponse, fault: CausedFault): Promise<void> {
  return new Promise((resolve) => {
    const forget = fault.hold(resolve);
    response.once('close', () => {
      forget();
      resolve();
    });
  });
}
