import * as z from 'zod/mini';

/**
 * The types of chat events. Empty here: an app adds its own by declaration merging, and `on('message.new', …)` is then
 * typed.
 *
 * ```ts
 * declare module 'sessionchart' {
 *   interface ChatEvents { 'message.new': { cid: string; message: { text: string } } }
 * }
 * ```
 */
// biome-ignore lint/suspicious/noEmptyInterface: it is filled by declaration merging
export interface ChatEvents {}

/** Any frame that is not a control frame: an object with a `type`, otherwise as the server sent it. */
export interface ChatEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a server can say in one frame. */
export type Frame =
  /** Connected as `userId`. `serverTimeMs`: the server's clock, where it gave the time. */
  | {
      readonly kind: 'hello';
      readonly connectionId: string;
      readonly userId: string;
      readonly serverTimeMs: number | null;
    }
  /** The answer to a ping. */
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'error'; readonly error: ServerError }
  | { readonly kind: 'chatEvent'; readonly event: ChatEvent }
  /** Nothing that the protocol knows. `problem` says why, without quoting the frame. */
  | { readonly kind: 'bad'; readonly problem: string };

/** An error as the server words it, in a frame or in the body of an HTTP answer. */
export interface ServerError {
  /** `null` where it gave none. */
  readonly code: number | null;
  /** The HTTP status that it corresponds to; `null` where it gave none. */
  readonly statusCode: number | null;
  /** Not redacted. */
  readonly message: string;
  /** The names of the fields that it complains about. */
  readonly fields: readonly string[];
  /** How long it asks to wait; 0 where it does not. */
  readonly retryAfterMs: number;
}

/** The client's ping: an array of one, as stream-chat-js sends it. `clientId` is `{user id}--{uuid}`. */
export function encodePing(clientId: string): string {
  return JSON.stringify([{ type: 'health.check', client_id: clientId }]);
}

/** Reads one frame. Takes anything and never throws. */
export function decode(data: unknown): Frame {
  if (typeof data !== 'string') return bad('it is binary');
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return decodeText(data);
  }
  return decodeValue(value);
}

const LONGEST_MESSAGE = 500;

/**
 * The one text that is no JSON and that the API is known to have sent. On its strength a session with a static token
 * ends, so nothing else is taken for it: proxies and servers write of tokens when none was refused.
 */
const TOKEN_INVALID = /^\s*token invalid\.?\s*$/i;

function decodeText(text: string): Frame {
  if (!TOKEN_INVALID.test(text)) return bad('it is not JSON');
  return {
    kind: 'error',
    error: { code: null, statusCode: 401, message: text.trim(), fields: [], retryAfterMs: 0 },
  };
}

const hello = z.looseObject({
  connection_id: z.string().check(z.minLength(1)),
  me: z.looseObject({ id: z.string().check(z.minLength(1)), last_active: z.optional(z.unknown()) }),
  created_at: z.optional(z.unknown()),
});
const heartbeat = z.looseObject({ connection_id: z.optional(z.string()) });
const serverError = z.looseObject({
  code: z.optional(z.number()),
  StatusCode: z.optional(z.number()),
  message: z.optional(z.string()),
});

function decodeValue(value: unknown): Frame {
  if (!isRecord(value)) return bad('it is not an object');
  if (!('type' in value) && 'error' in value) return decodeError(value.error);
  const { type } = value;
  if (typeof type !== 'string') return bad('it has no type');
  switch (type) {
    case 'connection.error':
      return decodeError(value.error);
    case 'connection.ok':
      return decodeHello(value);
    case 'health.check':
      if (value.me !== undefined && value.me !== null) return decodeHello(value);
      return heartbeat.safeParse(value).success ? { kind: 'heartbeat' } : bad('its connection_id is not a text');
    default:
      return { kind: 'chatEvent', event: value as ChatEvent };
  }
}

function decodeHello(value: unknown): Frame {
  const parsed = hello.safeParse(value);
  if (!parsed.success) return bad('it is a hello without a connection_id or a me.id');
  const { connection_id, me, created_at } = parsed.data;
  return {
    kind: 'hello',
    connectionId: connection_id,
    userId: me.id,
    serverTimeMs: latestOf(created_at, me.last_active),
  };
}

function decodeError(value: unknown): Frame {
  const error = readServerError(value);
  return error === null ? bad('it is an error that cannot be read') : { kind: 'error', error };
}

/** Reads what stands under `error` in a frame, or the body of a failed HTTP call; `null` when it is no error. */
export function readServerError(value: unknown): ServerError | null {
  if (typeof value === 'string') {
    return { code: null, statusCode: null, message: value.slice(0, LONGEST_MESSAGE), fields: [], retryAfterMs: 0 };
  }
  const parsed = serverError.safeParse(value);
  if (!parsed.success) return null;
  const { code = null, StatusCode: statusCode = null, message = '' } = parsed.data;
  const { exception_fields, details } = parsed.data;
  return {
    code,
    statusCode,
    message: message.slice(0, LONGEST_MESSAGE),
    fields: fieldNames(exception_fields),
    retryAfterMs: retryAfterOf(parsed.data, details),
  };
}

/**
 * The protocol names HTTP headers only, which a socket has not. In a frame the same advice is taken from `retry_after`
 * (seconds) or `retry_after_ms`, in the error or in its `details`.
 */
function retryAfterOf(...places: readonly unknown[]): number {
  for (const place of places) {
    if (!isRecord(place)) continue;
    const waitMs = Math.max(toNumber(place.retry_after_ms), toNumber(place.retry_after) * 1000);
    if (waitMs > 0) return waitMs;
  }
  return 0;
}

function fieldNames(fields: unknown): readonly string[] {
  return isRecord(fields) ? Object.keys(fields) : [];
}

function toNumber(value: unknown): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number > 0 ? number : 0;
}

/** The server's clock is not behind anything that it dates. */
function latestOf(...dates: readonly unknown[]): number | null {
  const times = dates.map((date) => (typeof date === 'string' ? Date.parse(date) : Number.NaN)).filter(Number.isFinite);
  return times.length === 0 ? null : Math.max(...times);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(problem: string): Frame {
  return { kind: 'bad', problem };
}
