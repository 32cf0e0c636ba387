import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const cache = `${root}node_modules/.cache/sessionchart/`;
const PARTS = ['package.json', 'LICENSE', 'README.md', 'tsconfig.json', 'tsconfig.build.json', 'src', 'visualizer'];

it('npm pack builds what users get, the page of the studio too, from a tree that has nothing built', async () => {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(`${cache}pack-`);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of PARTS) await cp(`${root}${part}`, `${folder}/${part}`, { recursive: true });
  await symlink(`${root}node_modules`, `${folder}/node_modules`);
  const env = { ...process.env, NODE_ENV: 'production' };
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], { cwd: folder, env });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ files: { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/tools/cli/main.js']));
  const page = paths.filter((path) => path.startsWith('dist/studio/page/'));
  expect(page.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'html', 'js']);
});
