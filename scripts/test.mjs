// `npm test`: format and lint, then all tests, and the types while the first of them run.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { PROCESS_FLAGS } from './process-flags.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const modules = `${root}node_modules`;
const BIOME = [`${modules}/@biomejs/biome/bin/biome`, 'check', '--error-on-warnings', '.'];
// Two checkers come to most types twice; next to the tests, one is soon enough.
const TYPES = [`${modules}/typescript/bin/tsc`, '--incremental', '--checkers', '1'];
const TESTS = [
  ...PROCESS_FLAGS,
  `${modules}/vitest/vitest.mjs`,
  'run',
  ...['node', 'browser', 'exit'].flatMap((project) => ['--project', project]),
];

/** Resolves with the exit code of a program, and with what it wrote where that is not shown at once. */
function run(args, stdio = 'inherit') {
  const child = spawn(process.execPath, args, { cwd: root, stdio });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code: signal === null ? code : 1, output }));
  });
}

// A terminal sends it to the programs too: they end first, and say so.
let isInterrupted = false;
process.on('SIGINT', () => {
  isInterrupted = true;
});

const checked = await run(BIOME);
if (checked.code !== 0 || isInterrupted) process.exit(checked.code || 130);
const [types, tests] = await Promise.all([run(TYPES, ['ignore', 'pipe', 'pipe']), run(TESTS)]);
if (types.code !== 0) process.stderr.write(`\nThe types are wrong:\n${types.output}`);
process.exit(isInterrupted ? 130 : types.code || tests.code);
