import { runProgram } from '../kit/program.ts';
import { formatModelTable, formatVerdict, modelReport } from './model-report.ts';

const USAGE = `npm run model [-- --table]

Checks the statechart as a model: every state and branch is reached by a path,
the laws of whole lives hold, every event is handled or ignored for a reason.
Prints the verdict; with --table, also each branch and how many paths take it.`;

/** `npm run model`: 0 when all is well, 1 when something is wrong with the model, 2 for bad arguments. */
export function main(args: readonly string[]): Promise<number> {
  return runProgram({ args, usage: USAGE, options: { table: { type: 'boolean' } } }, ({ table = false }) => {
    const report = modelReport({ onPhase: (phase) => process.stderr.isTTY && process.stderr.write(`${phase} …\n`) });
    process.stdout.write(`${formatVerdict(report)}\n`);
    if (table) process.stdout.write(`\n${formatModelTable(report)}\n`);
    return report.problems.length > 0 ? 1 : 0;
  });
}
