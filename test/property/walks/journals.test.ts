import { expect, it } from 'vitest';
import { replayWalks } from './journals.ts';

it('a journal of any walk replays without divergence, also where a user has several profiles', async () => {
  expect(await replayWalks({ seed: 20_300_102, runs: 30 })).toBeGreaterThan(2);
});
