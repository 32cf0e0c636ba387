import type { Stats } from 'node:fs';
import { type FileHandle, open, readdir, readlink, realpath, rename, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { OwnError } from '../errors.ts';

/*
 * Replaces a file as a whole: the bytes go to a new file in the same folder, are checked, and then take the old one's
 * place. Whenever the process dies or the disk fails before that, the old file is untouched.
 */

/** Other processes may take a temporary file away (a logout does), or Windows may hold the old file for a moment. */
const MOST_ATTEMPTS = 10;

/**
 * Replaces what `file` (no link) holds by `text`, on the disk when this resolves; only its owner can read it (0600).
 * Returns `false` where `isWanted` does, which is asked when all is ready: another process may have changed the file.
 */
export async function replaceFile(file: string, text: string, isWanted: () => Promise<boolean>): Promise<boolean> {
  const bytes = Buffer.from(text);
  for (let attempt = 1; ; attempt += 1) {
    const temporary = temporaryName(file);
    beingWritten.add(temporary);
    try {
      await writeNew(temporary, bytes, await ownerOf(file));
      if (await isWanted()) {
        await rename(temporary, file);
        break;
      }
      await unlink(temporary);
      return false;
    } catch (cause) {
      await unlink(temporary).catch(() => {});
      if (attempt === MOST_ATTEMPTS || !isPassing(cause)) throw cause;
    } finally {
      beingWritten.delete(temporary);
    }
  }
  await syncFolder(dirname(file));
  for (const path of await temporariesOf(file).catch(() => [])) {
    if (isLeftBehind(file, path)) await unlink(path).catch(() => {});
  }
  return true;
}

/** What a path fails with that leads to no file, whatever is done there. */
export const NO_SUCH_FILE = ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'];

/** Where the path leads: links are followed, also one whose end is missing. */
export async function endOfLinks(path: string, links = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT' || links === MOST_LINKS) throw cause;
    const target = await readlink(path).catch(unless(['ENOENT', 'EINVAL'], null));
    if (target === null) return path;
    const folder = await realpath(dirname(path));
    return endOfLinks(resolve(folder, target), links + 1);
  }
}

const MOST_LINKS = 40;

/** A rename or a removal is on the disk when its folder is. Where folders can't be opened (Windows), the system sees to it. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(unless(['ENOENT', 'EISDIR', 'EPERM', 'EACCES'], null));
  if (handle === null) return;
  try {
    await handle.sync().catch(unless(['EINVAL', 'EPERM', 'ENOTSUP'], undefined));
  } finally {
    await handle.close();
  }
}

/** The temporary files of `file` that processes left behind when they were killed, or are writing now. */
export async function temporariesOf(file: string): Promise<readonly string[]> {
  const folder = dirname(file);
  const names = await readdir(folder).catch(unless([...NO_SUCH_FILE, 'EACCES', 'EPERM'], [] as string[]));
  return names.filter((name) => processOf(file, name) !== null).map((name) => join(folder, name));
}

export function unless<Value>(codes: readonly string[], value: Value): (cause: unknown) => Value {
  return (cause) => {
    if (codes.includes(codeOf(cause))) return value;
    throw cause;
  };
}

const codeOf = (cause: unknown) => String((cause as NodeJS.ErrnoException | null)?.code);

async function writeNew(path: string, bytes: Uint8Array, owner: Stats | null): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    if (owner !== null)
      await handle.chown(owner.uid, owner.gid).catch(unless(['EPERM', 'EINVAL', 'ENOSYS'], undefined));
    await writeAll(handle, bytes);
    await handle.sync();
    const { size } = await handle.stat();
    if (size !== bytes.length) throw new OwnError(`Only ${size} of ${bytes.length} bytes were written.`);
  } finally {
    await handle.close();
  }
}

/** A write may be short: on a full disk, beyond a quota, after a signal. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, done);
    if (bytesWritten === 0) throw new OwnError(`Only ${done} of ${bytes.length} bytes could be written.`);
    done += bytesWritten;
  }
}

/** Run once as another user (root), a program must not take the record away from its owner. */
async function ownerOf(file: string): Promise<Stats | null> {
  const old = await stat(file).catch(unless(['ENOENT'], null));
  return old === null || old.uid === process.getuid?.() ? null : old;
}

let lastNumber = 0;

/** By this process. */
const beingWritten = new Set<string>();

/** In bytes. Systems allow 255 for a name: that of a temporary file begins with no more than this of the file's. */
const LONGEST_STEM = 200;

const stemOf = (file: string) => Buffer.from(basename(file)).subarray(0, LONGEST_STEM).toString();

/** `<file>.<process id>-<random>.tmp` */
function temporaryName(file: string): string {
  lastNumber += 1;
  const name = `${stemOf(file)}.${process.pid}-${lastNumber}${Math.random().toString(36).slice(2, 8)}.tmp`;
  return join(dirname(file), name);
}

/** The process that made the temporary file `name` of `file`; `null` when it is not one. */
function processOf(file: string, name: string): number | null {
  const prefix = `${stemOf(file)}.`;
  if (!name.startsWith(prefix)) return null;
  const [, pid] = name.slice(prefix.length).match(/^(\d+)-[a-z0-9]+\.tmp$/) ?? [];
  return pid === undefined ? null : Number(pid);
}

/** Not by a process that lives. In a container each one has the same id as the one before it. */
function isLeftBehind(file: string, path: string): boolean {
  const pid = processOf(file, basename(path)) ?? process.pid;
  if (pid === process.pid) return !beingWritten.has(path);
  try {
    process.kill(pid, 0);
    return false;
  } catch (cause) {
    return codeOf(cause) === 'ESRCH';
  }
}

function isPassing(cause: unknown): boolean {
  const codes = process.platform === 'win32' ? ['ENOENT', 'EEXIST', 'EPERM', 'EACCES', 'EBUSY'] : ['ENOENT', 'EEXIST'];
  return codes.includes(codeOf(cause));
}
