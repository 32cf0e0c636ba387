import { ACTIVE } from '../../text.ts';

/*
 * Text from elsewhere (a file, a page, a server) on a person's terminal.
 */

/** `text` in one line, each character that a terminal would act on replaced by its escape. */
export const toPrintable = (text: string): string => escapeActive(text).replaceAll('\n', '\\u000a');

/** The same for text of several lines, such as JSON, where such an escape means the same as the character. */
export const escapeActive = (text: string): string =>
  text.replace(ACTIVE, (characters) => characters.split('').map(escapeUnit).join(''));

const escapeUnit = (unit: string): string =>
  unit === '\n' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return toPrintable(REASONS[code] ?? (error instanceof Error ? error.message : String(error)));
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder.',
  ENOTDIR: 'a part of its path is not a folder.',
  EISDIR: 'it is a folder.',
  EACCES: 'permission is denied.',
  EPERM: 'permission is denied.',
  EROFS: 'the file system is read-only.',
  ENOSPC: 'the disk is full.',
  EDQUOT: 'the disk quota is used up.',
  ELOOP: 'its links lead in a circle.',
  ENAMETOOLONG: 'its name is too long.',
  EMFILE: 'too many files are open.',
  ERR_FS_FILE_TOO_LARGE: 'it is too large.',
  EADDRINUSE: 'the port is taken. Choose another with --port, or 0 for any.',
  EADDRNOTAVAIL: 'this machine does not have that address.',
};

/** Ends the command with 1 and the reason on stderr. */
export function fail(what: string, error: unknown): void {
  process.stderr.write(`${toPrintable(what)}: ${reasonOf(error)}\n`);
  process.exitCode = 1;
}
