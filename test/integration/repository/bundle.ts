import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Makes one JavaScript file of a TypeScript program in this folder, so that a process can run it. Returns its path. */
export async function bundleInto(folder: string, program: string): Promise<string> {
  const file = program.replace(/\.ts$/, '.cjs');
  await build({
    configFile: false,
    logLevel: 'error',
    ssr: { noExternal: true },
    build: {
      ssr: fileURLToPath(new URL(program, import.meta.url)),
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { format: 'cjs', entryFileNames: file } },
    },
  });
  return join(folder, file);
}
