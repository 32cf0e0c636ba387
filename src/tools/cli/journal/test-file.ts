import type { Replay } from '../../../journal/replay.ts';

/**
 * A Vitest test, as source, that expects of the statechart what the journal says. It fails at the first step where that
 * is not so: with a journal of a fault, edited to what should have happened, it is the test to make pass.
 */
export function writeTest({ journal, divergence }: Replay): string {
  const startedAt = new Date(journal.startedAtMs).toISOString();
  const state =
    divergence === null
      ? 'When it was written, every step was taken as recorded.'
      : `When it was written, step ${divergence.index + 1} was not taken as recorded.`;
  return `import { replayJournal } from 'sessionchart';
import { expect, it } from 'vitest';

/*
 * A session of ${startedAt}, written by \`sessionchart journal --to-test\`. Each entry is an event and where it
 * should lead. ${state}
 */
const journal = ${JSON.stringify(journal, null, 2)};

it('takes every step of the session of ${startedAt}', () => {
  for (const { index, recorded, replayed } of replayJournal(journal).steps) {
    const { state, delayMs, failedAttempts, attempt } = recorded;
    expect(replayed, \`step \${index + 1}: \${recorded.event.type}\`).toEqual({ state, delayMs, failedAttempts, attempt });
  }
});
`;
}
