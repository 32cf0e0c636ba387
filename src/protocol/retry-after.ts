import { LONGEST_DELAY_MS } from '../clock.ts';

/**
 * How long a response asks to wait, in milliseconds; 0 where it does not. By `Retry-After` (seconds or a date) or
 * `x-ratelimit-reset` (seconds, or milliseconds, since the epoch); a date is compared with the server's own clock where the
 * response has it.
 */
export function retryAfterMs(header: (name: string) => string | null, nowMs: number): number {
  const serverTimeMs = Date.parse(header('date') ?? '');
  const fromMs = Number.isNaN(serverTimeMs) ? nowMs : serverTimeMs;
  const retryAfter = header('retry-after')?.trim() ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(retryAfter) ? Number(retryAfter) : Number.NaN;
  // A date in words only: `Date.parse` takes other numbers for one, too. Of its three forms, asctime's has no zone.
  const date = ASCTIME.test(retryAfter) ? `${retryAfter} GMT` : retryAfter;
  const dateMs = date.endsWith(' GMT') ? Date.parse(date) : Number.NaN;
  const untilMs = Number.isNaN(seconds) ? dateMs : fromMs + seconds * 1000;
  const reset = Number(header('x-ratelimit-reset') ?? Number.NaN);
  const resetMs = reset < FIRST_MILLISECONDS ? reset * 1000 : reset;
  const waitMs = (Number.isNaN(untilMs) ? resetMs : untilMs) - fromMs;
  return Number.isFinite(waitMs) && waitMs > 0 ? Math.min(Math.round(waitMs), LONGEST_DELAY_MS) : 0;
}

/** As seconds a year far away, as milliseconds long ago. */
const FIRST_MILLISECONDS = 1e11;

/** `Sun Nov  6 08:49:37 1994`, the oldest form of a date in a header (RFC 9110, section 5.6.7). */
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}$/;
