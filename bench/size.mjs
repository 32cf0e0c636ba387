// What the core adds to an app: minified, and in gzip bytes. Each package is what the bundle grows by when it joins.
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const index = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const packages = ['xstate', 'zod/mini', 'jwt-decode'];
const isOf = (name) => (id) => id === name || id.startsWith(`${name}/`);

/** What an app takes from the package, and what comes with it. */
const uses = {
  'an app with createChatClient': `export { createChatClient } from ${JSON.stringify(index)};`,
  'everything that is exported': `export * from ${JSON.stringify(index)};`,
};

async function gzipBytes(code, external) {
  const entry = 'virtual:entry';
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      { name: 'entry', resolveId: (id) => (id === entry ? id : null), load: (id) => (id === entry ? code : null) },
    ],
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      rolldownOptions: {
        input: entry,
        external: (id) => external.some((name) => isOf(name)(id)),
        preserveEntrySignatures: 'strict',
        output: { codeSplitting: false },
      },
    },
  });
  return gzipSync(output[0].code, { level: 9 }).byteLength;
}

const row = (name, bytes) => `  ${name.padEnd(14)}${bytes.toLocaleString('en').padStart(8)}\n`;

for (const [use, code] of Object.entries(uses)) {
  const ours = await gzipBytes(code, packages);
  let rows = row('sessionchart', ours);
  for (const name of packages) {
    const others = packages.filter((other) => other !== name);
    rows += row(name, (await gzipBytes(code, others)) - ours);
  }
  process.stdout.write(`${use}\n${rows}${row('together', await gzipBytes(code, []))}`);
}
