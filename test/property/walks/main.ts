import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Batch, type Finding, takeBatch, tell } from './run.ts';

/*
 * npm run walk -- [--runs N] [--seed S] [--path P]
 *
 * Takes N walks (10,000) by chance, in batches on every core, and says how far it is. The same seed takes the same
 * walks. One that breaks a law is shrunk and printed with the command that takes it again: its seed, and its path.
 */

const BATCH = 250;
const PROGRESS_MS = 5_000;

type Answer = { readonly runs: number; readonly finding: Finding | null };

export async function main(args: readonly string[], own?: unknown): Promise<number> {
  if (!isMainThread) return work(own as readonly Batch[]);
  const { values } = parseArgs({
    args: [...args],
    options: { runs: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } },
  });
  const seed = numberOf('seed', values.seed, Math.floor(Math.random() * 2 ** 31));
  if (values.path !== undefined) return replay({ seed, runs: 1, path: values.path });
  return walk(numberOf('runs', values.runs, 10_000), seed);
}

function numberOf(name: string, text: string | undefined, otherwise: number): number {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number, not ${text}.`);
  return number;
}

async function replay(batch: Batch): Promise<number> {
  const finding = await takeBatch(batch);
  process.stdout.write(finding === null ? 'This walk breaks no law.\n' : `${tell(finding)}\n`);
  return finding === null ? 0 : 1;
}

async function walk(runs: number, seed: number): Promise<number> {
  const startedAtMs = Date.now();
  const workers = Math.max(1, availableParallelism());
  const batches = batchesOf(runs, seed);
  let taken = 0;
  let finding: Finding | null = null;
  const seconds = () => Math.max(1, Math.round((Date.now() - startedAtMs) / 1000));
  const say = () =>
    process.stdout.write(`${taken} of ${runs} walks in ${seconds()} s, ${Math.round(taken / seconds())} a second\n`);
  const progress = setInterval(say, PROGRESS_MS);
  await Promise.all(
    Array.from({ length: workers }, (_, index) =>
      share(
        batches.filter((_batch, number) => number % workers === index),
        (answer) => {
          taken += answer.runs;
          finding ??= answer.finding;
          return finding === null;
        },
      ),
    ),
  );
  clearInterval(progress);
  if (finding !== null) {
    process.stdout.write(`${tell(finding)}\n`);
    return 1;
  }
  process.stdout.write(`walks: ${taken}, violations: 0; seed ${seed}, ${seconds()} s\n`);
  return 0;
}

/** Each batch has a seed of its own, so that a walk can be taken again without those before it. */
function batchesOf(runs: number, seed: number): Batch[] {
  return Array.from({ length: Math.ceil(runs / BATCH) }, (_, index) => ({
    seed: index === 0 ? seed : (Math.imul(seed ^ Math.imul(index, 0x9e3779b1), 0x85ebca6b) >>> 1) | 0,
    runs: Math.min(BATCH, runs - index * BATCH),
  }));
}

/** Has a worker take batches until `heard` answers that it is enough. */
function share(batches: readonly Batch[], heard: (answer: Answer) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../../kit/run.mjs', import.meta.url), {
      argv: ['test/property/walks/main.ts'],
      workerData: batches,
    });
    worker.on('message', (answer: Answer) => {
      if (!heard(answer)) void worker.terminate();
    });
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
}

async function work(batches: readonly Batch[]): Promise<number> {
  for (const batch of batches) {
    const answer: Answer = { runs: batch.runs, finding: await takeBatch(batch) };
    parentPort?.postMessage(answer);
    if (answer.finding !== null) return 1;
  }
  return 0;
}
