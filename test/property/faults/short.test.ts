import { describe, expect, it } from 'vitest';
import { runCell } from './cell.ts';
import { matrix } from './matrix.ts';
import { STATES } from './states.ts';

/* The matrix in short, so that a change that breaks it is seen at once. `npm run faults` runs all of it. */

describe('every state under faults', () => {
  it('keeps the laws in each 25th cell, and in some pairs', async () => {
    const lines: string[] = [];
    const code = await matrix({ pairs: 100, seed: 20_261_126, every: 25 }, (line) => lines.push(line));
    expect(code, lines.join('\n')).toBe(0);
    expect(lines.at(-1)).toMatch(/^cells: 4\d .*violations: 0$/);
  });

  it('would report a session that does not come back', async () => {
    const healthy = STATES.find(({ name }) => name === 'connected.healthy');
    if (healthy === undefined) throw new Error('no such state');
    const lasting = {
      name: 'a server that stays away',
      apply(site: Parameters<typeof healthy.enter>[0]) {
        site.server.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted' });
        Object.assign(site, { heal: () => undefined });
      },
    };
    const { end, violations } = await runCell(healthy, [lasting], 1_000);
    expect(end).toBe('');
    expect(violations[0]).toMatch(/^law 8: it stays in connecting/);
  });
});
