import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/*
 * A Chromium that comes with `npm ci`: `@sparticuz/chromium` carries it compressed, and it is unpacked once, below
 * `node_modules`. `CHROMIUM_PATH` names another one, for machines that the package has no binary for.
 */

const modules = new URL('../../node_modules/', import.meta.url);
const packageRoot = new URL('@sparticuz/chromium/', modules);
const cache = fileURLToPath(new URL('.cache/sessionchart/', modules));
const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string };
const unpacked = `${cache}chromium-${version}`;

/** The program to start; it exists once {@link unpackChromium} is done. */
const chromiumPath = process.env.CHROMIUM_PATH ?? `${unpacked}/start.sh`;

/** For Playwright. The package's own arguments are for AWS Lambda: one process, and no web security. */
export const chromiumLaunchOptions = { executablePath: chromiumPath, args: ['--no-sandbox'] };

/** For tests: a page compiles and collects in its own thread, since the other cores are busy with other tests. */
export const testLaunchOptions = {
  ...chromiumLaunchOptions,
  args: [...chromiumLaunchOptions.args, '--js-flags=--single-threaded'],
};

/**
 * Unpacks Chromium if that was not done before. Runs next to each other are safe: each unpacks into a folder of its own
 * and renames it, since a binary that is still being written cannot be started (ETXTBSY).
 */
export async function unpackChromium(): Promise<void> {
  if (existsSync(chromiumPath)) return;
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(`${cache}unpacking-`);
  try {
    await unpackInto(staging);
    await writeFile(`${staging}/fonts.conf`, fontConfiguration());
    await writeFile(`${staging}/start.sh`, await starter(staging), { mode: 0o755 });
    await rename(staging, unpacked);
  } catch (error) {
    if (!existsSync(chromiumPath)) throw error;
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** In a process of its own: the package unpacks into `TMPDIR`, and changes the environment when it is imported. */
async function unpackInto(folder: string): Promise<void> {
  const program = `const { default: chromium } = await import(${JSON.stringify(new URL('build/esm/index.js', packageRoot).href)});
    await chromium.executablePath();`;
  const env = { ...process.env, TMPDIR: folder, AWS_LAMBDA_JS_RUNTIME: 'nodejs20.x' };
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], { env });
  if (!existsSync(`${folder}/chromium`)) throw new Error(`No chromium in ${folder}: ${await readdir(folder)}`);
}

/** Uses the libraries of the package (libnss3 and its kin) only where the machine has none: they are another system's. */
async function starter(folder: string): Promise<string> {
  const complete = await promisify(execFile)(`${folder}/chromium`, ['--version']).then(
    () => true,
    () => false,
  );
  return [
    '#!/bin/sh',
    'here=$(cd "$(dirname "$0")" && pwd)',
    'export FONTCONFIG_FILE="$here/fonts.conf" XDG_CACHE_HOME="$here/cache"',
    ...(complete ? [] : ['export LD_LIBRARY_PATH="$here/al2023/lib"']),
    // It ends by SIGSEGV in its first moments now and then: it is started once more, on the same pipes.
    'began=$(date +%s)',
    '"$here/chromium" "$@"',
    'status=$?',
    'if [ "$status" -eq 139 ] && [ "$(($(date +%s) - began))" -lt 5 ]; then exec "$here/chromium" "$@"; fi',
    'exit "$status"',
    '',
  ].join('\n');
}

/**
 * The same fonts everywhere, so that pages look alike on every machine: Open Sans comes with the Chromium package and is
 * the default; DejaVu has the monospaced letters and the signs.
 */
function fontConfiguration(): string {
  const replaced = [
    ['Open Sans', 'sans-serif', 'system-ui', 'Arial', 'Helvetica'],
    ['DejaVu Serif', 'serif', 'Times New Roman'],
    ['DejaVu Sans Mono', 'monospace', 'Monospace', 'Courier New'],
  ] as const;
  const aliases = replaced.flatMap(([font, ...families]) =>
    families.map(
      (family) => `<alias binding="same"><family>${family}</family><prefer><family>${font}</family></prefer></alias>`,
    ),
  );
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    '<dir prefix="relative">fonts/fonts</dir>',
    `<dir>${fileURLToPath(new URL('dejavu-fonts-ttf/ttf', modules))}</dir>`,
    '<cachedir prefix="xdg">fontconfig</cachedir>',
    ...aliases,
    '</fontconfig>',
    '',
  ].join('\n');
}
