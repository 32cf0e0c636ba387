import { describe, expect, it } from 'vitest';
import { keyboard, notReached } from './hands.ts';
import { buttonOf, isIn, logIn, setUpStudio, unfold } from './studio-setup.ts';
import { describeTasks } from './tasks.ts';

describe('by keyboard', () => {
  describeTasks(keyboard);

  describe('the tab key', () => {
    const at = setUpStudio();

    it('comes to everything that can be operated', async () => {
      const page = await at.open();
      await logIn(page, 'tabea');
      for (const title of ['Make it go wrong', 'Chat', 'Sequence', 'Every transition']) await unfold(page, title);
      await page.getByText('More actions').click();
      expect(await notReached(page)).toEqual([]);
      await buttonOf(page, 'Recordings').click();
      await buttonOf(page, 'Client one').click();
      await buttonOf(page, 'First').click();
      await isIn(page, 'restoring');
      expect(await notReached(page)).toEqual([]);
    });
  });
});
