import { mkdir, open, readdir, readFile, realpath, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { invalidArgument } from '../errors.ts';
import { checkRecordOptions } from './check-options.ts';
import { withLock } from './mutex.ts';
import { decodeRecord, encodeRecord } from './record.ts';
import type { UserRepository } from './repository.ts';

export interface FileRepositoryOptions {
  /** The API key that the record is bound to: what another app stored in the same file reads as nobody. */
  readonly apiKey: string;
}

/**
 * Keeps the user in a file of Node, as one JSON record that only the owner can read (mode 0600; a folder that is missing
 * is made with 0700). A write goes to a new file that then takes the place of the old one, so a crash leaves the old
 * record or the new one; both a write and a removal are answered when they are on the disk. What a crash leaves beside
 * the file is not read, and goes with a later logout.
 *
 * Processes that share the file share the user, without being told of each other's changes: the last one to write wins.
 * The record holds the user and nothing secret. A corrupt one reads as nobody, is reported, and stays until the next
 * login or logout.
 *
 * @param path The file, one per API key.
 * @throws SessionError `invalidArgument` that names `path`, `options` or `apiKey`.
 */
export function fileRepository(path: string, options: FileRepositoryOptions): UserRepository {
  if (typeof path !== 'string' || path === '') throw invalidArgument('path', 'expected the name of a file');
  checkRecordOptions(options);
  const { apiKey } = options;
  const file = resolve(path);
  return {
    getCurrentUser: (report) =>
      withLock(FILES, file, async () => {
        const record = decodeRecord(apiKey, await read(file));
        if (record.kind === 'corrupt') report?.({ message: record.message });
        return record.kind === 'user' ? record.user : null;
      }),
    setCurrentUser: (user) => withLock(FILES, file, () => write(file, encodeRecord(apiKey, user))),
    clearCurrentUser: () =>
      withLock(FILES, file, async () => {
        const isOfOtherApp = decodeRecord(apiKey, await read(file).catch(() => null)).kind === 'otherApp';
        if (!isOfOtherApp) await remove(file, encodeRecord(apiKey, null));
      }),
  };
}

/** The files of this process. */
const FILES = {};

async function read(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(unless(['ENOENT'], null));
}

async function write(file: string, record: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFileAtomic(file, record, { mode: 0o600 });
  await syncFolder(dirname(await realpath(file)));
}

async function remove(file: string, recordOfNobody: string): Promise<void> {
  // Where the path is a link, the record is what it leads to: a write goes there, too.
  const record = await realpath(file).catch(() => file);
  try {
    await unlink(record).catch(unless(['ENOENT'], undefined));
  } catch (cause) {
    // In a folder that can't be changed, a file may still be. Half-written, it reads as nobody as well.
    await writeFile(record, recordOfNobody, { mode: 0o600, flush: true }).catch(() => {
      throw cause;
    });
    return;
  }
  await removeLeftovers(record).catch(() => {});
  await syncFolder(dirname(record));
}

/** A rename or a removal is on the disk when its folder is. Where folders can't be opened (Windows), that is left to the system. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(unless(['ENOENT', 'EISDIR', 'EPERM', 'EACCES'], null));
  if (handle === null) return;
  try {
    await handle.sync().catch(unless(['EINVAL', 'EPERM', 'ENOTSUP'], undefined));
  } finally {
    await handle.close();
  }
}

/** Younger ones may be under way in another process. */
const LEFTOVER_AFTER_MS = 60_000;

/** `write-file-atomic` writes to the file's name followed by a dot and digits; a process that is killed leaves that behind. */
async function removeLeftovers(file: string): Promise<void> {
  const folder = dirname(file);
  const prefix = `${basename(file)}.`;
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix) || !/^\d+$/.test(name.slice(prefix.length))) continue;
    const { mtimeMs } = await stat(join(folder, name));
    if (Date.now() - mtimeMs > LEFTOVER_AFTER_MS) await rm(join(folder, name), { force: true });
  }
}

function unless<Value>(codes: readonly string[], value: Value): (cause: NodeJS.ErrnoException) => Value {
  return (cause) => {
    if (cause.code !== undefined && codes.includes(cause.code)) return value;
    throw cause;
  };
}
