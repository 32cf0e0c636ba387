// node scripts/run.mjs FILE.ts [ARG...]: runs `main(args)` of a TypeScript file and exits with what it returns.
import { isMainThread, workerData } from 'node:worker_threads';
import { runnerImport } from 'vite';
import { startHeartbeat } from './heartbeat.mjs';

const [file, ...args] = process.argv.slice(2);
if (isMainThread) startHeartbeat();
// Without a listener Ctrl+C ends even a busy program. The driver of a browser has one, which ends the browser first: the
// program would fail before it ends.
process.on('newListener', function onListener(event) {
  if (event !== 'SIGINT') return;
  process.off('newListener', onListener);
  process.on('SIGINT', () => process.exit(130));
});
const { module } = await runnerImport(`/${file}`, { configFile: false, logLevel: 'error' });
const code = await module.main(args, isMainThread ? undefined : workerData);
process.exitCode = code;
