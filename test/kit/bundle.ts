import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** Makes one JavaScript file of a TypeScript program, so that a process can run it. Returns its path. */
export async function bundleInto(folder: string, program: URL): Promise<string> {
  const input = fileURLToPath(program);
  const file = join(folder, `${basename(input, '.ts')}.cjs`);
  const build = await rolldown({
    input,
    platform: 'node',
    // What package.json says of side effects is about the files in `dist`.
    treeshake: { moduleSideEffects: () => true },
    onLog: (level, log, report) => level !== 'info' && report(level, log),
  });
  await build.write({ file, format: 'cjs', codeSplitting: false });
  await build.close();
  return file;
}
