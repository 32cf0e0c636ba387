// What the core adds to an app: minified, and in gzip bytes. Each package is what the bundle grows by when it joins.
import { gzipSync } from 'node:zlib';
import { build } from 'vite';

const entry = process.argv[2] ?? 'src/index.ts';
const packages = ['xstate', 'zod/mini', 'jwt-decode'];
const isOf = (name) => (id) => id === name || id.startsWith(`${name}/`);

async function gzipBytes(external) {
  const { output } = await build({
    configFile: false,
    logLevel: 'error',
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

const ours = await gzipBytes(packages);
const rows = [['sessionchart', ours]];
for (const name of packages) rows.push([name, (await gzipBytes(packages.filter((other) => other !== name))) - ours]);
rows.push(['together', await gzipBytes([])]);
for (const [name, bytes] of rows) process.stdout.write(`${name.padEnd(14)}${bytes.toLocaleString('en').padStart(8)}\n`);
