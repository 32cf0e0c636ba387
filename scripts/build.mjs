// `npm run build`: dist, with one file an entry. `node scripts/build.mjs [--no-declarations] [FOLDER]`
import { readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';
import { minifySync } from 'rolldown/utils';
import { declare } from './declarations/declare.mjs';
import { createNotices } from './notices.mjs';
import { withoutTexts } from './without-texts.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const { values, positionals } = parseArgs({
  options: { 'no-declarations': { type: 'boolean', default: false } },
  allowPositionals: true,
});
const dist = resolve(root, positionals[0] ?? 'dist');

/** What apps import, as ES modules and as CommonJS. */
const ENTRIES = JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'));
/** What bundlers take for `import` under the condition `production`: the same without the texts for developers. */
const IN_PRODUCTION = Object.fromEntries(
  ['index', 'react', 'devtools', 'devtools/react'].map((name) => [`production/${name}`, ENTRIES[name]]),
);
/** The index on Node. Its names are those of the index, which declares them. */
const ON_NODE = { 'index.node': 'src/index.node.ts' };
/** What `npx sessionchart` runs. */
const PROGRAMS = {
  cli: 'src/tools/cli/main.ts',
  'demo-session': 'examples/demo/session.ts',
};
/**
 * What runs first in production, each with what it imports. gzip looks back 32 kB, and a bundle is four times as long: it
 * makes less of it where what uses the same words stands together.
 */
const ORDER = [
  'protocol/stream-chat/classify',
  'client/plain',
  'client/guarded-clock',
  'client/defaults',
  'client/call',
  'actors/client',
  'client/session-parts',
  'actors/persistence',
  'machines/actions',
  'client/snapshot-store',
];
const inOrder = {
  name: 'in-order',
  transform(code, id) {
    if (id !== resolve(root, ENTRIES.index)) return null;
    return { code: `${ORDER.map((name) => `import './${name}.ts';`).join('')}${code}`, map: null };
  },
};
const WITHOUT_SPACE = { compress: false, mangle: false, codegen: { removeWhitespace: true } };
// Read by bundlers only, which minify it themselves: without white space it is small to install.
const PRODUCTION = {
  shared: 'production/shared',
  plugins: [withoutTexts(root), inOrder],
  minify: WITHOUT_SPACE,
};
/** What an app installs itself; everything else is bundled. */
const isExternal = (id) => /^(?:xstate|@xstate\/\w+|react|react-dom)(?:\/|$)/.test(id);

/** What the index comes to is one chunk, so that the other entries add to it and share its classes. */
function coreOf(entry) {
  const core = new Set();
  const plugin = {
    name: 'core',
    buildEnd(error) {
      // Otherwise a missing module would be reported as a fault of this plugin.
      if (error) return;
      const visit = (id) => {
        if (core.has(id) || !id.startsWith(`${root}src`)) return;
        core.add(id);
        for (const imported of this.getModuleInfo(id).importedIds) visit(imported);
      };
      visit(resolve(root, entry));
    },
  };
  return { plugin, has: (id) => core.has(id) };
}

/** With one character above U+00FF in a file, V8 keeps two bytes for each of its characters. */
const inAscii = {
  name: 'ascii',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) file.code &&= file.code.replace(/[\u0080-\uffff]/g, escaped);
  },
};
const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * Where code begins that was in a file of its own, the name of that file helps to read it; of other packages it does not,
 * nor in programs.
 */
const onlyOwnNames = {
  name: 'only-own-names',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) file.code &&= file.code.replace(FOREIGN_NAME, '');
  },
};
const FOREIGN_NAME = /^\/\/ (?:node_modules\/|required-builtins)\S*\n/gm;

/** What bundlers may leave out is not marked in programs that no bundler reads. */
const withoutMarks = {
  name: 'without-marks',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (PROGRAM_PARTS.includes(file.name)) file.code = file.code.replace(MARK, '').replace(NAME, '');
    }
  },
};
const NAME = /^\/\/ src\/\S*\n/gm;
/** Of another package, and for tools of development only: it is not read here. */
const zodWithoutSpace = {
  name: 'zod-without-space',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.name === 'zod') file.code = minifySync(file.fileName, file.code, WITHOUT_SPACE).code;
    }
  },
};
const PROGRAM_PARTS = ['cli', 'devserver', 'zod'];
const MARK = /\/\* @__PURE__ \*\/ |^\/\/ @__NO_SIDE_EFFECTS__\n/gm;

/**
 * What `ws` requires of Node. An import of `http` reads all that it exports, and loads what Node would load when it is
 * used: from Node 22 on, its `fetch` and its WebSocket, which takes 12 ms.
 */
const requiredBuiltins = {
  name: 'required-builtins',
  resolveId(id, _, { kind }) {
    if (id === BUILTINS) return id;
    return kind === 'require-call' && isBuiltin(id) ? `${BUILTINS}:${id}` : null;
  },
  load(id) {
    if (id === BUILTINS) return TAKE_BUILTIN;
    if (!id.startsWith(`${BUILTINS}:`)) return null;
    return `module.exports = require('${BUILTINS}').take('${id.slice(BUILTINS.length + 1)}');`;
  },
};
const BUILTINS = 'required-builtins';
// Some versions of Bun have no `getBuiltinModule`; and bundled as CommonJS, a module may have no address.
const TAKE_BUILTIN = `
  import { createRequire } from 'node:module';
  export const take = (id) => process.getBuiltinModule?.(id) ?? createRequire(import.meta.url)(id);
`;

const inPackage = (name) => new RegExp(`[\\\\/]node_modules[\\\\/]${name}[\\\\/]`);

async function bundle(input, format, folder, notices, { shared = 'shared', plugins = [], minify = false } = {}) {
  const extension = format === 'cjs' ? 'cjs' : 'js';
  const core = coreOf(ENTRIES.index);
  const build = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: isExternal,
    treeshake: { moduleSideEffects: (id) => /[\\/](?:main|session)\.ts$/.test(id) },
    // ws looks for two native helpers, which are not installed.
    transform: {
      target: 'es2022',
      define: { 'process.env.WS_NO_BUFFER_UTIL': '"true"', 'process.env.WS_NO_UTF_8_VALIDATE': '"true"' },
    },
    onLog: (level, log, report) => log.code !== 'MODULE_LEVEL_DIRECTIVE' && report(level, log),
    plugins: [
      core.plugin,
      ...plugins,
      ...(format === 'esm' ? [requiredBuiltins] : []),
      notices.plugin,
      zodWithoutSpace,
      inAscii,
      onlyOwnNames,
      withoutMarks,
    ],
  });
  await build.write({
    dir: folder,
    format,
    exports: 'named',
    minify,
    // What a name means is said in the declarations.
    comments: { jsdoc: false },
    entryFileNames: `[name].${extension}`,
    chunkFileNames: `${shared}/[name].${extension}`,
    // Bundlers that render on a server read it in the first line.
    banner: ({ name, isEntry }) => (isEntry && /(?:^|\/)react$/.test(name) ? "'use client';" : ''),
    codeSplitting: {
      groups: [
        { name: 'core', test: core.has },
        { name: 'ws', test: inPackage('ws') },
        { name: 'zod', test: inPackage('zod') },
      ],
    },
  });
  await build.close();
}

/** The page of the studio is built by another command, and one that runs goes on being served. */
async function keepStudio(from, to) {
  await cp(`${from}/studio`, `${to}/studio`, { recursive: true }).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

process.stdout.write('Building…\n');
const started = performance.now();
await mkdir(dirname(dist), { recursive: true });
const work = await mkdtemp(`${dirname(dist)}/.build-`);
try {
  const notices = createNotices();
  const next = `${work}/dist`;
  await Promise.all([
    bundle({ ...ENTRIES, ...ON_NODE, ...PROGRAMS }, 'esm', next, notices),
    bundle({ ...ENTRIES, ...ON_NODE }, 'cjs', next, notices),
    bundle(IN_PRODUCTION, 'esm', next, notices, PRODUCTION),
    values['no-declarations'] ? null : declare(ENTRIES, next),
  ]);
  await writeFile(`${next}/THIRD-PARTY-LICENSES.txt`, await notices.text());
  await keepStudio(dist, next);
  await rm(dist, { recursive: true, force: true });
  await rename(next, dist);
} finally {
  await rm(work, { recursive: true, force: true });
}
process.stdout.write(`Built ${dist} in ${((performance.now() - started) / 1_000).toFixed(1)} s\n`);
