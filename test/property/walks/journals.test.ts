import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type JournalRecorder, recordJournal, replayJournal } from '../../../src/index.ts';
import { walks } from './actions.ts';
import { take } from './world.ts';

it('a journal of any walk replays without divergence, also where a user has several profiles', async () => {
  let withProfiles = 0;
  for (const walk of fc.sample(walks, { seed: 20_300_102, numRuns: 60 })) {
    const recorders: JournalRecorder[] = [];
    await take(walk, undefined, (client) => recorders.push(recordJournal(client, { limit: 100_000 })));
    for (const recorder of recorders) {
      const { steps, divergence } = replayJournal(JSON.stringify(recorder.journal()));
      expect(divergence, JSON.stringify(walk)).toBeNull();
      const names = steps.flatMap(({ context }) => context.identity?.user.name ?? []);
      if (new Set(names).size > 1) withProfiles += 1;
    }
  }
  expect(withProfiles).toBeGreaterThan(5);
});
