import { expect, it } from 'vitest';
import { fuzz } from '../../property/endurance/hostile.ts';

it('a hostile peer breaks no promise with 20,000 frames', { timeout: 900_000 }, async () => {
  const lines: string[] = [];
  const code = await fuzz({ frames: 20_000, seed: 20_261_127 }, (line) => lines.push(line));
  expect(code, lines.join('\n')).toBe(0);
  expect(lines.at(-1)).toMatch(/^frames: \d{5,}, violations: 0;/);
});
