import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const manifest = createRequire(import.meta.url).resolve('sessionchart/package.json');

/** The path of a file of this package, from its root: the same from the sources and from the build. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(path, pathToFileURL(manifest)));
}
