import { expect, it } from 'vitest';
import { crash } from './crashes.ts';

it('laws 6 and 7: a life killed at any file call leaves the old record or the new one, and nothing after a logout', async () => {
  const { problems, kills } = await crash(9);
  expect(problems).toEqual([]);
  // A life next to another one may be over before its call comes.
  expect(kills).toBeGreaterThanOrEqual(7);
});
