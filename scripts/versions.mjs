// Runs the tests in Node and of the package on other versions of Node: `node scripts/versions.mjs 22 24`.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// What a browser runs does not depend on the version of Node.
const folders = ['behaviour', 'integration', 'model', 'package', 'property', 'regressions', 'unit'];
const files = folders.map((folder) => `test/${folder}/`).join(' ');
const tests = `node --version && node node_modules/vitest/vitest.mjs run --project node --project exit ${files}`;
/** Where every user may start what npm puts there: some tests give up their rights. */
const cache = join(tmpdir(), 'sessionchart-npm');
mkdirSync(cache, { recursive: true, mode: 0o755 });

for (const version of process.argv.slice(2)) {
  const { status } = spawnSync('npx', ['--yes', '-p', `node@${version}`, '-c', tests], {
    stdio: 'inherit',
    env: { ...process.env, npm_config_cache: cache },
  });
  if (status !== 0) process.exit(status ?? 1);
}
