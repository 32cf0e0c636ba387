import { describe, expect, it } from 'vitest';
import { fuzz } from './hostile.ts';
import { soak } from './soak.ts';

/*
 * The long programs in short, so that a change that breaks them is seen at once. `npm run fuzz` and `npm run soak` are
 * long; `npm run test:full` sends 20,000 other frames.
 */

describe('a hostile peer', () => {
  it('breaks no promise with 500 frames', async () => {
    const lines: string[] = [];
    const code = await fuzz({ frames: 500, seed: 20_261_126 }, (line) => lines.push(line));
    expect(code, lines.join('\n')).toBe(0);
    expect(lines.at(-1)).toMatch(/^frames: \d{3,}, violations: 0;/);
  });
});

describe('sessions under faults', () => {
  it('keep the laws for some seconds, all come back, and nothing is left', async () => {
    const lines: string[] = [];
    const code = await soak({ minutes: 0.05, sessions: 20, seed: 20_261_126 }, (line) => lines.push(line));
    expect(code, lines.join('\n')).toBe(0);
    expect(lines.at(-1)).toMatch(/violations: 0;/);
  });
});
