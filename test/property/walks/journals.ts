import fc from 'fast-check';
import { expect } from 'vitest';
import { type JournalRecorder, recordJournal, replayJournal } from '../../../src/index.ts';
import { walks } from './actions.ts';
import { take } from './world.ts';

/** Replays the journals of random walks. Returns how many of them have a user with several profiles. */
export async function replayWalks({ seed, runs }: { readonly seed: number; readonly runs: number }): Promise<number> {
  let withProfiles = 0;
  for (const walk of fc.sample(walks, { seed, numRuns: runs })) {
    const recorders: JournalRecorder[] = [];
    await take(walk, undefined, (client) => recorders.push(recordJournal(client, { limit: 100_000 })));
    for (const recorder of recorders) {
      const { steps, divergence } = replayJournal(JSON.stringify(recorder.journal()));
      expect(divergence, JSON.stringify(walk)).toBeNull();
      const names = steps.flatMap(({ context }) => context.identity?.user.name ?? []);
      if (new Set(names).size > 1) withProfiles += 1;
    }
  }
  return withProfiles;
}
