import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const PARTS = [
  ...['package.json', 'LICENSE', 'README.md', 'CHANGELOG.md', 'tsconfig.json', 'tsconfig.build.json'],
  ...['src', 'scripts', 'visualizer', 'examples/demo'],
];

it('npm pack builds what users get, the page of the studio too, from a tree that has nothing built', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sessionchart-pack-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const part of PARTS)
    await cp(`${root}${part}`, `${folder}/${part}`, { recursive: true, verbatimSymlinks: true });
  await symlink(`${root}node_modules`, `${folder}/node_modules`);
  const env = { ...process.env, NODE_ENV: 'production' };
  const { stdout } = await promisify(execFile)('npm', ['pack', '--dry-run', '--json'], { cwd: folder, env });
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [{ files: { path: string }[] }];
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/index.cjs', 'dist/cli.js', 'react/package.json']),
  );
  const page = paths.filter((path) => path.startsWith('dist/studio/page/'));
  expect(page.map((path) => path.split('.').at(-1)).sort()).toEqual(['css', 'html', 'js']);
});
