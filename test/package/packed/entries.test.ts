import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { describe, expect, it } from 'vitest';
import entryFiles from '../../../scripts/entries.json' with { type: 'json' };
import { appFolder } from '../../kit/app.ts';

async function run(program: string, ...options: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [...options, '-e', program], { cwd: appFolder });
  return stdout.trim();
}

/** The files of the package in a bundle that imports `entries` and requires them, too. */
async function filesInBundle(conditions: readonly string[], entries: readonly string[]): Promise<readonly string[]> {
  const code = {
    [`${appFolder}/app.js`]: `import './library.cjs'; ${entries.map((entry) => `import '${entry}';`).join('')}`,
    [`${appFolder}/library.cjs`]: entries.map((entry) => `exports['${entry}'] = require('${entry}');`).join(''),
  };
  const build = await rolldown({
    cwd: appFolder,
    input: `${appFolder}/app.js`,
    platform: conditions.includes('node') ? 'node' : 'browser',
    external: (id) => !/^[./]|^sessionchart/.test(id),
    resolve: { conditionNames: [...conditions, 'module', 'default'] },
    logLevel: 'silent',
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === './library.cjs' ? `${appFolder}/library.cjs` : id in code ? id : null),
        load: (id) => code[id] ?? null,
      },
    ],
  });
  const { output } = await build.generate({ format: 'esm' });
  await build.close();
  const files = output.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []));
  return files.filter((file) => file.includes('/sessionchart/dist/'));
}

const ESM = '--input-type=module';
const CJS = '--input-type=commonjs';
const specifiers = Object.keys(entryFiles).map((name) => (name === 'index' ? 'sessionchart' : `sessionchart/${name}`));
const list = JSON.stringify(specifiers);

/** Node then takes the files that a resolver without ES modules takes: Jest, an older bundler. */
const WITHOUT_ESM = '--no-experimental-require-module';

const NAMES = 'const names = (module) => Object.keys(module).filter((name) => name !== "default").sort();';

describe('the package, as a program on Node gets it', () => {
  it('is the same module by import and by require, so that a client is one on either way', async () => {
    const program = `
      import { createRequire } from 'node:module';
      const require = createRequire(process.cwd() + '/app.js');
      for (const entry of ${list}) if (require(entry) !== (await import(entry))) console.log(entry);`;
    expect(await run(program, ESM, '--no-warnings')).toBe('');
  });

  it('loads no part of Node at its import that Node loads when it is used', async () => {
    const program = `
      for (const entry of ['sessionchart', 'sessionchart/node']) await import(entry);
      console.log(process.moduleLoadList.filter((name) => /undici|webcrypto/.test(name)).join());`;
    expect(await run(program, ESM)).toBe('');
  });

  it('has CommonJS of the same names, for what loads no ES modules', async () => {
    const names = `console.log(JSON.stringify(${list}.map((entry) => names(require(entry)))))`;
    const asModule = await run(`${NAMES}${names}`, CJS, '--no-warnings');
    const asCommonJs = await run(`${NAMES}${names}`, CJS, WITHOUT_ESM);
    expect(JSON.parse(asCommonJs)).toEqual(JSON.parse(asModule));
    const [core] = JSON.parse(asCommonJs) as readonly string[][];
    expect(core).toContain('createChatClient');
  });

  it.each([[['browser']], [['production', 'browser']], [['node']], [['production', 'node']]])(
    'is in the bundle of an app once, though a library in it calls require(): %j',
    async (conditions) => {
      const files = await filesInBundle(conditions, specifiers);
      expect(files.length).toBeGreaterThan(0);
      expect(files.filter((file) => file.endsWith('.cjs'))).toEqual([]);
    },
  );

  it('shares its classes between the entries of CommonJS', async () => {
    const program = `
      const { SessionError } = require('sessionchart');
      const { fileRepository } = require('sessionchart/node');
      try { fileRepository('') } catch (error) { console.log(error instanceof SessionError) }`;
    expect(await run(program, CJS, WITHOUT_ESM)).toBe('true');
  });

  it.each(['before', 'after'])(
    'takes a WebSocket that was put in place of the global one %s the import',
    async (when) => {
      const put = `globalThis.WebSocket = class Double { constructor(url) { console.log(new URL(url).hostname); process.exit() } };`;
      const program = `
      ${when === 'before' ? put : ''}
      const { createChatClient } = await import('sessionchart');
      ${when === 'after' ? put : ''}
      await createChatClient({ apiKey: 'key', baseUrl: 'http://double.test' }).connectAnonymousUser();`;
      expect(await run(program, ESM)).toBe('double.test');
    },
  );

  it('is its version that the command line prints', async () => {
    const manifest = `require('sessionchart/package.json')`;
    const program = `console.log(require('node:path').join('node_modules/sessionchart', ${manifest}.bin.sessionchart), ${manifest}.version)`;
    const [bin, version] = (await run(program, CJS)).split(' ');
    const { stdout } = await promisify(execFile)(process.execPath, [bin ?? '', '--version'], { cwd: appFolder });
    expect(stdout.trim()).toBe(version);
  });
});
