import { writeFileSync } from 'node:fs';
import { runProgram } from '../kit/program.ts';
import { recorded } from '../kit/record.ts';
import { PATH_DATA, pathData } from './explore/path-data.ts';
import { formatModelTable, formatVerdict, modelReport } from './model-report.ts';

const USAGE = `npm run model [-- --table] [--write] [--record]

Checks the statechart as a model: every state and branch is reached by a path,
the laws of whole lives hold, every event is handled or ignored for a reason.
Prints the verdict; with --table, also each branch and how many paths take it.
With --write, writes the paths of sessionchart/testing anew; with --record, the
verdict into docs/proof.md.`;

/** `npm run model`: 0 when all is well, 1 when something is wrong with the model, 2 for bad arguments. */
export function main(args: readonly string[]): Promise<number> {
  let verdict = '';
  return recorded(
    'model',
    args,
    (own) => check(own, (text) => (verdict = `\`\`\`text\n${text}\n\`\`\``)),
    () => verdict,
  );
}

function check(args: readonly string[], onVerdict: (text: string) => void): Promise<number> {
  return runProgram(
    { args, usage: USAGE, options: { table: { type: 'boolean' }, write: { type: 'boolean' } } },
    ({ table = false, write = false }) => {
      const report = modelReport({ onPhase: (phase) => process.stderr.isTTY && process.stderr.write(`${phase} …\n`) });
      const verdict = formatVerdict(report);
      onVerdict(verdict);
      process.stdout.write(`${verdict}\n`);
      if (table) process.stdout.write(`\n${formatModelTable(report)}\n`);
      if (write) writeFileSync(PATH_DATA, pathData());
      return report.problems.length > 0 ? 1 : 0;
    },
  );
}
