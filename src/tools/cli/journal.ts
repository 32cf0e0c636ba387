import { Command } from 'commander';
import { type Replay, replayJournal } from '../../journal/replay.ts';
import { readInput, writeOutput } from './files.ts';
import { describeSteps } from './journal/steps.ts';
import { writeTest } from './journal/test-file.ts';
import { fail } from './terminal.ts';

/** `sessionchart journal`: the steps of a journal, and whether the statechart still takes them. */
export function journalCommand(): Command {
  return new Command('journal')
    .description('Replay a journal and print its steps. Exits with 1 if the statechart now behaves differently.')
    .argument('<file>', 'a journal as JSON, written by recordJournal(); - reads standard input')
    .action(printSteps)
    .addCommand(
      new Command('test')
        .description('Print a Vitest test that expects the steps of a journal, or write it to a file.')
        .argument('<file>', 'a journal as JSON; - reads standard input')
        .option('-o, --output <file>', 'where to write the test')
        .option('--force', 'replace the output file when it exists')
        .action(printTest),
    );
}

async function printSteps(file: string): Promise<void> {
  await withReplay(file, async (replay) => {
    process.stdout.write(describeSteps(replay));
    if (replay.divergence !== null) process.exitCode = 1;
  });
}

async function printTest(
  file: string,
  { output, force }: { readonly output?: string; readonly force?: true },
): Promise<void> {
  await withReplay(file, (replay) => writeOutput(output, writeTest(replay), { force, input: file }));
}

async function withReplay(file: string, use: (replay: Replay) => Promise<void>): Promise<void> {
  try {
    await use(replayJournal(await readInput(file)));
  } catch (error) {
    fail(`${file === '-' ? 'Standard input' : file} cannot be replayed`, error);
  }
}
