import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartWalks, takeChartWalk } from './chart-walk.ts';
import { takeBatch, tell } from './run.ts';

const SEED = 20_300_101;

describe('no walk by chance breaks a law, and each comes back when the faults stop', () => {
  it('2,000 with a real client on a backend in memory', { timeout: 120_000 }, async () => {
    const finding = await takeBatch({ seed: SEED, runs: 2_000 });
    expect(finding && tell(finding)).toBeNull();
  });

  it('2,000 on the statechart alone', { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(chartWalks, (picks) => void takeChartWalk(picks)),
      { seed: SEED, numRuns: 2_000 },
    );
  });
});
