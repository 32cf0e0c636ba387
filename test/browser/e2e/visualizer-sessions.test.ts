import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_TIMING } from '../../../src/index.ts';
import { differences, watchDrawing } from '../../kit/studio.ts';
import { buttonOf, isIn, logIn, setUpStudio, timeline, unfold } from './studio-setup.ts';

/*
 * What example.test.ts does with the example app, with the page of the studio; and what calls.test.ts does with a socket
 * that never closes, with that of a page, whose own close takes ten seconds.
 */

const at = setUpStudio();

afterEach(async () => {
  for (const page of at.context.pages()) expect(await page.evaluate(differences)).toEqual([]);
});

async function open(query = '', page?: Page): Promise<Page> {
  const opened = await at.open(query, page);
  await opened.locator('[data-state="restoring"] [aria-current="true"]').waitFor({ state: 'detached' });
  await watchDrawing(opened);
  return opened;
}

describe('the session', () => {
  it('two people chat in two panes; each has one socket', async () => {
    const page = await open();
    await logIn(page, 'anna');
    await unfold(page, 'Chat');
    const [one, two] = [page.locator('[data-pane="one"]'), page.locator('[data-pane="two"]')];
    await two.getByRole('button', { name: 'Log in as bob' }).click();
    await two.getByText('online').waitFor();
    await one.getByRole('textbox').fill('Hello Bob');
    await one.getByRole('button', { name: 'Send' }).click();
    await two.getByText('Hello Bob').waitFor();
    await two.getByRole('textbox').fill('Hello Anna');
    await page.keyboard.press('Enter');
    await one.getByText('Hello Anna').waitFor();
    expect(at.devServer.counts('anna')).toMatchObject({ opened: 1, openNow: 1 });
    expect(at.devServer.counts('bob')).toMatchObject({ opened: 1, openNow: 1 });
  });

  it('a killed page restores the session; after a logout no one', async () => {
    const page = await open();
    await logIn(page, 'rose');
    await page.getByText('More actions').click();
    await Promise.all([page.waitForEvent('load'), page.getByRole('button', { name: 'Crash the page' }).click()]);
    await isIn(page, 'connected.healthy');
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toBe('More actions');
    await page.locator('.caption').getByText('Connected again').waitFor();
    await at.devServer.until(() => at.devServer.counts('rose').openNow === 1);
    await page.locator('.session-panel').getByRole('button', { name: 'Log out' }).click();
    await isIn(page, 'loggedOut');
    await page.reload();
    await page.locator('.explanation').getByText('No user is stored').waitFor();
    await at.devServer.until(() => at.devServer.counts('rose').openNow === 0);
    expect(at.devServer.counts('rose').opened).toBe(2);
  });

  it('E15: a logout in one tab ends the other', async () => {
    const first = await open();
    await logIn(first, 'tom');
    const second = await open();
    await isIn(second, 'connected.healthy');
    await second.locator('.session-panel').getByRole('button', { name: 'Log out' }).click();
    await isIn(first, 'loggedOut');
    await first.locator('.explanation').getByText('removed or replaced elsewhere').waitFor();
    await at.devServer.until(() => at.devServer.counts('tom').openNow === 0);
  });

  it('counts down to the next attempt, and tries now', async () => {
    const page = await at.context.newPage();
    await page.clock.install();
    await open('?backoffBaseMs=60000&backoffCapMs=60000', page);
    await logIn(page, 'walter');
    const refusal = at.devServer.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted', userId: 'walter' });
    at.devServer.faults.cause({ type: 'dropSockets', userId: 'walter' });
    await isIn(page, 'connecting.waiting');
    const left = async () => Number.parseFloat((await page.locator('.countdown b').textContent()) ?? '');
    const leftAtFirst = await left();
    await expect.poll(left).toBeLessThan(leftAtFirst);
    const attempts = page.locator('.explanation').getByText(/([3-9]|\d\d) attempts in a row/);
    while (!(await attempts.isVisible())) await page.clock.runFor(10_000);
    refusal.lift();
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.clock.runFor(DEFAULT_TIMING.quickRetryMs);
    await isIn(page, 'connected.healthy');
    expect(at.devServer.counts('walter')).toMatchObject({ openNow: 1, highestOpen: 1 });
  });

  it("offline and back by the browser's own switch", async () => {
    const page = await at.context.newPage();
    await page.clock.install();
    await open('?probeTimeoutMs=60000', page);
    await logIn(page, 'olga');
    await page.context().setOffline(true);
    // The socket is frozen now, not closed: it is asked whether it still lives, and given a minute.
    await isIn(page, 'connected.probing');
    await page.clock.runFor(61_000);
    await isIn(page, 'connecting.offline');
    await page.locator('.status').getByText('The device reports no network.').waitFor();
    await page.context().setOffline(false);
    await page.clock.runFor(2_000);
    await isIn(page, 'connected.healthy');
    await at.devServer.until(() => at.devServer.counts('olga').openNow === 1);
  });

  it('a socket that does not close costs the next attempt no hello', async () => {
    const page = await open('?closeTimeoutMs=60000&helloTimeoutMs=20000');
    await logIn(page, 'clara');
    at.devServer.faults.cause({ type: 'ignoreClose', on: 'open', userId: 'clara' });
    await page.getByText('More actions').click();
    await buttonOf(page, 'Suspend').click();
    await isIn(page, 'connecting.suspended');
    await buttonOf(page, 'Resume').click();
    await isIn(page, 'connected.healthy');
    await page.getByLabel('Search the timeline').fill('hello.');
    await timeline(page).getByText('hello.received').nth(1).waitFor();
    expect(await timeline(page).getByText('hello.timedOut').count()).toBe(0);
  });
});
