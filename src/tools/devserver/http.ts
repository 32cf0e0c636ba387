import type { IncomingMessage, ServerResponse } from 'node:http';
import { SAFE_HEADERS, setHeaders } from '../access/http-limits.ts';
import { ApiError } from './error-codes.ts';

/*
 * Reading and answering HTTP.
 */

/** What a route returns. */
export interface Reply {
  readonly status: number;
  /** JSON. */
  readonly body: Readonly<Record<string, unknown>> | readonly unknown[];
}

/** A call, read. */
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

/** How many times `maxBytes` are read, and dropped, so that the response reaches a client that is still sending. */
const DRAINED_BODIES = 8;

/** The body as text; `null` once it is larger than `maxBytes`. Never rejects: a broken request reads as empty. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) chunks.push(chunk);
      else if (bytes > DRAINED_BODIES * maxBytes) request.destroy();
    });
    request.on('end', () => resolve(bytes <= maxBytes ? Buffer.concat(chunks).toString() : null));
    request.on('error', () => resolve(''));
    request.on('close', () => resolve(''));
  });
}

export function parseBody(text: string | null): Pick<Call, 'body' | 'problem'> {
  if (text === null) return { body: undefined, problem: new ApiError(22) };
  if (text === '') return { body: undefined, problem: null };
  try {
    return { body: JSON.parse(text), problem: null };
  } catch {
    return { body: undefined, problem: new ApiError(4, 'The body is not JSON') };
  }
}

/** Lets a page of `origin` read the response. */
export function allowOrigin(origin: string, request: IncomingMessage, response: ServerResponse): void {
  setHeaders(response, {
    'Access-Control-Allow-Origin': origin,
    Vary: 'Origin',
    'Access-Control-Allow-Methods': 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
    'Access-Control-Allow-Headers':
      request.headers['access-control-request-headers'] ??
      'authorization, content-type, stream-auth-type, x-stream-client',
    'Access-Control-Expose-Headers': 'Retry-After, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
    'Access-Control-Max-Age': '600',
  });
}

export function sendJson(response: ServerResponse, { status, body }: Reply): void {
  send(response, status, 'application/json', JSON.stringify(body));
}

/** Sends text from anywhere, which no browser takes for a page or a script of this server. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  send(response, status, 'text/plain; charset=utf-8', text);
}

export function sendApiError(response: ServerResponse, error: ApiError, nowMs: number): void {
  setHeaders(response, retryHeaders(error.retryAfterSeconds, nowMs));
  sendJson(response, { status: error.status, body: error.toBody() });
}

function send(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  setHeaders(response, SERVER_HEADERS);
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

/** With every response: whatever it holds, a browser shows it as inert text. */
export const SERVER_HEADERS = {
  ...SAFE_HEADERS,
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
  'Cache-Control': 'no-store',
} as const;

/** `x-ratelimit-reset` is a time, in whole seconds since the epoch; `Retry-After` a number of seconds. */
export function retryHeaders(retryAfterSeconds: number | undefined, nowMs: number): Record<string, string> {
  if (retryAfterSeconds === undefined) return {};
  return {
    'Retry-After': String(Math.ceil(retryAfterSeconds)),
    'x-ratelimit-limit': '1',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(nowMs / 1000 + retryAfterSeconds)),
  };
}
