import { existsSync, readFileSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { appFolder, packedBytes } from '../../kit/app.ts';
import { bundledSize, bundleOf, gzipped } from '../../kit/bundled-size.ts';
import { codeOf } from '../architecture/sources.ts';

/*
 * What is in the package, and how much of it. Each figure is what was reached, with a little air: to go above one is a
 * decision, to be made here.
 */

const BUDGET = {
  packedBytes: 614_000,
  declarationBytes: 167_000,
  /** Of an app's bundle for production, minified and gzipped, by what it imports; and without xstate. */
  createChatClient: { whole: 48_550, own: 36_450 },
  /** Without requests and guests. */
  createProtocolClient: { whole: 44_950, own: 32_850 },
};

/** Words of the default protocol that survive minification. */
const DEFAULT_PROTOCOL = ['health.check', 'connection.ok', 'stream-auth-type', 'user_details', 'stream-io-api.com'];

const folder = `${appFolder}/node_modules/sessionchart`;
const manifest = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin: Readonly<Record<string, string>>;
  readonly main: string;
  readonly module: string;
  readonly types: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => posix.join(entry.parentPath, entry.name).slice(folder.length + 1));
const code = files.filter((path) => /^dist\/(?!studio\/).*\.c?js$/.test(path));
const declarations = files.filter((path) => /\.d\.c?ts$/.test(path));

const IMPORT = /(?:\bfrom\s*|\brequire\(\s*|^import\s*|\bimport\(\s*)["'](?<target>[^"'\n]+)["']/gm;
function importsOf(path: string): readonly string[] {
  const text = codeOf(readFileSync(`${folder}/${path}`, 'utf8'));
  return [...text.matchAll(IMPORT)].map(({ groups }) => groups?.target ?? '');
}

function filesFrom(path: string, found = new Set<string>()): ReadonlySet<string> {
  if (found.has(path)) return found;
  found.add(path);
  for (const target of importsOf(path).filter((name) => name.startsWith('.'))) {
    filesFrom(posix.join(posix.dirname(path), target), found);
  }
  return found;
}

const packageOf = (target: string) => target.match(/^(?:@[^/]+\/)?[^/]+/)?.[0] ?? target;
const isBuiltin = (target: string) => target.startsWith('node:') || builtinModules.includes(target);
/** The program for tests that the command line writes imports the package itself. */
const isOwn = (target: string) => /^(?:\.|sessionchart\b)/.test(target);
const packagesOf = (path: string) => importsOf(path).filter((target) => !isOwn(target) && !isBuiltin(target));

const namedIn = (target: unknown): readonly string[] =>
  typeof target === 'object' && target !== null ? Object.values(target).flatMap(namedIn) : [String(target)];

describe('the package', () => {
  it('brings every file that its package.json and its stand-ins name', () => {
    const { exports, bin, main, module, types } = manifest;
    const standIns = Object.keys(exports)
      .filter((name) => name.startsWith('./') && !name.endsWith('.json'))
      .flatMap((name) => {
        const own = JSON.parse(readFileSync(`${folder}/${name}/package.json`, 'utf8')) as Record<string, string>;
        return ['main', 'module', 'types'].map((field) => posix.join(name, own[field] ?? ''));
      });
    const named = [...namedIn(exports), ...namedIn(bin), main, module, types, ...standIns];
    expect(standIns.length).toBe(3 * (Object.keys(exports).length - 2));
    expect(named.filter((path) => !existsSync(`${folder}/${path}`))).toEqual([]);
  });

  it('brings no other files than its code, its declarations, and what one reads first', () => {
    const subpaths = Object.keys(manifest.exports).flatMap(
      (name) => name.match(/^\.\/(?<top>\w+)$/)?.groups?.top ?? [],
    );
    const tops = new Set(files.map((path) => path.split('/')[0]));
    expect([...tops].sort()).toEqual(
      ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json', ...subpaths].sort(),
    );
    const others = files.filter(
      (path) =>
        path.startsWith('dist/') && ![...code, ...declarations].includes(path) && !path.startsWith('dist/studio/'),
    );
    expect(others).toEqual(['dist/THIRD-PARTY-LICENSES.txt']);
  });

  it("imports only what it depends on; React is the app's own", () => {
    const { dependencies, peerDependencies } = manifest;
    const wrong = [...code, ...declarations].flatMap((path) =>
      packagesOf(path)
        .map(packageOf)
        .filter((name) => !(name in dependencies || (/react\.(?:d\.)?c?[jt]s$/.test(path) && name in peerDependencies)))
        .map((name) => `${path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
    expect(Object.keys(dependencies)).toEqual(['xstate']);
  });

  it.each(['index', 'react', 'testing', 'devtools', 'devtools/react'])(
    'has no module of Node in what %s comes to',
    (name) => {
      for (const extension of ['js', 'cjs']) {
        const reached = [...filesFrom(`dist/${name}.${extension}`)];
        expect(reached.flatMap((path) => importsOf(path).filter(isBuiltin))).toEqual([]);
      }
    },
  );

  it('comes to few files by import', () => {
    const count = (name: string) => filesFrom(`dist/${name}.js`).size;
    expect({ index: count('index'), react: count('react') }).toEqual({ index: 2, react: 3 });
  });

  it('declares nothing that no entry comes to', () => {
    const reached = new Set(
      Object.keys(manifest.exports)
        .filter((name) => !name.endsWith('.json'))
        .flatMap((name) => {
          const entry = name === '.' ? 'index' : name.slice(2);
          return [`dist/${entry}.d.ts`, ...declarationsFrom(`dist/${entry}.d.cts`)];
        }),
    );
    expect(declarations.filter((path) => !reached.has(path))).toEqual([]);
    const bytes = declarations.reduce((sum, path) => sum + statSync(`${folder}/${path}`).size, 0);
    expect(bytes).toBeLessThan(BUDGET.declarationBytes);
  });

  it('has one byte for each character in the memory of V8', () => {
    const isWide = (path: string) => /[^\0-\xff]/.test(readFileSync(`${folder}/${path}`, 'utf8'));
    expect(code.filter(isWide)).toEqual([]);
  });

  it('is small to install', () => {
    expect(packedBytes).toBeLessThan(BUDGET.packedBytes);
  });

  it.each([
    ['createChatClient', BUDGET.createChatClient],
    ['createProtocolClient, streamChat', BUDGET.createProtocolClient],
  ])('is small in an app with %s', async (names, budget) => {
    const { whole, own } = await bundledSize(appFolder, `export { ${names} } from 'sessionchart';`);
    expect(whole).toBeLessThan(budget.whole);
    expect(own).toBeLessThan(budget.own);
  });

  it.each([
    ["export { createChatClient } from 'sessionchart';", "export { createProtocolClient } from 'sessionchart';"],
    [
      "export { ChatSessionProvider, useChatSession } from 'sessionchart/react';",
      `export { createProtocolClient } from 'sessionchart';
       export { SessionProvider, useChatSession } from 'sessionchart/react';`,
    ],
  ])('has nothing of the default protocol in an app that brings its own (%#)', async (withDefault, withOwn) => {
    const react = [/^(?:react|@xstate\/react)(?:\/|$)/];
    const standard = await bundleOf(appFolder, withDefault, react);
    const own = await bundleOf(appFolder, withOwn, react);
    expect(DEFAULT_PROTOCOL.filter((word) => own.includes(word))).toEqual([]);
    expect(DEFAULT_PROTOCOL.filter((word) => standard.includes(word))).toEqual(DEFAULT_PROTOCOL);
    expect(gzipped(standard) - gzipped(own), 'bytes saved').toBeGreaterThan(2_500);
  });
});

function declarationsFrom(path: string, found = new Set<string>()): readonly string[] {
  if (found.has(path)) return [...found];
  found.add(path);
  for (const target of importsOf(path).filter((name) => name.startsWith('.'))) {
    declarationsFrom(posix.join(posix.dirname(path), target.replace(/\.cjs$/, '.d.cts')), found);
  }
  return [...found];
}
