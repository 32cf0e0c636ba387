import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { runProgram, showProgress, UsageError } from '../../kit/program.ts';
import { EQUIVALENT } from './equivalent.ts';
import { mutants } from './mutate.ts';
import { ORACLES, takeOracles, tryMutant, type Verdict } from './trial.ts';

const USAGE = `npm run mutants [-- --only TEXT]

Tries every version of the statechart with one fault, and lists those that no
oracle notices: laws, spec rules, and stories, which know calls, server, disk
and device, and nothing of the chart. Ends with 1 when one survives that is not
listed as equivalent, with its reason. --only: those with TEXT in their name.`;

/** Neighbours are tried one after the other: who noticed one fault notices the next. */
const BATCH = 25;

interface Share {
  readonly index: number;
  readonly of: number;
  readonly only: string;
}

export async function main(args: readonly string[]): Promise<number> {
  if (!isMainThread) return work(workerData as Share);
  const options = { only: { type: 'string' } } as const;
  return runProgram({ args, usage: USAGE, options }, ({ only = '' }) => tryAll(only));
}

async function tryAll(filter: string): Promise<number> {
  const startedAtMs = Date.now();
  const total = mutants().filter(({ id }) => id.includes(filter)).length;
  const workers = Math.max(1, Math.min(2, availableParallelism()));
  const verdicts: Verdict[] = [];
  if (total === 0) throw new UsageError(`No mutant has "${filter}" in its name.`);
  const seconds = () => Math.round((Date.now() - startedAtMs) / 1000);
  const stopProgress = showProgress(() => `${verdicts.length} of ${total} mutants in ${seconds()} s`);
  await Promise.all(
    Array.from({ length: workers }, (_, index) =>
      share({ index, of: workers, only: filter }, (verdict) => {
        verdicts.push(verdict);
      }),
    ),
  );
  stopProgress();
  return report(verdicts, total, Date.now() - startedAtMs);
}

function share(data: Share, tell: (verdict: Verdict) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../../../scripts/run.mjs', import.meta.url), {
      argv: ['test/property/mutants/main.ts'],
      workerData: data,
    });
    worker.on('message', tell);
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`))));
  });
}

async function work({ index, of, only }: Share): Promise<number> {
  const oracles = await takeOracles();
  const own = mutants().filter(({ id }) => id.includes(only));
  for (const [number, mutant] of own.entries()) {
    if (Math.floor(number / BATCH) % of === index) parentPort?.postMessage(await tryMutant(mutant, oracles));
  }
  return 0;
}

function report(verdicts: readonly Verdict[], total: number, tookMs: number): number {
  const survivors = verdicts.filter(({ killedBy }) => killedBy === null).sort((a, b) => a.id.localeCompare(b.id));
  const known = survivors.filter(({ id }) => EQUIVALENT.some(({ matches }) => matches.test(id)));
  const unknown = survivors.filter((verdict) => !known.includes(verdict));
  for (const { id } of known) {
    const why = EQUIVALENT.find(({ matches }) => matches.test(id))?.because;
    process.stdout.write(`changes nothing that can be observed: ${id}\n    ${why}\n`);
  }
  for (const { id, reason } of unknown)
    process.stdout.write(`survives: ${id}${reason === null ? '' : ` (${reason})`}\n`);
  const killed = total - survivors.length;
  for (const oracle of ORACLES) {
    const count = verdicts.filter(({ killedBy }) => killedBy === oracle).length;
    process.stdout.write(`noticed first by ${oracle}: ${count}\n`);
  }
  const score = killed / Math.max(1, total - known.length);
  // Rounded down: 100 % is said of all only.
  const percent = (share: number) => `${(Math.floor(share * 1_000) / 10).toFixed(1)} %`;
  process.stdout.write(
    `mutants: ${total}, killed ${killed}, equivalent ${known.length}, surviving ${unknown.length}; ` +
      `score ${percent(score)} (${percent(killed / Math.max(1, total))} of all) in ${Math.round(tookMs / 1000)} s\n`,
  );
  return verdicts.length === total && unknown.length === 0 ? 0 : 1;
}
