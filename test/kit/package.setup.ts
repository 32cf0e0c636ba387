import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { writeStandIns } from '../../scripts/stand-ins.mjs';
import { buildPage } from './studio.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder of an app in which `sessionchart` is installed as npm would: packed, with `exports` and `files` in force. */
    appFolder: string;
    /** How large the package is that npm downloads. */
    packedBytes: number;
    /** The page of the studio in that package. */
    pageFolder: string;
  }
}

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const cache = `${root}node_modules/.cache/sessionchart/`;

interface Installed {
  readonly folder: string;
  readonly packedBytes: number;
}

/** Each project of a run imports this file anew; the package is the same for all of them. */
const shared = globalThis as { sessionchartInstalled?: Promise<Installed> };

export default async function installOnce(project: TestProject): Promise<() => Promise<void>> {
  shared.sessionchartInstalled ??= installPackage();
  const { folder, packedBytes } = await shared.sessionchartInstalled;
  project.provide('packedBytes', packedBytes);
  project.provide('appFolder', folder);
  project.provide('pageFolder', `${folder}/node_modules/sessionchart/dist/studio/page`);
  return () => rm(folder, { recursive: true, force: true });
}

/** Builds, packs and installs the package, apart from `dist`, so that runs next to each other do not meet. */
async function installPackage(): Promise<Installed> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(`${cache}app-`);
  try {
    const tarball = await packInto(folder);
    await run('tar', ['-xzf', tarball, '-C', folder]);
    await mkdir(`${folder}/node_modules`);
    await writeFile(`${folder}/package.json`, JSON.stringify({ name: 'app', private: true, type: 'module' }));
    await rename(`${folder}/package`, `${folder}/node_modules/sessionchart`);
    return { folder, packedBytes: (await stat(tarball)).size };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const output = (error as { stdout?: string }).stdout;
    throw output ? new Error(`The package cannot be built:\n${output}`) : error;
  }
}

async function packInto(folder: string): Promise<string> {
  const staging = `${folder}/staging`;
  await mkdir(staging);
  for (const part of ['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md']) {
    if (existsSync(`${root}${part}`)) await cp(`${root}${part}`, `${staging}/${part}`);
  }
  writeStandIns(staging);
  await run(process.execPath, [`${root}scripts/build.mjs`, `${staging}/dist`]);
  await buildPage(`${staging}/dist/studio/page`);
  await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: staging });
  await rm(staging, { recursive: true });
  return `${folder}/${(await readdir(folder)).find((name) => name.endsWith('.tgz'))}`;
}
