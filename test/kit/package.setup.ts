import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { writeStandIns } from '../../scripts/stand-ins.mjs';
import { type PackageOutcome, writeOutcome } from './package-outcome.ts';
import { buildPage } from './studio.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** See `app.ts`, which waits until the package is there. */
    appFolder: string;
  }
}

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = `${root}node_modules/.cache/sessionchart/`;

interface Installing {
  readonly folder: string;
  readonly done: Promise<void>;
}

/** Each project of a run imports this file anew; the package is the same for all of them. */
const shared = globalThis as { sessionchartInstalling?: Promise<Installing> };

const NEEDS_PACKAGE = /\/test\/(?:browser\/e2e|package\/(?:packed|full))\//;

/** Builds, packs and installs the package while the first tests run, if one of them is about it. */
export default async function startInstalling(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (!project.vitest.state.getPaths().some((path) => NEEDS_PACKAGE.test(path))) return undefined;
  shared.sessionchartInstalling ??= start();
  const { folder, done } = await shared.sessionchartInstalling;
  project.provide('appFolder', folder);
  return async () => {
    await done;
    await rm(folder, { recursive: true, force: true });
  };
}

/** In a folder apart from `dist`, so that runs next to each other do not meet. */
async function start(): Promise<Installing> {
  await mkdir(cache, { recursive: true });
  await removeLeftovers();
  const folder = await mkdtemp(`${cache}app-`);
  return { folder, done: install(folder) };
}

/** Of runs that were killed. No run takes an hour. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('app-')) continue;
    // Another run may remove it at the same time.
    const { mtimeMs } = await stat(cache + name).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
    if (Date.now() - mtimeMs > 3_600_000) await rm(cache + name, { recursive: true, force: true });
  }
}

async function install(folder: string): Promise<void> {
  const outcome: PackageOutcome = await installInto(folder).catch((error: { readonly stdout?: string }) => ({
    error: error.stdout || String(error),
  }));
  await writeOutcome(folder, outcome);
}

async function installInto(folder: string): Promise<PackageOutcome> {
  const tarball = await packInto(folder);
  await run('tar', ['-xzf', tarball, '-C', folder]);
  await mkdir(`${folder}/node_modules`);
  await writeFile(`${folder}/package.json`, JSON.stringify({ name: 'app', private: true, type: 'module' }));
  await rename(`${folder}/package`, `${folder}/node_modules/sessionchart`);
  return { packedBytes: (await stat(tarball)).size };
}

async function packInto(folder: string): Promise<string> {
  const staging = `${folder}/staging`;
  await mkdir(staging);
  for (const part of ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    if (existsSync(`${root}${part}`)) await cp(`${root}${part}`, `${staging}/${part}`);
  }
  writeStandIns(staging);
  const page = `${folder}/page`;
  await Promise.all([run(process.execPath, [`${root}scripts/build.mjs`, `${staging}/dist`]), buildPage(page)]);
  await mkdir(`${staging}/dist/studio`);
  await rename(page, `${staging}/dist/studio/page`);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: staging });
  await rm(staging, { recursive: true });
  return `${folder}/${(await readdir(folder)).find((name) => name.endsWith('.tgz'))}`;
}
