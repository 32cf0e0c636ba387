import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('the context of the statechart', () => {
  it("stays in V8's fast mode for a whole life, each of its groups too", () => {
    const printed = execFileSync(
      process.execPath,
      ['--allow-natives-syntax', 'scripts/run.mjs', 'test/unit/machines/fast-properties.ts'],
      { cwd: root, encoding: 'utf8' },
    );
    const { steps, fields, slow } = JSON.parse(printed) as { steps: number; fields: number; slow: string[] };
    expect(steps).toBeGreaterThan(15);
    expect(fields).toBeLessThan(16);
    expect(slow).toEqual([]);
  });
});
