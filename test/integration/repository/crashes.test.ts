import { expect, it } from 'vitest';
import { crash } from './crashes.ts';

it('laws 6 and 7: a life killed at any file call leaves the old record or the new one, and nothing after a logout', async () => {
  const { problems, kills } = await crash(18);
  expect(problems).toEqual([]);
  expect(kills).toBe(18);
}, 120_000);
