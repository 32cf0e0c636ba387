import { LONGEST_DELAY_MS } from '../clock.ts';
import type { RefusedUpgrade } from './protocol.ts';
import type { Meaning, Verdict } from './verdict.ts';

/*
 * What close codes and HTTP statuses mean where a protocol does not define it.
 */

/** RFC 6455, and the register at IANA. A code that is not here means `lost`. */
export const CLOSE_CODES: ReadonlyMap<number, Verdict> = new Map([
  [1000, { meaning: 'ended', explanation: 'the server ended the session' }],
  [1001, { meaning: 'lost', explanation: 'the server is going away' }],
  [1002, { meaning: 'lost', explanation: 'a protocol error' }],
  [1003, { meaning: 'lost', explanation: 'unsupported data' }],
  [1005, { meaning: 'lost', explanation: 'closed without a code' }],
  [1006, { meaning: 'lost', explanation: 'the connection broke off' }],
  [1007, { meaning: 'lost', explanation: 'a message was not valid text' }],
  [1008, { meaning: 'lost', explanation: 'a policy was violated' }],
  [1009, { meaning: 'messageTooBig', explanation: 'a message was too big' }],
  [1011, { meaning: 'lost', explanation: 'an internal error of the server' }],
  [1012, { meaning: 'restarting', explanation: 'the server restarts' }],
  [1013, { meaning: 'overloaded', explanation: 'the server is overloaded' }],
  [1014, { meaning: 'lost', explanation: 'a gateway got no valid answer' }],
  [1015, { meaning: 'lost', explanation: 'the TLS handshake failed' }],
] satisfies [number, Verdict][]);

/** What a client closes with: done, without a fault on either side. */
export const NORMAL_CLOSE = 1000;
/** What a platform reports when there was no close frame. */
export const ABNORMAL_CLOSE = 1006;

export function meaningOfClose(code: number): Verdict {
  return CLOSE_CODES.get(code) ?? { meaning: 'lost' };
}

/** What an HTTP status means that is not a success. */
export function meaningOfStatus(status: number): Meaning {
  if (status === 401) return 'token';
  return status === 429 ? 'rateLimited' : 'unavailable';
}

const REFUSALS: Readonly<Record<number, Verdict>> = {
  401: { meaning: 'token', explanation: 'it objects to the token' },
  403: { meaning: 'forbidden', explanation: 'it objects to the token, or a firewall blocks WebSockets' },
  407: { meaning: 'lost', explanation: 'a proxy asks for credentials' },
  413: { meaning: 'tooLarge' },
  414: { meaning: 'tooLarge' },
  429: { meaning: 'rateLimited', explanation: 'too many requests' },
  431: { meaning: 'tooLarge' },
  503: { meaning: 'unavailable', explanation: 'the server is not available' },
};

export function meaningOfRefusal({ status, header }: RefusedUpgrade, nowMs: number): Verdict {
  const verdict = REFUSALS[status] ?? { meaning: status >= 500 ? ('unavailable' as const) : ('lost' as const) };
  return { ...verdict, retryAfterMs: retryAfterMs(header, nowMs) };
}

/**
 * How long a response asks to wait, in milliseconds; 0 where it does not. By `Retry-After` (seconds or a date) or
 * `x-ratelimit-reset` (seconds, or milliseconds, since the epoch); a date is compared with the server's own clock where the
 * response has it.
 */
export function retryAfterMs(header: (name: string) => string | null, nowMs: number): number {
  const serverTimeMs = Date.parse(header('date') ?? '');
  const fromMs = Number.isNaN(serverTimeMs) ? nowMs : serverTimeMs;
  const untilMs =
    latestIn(header('retry-after'), (text) => {
      if (NUMBER.test(text)) return fromMs + Number(text) * 1000;
      // A date in words only: `Date.parse` takes other numbers for one, too. Of its three forms, asctime's has no zone.
      const date = ASCTIME.test(text) ? `${text} GMT` : text;
      return date.endsWith(' GMT') ? Date.parse(date) : Number.NaN;
    }) ??
    latestIn(header('x-ratelimit-reset'), (text) =>
      Number(text) < FIRST_MILLISECONDS ? Number(text) * 1000 : Number(text),
    );
  const waitMs = (untilMs ?? fromMs) - fromMs;
  return waitMs > 0 ? Math.min(Math.round(waitMs), LONGEST_DELAY_MS) : 0;
}

/** The latest moment in a header, which is joined by commas where a gateway has added its own; `null` without one. */
function latestIn(header: string | null, momentIn: (text: string) => number): number | null {
  const texts = (header ?? '').split(BETWEEN_VALUES).filter(Boolean);
  const moments = texts.map((text) => momentIn(text.trim())).filter(Number.isFinite);
  return moments.length === 0 ? null : Math.max(...moments);
}

/** A comma, but not the one behind the day of a date (`Sun, 06 Nov 1994 …`). */
const BETWEEN_VALUES = /,(?! *\d\d[ -]\w)/;
const NUMBER = /^\d+(\.\d+)?$/;

/** As seconds a year far away, as milliseconds long ago. */
const FIRST_MILLISECONDS = 1e11;

/** `Sun Nov  6 08:49:37 1994`, the oldest form of a date in a header (RFC 9110, section 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;
