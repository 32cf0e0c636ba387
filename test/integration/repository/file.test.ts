import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import {
  chmod,
  chown,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { fileRepository } from '../../../src/repository/file.ts';
import { encodeRecord } from '../../../src/repository/record.ts';
import { describeCause } from '../../../src/token/redact.ts';
import { bundleInto } from '../../kit/bundle.ts';

const apiKey = 'key';
const alice = { id: 'alice', name: 'Alice' };
const bob = { id: 'bob' };

let root: string;
let child: string;
let file: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'sessionchart-file-'));
  await chmod(root, 0o755);
  child = await bundleInto(root, new URL('file-child.ts', import.meta.url));
});
afterAll(() => rm(root, { recursive: true }));
beforeEach(async () => {
  file = join(await mkdtemp(join(root, 'case-')), 'user.json');
});

/** Reads as an app that starts anew; `problems` is what was reported. */
async function restart(): Promise<{ readonly user: unknown; readonly problems: readonly string[] }> {
  const problems: string[] = [];
  const user = await fileRepository(file, { apiKey }).getCurrentUser(({ message }) => problems.push(message));
  return { user, problems };
}

describe('fileRepository', () => {
  it('lets only the owner read the record, and makes the folders that are missing', async () => {
    const folder = join(file, '..', 'a', 'b');
    const repository = fileRepository(join(folder, 'user.json'), { apiKey });
    expect(await repository.getCurrentUser()).toBeNull();
    await repository.setCurrentUser(alice);
    expect((await stat(join(folder, 'user.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).toEqual(['user.json']);
  });

  it('narrows the mode of a file that others could read', async () => {
    await writeFile(file, encodeRecord(apiKey, bob), { mode: 0o644 });
    await fileRepository(file, { apiKey }).setCurrentUser(alice);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('leaves no file behind after a logout', async () => {
    const repository = fileRepository(file, { apiKey });
    await repository.setCurrentUser(alice);
    await repository.clearCurrentUser();
    expect(await readdir(join(file, '..'))).toEqual([]);
  });

  it.each([
    ['', 'not JSON'],
    ['{"version":1,"apiKey":"key","user":{"id":"al', 'not JSON'],
    ['[]', 'no version'],
    ['{"version":2,"apiKey":"key","user":{"id":"alice"}}', 'version 2'],
    ['{"version":1,"apiKey":"key","user":{"id":""}}', 'malformed at user.id'],
    ['{"version":1,"apiKey":"key"}', 'malformed at user'],
  ])('E2: a corrupt record %j reads as no user, is reported, and a login repairs it', async (text, problem) => {
    await writeFile(file, text);
    const { user, problems } = await restart();
    expect(user).toBeNull();
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(await readFile(file, 'utf8')).toBe(text);
    await fileRepository(file, { apiKey }).setCurrentUser(alice);
    expect(await restart()).toEqual({ user: alice, problems: [] });
  });

  it("another app's record reads as no user, is reported, and survives a logout, of which that app is not notified", async () => {
    const other = fileRepository(file, { apiKey: 'other key' });
    const seen: unknown[] = [];
    onTestFinished(other.subscribe?.((user) => seen.push(user)) ?? (() => {}));
    await other.setCurrentUser(bob);
    expect(await restart()).toEqual({ user: null, problems: [expect.stringContaining('belongs to another API key')] });
    await fileRepository(file, { apiKey }).clearCurrentUser();
    expect(await other.getCurrentUser()).toEqual(bob);
    expect(seen).toEqual([]);
  });

  it('what cannot be read at all is an error', async () => {
    await mkdir(file);
    await expect(restart()).rejects.toMatchObject({ code: 'EISDIR' });
  });

  it('what cannot be written is an error; where there is no folder, a logout has nothing to remove', async () => {
    await writeFile(file, '');
    const repository = fileRepository(join(file, 'below', 'a file'), { apiKey });
    await expect(repository.setCurrentUser(alice)).rejects.toMatchObject({ code: 'ENOTDIR' });
    await repository.clearCurrentUser();
    await fileRepository(join(file, '..', 'missing', 'user.json'), { apiKey }).clearCurrentUser();
  });

  it.each([
    ['links that lead in a circle', 'ELOOP', async () => symlink(file, file).then(() => file)],
    ['a folder behind such links', 'ELOOP', async () => symlink(file, file).then(() => join(file, 'user.json'))],
    ['a link back to itself', 'ENOENT', async () => symlink('missing/../user.json', file).then(() => file)],
    ['a name that is too long', 'ENAMETOOLONG', async () => `${file}${'x'.repeat(300)}`],
    ['a path that is too long', 'ENAMETOOLONG', async () => `${file}${'/x'.repeat(3_000)}`],
  ])('%s can hold no user, so that a logout has nothing to remove', async (_, code, make) => {
    const repository = fileRepository(await make(), { apiKey });
    await expect(repository.setCurrentUser(alice)).rejects.toMatchObject({ code });
    await repository.clearCurrentUser();
  });

  it('the folder that a link leads to is made, too', async () => {
    await symlink(join(file, '..', 'elsewhere', 'user.json'), file);
    const repository = fileRepository(file, { apiKey });
    expect(await repository.getCurrentUser()).toBeNull();
    await repository.setCurrentUser(alice);
    expect(await repository.getCurrentUser()).toEqual(alice);
  });

  it.each([
    ['folder', 'EISDIR', (path: string) => mkdir(path)],
    ['pipe', 'EINVAL', async (path: string) => void (await once(spawn('mkfifo', [path]), 'close'))],
  ])('a %s in its place is not waited for, and neither replaced nor removed', async (_, code, make) => {
    await make(file);
    const { ino } = await stat(file);
    const repository = fileRepository(file, { apiKey });
    await expect(repository.getCurrentUser()).rejects.toMatchObject({ code });
    await expect(repository.setCurrentUser(alice)).rejects.toMatchObject({ code });
    await repository.clearCurrentUser();
    expect((await stat(file)).ino).toBe(ino);
    expect(await readdir(join(file, '..'))).toEqual(['user.json']);
  });

  it('a record of absurd size reads as no user, is reported, and is not read into memory', async () => {
    await writeFile(file, '');
    await truncate(file, 2 ** 40);
    expect(await restart()).toEqual({ user: null, problems: [expect.stringContaining('is too large')] });
    await fileRepository(file, { apiKey }).setCurrentUser(alice);
    expect(await restart()).toEqual({ user: alice, problems: [] });
    const huge = { ...alice, biography: 'x'.repeat(2 ** 24) };
    const write = async () => fileRepository(file, { apiKey }).setCurrentUser(huge);
    const { text } = await write().then(() => ({ text: 'done' }), describeCause);
    expect(text).toMatch(/^The user is too large to be stored: \d+ characters\.$/);
    expect(await restart()).toEqual({ user: alice, problems: [] });
  });

  it('follows a link, and leaves nothing at its end after a logout', async () => {
    const link = join(file, '..', 'link.json');
    await writeFile(file, encodeRecord(apiKey, bob));
    await symlink(file, link);
    const repository = fileRepository(link, { apiKey });
    await repository.setCurrentUser(alice);
    expect(await restart()).toEqual({ user: alice, problems: [] });
    await repository.clearCurrentUser();
    expect(await repository.getCurrentUser()).toBeNull();
    expect(await restart()).toEqual({ user: null, problems: [] });
    // The link leads nowhere now, and the next login still goes through it.
    await repository.setCurrentUser(alice);
    expect((await lstat(link)).isSymbolicLink()).toBe(true);
    expect(await restart()).toEqual({ user: alice, problems: [] });
  });

  it('law 6: a logout by a new object waits for the write of the one before', async () => {
    const writing = fileRepository(file, { apiKey }).setCurrentUser({ ...alice, biography: 'x'.repeat(1_000_000) });
    const clearing = fileRepository(file, { apiKey }).clearCurrentUser();
    await Promise.all([writing, clearing]);
    expect(await restart()).toEqual({ user: null, problems: [] });
  });

  it('law 6: what killed processes left behind is never read, and a logout removes all of it at once', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'close');
    const left = [`${file}.${dead.pid}-1abc.tmp`, `${file}.${process.pid}-2def.tmp`, `${file}.1-3ghi.tmp`];
    for (const name of left) await writeFile(name, encodeRecord(apiKey, bob));
    const others = [
      ...[`${file}.mine`, `${file}.bak.tmp`, `${file}.1-1abc.tmp.bak`],
      join(file, '..', 'peer.json.1-1abc.tmp'),
    ];
    for (const name of others) await writeFile(name, '');
    expect(await restart()).toEqual({ user: null, problems: [] });
    await fileRepository(file, { apiKey }).clearCurrentUser();
    expect((await readdir(join(file, '..'))).sort()).toEqual(others.map((name) => basename(name)).sort());
  });

  it('a login removes what dead processes left behind, and leaves alone what a living one writes', async () => {
    const dead = spawn(process.execPath, ['-e', '']);
    await once(dead, 'close');
    // A process in a container has the same id as the one before it.
    const left = [`${file}.${dead.pid}-1abc.tmp`, `${file}.${process.pid}-3ghi.tmp`];
    const living = `${file}.${process.ppid}-2def.tmp`;
    for (const name of [...left, living]) await writeFile(name, encodeRecord(apiKey, bob));
    await fileRepository(file, { apiKey }).setCurrentUser(alice);
    expect((await readdir(join(file, '..'))).sort()).toEqual(['user.json', basename(living)]);
  });

  it.each([`${'n'.repeat(250)}.json`, `${'é'.repeat(124)}.json`])('a name as long as can be: %s', async (name) => {
    const long = join(file, '..', name);
    const repository = fileRepository(long, { apiKey });
    await Promise.all([repository.setCurrentUser(bob), repository.setCurrentUser(alice)]);
    expect(await fileRepository(long, { apiKey }).getCurrentUser(() => {})).toEqual(alice);
    await repository.clearCurrentUser();
    expect(await readdir(join(file, '..'))).toEqual([]);
  });
});

describe('fileRepository in a process of its own', () => {
  const run = (order: 'write' | 'clear', options: { readonly uid?: number } = {}) =>
    spawn(process.execPath, [child, order, file, apiKey], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });

  /** Kills a process that writes without pause once its folder has changed `changes` times: in the middle of a write. */
  async function killAmidWrites(changes: number): Promise<void> {
    const process = run('write');
    const ended = once(process, 'close');
    const watcher = watch(join(file, '..'));
    for (let count = 0; count < changes; count += 1) await once(watcher, 'change');
    process.kill('SIGKILL');
    watcher.close();
    await ended;
  }

  it('law 7: a process killed in the middle of a write leaves the old record or the new one', async () => {
    for (let round = 1; round <= 6; round += 1) {
      await killAmidWrites(3 * round);
      const { user, problems } = await restart();
      expect(problems).toEqual([]);
      if (user === null) continue;
      const { id, biography } = user as { id: string; biography: string };
      expect(biography === id.repeat(1_000_000)).toBe(true);
    }
  });

  it('law 7: a disk that takes only the first page of a record leaves the old one, and the login fails', async () => {
    await fileRepository(file, { apiKey }).setCurrentUser(alice);
    // Files of 8 blocks of 512 bytes: the first write is short, the next one fails.
    const limited = spawn('sh', ['-c', 'ulimit -f 8; exec "$@"', 'sh', process.execPath, child, 'store', file, apiKey]);
    const [[line]] = await Promise.all([once(limited.stdout, 'data'), once(limited, 'close')]);
    expect(String(line)).toBe('failed EFBIG\n');
    expect(await restart()).toEqual({ user: alice, problems: [] });
    expect(await readdir(join(file, '..'))).toEqual(['user.json']);
  });

  it('law 6: in a folder that it may not change, a logout empties the record', async () => {
    const folder = join(file, '..');
    const before = encodeRecord(apiKey, alice);
    await writeFile(file, before, { mode: 0o600 });
    // Permissions do not bind root, so the process runs as another user there.
    const unprivileged = 65_534;
    const isRoot = process.getuid?.() === 0;
    if (isRoot) await chown(file, unprivileged, unprivileged);
    await chmod(folder, 0o555);
    const clearing = run('clear', isRoot ? { uid: unprivileged } : {});
    expect(await once(clearing, 'close')).toEqual([0, null]);
    await chmod(folder, 0o755);
    expect(await readdir(folder)).toEqual(['user.json']);
    expect(await restart()).toEqual({ user: null, problems: [] });
  });
});
