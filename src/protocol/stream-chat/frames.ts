import { isFilledString, isObject } from '../../input.ts';
import { textOf } from '../../text.ts';
import { latestOf } from '../defaults.ts';
import type { ChatEvent } from '../events.ts';
import type { Frame, WireData } from '../protocol.ts';
import { verdictOf } from './classify.ts';

/** An error as the server words it, in a frame or in the body of an HTTP response. */
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

/** Reads one frame, text or binary. Never throws. */
export function decode(data: WireData): Frame {
  const text = textOf(data) ?? '';
  try {
    return decodeValue(JSON.parse(text));
  } catch {
    return decodeText(text);
  }
}

const LONGEST_MESSAGE = 500;

/**
 * The one text that is no JSON and that the API is known to have sent. On its strength a session with a static token
 * ends, so nothing else is taken for it: proxies and servers write of tokens when none was refused.
 */
const TOKEN_INVALID = /^\s*token invalid\.?\s*$/i;

function decodeText(text: string): Frame {
  if (!TOKEN_INVALID.test(text)) return bad('it is not JSON');
  return { kind: 'error', verdict: verdictOf({ ...NO_ERROR, statusCode: 401, message: text.trim() }) };
}

function decodeValue(value: unknown): Frame {
  if (!isObject(value)) return bad('it is not an object');
  if (!('type' in value) && 'error' in value) return decodeError(value.error);
  const { type } = value;
  if (typeof type !== 'string') return bad('it has no type');
  switch (type) {
    case 'connection.error':
      return decodeError(value.error);
    case 'connection.ok':
      return decodeHello(value);
    case 'health.check':
      if (value.me != null) return decodeHello(value);
      return ['string', 'undefined'].includes(typeof value.connection_id)
        ? { kind: 'heartbeat' }
        : bad('its connection_id is not a string');
    default:
      return { kind: 'event', event: value as ChatEvent };
  }
}

function decodeHello({ connection_id, me, created_at }: Record<string, unknown>): Frame {
  if (!isFilledString(connection_id) || !isObject(me) || !isFilledString(me.id)) {
    return bad('it is a hello without a connection_id or a me.id');
  }
  return {
    kind: 'hello',
    connectionId: connection_id,
    userId: me.id,
    // The server's clock is not behind anything that it dates.
    serverTimeMs: latestOf(
      [created_at, me.last_active].map((date) => (typeof date === 'string' ? Date.parse(date) : Number.NaN)),
    ),
    me,
  };
}

function decodeError(value: unknown): Frame {
  const error = readServerError(value);
  return error === null ? bad('it is an error that cannot be read') : { kind: 'error', verdict: verdictOf(error) };
}

export const NO_ERROR: ServerError = { code: null, statusCode: null, message: '', fields: [], retryAfterMs: 0 };

/** Reads what stands under `error` in a frame, or the body of a failed HTTP call; `null` when it is no error. */
export function readServerError(value: unknown): ServerError | null {
  if (typeof value === 'string') return { ...NO_ERROR, message: value.slice(0, LONGEST_MESSAGE) };
  if (!isObject(value)) return null;
  const { code, StatusCode, message, exception_fields, details } = value;
  return {
    // What a gateway gives in their place, such as a word, leaves the rest.
    code: toNumber(code) || null,
    statusCode: toNumber(StatusCode) || null,
    message: typeof message === 'string' ? message.slice(0, LONGEST_MESSAGE) : '',
    fields: isObject(exception_fields) ? Object.keys(exception_fields) : [],
    retryAfterMs: retryAfterOf(value, details),
  };
}

/**
 * The protocol names HTTP headers only, which a socket has not. In a frame the same advice is taken from `retry_after`
 * (seconds) or `retry_after_ms`, in the error or in its `details`.
 */
function retryAfterOf(...places: readonly unknown[]): number {
  for (const place of places) {
    if (!isObject(place)) continue;
    const waitMs = Math.max(toNumber(place.retry_after_ms), toNumber(place.retry_after) * 1000);
    if (waitMs > 0) return Math.min(waitMs, Number.MAX_SAFE_INTEGER);
  }
  return 0;
}

function toNumber(value: unknown): number {
  const number = typeof value === 'string' ? Number(value) : value;
  return Number.isFinite(number) ? (number as number) : 0;
}

function bad(problem: string): Frame {
  return { kind: 'bad', problem };
}
