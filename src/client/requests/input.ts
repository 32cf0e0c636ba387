import type { RequestOptions } from '../../actors/dependencies.ts';
import { invalidArgument } from '../../errors.ts';
import { BOOLEAN, type Check, type Checks, readInput, readMembers } from '../../input.ts';
import type { Protocol } from '../../protocol/protocol.ts';
import { isReserved } from '../../protocol/query.ts';
import { boundsOf, CALL_CHECKS, type CallBounds, type CallOptions } from '../call-bounds.ts';
import { contentOf } from './body.ts';
import { checkPath } from './path.ts';

/** An HTTP call in the session user's name; `timeoutMs` covers the wait for a token or a connection, and the call. */
export interface ClientRequest extends CallOptions {
  /** Default: `POST` with a body, `GET` without. */
  readonly method?: string | undefined;
  /**
   * Plain data (objects, arrays, strings, numbers, `null`, and what has a `toJSON`) is sent as JSON; a string to which
   * `headers` gives a `content-type`, as it is. `FormData`, `Blob`,
   * `URLSearchParams`, buffers and streams (also of Node, and async iterables of bytes or strings) are sent as they are;
   * a stream is not sent again after the server refused the token. Everything else is refused: `invalidArgument`.
   */
  readonly body?: unknown;
  /**
   * What is `undefined` is left out. The names that the protocol reserves, such as those of the user and the key of
   * the app, are set by the session, and refused here and in the path.
   */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>> | undefined;
  /**
   * As for `fetch`: a record, pairs, or `Headers`; what is `undefined` in a record is left out. `Authorization` and the
   * others that the protocol reserves are set by the session, and refused here.
   */
  readonly headers?:
    | Readonly<Record<string, string | readonly string[] | undefined>>
    | Iterable<readonly string[]>
    | Headers
    | undefined;
  /**
   * Whether to wait for a connection first, because the call is about it (it watches something, and needs a
   * `connection_id`). Default `false`: a token is enough, so the call is also made while suspended, offline by the
   * device's word, or where WebSockets are blocked.
   */
  readonly needsConnection?: boolean | undefined;
}

export interface CheckedRequest {
  readonly path: string;
  readonly bounds: CallBounds;
  readonly init: RequestOptions;
  readonly needsConnection: boolean;
}

const LATER: Check = [() => true];

const CHECKS: Checks<ClientRequest> = {
  ...CALL_CHECKS,
  method: LATER,
  body: LATER,
  query: LATER,
  headers: LATER,
  needsConnection: BOOLEAN,
};

/**
 * Checks what `request` was given, and brings it into the form in which it is sent.
 *
 * @throws SessionError `invalidArgument` that names the field.
 */
export function parseRequest(
  path: string,
  options: ClientRequest,
  { protocol, ownFetch }: { readonly protocol: Pick<Protocol, 'http'>; readonly ownFetch?: unknown },
): CheckedRequest {
  const reserved = protocol.http?.reserved ?? [];
  checkPath(path, reserved);
  const given = readMembers(options, CHECKS);
  const { method, body, query, headers, needsConnection = false } = given;
  const bounds = boundsOf(given);
  return readInput('options', () => {
    checkMethod(method, body !== undefined);
    const own = headersOf(headers, reserved);
    const isTyped = typeof body === 'string' && 'content-type' in own;
    const { contentType, ...content } = isTyped ? { body } : contentOf(body, ownFetch);
    const type: Record<string, string> = contentType === undefined ? {} : { 'content-type': contentType };
    const init: RequestOptions = {
      ...content,
      query: queryOf(query, reserved),
      headers: { ...type, ...own },
      method: method?.toUpperCase(),
      signal: bounds.signal,
    };
    return { path, bounds, init, needsConnection };
  });
}

function checkMethod(method: unknown, hasBody: boolean): void {
  if (method === undefined) return;
  if (typeof method !== 'string' || !/^[\w-]+$/.test(method)) throw invalidArgument('method', 'expected its name');
  if (/^(connect|trace|track)$/i.test(method)) throw invalidArgument('method', 'fetch does not send this one');
  if (hasBody && /^(get|head)$/i.test(method)) throw invalidArgument('body', `${method} takes none`);
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

function headersOf(headers: unknown, reserved: readonly string[]): Record<string, string> {
  if (headers === undefined) return {};
  const own = recordOf(headers);
  const taken = Object.keys(own).find((name) => isReserved(reserved, name));
  if (taken !== undefined) throw invalidArgument(`headers.${taken}`, 'the session sets it');
  return own;
}

function recordOf(headers: unknown): Record<string, string> {
  try {
    // It throws for what is no object.
    if (Symbol.iterator in (headers as object)) return Object.fromEntries(new Headers(headers as Headers));
    const given = Object.entries(headers as object).filter(([, value]) => value !== undefined);
    // `Headers` would make the text `null` of it.
    if (given.every(([, value]) => value !== null)) return Object.fromEntries(new Headers(given));
  } catch {
    // Reported below.
  }
  throw invalidArgument('headers', 'expected what fetch takes');
}
