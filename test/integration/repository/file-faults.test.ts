import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileRepository } from '../../../src/repository/file.ts';
import { describeCause } from '../../../src/token/redact.ts';
import type { User } from '../../../src/user.ts';
import { type FileCall, interceptFileCalls } from './file-calls.ts';

/* A disk that fails at every single file call of an operation in turn: with each error, and by short writes. */

const apiKey = 'key';
const alice: User = { id: 'alice', name: 'Alice' };
const bob: User = { id: 'bob', biography: 'x'.repeat(10_000) };

let folder: string;
let file: string;
let stop: () => void = () => {};

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionchart-faults-'));
  file = join(folder, 'user.json');
  await fileRepository(file, { apiKey }).setCurrentUser(alice);
});
afterEach(async () => {
  stop();
  await rm(folder, { recursive: true });
});

const diskError = (code: string, { name, path }: FileCall) =>
  Object.assign(new Error(`${code}: ${name} '${path}'`), { code });

/** How a failure of `operation` is shown to the app. */
async function sentenceOf(operation: () => unknown): Promise<string> {
  try {
    await operation();
    return 'done';
  } catch (cause) {
    return describeCause(cause).text;
  }
}

const stored = () => fileRepository(file, { apiKey }).getCurrentUser();

/** The file calls of `operation`, by name. */
async function callsOf(operation: () => Promise<unknown>): Promise<readonly string[]> {
  const names: string[] = [];
  stop = interceptFileCalls(folder, (call) => {
    names.push(call.name);
    return call.proceed();
  });
  await operation();
  stop();
  return names;
}

/** Runs `operation` while the call with this number fails, before or after it has had its effect. */
async function failAt(index: number, code: string, when: 'early' | 'late', operation: () => Promise<unknown>) {
  let count = 0;
  stop = interceptFileCalls(folder, async (call) => {
    count += 1;
    if (count !== index + 1) return call.proceed();
    // A handle that is never returned or never closed would be a leak of this test.
    if (when === 'late' || call.name === 'handle.close')
      await ((await call.proceed()) as { close?: () => unknown } | undefined)?.close?.();
    throw diskError(code, call);
  });
  const outcome = await operation().then(
    () => 'done',
    (cause: NodeJS.ErrnoException) => cause.code ?? cause.message,
  );
  stop();
  return outcome;
}

describe.each(['ENOSPC', 'EDQUOT', 'EIO'])('law 7: a disk that fails with %s', (code) => {
  it.each(['early', 'late'] as const)(
    '%s in a call of a write leaves the old record or the new one, and reports which',
    async (when) => {
      const write = () => Promise.resolve(fileRepository(file, { apiKey }).setCurrentUser(bob));
      const calls = await callsOf(write);
      expect(calls).toEqual(expect.arrayContaining(['open', 'handle.write', 'handle.sync', 'handle.close', 'rename']));
      // From the rename on the new record is in its place.
      const switched = calls.indexOf('rename') + (when === 'late' ? 0 : 1);
      for (const [index, name] of calls.entries()) {
        await fileRepository(file, { apiKey }).setCurrentUser(alice);
        const outcome = await failAt(index, code, when, write);
        const user = await stored();
        expect([name, user], name).toEqual([name, index < switched && outcome !== 'done' ? alice : bob]);
        const isTidying = ['readdir', 'unlink'].includes(name);
        if (isTidying || index < switched) expect([name, outcome]).toEqual([name, isTidying ? 'done' : code]);
        const left = (await readdir(folder)).filter((other) => other !== 'user.json');
        expect([name, left]).toEqual([name, []]);
      }
    },
  );

  it('in a call of a logout is a failure, or the user is forgotten everywhere', async () => {
    const clear = () => Promise.resolve(fileRepository(file, { apiKey }).clearCurrentUser());
    const calls = await callsOf(clear);
    for (const [index, name] of calls.entries()) {
      await fileRepository(file, { apiKey }).setCurrentUser(alice);
      const outcome = await failAt(index, code, 'early', clear);
      if (outcome === 'done') {
        expect([name, await stored()]).toEqual([name, null]);
        for (const left of await readdir(folder))
          expect(await readFile(join(folder, left), 'utf8')).not.toContain('alice');
      } else {
        expect([name, outcome]).toEqual([name, code]);
      }
    }
  });
});

it('law 6: a record that can be neither removed nor emptied is a failure', async () => {
  stop = interceptFileCalls(folder, (call) =>
    ['unlink', 'writeFile'].includes(call.name) ? Promise.reject(diskError('EPERM', call)) : call.proceed(),
  );
  await expect(fileRepository(file, { apiKey }).clearCurrentUser()).rejects.toMatchObject({ code: 'EPERM' });
  stop();
  expect(await stored()).toEqual(alice);
});

it.each([
  ['that may not be listed', 'EACCES', ['open', 'readdir']],
  ['that cannot be opened', 'EPERM', ['open']],
  ['that cannot be synchronized', 'EINVAL', ['handle.sync']],
] as const)('in a folder %s, a login and a logout work (%s)', async (_, code, refused) => {
  stop = interceptFileCalls(folder, (call) =>
    call.path === folder && refused.some((name) => name === call.name)
      ? Promise.reject(diskError(code, call))
      : call.proceed(),
  );
  await fileRepository(file, { apiKey }).setCurrentUser(bob);
  expect(await stored()).toEqual(bob);
  await fileRepository(file, { apiKey }).clearCurrentUser();
  stop();
  expect(await readdir(folder)).toEqual([]);
});

it.each([
  ['login', () => fileRepository(file, { apiKey }).setCurrentUser(bob)],
  ['logout', () => fileRepository(file, { apiKey }).clearCurrentUser()],
] as const)('laws 6 and 7: a %s is done once a power cut cannot undo it', async (_, act) => {
  /** What a power cut would undo: bytes of a file, names in a folder. */
  const atRisk = new Set<string>();
  let wasChanged = false;
  let openHandles = 0;
  stop = interceptFileCalls(folder, async (call) => {
    if (call.name === 'rename') expect([...atRisk]).toEqual([]);
    const result = await call.proceed();
    if (call.name === 'open') openHandles += 1;
    if (call.name === 'handle.close') openHandles -= 1;
    if (call.name === 'handle.write') atRisk.add(call.path);
    if (call.name === 'handle.sync') atRisk.delete(call.path);
    if (['rename', 'unlink'].includes(call.name)) {
      atRisk.add(folder);
      wasChanged = true;
    }
    return result;
  });
  await act();
  stop();
  expect([wasChanged, ...atRisk]).toEqual([true]);
  expect(openHandles).toBe(0);
});

it.each([
  ['another user', 1, 1],
  ['their owner', 0, 0],
])('law 7: a program that is run as %s leaves the record to its owner', async (_, uidOffset, calls) => {
  const names: string[] = [];
  stop = interceptFileCalls(folder, async (call) => {
    names.push(call.name);
    // Only root may give a file away; for others it must be no failure.
    if (call.name === 'handle.chown') throw diskError('EPERM', call);
    const result = await call.proceed();
    if (call.name !== 'stat') return result;
    const { uid } = result as { readonly uid: number };
    return Object.assign(result as object, { uid: uid + uidOffset });
  });
  await fileRepository(file, { apiKey }).setCurrentUser(bob);
  stop();
  expect(names.filter((name) => name === 'handle.chown')).toHaveLength(calls);
  expect(await stored()).toEqual(bob);
});

describe('a disk that writes less than it was given', () => {
  it('law 7: is written to again, until everything is there', async () => {
    stop = interceptFileCalls(folder, (call) => (call.proceedHalf ?? call.proceed)());
    await fileRepository(file, { apiKey }).setCurrentUser(bob);
    stop();
    expect(await stored()).toEqual(bob);
  });

  it('law 7: is full when it writes nothing at all: the old record stays', async () => {
    stop = interceptFileCalls(folder, (call) =>
      call.name === 'handle.write' ? Promise.resolve({ bytesWritten: 0 }) : call.proceed(),
    );
    expect(await sentenceOf(() => fileRepository(file, { apiKey }).setCurrentUser(bob))).toMatch(
      /^Only 0 of \d+ bytes could be written\.$/,
    );
    stop();
    expect(await stored()).toEqual(alice);
    expect(await readdir(folder)).toEqual(['user.json']);
  });

  it('law 7: and says otherwise is found out before the old record is replaced', async () => {
    stop = interceptFileCalls(folder, async (call) => {
      if (call.proceedHalf === null) return call.proceed();
      const { bytesWritten } = (await call.proceedHalf()) as { readonly bytesWritten: number };
      return { bytesWritten: 2 * bytesWritten };
    });
    expect(await sentenceOf(() => fileRepository(file, { apiKey }).setCurrentUser(bob))).toMatch(
      /^Only \d+ of \d+ bytes were written\.$/,
    );
    stop();
    expect(await stored()).toEqual(alice);
  });
});

it('law 8: a temporary file that another process takes away is written again, but not for ever', async () => {
  let taken = 0;
  const takeAway = (most: number) => {
    stop = interceptFileCalls(folder, async (call) => {
      if (call.name === 'rename' && taken < most) {
        taken += 1;
        await rm(call.path);
      }
      return call.proceed();
    });
  };
  takeAway(3);
  await fileRepository(file, { apiKey }).setCurrentUser(bob);
  stop();
  expect(taken).toBe(3);
  expect(await stored()).toEqual(bob);

  takeAway(1_000);
  await expect(fileRepository(file, { apiKey }).setCurrentUser(alice)).rejects.toMatchObject({ code: 'ENOENT' });
  stop();
  expect(taken).toBeLessThan(20);
  expect(await stored()).toEqual(bob);
});

it.each(['rename', 'handle.sync'])(
  'law 6: a new profile does not undo a logout that another process completes at its %s',
  async (name) => {
    let isOut = false;
    stop = interceptFileCalls(folder, async (call) => {
      if (call.name === name && !isOut) {
        isOut = true;
        for (const left of await readdir(folder))
          if (name === 'rename' || left === 'user.json') await rm(join(folder, left));
      }
      return call.proceed();
    });
    const renewed = { ...alice, name: 'New' };
    expect(await fileRepository(file, { apiKey }).setCurrentUser(renewed, { onlyIfStored: true })).toBe(false);
    stop();
    expect(await readdir(folder)).toEqual([]);
  },
);
