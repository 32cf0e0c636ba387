import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from './api-routes.ts';
import { ApiError } from './error-codes.ts';
import type { Ledger } from './event-log.ts';
import type { FaultRegistry } from './fault-registry.ts';
import { allowEveryOrigin, answer, answerError, answerJson, type Call, parseBody, readBody } from './http.ts';
import { isObject } from './login.ts';
import { readUrl } from './sockets.ts';

/*
 * One HTTP call from its first byte to its answer, and the faults that meet it on the way.
 */

export interface CallsDependencies {
  readonly api: Route;
  readonly dev: Route;
  readonly faults: () => FaultRegistry;
  readonly ledger: Ledger;
  readonly maxPayloadBytes: number;
  readonly now: () => number;
}

export function createCallHandler(
  dependencies: CallsDependencies,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { api, dev, faults, ledger, maxPayloadBytes, now } = dependencies;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    allowEveryOrigin(request, response);
    const url = readUrl(request);
    if (url === null) return answerError(response, new ApiError(4, 'The path is not valid'), now());
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const text = await readBody(request, maxPayloadBytes);
    const call: Call = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      ...parseBody(text),
    };
    if (isControl(call.path)) return respond(response, dev, call);
    const userId = readUserId(call);
    announce(response, call, userId);
    await meetFaults(response, call, userId);
  }

  function announce(response: ServerResponse, { method, path }: Call, userId: string | null): void {
    ledger.tally(userId, (tally) => {
      if (path === '/dev/token') tally.tokenCalls += 1;
      else tally.httpCalls += 1;
    });
    response.once('close', () => {
      const status = response.writableFinished ? response.statusCode : 0;
      ledger.emit({ type: 'http', userId, method, path, status });
    });
    ledger.emit({ type: 'httpCall', userId, method, path });
  }

  async function meetFaults(response: ServerResponse, call: Call, userId: string | null): Promise<void> {
    const isApi = !call.path.startsWith('/dev/');
    const meets = ({ path = '/' }: { readonly path?: string }) => call.path.startsWith(path);
    const holding = faults().take('holdHttp', userId, meets);
    if (holding !== undefined) await held(response, holding.hold);
    if (response.destroyed) return;
    if (isApi && faults().isActive('restart', userId)) return void response.destroy();
    const failure = faults().take('failHttp', userId, meets)?.fault;
    if (failure !== undefined) {
      const { status, code = -1, text, retryAfterSeconds } = failure;
      if (status === undefined) return void response.destroy();
      if (text !== undefined) return answer(response, status, 'text/html', text);
      return answerError(response, new ApiError(code, undefined, { status, retryAfterSeconds }), now());
    }
    const limit = isApi ? faults().take('rateLimit', userId, ({ on = 'both' }) => on !== 'connect')?.fault : undefined;
    if (limit !== undefined) {
      return answerError(response, new ApiError(9, undefined, { retryAfterSeconds: limit.retryAfterSeconds }), now());
    }
    await respond(response, isApi ? api : dev, call);
  }

  async function respond(response: ServerResponse, route: Route, call: Call): Promise<void> {
    try {
      answerJson(response, await route(call));
    } catch (error) {
      answerError(response, error instanceof ApiError ? error : new ApiError(-1), now());
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

/** Who calls, by their own word. A guest is not known yet by any other id than the wished one. */
function readUserId({ query, body }: Call): string | null {
  const fromQuery = query.get('user_id');
  if (fromQuery !== null && fromQuery !== '') return fromQuery;
  const id = isObject(body) && isObject(body.user) ? body.user.id : null;
  return typeof id === 'string' && id !== '' ? id : null;
}

/** Resolves when the fault lets go, or the caller went away. */
function held(response: ServerResponse, hold: (letGo: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    const forget = hold(resolve);
    response.once('close', () => {
      forget();
      resolve();
    });
  });
}
