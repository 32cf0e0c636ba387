import { execFile } from 'node:child_process';
import { copyFile, readFile, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { addPackage, installed } from '../../kit/installed.ts';

/*
 * The packed package as React Native gets it: bundled by Metro, compiled by `hermesc`, and run in a Hermes virtual
 * machine, which has no `Symbol.species`, no private names and no timers.
 */

const PACKAGES = [
  ...['metro@0.83.8', 'metro-config@0.83.8', '@babel/core@7.29.13', '@babel/runtime@7'],
  ...['@react-native/babel-preset@0.82.1', '@react-native/metro-babel-transformer@0.82.1'],
  ...['hermes-engine-cli@0.12.0', 'hermes-compiler@260318099.0.8'],
  ...['xstate@5', 'react@19', '@xstate/react@6'],
];

/** Of the app in `react-native/app.js` with everything it imports, minified: what was reached, with a little air. */
const BUNDLE_BYTES = 340_000;

const PLATFORM = { linux: 'linux64-bin', darwin: 'osx-bin', win32: 'win64-bin' }[process.platform as string];

const run = promisify(execFile);
const own = (name: string) => fileURLToPath(new URL(`./react-native/${name}`, import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await installed(PACKAGES);
  await addPackage(appFolder, folder);
  await copyFile(own('app.js'), `${folder}/app.js`);
  await writeFile(`${folder}/babel.config.json`, '{ "presets": ["@react-native/babel-preset"] }');
}, 600_000);

describe.each(['on', 'off'])('React Native with package exports %s', (packageExports) => {
  const bundle = () => `${folder}/bundle-${packageExports}.js`;

  beforeAll(async () => {
    await run(process.execPath, [own('bundle.cjs'), folder, 'app.js', bundle(), packageExports], { cwd: folder });
  });

  it('Metro makes one bundle of it, of a stated size', async () => {
    expect((await stat(bundle())).size).toBeLessThan(BUNDLE_BYTES);
  });

  it('the compilers of Hermes take it', async () => {
    for (const compiler of [`hermes-engine-cli/${PLATFORM}/hermesc`, `hermes-compiler/hermesc/${PLATFORM}/hermesc`]) {
      const out = `${bundle()}.hbc`;
      await run(`${folder}/node_modules/${compiler}`, ['-O', '-w', '-emit-binary', '-out', out, bundle()]);
      expect((await stat(out)).size).toBeGreaterThan(0);
    }
  });

  it('laws 1 to 3 and 6: it fails, logs in, reconnects, rests in the background, restores and logs out', async () => {
    const token = ['{"alg":"HS256"}', '{"user_id":"alice"}', 'signature'].map(base64Url).join('.');
    const program = `${bundle()}.program.js`;
    const parts = [await readFile(own('host.js'), 'utf8'), `globalThis.token = '${token}';`];
    await writeFile(program, [...parts, await readFile(bundle(), 'utf8'), 'runTimers(0);'].join('\n'));
    const { stdout } = await run(`${folder}/node_modules/hermes-engine-cli/${PLATFORM}/hermes`, ['-w', program]);
    expect(
      Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    ).toEqual({
      hooks: 'function',
      result: 'tokenSourceMissing',
      orThrow: 'tokenSourceMissing',
      'then that throws': 'mine',
      'finally that throws': 'mine',
      all: 2,
      'provider that throws': 'tokenUnavailable',
      login: 'c1',
      message: 'Grüße',
      reconnected: 'c2',
      'in the background': 'suspended',
      restored: 'alice',
      online: 'online',
      logout: true,
      stored: 0,
      'open sockets': 0,
      end: null,
    });
  });
});

function base64Url(text: string): string {
  return Buffer.from(text).toString('base64url');
}
