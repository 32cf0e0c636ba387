import type { Replay } from '../../../journal/replay.ts';
import { escapeActive } from '../terminal.ts';

/**
 * The source of a Vitest test that expects the steps of the journal. It fails at the first one that the statechart does
 * not take: with a journal of a bug, edited to what should have happened, it is the test to make pass.
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
 * A session of ${startedAt}, written by \`sessionchart journal test\`. Each entry is an event and the state that it
 * should lead to. ${state}
 */
const journal = ${escapeActive(JSON.stringify(journal, null, 2))};

it('takes every step of the session of ${startedAt}', () => {
  for (const { index, recorded, replayed } of replayJournal(journal).steps) {
    const { state, delayMs, failedAttempts, attempt } = recorded;
    expect(replayed, \`step \${index + 1}: \${recorded.event.type}\`).toEqual({ state, delayMs, failedAttempts, attempt });
  }
});
`;
}
