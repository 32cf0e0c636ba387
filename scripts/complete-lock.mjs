// node scripts/complete-lock.mjs: has npm look up again what stands in package-lock.json without a hash.
// npm leaves the hash out of optional packages for other platforms when it writes the file from node_modules.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path.includes('node_modules/') && !entry.link && !entry.integrity) delete lock.packages[path];
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts'], {
  cwd: new URL('..', import.meta.url),
  stdio: 'inherit',
});
