/**
 * How long a response asks to wait, in milliseconds; 0 where it does not. By `Retry-After` (seconds or a date) or
 * `x-ratelimit-reset` (seconds since the epoch); a date is compared with the server's own clock where the response has it.
 */
export function retryAfterMs(header: (name: string) => string | null, nowMs: number): number {
  const serverTimeMs = Date.parse(header('date') ?? '');
  const fromMs = Number.isNaN(serverTimeMs) ? nowMs : serverTimeMs;
  const retryAfter = header('retry-after')?.trim() ?? '';
  const seconds = /^\d+(\.\d+)?$/.test(retryAfter) ? Number(retryAfter) : Number.NaN;
  // A date in words only: `Date.parse` takes other numbers for one, too.
  const dateMs = / GMT$/.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  const untilMs = Number.isNaN(seconds) ? dateMs : fromMs + seconds * 1000;
  const resetSeconds = Number(header('x-ratelimit-reset') ?? Number.NaN);
  const waitMs = (Number.isNaN(untilMs) ? resetSeconds * 1000 : untilMs) - fromMs;
  return Number.isFinite(waitMs) && waitMs > 0 ? Math.round(waitMs) : 0;
}
