import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { runProgram, showProgress, UsageError, wholeNumber } from '../../kit/program.ts';
import { type Batch, type Finding, takeBatch, tell } from './run.ts';

const USAGE = `npm run walk [-- --runs N] [--seed S] [--path P]

Takes N random walks (10,000) with a real client on a backend in memory, and
checks the laws after every step. The same seed takes the same walks. A walk
that breaks a law is printed with the command that takes it again.`;

const BATCH = 250;

type Answer = { readonly runs: number; readonly finding: Finding | null };

/** `npm run walk`: 0 when no law is broken, 1 when one is, 2 for bad arguments. */
export async function main(args: readonly string[], own?: unknown): Promise<number> {
  if (!isMainThread) return work(own as readonly Batch[]);
  const options = { runs: { type: 'string' }, seed: { type: 'string' }, path: { type: 'string' } } as const;
  return runProgram({ args, usage: USAGE, options }, (values) => {
    const seed = wholeNumber('seed', values.seed, Math.floor(Math.random() * 2 ** 31));
    if (values.path === undefined) return walk(wholeNumber('runs', values.runs, 10_000), seed);
    if (!/^\d+(:\d+)*$/.test(values.path))
      throw new UsageError(`--path must be numbers with colons, not ${values.path}.`);
    return replay({ seed, runs: 1, path: values.path });
  });
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
  const stopProgress = showProgress(
    () => `${taken} of ${runs} walks in ${seconds()} s, ${Math.round(taken / seconds())} a second`,
  );
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
  stopProgress();
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

/** Has a worker take batches until `heard` returns that it is enough. */
function share(batches: readonly Batch[], heard: (answer: Answer) => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('../../../scripts/run.mjs', import.meta.url), {
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
