import type { IncomingMessage, ServerResponse } from 'node:http';
import { SAFE_HEADERS } from '../access/http-server.ts';
import { ApiError } from './error-codes.ts';
import { parseJson } from './json.ts';

/** What a route returns: JSON, or text from anywhere, which no browser takes for a page or a script of this server. */
export interface Reply {
  readonly status: number;
  readonly body: string | Readonly<Record<string, unknown>>;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** The parsed body; `undefined` when there was none or it was not JSON. */
  readonly body: unknown;
  /** Why the body could not be used: too big, or not JSON. */
  readonly problem: ApiError | null;
}

/** @throws ApiError, which becomes the response. */
export type Route = (call: Call) => Reply | Promise<Reply>;

/** `null` unless the request's target is a path of this server. */
export function readUrl({ url = '' }: IncomingMessage): URL | null {
  const text = `http://dev.invalid${url}`;
  return url.startsWith('/') && URL.canParse(text) ? new URL(text) : null;
}

/** How many times `maxBytes` are read, and dropped, so that the response reaches a client that is still sending. */
const DRAINED_BODIES = 8;
/** How many bodies of `maxBytes` may be on their way: what many slow senders can make the server keep. */
const BODIES_AT_ONCE = 100;

/** Reads bodies of up to `maxBytes` as JSON. Never rejects: a broken request reads as empty. */
export function createBodyReader(maxBytes: number) {
  let keptBytes = 0;
  return async (request: IncomingMessage): Promise<Pick<Call, 'body' | 'problem'>> => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let ownBytes = 0;
    const drop = () => {
      chunks.length = 0;
      keptBytes -= ownBytes;
      ownBytes = 0;
    };
    try {
      for await (const chunk of request as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > DRAINED_BODIES * maxBytes) request.destroy();
        if (bytes <= maxBytes && keptBytes + chunk.length <= BODIES_AT_ONCE * maxBytes) {
          chunks.push(chunk);
          ownBytes += chunk.length;
          keptBytes += chunk.length;
        } else {
          bytes = Math.max(bytes, maxBytes + 1);
          drop();
        }
      }
      return bytes > maxBytes ? TOO_BIG : parseBody(Buffer.concat(chunks).toString());
    } catch {
      return NO_BODY;
    } finally {
      drop();
    }
  };
}

const NO_BODY = { body: undefined, problem: null };
const TOO_BIG = { body: undefined, problem: new ApiError(22) };

function parseBody(text: string): Pick<Call, 'body' | 'problem'> {
  if (text === '') return NO_BODY;
  const body = parseJson(text);
  return { body, problem: body === undefined ? new ApiError(4, 'The body is not JSON') : null };
}

export function allowOrigin(origin: string, request: IncomingMessage, response: ServerResponse): void {
  const headers = {
    'Access-Control-Allow-Origin': origin,
    Vary: 'Origin',
    'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
    'Access-Control-Allow-Headers':
      request.headers['access-control-request-headers'] ??
      'authorization, content-type, stream-auth-type, x-stream-client',
    'Access-Control-Expose-Headers': 'Retry-After, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
    'Access-Control-Max-Age': '600',
  };
  response.setHeaders(new Map(Object.entries(headers)));
}

/** Cuts a caller that takes longer than `timeoutMs` to read: what it has not read is kept here. */
export function sendReply(response: ServerResponse, { status, body }: Reply, timeoutMs: number): void {
  if (response.headersSent || response.destroyed) return;
  const [type, text] =
    typeof body === 'string' ? ['text/plain; charset=utf-8', body] : ['application/json', JSON.stringify(body)];
  const length = Buffer.byteLength(text);
  response.writeHead(status, { ...SERVER_HEADERS, 'Content-Type': type, 'Content-Length': length }).end(text);
  const timer = setTimeout(() => response.destroy(), timeoutMs).unref();
  response.once('close', () => clearTimeout(timer));
}

export function sendApiError(response: ServerResponse, error: ApiError, nowMs: number, timeoutMs: number): void {
  const { retryAfterSeconds } = error;
  if (retryAfterSeconds !== undefined) {
    // A number of seconds, and a time in whole seconds since the epoch.
    response.setHeader('Retry-After', Math.ceil(retryAfterSeconds));
    response.setHeader('x-ratelimit-limit', 1);
    response.setHeader('x-ratelimit-remaining', 0);
    response.setHeader('x-ratelimit-reset', Math.ceil(nowMs / 1000 + retryAfterSeconds));
  }
  sendReply(response, { status: error.status, body: error.toBody() }, timeoutMs);
}

/** With every response: whatever it holds, a browser shows it as inert text. */
export const SERVER_HEADERS = {
  ...SAFE_HEADERS,
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cache-Control': 'no-store',
} as const;
