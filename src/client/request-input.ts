import type { RequestOptions } from '../actors/dependencies.ts';
import { invalidArgument } from '../errors.ts';
import { isReserved, reservedNameIn } from '../protocol/reserved.ts';
import { failure, type Result, success } from '../result.ts';
import { type CallBounds, type CallOptions, parseCallOptions, readSafely } from './call-bounds.ts';

/** An HTTP call in the session user's name; `timeoutMs` covers the wait for a connection and the call itself. */
export interface ClientRequest extends CallOptions {
  /** Default: `POST` with a body, `GET` without. */
  readonly method?: string;
  /**
   * `FormData`, `Blob`, `URLSearchParams`, `ArrayBuffer`, typed arrays and `ReadableStream` go to `fetch` as they are; a
   * stream is not sent again after the server refused the token. Anything else is sent as JSON.
   */
  readonly body?: unknown;
  /**
   * What is `undefined` is left out. `user_id`, `connection_id` and `api_key` are added; those, and the names by which
   * the session proves itself, are refused here and in the path.
   */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /**
   * As for `fetch`: a record, pairs, or `Headers`. `Authorization`, `stream-auth-type` and `X-Stream-Client` are set by
   * the session and cannot be replaced.
   */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | Iterable<readonly string[]> | Headers;
}

interface CheckedRequest {
  readonly bounds: CallBounds;
  readonly init: RequestOptions;
}

/** Checks what `request` was given, and brings it into the form in which it is sent. Never throws. */
export function parseRequest(
  path: string,
  options: ClientRequest,
  reserved: readonly string[],
): Result<CheckedRequest> {
  if (typeof path !== 'string' || !path.startsWith('/') || path.includes('#')) {
    return failure(invalidArgument('path', 'must begin with "/" and hold no "#"'));
  }
  const taken = reservedNameIn(reserved, path);
  if (taken !== null) return failure(invalidArgument('path', `must not hold ${taken}: the session sets it`));
  const bounds = parseCallOptions(options);
  if (!bounds.success) return bounds;
  return readSafely('options', () => {
    const { method, body, query, headers } = options;
    const { type, ...content } = contentOf(body);
    checkMethod(method, body !== undefined);
    const init = { ...content, query: queryOf(query, reserved), headers: { ...type, ...headersOf(headers) } };
    return success({ bounds: bounds.value, init: method === undefined ? init : { ...init, method } });
  });
}

function checkMethod(method: unknown, hasBody: boolean): void {
  if (method === undefined) return;
  if (typeof method !== 'string' || !/^[\w-]+$/.test(method)) throw invalidArgument('method', 'expected its name');
  if (hasBody && /^(get|head)$/i.test(method)) throw invalidArgument('body', `${method} takes none`);
}

function contentOf(body: unknown): Pick<RequestOptions, 'body' | 'duplex'> & { readonly type?: object } {
  if (body === undefined) return {};
  if (typeof body === 'object' && body !== null) {
    if (isA('ReadableStream', body)) return { body, duplex: 'half' };
    if (ArrayBuffer.isView(body) || AS_THEY_ARE.some((name) => isA(name, body))) return { body };
  }
  const text = jsonOf(body);
  if (text === undefined) throw invalidArgument('body', 'must be JSON, or a body that fetch takes');
  return { body: text, type: { 'content-type': 'application/json' } };
}

function jsonOf(body: unknown): string | undefined {
  try {
    return JSON.stringify(body);
  } catch {
    return undefined;
  }
}

function queryOf(query: unknown, reserved: readonly string[]): Record<string, string> {
  if (query === undefined) return {};
  if (typeof query !== 'object' || query === null || Symbol.iterator in query) {
    throw invalidArgument('query', 'expected an object of names and values');
  }
  const texts = new Map<string, string>();
  for (const [name, value] of Object.entries(query)) {
    if (isReserved(reserved, name)) throw invalidArgument(`query.${name}`, 'the session sets it');
    if (value === undefined) continue;
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw invalidArgument(`query.${name}`, 'expected a string, a number or a boolean');
    }
    texts.set(name, String(value));
  }
  return Object.fromEntries(texts);
}

function headersOf(headers: unknown): Record<string, string> {
  if (headers === undefined) return {};
  try {
    if (headers !== null) return Object.fromEntries(new Headers(headers as HeadersInit));
  } catch {
    // Said below.
  }
  throw invalidArgument('headers', 'expected what fetch takes');
}

const AS_THEY_ARE = ['FormData', 'Blob', 'URLSearchParams', 'ArrayBuffer'] as const;

/** Not every realm has every class. */
function isA(name: string, value: object): boolean {
  const Class: unknown = Reflect.get(globalThis, name);
  return typeof Class === 'function' && value instanceof Class;
}
