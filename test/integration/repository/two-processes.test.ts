import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { bundleInto } from '../../kit/bundle.ts';

/*
 * Two processes share a file without a lock: each call is atomic, so whatever they do at once comes out as if one of them
 * had done it first. A lock file would outlive a killed process, and then no user could log out.
 */

let folder: string;
let child: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sessionchart-two-'));
  child = await bundleInto(folder, new URL('file-child.ts', import.meta.url));
});
afterAll(() => rm(folder, { recursive: true }));

/** A process that does one thing after the other; each call resolves with what it printed. */
function startProcess(file: string): (order: string) => Promise<string> {
  const started = spawn(process.execPath, [child, 'follow', file, 'key'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface(started.stdout)[Symbol.asyncIterator]();
  onTestFinished(() => void started.kill());
  return async (order) => {
    started.stdin.write(`${order}\n`);
    return String((await lines.next()).value);
  };
}

describe('two processes on one file', () => {
  it.each<[string, string, string, readonly string[]]>([
    ['log in', 'save alice', 'save bob', ['read alice', 'read bob']],
    ['log in and out', 'save alice', 'clear', ['read alice', 'read no user']],
    ['log out', 'clear', 'clear', ['read no user']],
  ])(
    '%s at once, 20 times: neither fails, and the file holds what one of them left',
    async (_, one, other, allowed) => {
      const file = join(await mkdtemp(join(folder, 'case-')), 'user.json');
      const [first, second] = [startProcess(file), startProcess(file)];
      for (let round = 0; round < 20; round += 1) {
        await first('save carol');
        const results = await Promise.all(round % 2 === 0 ? [first(one), second(other)] : [second(one), first(other)]);
        expect(results, `round ${round}`).toEqual(['done', 'done']);
        expect(allowed, `round ${round}`).toContain(await second('read'));
      }
      expect(await first('clear')).toBe('done');
      expect(await readdir(join(file, '..'))).toEqual([]);
    },
  );
});
