import { describe, expect, it } from 'vitest';
import { codeOf, importsOf, readSources, type SourceFile } from './sources.ts';

/*
 * Imports point one way: façade → machines → actors (types only); actors → protocol, repository, token; everything →
 * the contracts. The other entry points stand on the core, never the core on them.
 */

interface Layer {
  /** Layers of this project (or single files) that it may import, next to itself. */
  readonly layers: readonly string[];
  /** Layers that it may import types from, and nothing that runs. */
  readonly types?: readonly string[];
  /** Packages that it may import. `node:` stands for every module of Node. */
  readonly packages: readonly string[];
  readonly because: string;
}

const CORE = [
  'contracts',
  'protocol',
  'token',
  'repository',
  'environment',
  'actors',
  'machines',
  'client',
  'journal',
  'inspect',
  'index',
];

const LAYERS: Readonly<Record<string, Layer>> = {
  contracts: {
    layers: [],
    packages: [],
    because: 'errors, results, users, timing and clocks are what everything else is said in',
  },
  protocol: {
    layers: ['contracts', 'token'],
    packages: [],
    because: 'a protocol is a module without I/O, and says what a token must hold',
  },
  token: { layers: ['contracts'], packages: [], because: 'a token is checked without a connection' },
  repository: { layers: ['contracts'], packages: [], because: 'an app can use a repository by itself' },
  environment: { layers: ['contracts'], packages: [], because: 'the environment knows nothing of sessions' },
  actors: {
    layers: ['contracts', 'protocol', 'token', 'repository'],
    packages: ['xstate'],
    because: 'actors handle commands; which state the chart is in is none of their business',
  },
  machines: {
    layers: ['contracts', 'src/token/source-registry.ts'],
    types: ['actors', 'token'],
    packages: ['xstate'],
    because: 'a visualizer or a graph test loads the machine alone, without I/O',
  },
  devtools: {
    layers: [...CORE, 'react'],
    packages: ['xstate', 'react'],
    because: 'a panel for development: nothing imports it, so that nothing of it is in a production bundle',
  },
  client: {
    layers: CORE.slice(0, CORE.indexOf('client')),
    packages: ['xstate'],
    because: 'the façade puts the parts together, for every platform',
  },
  journal: {
    layers: CORE.slice(0, CORE.indexOf('journal')),
    packages: ['xstate'],
    because: 'it looks on at a session, which does not know of it',
  },
  inspect: {
    layers: ['contracts', 'src/client/options.ts'],
    packages: ['xstate'],
    because: 'it looks on as any inspector does, and what is watched does not know of it',
  },
  index: { layers: CORE.slice(0, CORE.indexOf('index')), packages: [], because: 'it only names what is public' },
  react: { layers: CORE, packages: ['react', '@xstate/react', 'xstate'], because: 'it runs in a page' },
  testing: {
    layers: CORE,
    packages: ['xstate', 'xstate/graph'],
    because: 'its backend is in memory, and no test framework is forced on anybody',
  },
  node: { layers: CORE, packages: ['node:', 'ws'], because: 'it is what needs Node' },
  studio: {
    layers: [...CORE, 'access', 'package-file'],
    packages: ['node:', 'ws', 'xstate', '@statelyai/inspect', 'zod/mini'],
    because: 'it looks on at any session, in a page or a Node process',
  },
  'package-file': { layers: [], packages: ['node:'], because: 'it finds files of the package, from sources and build' },
  access: { layers: [], packages: ['node:'], because: 'who may use a server does not depend on what it serves' },
  devserver: {
    layers: ['contracts', 'protocol', 'access'],
    packages: ['node:', 'ws', 'zod/mini'],
    because: 'a server that shared more with the client would share its mistakes',
  },
  cli: {
    layers: [...CORE, 'node', 'access', 'package-file', 'devserver', 'testing', 'studio'],
    packages: ['node:', 'ws', 'commander', 'xstate', '@statelyai/inspect'],
    because: 'it puts the entry points together on Node',
  },
};

/** Files that belong elsewhere than their folder says: what needs Node is not part of the core. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'src/index.ts': 'index',
  'src/node.ts': 'node',
  'src/index.node.ts': 'node',
  'src/tools/package-file.ts': 'package-file',
  'src/repository/file.ts': 'node',
  'src/repository/replace-file.ts': 'node',
};

function layerOf(path: string): string {
  return EXCEPTIONS[path] ?? path.match(/^src\/(?:tools\/)?(?<folder>[^/]+)\//)?.groups?.folder ?? 'contracts';
}

const sources = readSources();
const core = sources.filter(({ path }) => CORE.includes(layerOf(path)));

describe('import directions', () => {
  it('every folder has a rule', () => {
    const layers = new Set(sources.map(({ path }) => layerOf(path)));
    expect(Object.keys(LAYERS)).toEqual(expect.arrayContaining([...layers]));
  });

  it.each(Object.entries(LAYERS))('%s imports only what it may', (layer, rule) => {
    const wrong = sources
      .filter(({ path }) => layerOf(path) === layer)
      .flatMap((source) =>
        source.imports
          .filter(({ target, typeOnly }) => !isAllowed(layer, rule, target, typeOnly))
          .map(({ target }) => `${source.path} imports ${target}`),
      );
    expect(wrong, rule.because).toEqual([]);
  });

  it('no import goes round in a circle, so that each file can be read after those it imports', () => {
    expect(circles(sources)).toEqual([]);
  });
});

describe('no vendor outside of its protocol', () => {
  const outside = sources.filter(
    ({ path }) => !/^src\/(?:protocol\/stream-chat\/|tools\/devserver\/|testing\/backend\/stream-chat\.ts)/.test(path),
  );

  it('only what puts the parts together imports the default protocol', () => {
    const importing = outside.filter(({ imports }) =>
      imports.some(({ target }) => target.startsWith('src/protocol/stream-chat/')),
    );
    expect(importing.map(({ path }) => path)).toEqual(['src/client/defaults.ts', 'src/index.ts']);
  });

  it.each(['health.check', 'connection.ok', 'user_details', 'stream-auth-type', 'api_key'])('no %s in code', (word) => {
    expect(outside.filter(({ code }) => code.includes(word)).map(({ path }) => path)).toEqual([]);
  });

  it('nothing else names it, comments neither', () => {
    const name = /stream[-_ ]?chat|stream[-_]io|getstream|x-stream|stream-auth|\bStream's/i;
    const lines = outside.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line) => (name.test(line) ? [`${path}: ${line.trim()}`] : [])),
    );
    // Each imports the default protocol, or its server, and gives it on.
    const known = /^src\/(?:index|client\/defaults|testing\/backend\/backend)\.ts: /;
    expect(lines.filter((line) => !known.test(line))).toEqual([]);
  });
});

describe('the core runs in browsers, in Node and in React Native', () => {
  const elsewhere: Readonly<Record<string, readonly string[]>> = {
    // Bundlers replace `process.env.NODE_ENV` by its value, and where they do not, its absence is caught.
    'process.': ['src/client/reporter.ts'],
  };

  it.each(['TextDecoder', 'TextEncoder', 'URLSearchParams', 'randomUUID', 'structuredClone', 'Buffer.', 'process.'])(
    'without %s',
    (name) => expect(usersOf(name, core)).toEqual(elsewhere[name] ?? []),
  );
});

describe('law 9: of what others throw known words are kept only', () => {
  it('so the core throws an OwnError, whose sentence stays whole', () => {
    // A stack only, what is caught where it is thrown, and what the reader of a journal is shown as it is.
    const others = ['src/client/call.ts', 'src/client/requests/body.ts', 'src/journal/replay.ts'];
    expect(usersOf('new Error(', core)).toEqual(others);
  });
});

describe('engines differ in how a built-in is subclassed (Hermes has no Symbol.species)', () => {
  it('no class extends one, but Error, which transpilers know', () => {
    const subclass =
      /class(?:\s+\w+)?\s+extends\s+(?:Promise|Array|Map|Set|WeakMap|WeakSet|EventTarget|Event|Function)\b/;
    expect(core.filter(({ code }) => subclass.test(code)).map(({ path }) => path)).toEqual([]);
  });
});

describe('the machines have no clock, no chance and no I/O, so that a journal replays', () => {
  const machines = sources.filter(({ path }) => layerOf(path) === 'machines');

  it.each([
    'setTimeout(',
    'setInterval(',
    'queueMicrotask(',
    'Promise',
    'Date.',
    'new Date',
    'Math.random',
    'fetch(',
    'new WebSocket',
  ])('no %s', (name) => {
    expect(usersOf(name, machines)).toEqual([]);
  });
});

describe('how imports are read from text', () => {
  it('sees every form, and none in a comment', () => {
    const text = `
import { a } from './a.ts';
import type { B } from '../b.ts';
import {
  type C,
  c,
} from 'c';
import './d.ts';
export * from './e.ts';
export type { F } from './f.ts';
export { type G } from './g.ts';
export interface No { readonly type: 'not.one'; readonly from: './no.ts' }
// import { x } from './x.ts';
/**
import { y } from './y.ts';
 */
const url = 'https://example.org';
const program = \`
import { z } from './z.ts';
\`;
export const h = () => import('./h.ts');
`;
    expect(importsOf('src/client/x.ts', codeOf(text))).toEqual([
      { target: 'src/client/a.ts', typeOnly: false },
      { target: 'src/b.ts', typeOnly: true },
      { target: 'c', typeOnly: false },
      { target: 'src/client/d.ts', typeOnly: false },
      { target: 'src/client/e.ts', typeOnly: false },
      { target: 'src/client/f.ts', typeOnly: true },
      { target: 'src/client/g.ts', typeOnly: false },
      { target: 'src/client/h.ts', typeOnly: false },
    ]);
  });
});

function isAllowed(layer: string, rule: Layer, target: string, typeOnly: boolean): boolean {
  // `sessionchart demo` is an example that the command line loads when it is asked for.
  if (target.startsWith('examples/')) return layer === 'cli' && target === 'examples/demo/main.ts';
  if (!target.startsWith('src/')) {
    return rule.packages.some((name) => (name.endsWith(':') ? target.startsWith(name) : target === name));
  }
  const to = layerOf(target);
  return (
    to === layer ||
    rule.layers.some((name) => name === to || name === target) ||
    (typeOnly && (rule.types ?? []).includes(to))
  );
}

function usersOf(name: string, files: readonly SourceFile[]): readonly string[] {
  return files
    .filter(({ code }) => new RegExp(`(?<![\\w'"])${name.replace(/[.(]/g, '\\$&')}`).test(code))
    .map(({ path }) => path);
}

function circles(files: readonly SourceFile[]): readonly string[] {
  const importsByPath = new Map(
    files.map(({ path, imports }) => [path, imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target)]),
  );
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) found.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
    if (done.has(path) || trail.includes(path)) return;
    for (const target of importsByPath.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const { path } of files) visit(path, []);
  return found;
}
