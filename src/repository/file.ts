import { constants, mkdir, open, stat, unlink, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { invalidArgument, OwnError } from '../errors.ts';
import { placeOf, repositoryOf } from './place.ts';
import {
  checkRecordOptions,
  decodeRecord,
  encodeRecord,
  LONGEST_RECORD,
  type StoredRecord,
  TOO_LARGE,
} from './record.ts';
import { endOfLinks, NO_SUCH_FILE, replaceFile, syncFolder, temporariesOf, unless } from './replace-file.ts';
import type { ProvidedRepository } from './repository.ts';

export interface FileRepositoryOptions {
  /** The API key that the record is bound to: a record of another app in the same file reads as no user. */
  readonly apiKey: string;
}

/**
 * Keeps the user in a file of Node, as one JSON record that only the owner can read (mode 0600; a missing folder is
 * made with 0700). A write goes to a new file in the same folder, which replaces the old one once it is checked and on
 * the disk: a crash, a full disk or a failing one leaves the old record or the new one. What a killed process leaves
 * behind is never read, and is removed by the next login or logout. A link is followed.
 *
 * Repositories of one process over one path see each other's changes. Processes that share the file share the user, but
 * are not notified of each other's changes: the last write wins. The record holds the user and nothing secret. A corrupt
 * one reads as no user, is reported, and stays until the next login or logout.
 *
 * @param path The file, one per API key.
 * @throws SessionError `invalidArgument` that names `path`, `options` or `apiKey`.
 */
export function fileRepository(path: string, options: FileRepositoryOptions): ProvidedRepository {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw invalidArgument('path', 'expected the name of a file');
  }
  if (/^file:/i.test(path)) throw invalidArgument('path', 'this is an address: give the result of fileURLToPath()');
  checkRecordOptions(options);
  const { apiKey } = options;
  const file = resolve(path);
  return repositoryOf(apiKey, () => ({
    place: placeOf(FILES, file),
    read: () => read(file, apiKey),
    write: (record, isWanted) => write(file, record, isWanted),
    remove: () => remove(file, apiKey),
  }));
}

/** The files of this process. */
const FILES = {};

/** A pipe would be waited for, a device never ends: what is no file is an error. */
async function read(file: string, apiKey: string): Promise<StoredRecord> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)).catch(unless(['ENOENT'], null));
  if (handle === null) return { kind: 'noUser' };
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw notAFile(file, found.isDirectory() ? 'EISDIR' : 'EINVAL');
    // A character has three bytes of UTF-8 at most for each of its units.
    if (found.size > 3 * LONGEST_RECORD) return TOO_LARGE;
    return decodeRecord(apiKey, await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

async function write(file: string, record: string, isWanted: () => Promise<boolean>): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const end = await endOfLinks(file);
  await mkdir(dirname(end), { recursive: true, mode: 0o700 });
  const old = await stat(end).catch(unless(['ENOENT'], null));
  if (old !== null && !old.isFile()) throw notAFile(end, old.isDirectory() ? 'EISDIR' : 'EINVAL');
  return replaceFile(end, record, isWanted);
}

/** Removes this app's record and every copy of it that a write has left behind. Returns whether there was a record. */
async function remove(path: string, apiKey: string): Promise<boolean> {
  const file = await endOfLinks(path).catch(unless(NO_SUCH_FILE, path));
  const found = await stat(file).catch(unless(NO_SUCH_FILE, null));
  const before = found?.isFile() ? await read(file, apiKey).catch(() => null) : null;
  if (before?.kind === 'otherApp') return false;
  const temporaries = await temporariesOf(file);
  if (found?.isFile()) await erase(file, apiKey);
  for (const temporary of temporaries) await erase(temporary, apiKey);
  if (found !== null || temporaries.length > 0) await syncFolder(dirname(file));
  return found?.isFile() === true;
}

async function erase(file: string, apiKey: string): Promise<void> {
  try {
    await unlink(file).catch(unless(['ENOENT'], undefined));
  } catch (cause) {
    // In a folder that can't be changed, a file may still be. Half-written, it reads as no user as well.
    await writeFile(file, encodeRecord(apiKey, null), { flag: OVERWRITE, flush: true }).catch(() => {
      throw cause;
    });
  }
}

/** Neither through a link, which another user may have put there, nor into a pipe. */
const OVERWRITE = constants.O_WRONLY | constants.O_TRUNC | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

function notAFile(path: string, code: 'EISDIR' | 'EINVAL'): NodeJS.ErrnoException {
  return Object.assign(new OwnError(`${code}: there is something other than a file at '${path}'`), { code, path });
}
