import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './api-routes.ts';
import { ApiError } from './error-codes.ts';
import type { EventLog } from './event-log.ts';
import type { FaultRegistry } from './fault-registry.ts';
import type { Admission } from './gate.ts';
import {
  allowOrigin,
  type Call,
  parseBody,
  readBody,
  SERVER_HEADERS,
  sendApiError,
  sendJson,
  sendText,
} from './http.ts';
import { isObject } from './login.ts';
import { readUrl } from './sockets.ts';

/*
 * One HTTP call from its first byte to its response, and the faults that meet it on the way.
 */

export interface HttpHandlerDependencies {
  readonly admit: (request: IncomingMessage) => Admission;
  readonly api: Route;
  readonly dev: Route;
  readonly faults: () => FaultRegistry;
  readonly log: EventLog;
  readonly maxPayloadBytes: number;
  readonly now: () => number;
}

export function createHttpHandler(
  dependencies: HttpHandlerDependencies,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { admit, api, dev, faults, log, maxPayloadBytes, now } = dependencies;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = admit(request);
    if ('denial' in admission) return sendApiError(response, admission.denial, now());
    if (admission.origin !== null) allowOrigin(admission.origin, request, response);
    const url = readUrl(request);
    if (url === null) return sendApiError(response, new ApiError(4, 'The path is not valid'), now());
    if (request.method === 'OPTIONS') return void response.writeHead(204, SERVER_HEADERS).end();
    const text = await readBody(request, maxPayloadBytes);
    const call: Call = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      ...parseBody(text),
    };
    if (isControl(call.path)) return runRoute(response, dev, call);
    const userId = readUserId(call);
    record(response, call, userId);
    await applyFaults(response, call, userId);
  }

  function record(response: ServerResponse, { method, path }: Call, userId: string | null): void {
    log.count(userId, (counts) => {
      if (path === '/dev/token') counts.tokenCalls += 1;
      else counts.httpCalls += 1;
    });
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 0;
      log.emit({ type: 'http', userId, method, path, status });
    });
    log.emit({ type: 'httpCall', userId, method, path });
  }

  async function applyFaults(response: ServerResponse, call: Call, userId: string | null): Promise<void> {
    const isApi = !call.path.startsWith('/dev/');
    const matches = ({ path = '/' }: { readonly path?: string }) => call.path.startsWith(path);
    const holding = faults().take('holdHttp', userId, matches);
    if (holding !== undefined) await untilReleased(response, holding.hold);
    if (response.destroyed) return;
    if (isApi && faults().isActive('restart', userId)) return void response.destroy();
    const failure = faults().take('failHttp', userId, matches)?.fault;
    if (failure !== undefined) {
      const { status, code = -1, text, retryAfterSeconds } = failure;
      if (status === undefined) return void response.destroy();
      if (text !== undefined) return sendText(response, status, text);
      return sendApiError(response, new ApiError(code, undefined, { status, retryAfterSeconds }), now());
    }
    const limit = isApi ? faults().take('rateLimit', userId, ({ on = 'both' }) => on !== 'connect')?.fault : undefined;
    if (limit !== undefined) {
      return sendApiError(response, new ApiError(9, undefined, { retryAfterSeconds: limit.retryAfterSeconds }), now());
    }
    await runRoute(response, isApi ? api : dev, call);
  }

  async function runRoute(response: ServerResponse, route: Route, call: Call): Promise<void> {
    try {
      sendJson(response, await route(call));
    } catch (error) {
      sendApiError(response, error instanceof ApiError ? error : new ApiError(-1), now());
    }
  }

  return (request, response) => {
    response.on('error', () => response.destroy());
    handle(request, response).catch(() => response.destroy());
  };
}

/** Faults never meet these: they are the way out. */
function isControl(path: string): boolean {
  return path === '/dev/state' || path === '/dev/faults' || path.startsWith('/dev/faults/');
}

/** The user that the caller claims to be. A future guest is known only by the id that it wishes for. */
function readUserId({ query, body }: Call): string | null {
  const fromQuery = query.get('user_id');
  if (fromQuery !== null && fromQuery !== '') return fromQuery;
  const id = isObject(body) && isObject(body.user) ? body.user.id : null;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** Resolves when the fault releases the call, or the caller has gone away. */
function untilReleased(response: ServerResponse, hold: (release: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    const forget = hold(resolve);
    response.once('close', () => {
      forget();
      resolve();
    });
  });
}
