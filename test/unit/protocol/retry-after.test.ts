import { describe, expect, it } from 'vitest';
import { retryAfterMs } from '../../../src/protocol/defaults.ts';

describe('retryAfterMs', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const wait = (headers: Readonly<Record<string, string>>) => retryAfterMs((name) => headers[name] ?? null, nowMs);

  it.each([
    ['seconds', { 'retry-after': '7' }, 7_000],
    ['a fraction of one', { 'retry-after': '0.25' }, 250],
    ['a date', { 'retry-after': 'Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    ['a date as RFC 850 writes it', { 'retry-after': 'Thursday, 01-Jan-26 00:01:00 GMT' }, 60_000],
    ['a date as C writes it, which is in UTC', { 'retry-after': 'Thu Jan  1 00:01:00 2026' }, 60_000],
    ['a date in a zone of its own', { 'retry-after': 'Thu Jan  1 00:01:00 CET 2026' }, 0],
    ['the end of the window in milliseconds', { 'x-ratelimit-reset': String(nowMs + 30_000) }, 30_000],
    ['more than a timer can wait', { 'retry-after': '9'.repeat(20) }, 2_147_483_647],
    ['a date that has passed', { 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 0],
    ['the end of the window', { 'x-ratelimit-reset': String(nowMs / 1000 + 30) }, 30_000],
    ['both: retry-after counts', { 'retry-after': '2', 'x-ratelimit-reset': String(nowMs / 1000 + 30) }, 2_000],
    ['nonsense, and then the window', { 'retry-after': 'soon', 'x-ratelimit-reset': String(nowMs / 1000 + 3) }, 3_000],
    ['nonsense', { 'retry-after': 'soon' }, 0],
    ['a negative number', { 'retry-after': '-5' }, 0],
    ['a number that is none', { 'retry-after': 'NaN' }, 0],
    ['infinity', { 'retry-after': 'Infinity' }, 0],
    ['what no number can hold', { 'retry-after': '1e309' }, 0],
    ['a hexadecimal number', { 'retry-after': '0x10' }, 0],
    ['words with a year', { 'retry-after': 'not before 2030' }, 0],
    ['two of them, as gateways join them: the longer one', { 'retry-after': '3, 5' }, 5_000],
    ['two without a space', { 'retry-after': '60,3' }, 60_000],
    ['seconds and a date', { 'retry-after': '3, Thu, 01 Jan 2026 00:01:00 GMT' }, 60_000],
    ['two dates', { 'retry-after': 'Thursday, 01-Jan-26 00:01:00 GMT, Thu, 01 Jan 2026 00:00:10 GMT' }, 60_000],
    ['one of two', { 'retry-after': 'soon, 5' }, 5_000],
    ['two windows', { 'x-ratelimit-reset': `${nowMs / 1000 + 3}, ${nowMs + 30_000}` }, 30_000],
    ['an empty one', { 'retry-after': ', ' }, 0],
    ['the epoch', { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, 0],
    ['a window that ended, and nonsense', { 'retry-after': 'x', 'x-ratelimit-reset': '-1e300' }, 0],
    [
      'a date, by the clock of the server that wrote it',
      { 'retry-after': 'Thu, 01 Jan 2026 05:00:30 GMT', date: 'Thu, 01 Jan 2026 05:00:00 GMT' },
      30_000,
    ],
    ['nothing', {}, 0],
  ])('understands %s', (_, headers, expected) => {
    expect(wait(headers)).toBe(expected);
  });
});
