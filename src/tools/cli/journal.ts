import { readFile, writeFile } from 'node:fs/promises';
import { Command } from 'commander';
import { SessionError } from '../../errors.ts';
import { type Replay, replayJournal } from '../../journal/replay.ts';
import { tellSteps } from './journal/steps.ts';
import { writeTest } from './journal/test-file.ts';

/** `sessionchart journal`: what a journal says, and whether the statechart still does it. */
export function journalCommand(): Command {
  return new Command('journal')
    .description('Replay a journal: print its steps. Ends with 1 where the statechart does something else.')
    .argument('<file>', 'a journal as JSON, written by recordJournal()')
    .option('--to-test [file]', 'write a Vitest test that expects what the journal says instead, here or to a file')
    .action(journal);
}

async function journal(file: string, { toTest }: { readonly toTest?: true | string }): Promise<void> {
  let replay: Replay;
  try {
    replay = replayJournal(await readFile(file, 'utf8'));
  } catch (error) {
    process.stderr.write(`${file} cannot be replayed: ${reasonOf(error)}\n`);
    process.exitCode = 1;
    return;
  }
  if (toTest === undefined) {
    process.stdout.write(tellSteps(replay));
    if (replay.divergence !== null) process.exitCode = 1;
  } else if (toTest === true) {
    process.stdout.write(writeTest(replay));
  } else {
    await writeFile(toTest, writeTest(replay));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof SessionError) return error.message;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such file.';
  return error instanceof Error ? error.message : String(error);
}
