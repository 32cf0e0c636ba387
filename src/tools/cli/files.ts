import { readFile, stat, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { fail, toPrintable } from './terminal.ts';

/** The text of a file; `-` reads standard input. Rejects for everything that is not a file, which could never end. */
export async function readInput(file: string): Promise<string> {
  if (file === '-') return decode(await buffer(process.stdin));
  const stats = await stat(file);
  if (stats.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
  if (!stats.isFile()) throw new Error('it is not a file. Read a pipe with - instead.');
  return decode(await readFile(file));
}

/** Some editors, and the redirection of Windows PowerShell, write UTF-16. A byte order mark is left out. */
function decode(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}

export interface OutputOptions {
  /** Replace a file that exists. */
  readonly force?: boolean | undefined;
  /** The file that the output is made from, which not even `force` replaces. */
  readonly input?: string;
}

/** Writes to `file`, or to standard output without one. Never replaces a file by accident; failures end with 1. */
export async function writeOutput(
  file: string | undefined,
  content: string,
  { force = false, input }: OutputOptions = {},
): Promise<void> {
  if (file === undefined) {
    process.stdout.write(content);
    return;
  }
  try {
    if (input !== undefined && (await isSameFile(file, input))) throw new Error('it is the file that was read.');
    const existing = await stat(file).catch(() => null);
    if (existing?.isDirectory()) throw Object.assign(new Error(), { code: 'EISDIR' });
    if (force && existing?.isFile() === false) throw new Error('it is not a file.');
    await writeFile(file, content, { flag: force ? 'w' : 'wx' });
    process.stdout.write(`Wrote ${toPrintable(file)}\n`);
  } catch (error) {
    const isTaken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    fail(`${file} cannot be written`, isTaken ? new Error('it exists. --force replaces it.') : error);
  }
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([one, other].map((file) => stat(file).catch(() => null)));
  return first != null && first.ino === second?.ino && first.dev === second?.dev;
}
