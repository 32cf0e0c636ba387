// The declarations of dist: one file an entry, and what entries share.
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import Module, { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { rollup } from 'rollup';

const root = fileURLToPath(new URL('../../', import.meta.url));

// TypeScript 7 has no API yet. An install of 6 in the root of the project would put its `tsc` in place of the one of 7.
const typescript6 = createRequire(import.meta.url).resolve('typescript');
const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) => (name === 'typescript' ? typescript6 : resolveFilename(name, ...rest));
const { dts } = await import('rollup-plugin-dts');

/** Types that only signatures name need no name of their own in an app. */
const IS_HARMLESS = /no public re-export|Circular dependency/;

/** An app's own `lib` may be older than what `await using` needs. */
const libraries = {
  name: 'libraries',
  renderChunk: (code) =>
    /\b(?:Async)?Disposable\b|\basyncDispose\b/.test(code)
      ? `/// <reference lib="esnext.disposable" />\n${code}`
      : null,
};

/**
 * They are CommonJS, since only those may be read by both kinds of module; those of ES modules pass them on, so that a
 * type is the same one either way.
 */
export async function declare(entries, folder) {
  // Below `node_modules`, the plugin would take them for those of a package.
  const temporary = await mkdtemp(join(tmpdir(), 'sessionchart-declarations-'));
  try {
    await emit(temporary);
    await bundle(entries, temporary, folder);
  } finally {
    await rm(temporary, { recursive: true });
  }
  for (const name of Object.keys(entries)) {
    await writeFile(`${folder}/${name}.d.ts`, `export * from './${name.split('/').at(-1)}.cjs';\n`);
  }
}

async function bundle(entries, temporary, folder) {
  const declarationOf = (source) => `${temporary}/${source.replace(/\.tsx?$/, '.d.ts')}`;
  const build = await rollup({
    input: Object.fromEntries(Object.entries(entries).map(([name, source]) => [name, declarationOf(source)])),
    external: (id) => !/^[./]/.test(id),
    plugins: [dts(), libraries],
    onwarn: (warning, report) => !IS_HARMLESS.test(warning.message) && report(warning),
  });
  await build.write({
    dir: folder,
    format: 'es',
    entryFileNames: '[name].d.cts',
    chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, '')}.d.cts`,
  });
  await build.close();
}

async function emit(folder) {
  const tsc = `${root}node_modules/typescript/bin/tsc`;
  // The command line loads an example, which lies outside of `src`.
  const options = [
    '-p',
    'tsconfig.build.json',
    '--emitDeclarationOnly',
    '--noCheck',
    '--checkers',
    '1',
    '--rootDir',
    root,
    '--outDir',
    folder,
  ];
  // Whether the types are sound is the business of `npm run types`.
  await promisify(execFile)(process.execPath, [tsc, ...options], { cwd: root });
}
