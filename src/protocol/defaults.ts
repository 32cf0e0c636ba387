import { LONGEST_DELAY_MS } from '../clock.ts';
import type { RefusedUpgrade } from './protocol.ts';
import type { Meaning, Verdict } from './verdict.ts';

/*
 * What close codes and HTTP statuses mean where a protocol does not define it.
 */

/** A meaning, and what the code means, as the middle of a sentence. */
export type Explained<Kind> = Readonly<Partial<Record<number, readonly [meaning: Kind, explanation?: string]>>>;

/** RFC 6455, and the register at IANA. A code that is not here means `lost`. */
export const CLOSE_CODES: Explained<Meaning> = {
  1000: ['ended', 'the server ended the session'],
  1001: ['lost', 'the server is going away'],
  1002: ['lost', 'a protocol error'],
  1003: ['lost', 'unsupported data'],
  1005: ['lost', 'closed without a code'],
  1006: ['lost', 'the connection broke off'],
  1007: ['lost', 'a message was not valid text'],
  1008: ['lost', 'a policy was violated'],
  1009: ['messageTooBig', 'a message was too big'],
  1011: ['lost', 'an internal error of the server'],
  1012: ['restarting', 'the server restarts'],
  1013: ['overloaded', 'the server is overloaded'],
  1014: ['lost', 'a gateway got no valid answer'],
  1015: ['lost', 'the TLS handshake failed'],
};

/** What a client closes with: done, without a fault on either side. */
export const NORMAL_CLOSE = 1000;
/** What a platform reports when there was no close frame. */
export const ABNORMAL_CLOSE = 1006;

export function meaningOfClose(code: number): Verdict {
  const [meaning, explanation] = CLOSE_CODES[code] ?? ['lost'];
  return { meaning, explanation };
}

/** What an HTTP status means that is not a success. */
export function meaningOfStatus(status: number): Meaning {
  if (status === 401) return 'token';
  return status === 429 ? 'rateLimited' : 'unavailable';
}

const REFUSALS: Explained<Meaning> = {
  401: ['token', 'it objects to the token'],
  403: ['forbidden', 'it objects to the token, or a firewall blocks WebSockets'],
  407: ['lost', 'a proxy asks for credentials'],
  413: ['tooLarge'],
  414: ['tooLarge'],
  429: ['rateLimited', 'too many requests'],
  431: ['tooLarge'],
  503: ['unavailable', 'the server is not available'],
};

export function meaningOfRefusal({ status, header }: RefusedUpgrade, nowMs: number): Verdict {
  const [meaning, explanation] = REFUSALS[status] ?? [status >= 500 ? 'unavailable' : 'lost'];
  return { meaning, explanation, retryAfterMs: retryAfterMs(header, nowMs) };
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
  const texts = (header ?? '').split(BETWEEN_VALUES);
  return latestOf(texts.map((text) => momentIn(text.trim())));
}

/** The latest of those that could be read; `null` where none could. */
export function latestOf(moments: readonly number[]): number | null {
  const known = moments.filter(Number.isFinite);
  return known.length === 0 ? null : Math.max(...known);
}

/** A comma, but not the one behind the day of a date (`Sun, 06 Nov 1994 …`). */
const BETWEEN_VALUES = /,(?! *\d\d[ -]\w)/;
const NUMBER = /^\d+(\.\d+)?$/;

/** As seconds a year far away, as milliseconds long ago. */
const FIRST_MILLISECONDS = 1e11;

/** `Sun Nov  6 08:49:37 1994`, the oldest form of a date in a header (RFC 9110, section 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;
