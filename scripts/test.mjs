// `npm test`: all tests, and format, lint and types while the first of them run.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROCESS_FLAGS } from './process-flags.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const modules = `${root}node_modules`;
const BIOME = [
  ...[`${modules}/@biomejs/biome/bin/biome`, 'check', '--error-on-warnings', '.'],
  // What it says is shown when it is through.
  ...(process.stderr.isTTY ? ['--colors=force'] : []),
];
// Two checkers come to most types twice; next to the tests, one is soon enough.
const TYPES = [`${modules}/typescript/bin/tsc`, '--incremental', '--checkers', '1'];
const TESTS = [
  ...PROCESS_FLAGS,
  `${modules}/vitest/vitest.mjs`,
  'run',
  ...['node', 'browser'].flatMap((project) => ['--project', project]),
];

/** Resolves with the exit code of a program, and with what it wrote where that is not shown at once. */
function run(args, { signal, stdio = ['ignore', 'pipe', 'pipe'] } = {}) {
  const child = spawn(process.execPath, args, { cwd: root, stdio, signal });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', (error) => error.name !== 'AbortError' && reject(error));
    child.on('close', (code, killedBy) => resolve({ code: killedBy === null ? code : 1, output }));
  });
}

// A terminal sends it to the programs too: they end first, and say so.
let isInterrupted = false;
process.on('SIGINT', () => {
  isInterrupted = true;
});

// What a look at the files finds need not wait for the tests, which end then.
const stopping = new AbortController();
const checking = run(BIOME).then((checked) => {
  if (checked.code !== 0) stopping.abort();
  return checked;
});
const [checked, types, tests] = await Promise.all([
  checking,
  run(TYPES, { signal: stopping.signal }),
  run(TESTS, { signal: stopping.signal, stdio: 'inherit' }),
]);
if (checked.code !== 0) process.stderr.write(`\n${checked.output}`);
else if (types.code !== 0) process.stderr.write(`\nThe types are wrong:\n${types.output}`);
process.exit(isInterrupted ? 130 : checked.code || types.code || tests.code);
