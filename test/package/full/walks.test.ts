import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chartWalks, takeChartWalk } from '../../property/walks/chart-walk.ts';
import { replayWalks } from '../../property/walks/journals.ts';
import { takeBatch, tell } from '../../property/walks/run.ts';

const RUNS = 10_000;
const SEED = 20_300_102;

describe('no walk by chance breaks a law, and each comes back when the faults stop', { timeout: 900_000 }, () => {
  it(`${RUNS} with a real client on a backend in memory`, async () => {
    const finding = await takeBatch({ seed: SEED, runs: RUNS });
    expect(finding && tell(finding)).toBeNull();
  });

  it(`${RUNS} on the statechart alone`, () => {
    fc.assert(
      fc.property(chartWalks, (picks) => void takeChartWalk(picks)),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

it('the journals of 600 walks replay without divergence', { timeout: 900_000 }, async () => {
  expect(await replayWalks({ seed: SEED, runs: 600 })).toBeGreaterThan(10);
});
