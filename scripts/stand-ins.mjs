// The subpaths of the package for resolvers that read no `exports`: Metro before 0.82, TypeScript's `node10`.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const entries = JSON.parse(readFileSync(new URL('entries.json', import.meta.url), 'utf8'));
const SUBPATHS = Object.keys(entries).filter((name) => name !== 'index');

/** Writes a folder for each subpath, with a `package.json` that names the same files as `exports`. */
export function writeStandIns(packageFolder) {
  for (const name of SUBPATHS) {
    const folder = `${packageFolder}/${name}`;
    mkdirSync(folder, { recursive: true });
    const built = `${'../'.repeat(name.split('/').length)}dist/${name}`;
    const manifest = {
      main: `${built}.cjs`,
      module: `${built}.js`,
      types: `${built}.d.ts`,
      sideEffects: false,
    };
    writeFileSync(`${folder}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
  }
}

export function removeStandIns(packageFolder) {
  for (const name of SUBPATHS) rmSync(`${packageFolder}/${name}`, { recursive: true, force: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = fileURLToPath(new URL('../', import.meta.url));
  if (process.argv.includes('--remove')) removeStandIns(root);
  else writeStandIns(root);
}
