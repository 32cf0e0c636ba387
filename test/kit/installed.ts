import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Not in this project: frameworks would take it for the workspace, and its React for theirs. */
const cache = join(tmpdir(), 'sessionchart-');

/**
 * A folder in which `packages` (`name@version`) are installed, apart from those of this project. What only
 * `npm run test:full` needs comes this way, so that `npm ci` stays short; a second run finds it in the cache.
 */
export async function installed(packages: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(packages.join()).digest('hex').slice(0, 12);
  const folder = `${cache}installed-${hash}`;
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  await mkdir(partial, { recursive: true });
  await writeFile(`${partial}/package.json`, '{ "name": "app", "private": true }');
  const options = ['--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund'];
  await promisify(execFile)('npm', ['install', ...options, ...packages], { cwd: partial });
  await rename(partial, folder);
  return folder;
}

/** Puts the packed package into a folder made by {@link installed}, in place of the one of an earlier run. */
export async function addPackage(appFolder: string, folder: string): Promise<void> {
  const target = `${folder}/node_modules/sessionchart`;
  await rm(target, { recursive: true, force: true });
  await cp(`${appFolder}/node_modules/sessionchart`, target, { recursive: true });
}
