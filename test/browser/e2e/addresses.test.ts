import { describe, it } from 'vitest';
import { studio as attach } from '../../../src/node.ts';
import { startWorld, WITHOUT_PROBES } from '../../kit/world.ts';
import { buttonOf, detailsOf, isIn, logIn, setUpStudio, timeline } from './studio-setup.ts';

/* What studio-page.test.ts does with an address of the playground, with those of the other two pages. */

const at = setUpStudio();

describe('an address leads to what was looked at', () => {
  it('an entry of a live app, in another tab', async () => {
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    await create({ inspect: attach({ url: at.studio.relayUrl, name: 'first' }) })
      .connectUser({ id: 'alice' })
      .orThrow();
    const page = await at.open('?page=live');
    await page.locator('.program', { hasText: 'alice' }).click();
    await page.getByLabel('Search the timeline').fill('token.loaded');
    await timeline(page)
      .getByRole('option', { name: /token\.loaded/ })
      .last()
      .click();
    await isIn(page, 'connecting.opening');
    await page.waitForURL(({ searchParams }) => searchParams.has('entry'));
    const other = await at.context.newPage();
    await other.goto(page.url());
    await detailsOf(other).getByText('token.loaded').first().waitFor();
    await isIn(other, 'connecting.opening');
  });

  it('the step of a recording, also after a reload, and of a client of the playground in a new tab', async () => {
    const page = await at.open();
    await logIn(page, 'ada');
    await buttonOf(page, 'Recordings').click();
    await buttonOf(page, 'Client one').click();
    await buttonOf(page, 'First').click();
    for (let step = 0; step < 3; step++) await buttonOf(page, 'Forward').click();
    const line = page.locator('.step-line b', { hasText: /^Step 3 of/ });
    const text = (await line.textContent()) ?? '';
    await page.reload();
    await page.getByText(text).waitFor();
    const other = await at.context.newPage();
    await other.goto(`${at.studio.url}?page=recordings&recording=Client+one&step=1`);
    await other.getByText(/^Step 1 of/).waitFor();
  });
});
