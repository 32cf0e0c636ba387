import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { describe, expect, inject, it } from 'vitest';

const run = promisify(execFile);
const appFolder = inject('appFolder');
const packageFolder = `${appFolder}/node_modules/sessionchart`;
const { exports, bin, version } = JSON.parse(await readFile(`${packageFolder}/package.json`, 'utf8')) as {
  exports: Record<string, string | { types: string; default: string }>;
  bin: Record<string, string>;
  version: string;
};

describe('the package, as an app gets it', () => {
  it.each(Object.keys(exports))('%s can be imported by Node', async (entry) => {
    const specifier = entry.replace('.', 'sessionchart');
    const options = specifier.endsWith('.json') ? ", { with: { type: 'json' } }" : '';
    const program = `await import('${specifier}'${options})`;
    await expect(
      run(process.execPath, ['--input-type=module', '-e', program], { cwd: appFolder }),
    ).resolves.toBeDefined();
  });

  it('brings every file that its entry points name', () => {
    const named = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    expect([...named, ...Object.values(bin)].filter((path) => !existsSync(`${packageFolder}/${path}`))).toEqual([]);
  });

  it('brings no other files than its code, its sources, and what one reads first', async () => {
    expect((await readdir(packageFolder)).sort()).toEqual(['LICENSE', 'README.md', 'dist', 'package.json', 'src']);
  });

  it('has a program that says its version', async () => {
    const { stdout } = await run(process.execPath, [`${packageFolder}/${bin.sessionchart}`, '--version'], {
      cwd: appFolder,
    });
    expect(stdout.trim()).toBe(version);
  });
});
