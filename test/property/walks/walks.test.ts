import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartWalks, takeChartWalk } from './chart-walk.ts';
import { takeBatch, tell } from './run.ts';

// `npm run test:full` takes other walks, and many times as many.
const SEED = 20_300_101;

describe('no walk by chance breaks a law, and each comes back when the faults stop', () => {
  it('60 with a real client on a backend in memory', async () => {
    const finding = await takeBatch({ seed: SEED, runs: 60 });
    expect(finding && tell(finding)).toBeNull();
  });

  it('100 on the statechart alone', () => {
    fc.assert(
      fc.property(chartWalks, (picks) => void takeChartWalk(picks)),
      { seed: SEED, numRuns: 100 },
    );
  });
});
