import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { fileRepository } from '../../../src/repository/file.ts';

/* A real disk of 16 pages, on which so many are left. It is mounted, so root runs this; everyone else fails here. */

const PAGE = 4_096;
const folder = await mkdtemp(join(tmpdir(), 'sessionchart-disk-'));
execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${16 * PAGE}`, 'tmpfs', folder]);
afterAll(async () => {
  execFileSync('umount', [folder]);
  await rm(folder, { recursive: true });
});

const file = join(folder, 'user.json');
const repository = fileRepository(file, { apiKey: 'key' });
const fillers = async () => (await readdir(folder)).filter((name) => name.startsWith('filler'));

async function fillUpTo(free: number): Promise<void> {
  for (const name of await fillers()) await unlink(join(folder, name));
  await repository.setCurrentUser({ id: 'alice' });
  for (let count = 0; ; count += 1) {
    const filler = join(folder, `filler-${count}`);
    try {
      await writeFile(filler, Buffer.alloc(PAGE));
    } catch {
      await rm(filler, { force: true });
      break;
    }
  }
  for (const name of (await fillers()).slice(0, free)) await unlink(join(folder, name));
}

describe('law 7: on a disk with little left, a login keeps the old record or writes all of the new one', () => {
  it.each([
    [0, 'ENOSPC'],
    [1, 'ENOSPC'],
    [2, 'stored'],
  ])('%i pages for a record of two', async (free, expected) => {
    await fillUpTo(free);
    const writing = Promise.resolve(repository.setCurrentUser({ id: 'bob', biography: 'x'.repeat(6_000) }));
    expect(
      await writing.then(
        () => 'stored',
        (cause) => cause.code,
      ),
    ).toBe(expected);
    expect((await repository.getCurrentUser())?.id).toBe(expected === 'stored' ? 'bob' : 'alice');
  });

  it('law 6: a logout needs no space', async () => {
    await fillUpTo(0);
    await repository.clearCurrentUser();
    expect(await repository.getCurrentUser()).toBeNull();
  });
});
