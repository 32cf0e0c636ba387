import { expect, it } from 'vitest';
import { crash } from '../../integration/repository/crashes.ts';

it('laws 6 and 7: 500 lives killed at every file call leave the old record or the new one', async () => {
  const { problems, kills } = await crash(520);
  expect(problems).toEqual([]);
  expect(kills).toBeGreaterThanOrEqual(500);
}, 1_800_000);
