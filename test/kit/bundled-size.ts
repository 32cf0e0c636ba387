import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

/** What an app's bundle for production grows by, in bytes: minified and gzipped, with all that is imported, and without xstate. */
export async function bundledSize(appFolder: string, code: string): Promise<{ whole: number; own: number }> {
  const [whole, own] = await Promise.all([bundleOf(appFolder, code), bundleOf(appFolder, code, [/^xstate(?:\/|$)/])]);
  return { whole: gzipped(whole), own: gzipped(own) };
}

/** The code that an app ships that consists of `code`, minified. */
export async function bundleOf(appFolder: string, code: string, external: readonly RegExp[] = []): Promise<string> {
  const entry = `${appFolder}/size-of-this.js`;
  const build = await rolldown({
    cwd: appFolder,
    input: entry,
    external: [...external],
    platform: 'browser',
    // As Vite, webpack and Rspack build for production.
    resolve: { conditionNames: ['production', 'browser', 'module', 'import', 'default'] },
    logLevel: 'silent',
    plugins: [
      { name: 'entry', load: (id) => (id === entry ? code : null), resolveId: (id) => (id === entry ? id : null) },
    ],
  });
  const { output } = await build.generate({ format: 'esm', minify: true, codeSplitting: false });
  await build.close();
  return output[0].code;
}

export function gzipped(code: string): number {
  return gzipSync(code, { level: 9 }).byteLength;
}
