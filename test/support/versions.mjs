// Runs the tests in Node and of the package on other versions of Node: `node test/support/versions.mjs 22 24`.
import { spawnSync } from 'node:child_process';

const tests = 'node --version && node node_modules/vitest/vitest.mjs run --project node --project package';

for (const version of process.argv.slice(2)) {
  const { status } = spawnSync('npx', ['--yes', '-p', `node@${version}`, '-c', tests], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
