import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApiError } from './error-codes.ts';

/*
 * Reading and answering HTTP. Pages on other ports use the server, so every answer allows every origin.
 */

/** What a route answers with. */
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
  /** The parsed body; `undefined` when there was none or it was no JSON. */
  readonly body: unknown;
  /** The body could not be parsed, or was too big. */
  readonly problem: ApiError | null;
}

/** The body as text; `null` once it is larger than `maxBytes`. Never rejects: a broken request reads as empty. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<string | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      // The rest is read and dropped, so that the answer reaches a client that is still sending.
      if (bytes <= maxBytes) chunks.push(chunk);
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

export function allowEveryOrigin(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE, OPTIONS');
  response.setHeader(
    'Access-Control-Allow-Headers',
    request.headers['access-control-request-headers'] ??
      'authorization, content-type, stream-auth-type, x-stream-client',
  );
  response.setHeader(
    'Access-Control-Expose-Headers',
    'Retry-After, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset',
  );
  response.setHeader('Access-Control-Max-Age', '600');
}

export function answerJson(response: ServerResponse, { status, body }: Reply): void {
  answer(response, status, 'application/json', JSON.stringify(body));
}

export function answerError(response: ServerResponse, error: ApiError, nowMs: number): void {
  for (const [name, value] of Object.entries(retryHeaders(error.retryAfterSeconds, nowMs)))
    response.setHeader(name, value);
  answerJson(response, { status: error.status, body: error.toBody() });
}

export function answer(response: ServerResponse, status: number, contentType: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

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
