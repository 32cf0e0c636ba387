import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/*
 * A Chromium that comes with `npm ci`: `@sparticuz/chromium` carries it compressed, and it is unpacked once, below
 * `node_modules`. `CHROMIUM_PATH` names another one, for machines that the package has no binary for.
 */

const packageRoot = new URL('../../node_modules/@sparticuz/chromium/', import.meta.url);
const cache = fileURLToPath(new URL('../../node_modules/.cache/sessionchart/', import.meta.url));
const { version } = JSON.parse(readFileSync(new URL('package.json', packageRoot), 'utf8')) as { version: string };
const unpacked = `${cache}chromium-${version}`;

/** The program to start; it exists once {@link unpackChromium} is done. */
export const chromiumPath = process.env.CHROMIUM_PATH ?? `${unpacked}/start.sh`;

/** For Playwright. The package's own arguments are for AWS Lambda: one process, and no web security. */
export const chromiumLaunchOptions = { executablePath: chromiumPath, args: ['--no-sandbox'] };

/**
 * Unpacks Chromium if that was not done before. Runs beside each other are safe: each unpacks into a folder of its own
 * and renames it, since a binary that is still being written cannot be started (ETXTBSY).
 */
export async function unpackChromium(): Promise<void> {
  if (existsSync(chromiumPath)) return;
  await mkdir(cache, { recursive: true });
  const staging = await mkdtemp(`${cache}unpacking-`);
  try {
    await unpackInto(staging);
    await writeFile(`${staging}/fonts.conf`, FONTS);
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
    'here=$(dirname "$0")',
    'export FONTCONFIG_FILE="$here/fonts.conf"',
    ...(complete ? [] : ['export LD_LIBRARY_PATH="$here/al2023/lib"']),
    'exec "$here/chromium" "$@"',
    '',
  ].join('\n');
}

/** The package's one font everywhere, so that pages look alike; the machine's own, if any, for other signs. */
const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="relative">fonts-cache</cachedir>
  <alias binding="same"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
  <alias binding="same"><family>system-ui</family><prefer><family>Open Sans</family></prefer></alias>
</fontconfig>
`;
