import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bundleInto } from '../../kit/bundle.ts';

describe('the context of the statechart', () => {
  it("stays in V8's fast mode for a whole life, each of its groups too", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sessionchart-context-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const program = await bundleInto(folder, new URL('fast-properties.ts', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--allow-natives-syntax', program]);
    const { steps, fields, slow } = JSON.parse(stdout) as { steps: number; fields: number; slow: string[] };
    expect(steps).toBeGreaterThan(15);
    expect(fields).toBeLessThan(16);
    expect(slow).toEqual([]);
  });
});
