import { describe, expect, it } from 'vitest';
import { refreshDueAtMs } from '../../../src/actors/client/token-refresher.ts';

const second = 1_000;
const hour = 3_600 * second;
const due = (
  token: { issuedAtMs?: number | null; expiresAtMs: number | null },
  times: Partial<Parameters<typeof refreshDueAtMs>[1]> = {},
) => {
  const usual = { skewMs: 0, nowMs: 0, refreshedAtMs: Number.NEGATIVE_INFINITY, inVain: 0, longestLifeMs: 0 };
  return refreshDueAtMs({ issuedAtMs: 0, ...token }, { ...usual, ...times });
};

describe('refreshDueAtMs', () => {
  it('is a tenth of its life before a token expires', () => {
    expect(due({ expiresAtMs: hour })).toBe(hour * 0.9);
  });

  it('is at least 30 s before, but never in the first half of its life', () => {
    expect(due({ expiresAtMs: 120 * second })).toBe(90 * second);
    expect(due({ expiresAtMs: 4 * second })).toBe(2 * second);
  });

  it('counts from now where a token does not say when it was issued', () => {
    expect(due({ issuedAtMs: null, expiresAtMs: hour + 60 }, { nowMs: 60 })).toBe(hour * 0.9 + 60);
  });

  it('follows the server’s clock', () => {
    expect(due({ expiresAtMs: hour }, { skewMs: -2 * hour })).toBe(hour * 0.9 + 2 * hour);
  });

  it('B15: after a refresh, half a life passes whatever the clocks say', () => {
    expect(due({ expiresAtMs: hour }, { nowMs: 9 * hour, refreshedAtMs: 9 * hour })).toBe(9.5 * hour);
    expect(due({ expiresAtMs: second }, { refreshedAtMs: 0 })).toBe(5 * second);
    expect(due({ issuedAtMs: hour, expiresAtMs: 0 }, { refreshedAtMs: 0 })).toBe(5 * second);
  });

  it('law 8: what the clocks leave no life is asked for more and more rarely, up to a bound', () => {
    const spacing = (inVain: number) => due({ issuedAtMs: null, expiresAtMs: 0 }, { refreshedAtMs: 0, inVain });
    expect([0, 1, 2, 3].map(spacing)).toEqual([5, 10, 20, 40].map((seconds) => seconds * second));
    expect(spacing(1_000)).toBe(spacing(9));
    expect(spacing(9)).toBeLessThan(hour);
    expect(due({ expiresAtMs: hour }, { refreshedAtMs: 0, inVain: 9 }), 'its life is known').toBe(hour * 0.9);
  });

  it('law 8: so is, after the clock was set, what seems to live much shorter than the tokens before', () => {
    const spacing = (expiresAtMs: number, longestLifeMs: number) =>
      due({ issuedAtMs: null, expiresAtMs }, { refreshedAtMs: 0, inVain: 5, longestLifeMs });
    expect(spacing(100 * second, hour)).toBe(160 * second);
    expect(spacing(100 * second, 0)).toBe(70 * second);
    expect(spacing(45 * second, 0)).toBe(22.5 * second);
    expect(due({ expiresAtMs: 59 * second }, { refreshedAtMs: 0, inVain: 5, longestLifeMs: hour })).toBe(29.5 * second);
  });

  it('is never for a token that does not expire', () => {
    expect(due({ expiresAtMs: null })).toBe(Number.POSITIVE_INFINITY);
  });
});
