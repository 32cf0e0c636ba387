import { writeSync } from 'node:fs';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

/*
 * On a terminal, a program that has written nothing for a second shows how long it has run, also while its main thread
 * is busy. What it writes itself takes the place of that line.
 */

const SILENCE_MS = 850;
const CLEAR_LINE = '\r\u001b[2K';
/** Of the shared numbers: when the program wrote last, and whether the line on the screen is the heartbeat's. */
const LAST_WRITE = 0;
const IS_SHOWN = 1;

export function startHeartbeat() {
  if (!process.stderr.isTTY) return;
  const shared = new BigInt64Array(new SharedArrayBuffer(16));
  Atomics.store(shared, LAST_WRITE, BigInt(Date.now()));
  for (const stream of [process.stdout, process.stderr]) {
    const write = stream.write.bind(stream);
    stream.write = (...args) => {
      if (Atomics.exchange(shared, IS_SHOWN, 0n) === 1n) writeSync(2, CLEAR_LINE);
      Atomics.store(shared, LAST_WRITE, BigInt(Date.now()));
      return write(...args);
    };
  }
  new Worker(new URL(import.meta.url), { workerData: { heartbeat: shared } }).unref();
  process.once('exit', () => process.stderr.write(''));
}

if (!isMainThread && workerData?.heartbeat !== undefined) {
  const shared = workerData.heartbeat;
  const startedAtMs = Date.now();
  setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - Number(Atomics.load(shared, LAST_WRITE)) < SILENCE_MS) return;
    Atomics.store(shared, LAST_WRITE, BigInt(nowMs));
    Atomics.store(shared, IS_SHOWN, 1n);
    writeSync(2, `${CLEAR_LINE}${Math.round((nowMs - startedAtMs) / 1_000)} s`);
  }, 100);
}
