import type { Locator } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { createChatClient, recordJournal } from '../../../src/index.ts';
import { studio as attach } from '../../../src/node.ts';
import { startStudio } from '../../../src/tools/studio/index.ts';
import { startWorld, until, WITHOUT_PROBES } from '../../kit/world.ts';
import { buttonOf, foldOf, isIn, logIn, setUpStudio, sharePage, timeline, unfold } from './studio-setup.ts';

/* Sessions, names, devices and journals that are not as usual: the page stays readable, and as quick as always. */

const PHONE = { width: 390, height: 844 };

/** A journal of `length` entries, of a suspended session whose device has now a network, now none. */
async function longJournal(length: number): Promise<string> {
  let online = false;
  const listeners = new Set<(change: 'online' | 'offline') => void>();
  const client = createChatClient({
    apiKey: 'key',
    baseUrl: 'http://localhost:1',
    tokenProvider: () => '',
    WebSocket,
    environment: {
      read: () => ({ online, foreground: true }),
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
  });
  const recorder = recordJournal(client, { limit: length });
  const login = client.connectUser({ id: 'alice' });
  await until(client, 'offline');
  client.suspend();
  await until(client, 'suspended');
  for (let count = 0; count < length; count += 1) {
    online = !online;
    for (const listener of listeners) listener(online ? 'online' : 'offline');
  }
  const text = JSON.stringify(recorder.journal());
  await client.dispose();
  await login;
  return text;
}

describe('each in a page of its own', () => {
  const at = setUpStudio();

  it('a journal of 1,000 entries is stepped through as one of five', async () => {
    const page = await at.open('?page=recordings');
    const buffer = Buffer.from(await longJournal(1_000));
    await page.locator('input[type=file]').setInputFiles({ name: 'day.json', mimeType: 'application/json', buffer });
    await page.getByText('Step 1000 of 1000').waitFor();
    const steps = page.getByRole('listbox', { name: 'Steps of the journal' });
    await steps.getByRole('option', { selected: true }).getByText('1000').waitFor();
    await expect.poll(() => steps.getByRole('option').count()).toBeLessThan(40);
    for (let step = 999; step > 990; step -= 1) {
      await buttonOf(page, 'Back').click();
      await page.getByText(`Step ${step} of 1000`).waitFor();
    }
    await steps.getByRole('option', { selected: true }).getByText('991').waitFor();
  });

  it('the back button leads to what was shown before, and forward again', async () => {
    const page = await at.open();
    await page.locator('.watch-choice').nth(1).click();
    await buttonOf(page, 'Recordings').press('Enter');
    await page.getByText('Open or drop a journal').waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.textContent);
    await expect.poll(focused).toBe('Recordings');
    await page.goBack();
    await page.locator('.watch-choice.chosen').getByText('client two').waitFor();
    await page.goBack();
    await page.locator('.watch-choice.chosen').getByText('client one').waitFor();
    await page.goForward();
    await page.locator('.watch-choice.chosen').getByText('client two').waitFor();
    await page.goForward();
    await page.getByText('Open or drop a journal').waitFor();
    await buttonOf(page, 'Client one').press('Enter');
    await page.getByRole('button', { name: 'First' }).waitFor();
    await expect.poll(focused).toBe('Client one');
  });

  it('a program with a very long name leaves the page its width, and the user their id', async () => {
    const page = await at.open('?page=live');
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    await create({ inspect: attach({ url: at.studio.relayUrl, name: `app${'y'.repeat(120)}` }) })
      .connectUser({ id: 'bob' })
      .orThrow();
    await isIn(page, 'connected.healthy');
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    const id = page.locator('.program b', { hasText: 'bob' });
    for (const viewport of [page.viewportSize() ?? PHONE, PHONE]) {
      await page.setViewportSize(viewport);
      await expect.poll(overflow).toBeLessThanOrEqual(0);
      await expect.poll(() => id.evaluate((part) => part.scrollWidth - part.clientWidth)).toBeLessThanOrEqual(0);
    }
  });

  it('says that the studio has stopped, and goes on when it is back', async () => {
    const page = await at.open('?page=live');
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    await create({ inspect: attach({ url: at.studio.relayUrl, name: 'my app' }) })
      .connectUser({ id: 'alice' })
      .orThrow();
    await isIn(page, 'connected.healthy');
    await at.studio.close();
    await page.getByText('The studio does not respond.').waitFor();
    await page.locator('.status').getByText('studio gone').waitFor();
    const again = await startStudio({ port: Number(new URL(at.studio.url).port), pageFolder: at.pageFolder });
    onTestFinished(() => again.close());
    await page.getByText('The studio does not respond.').waitFor({ state: 'detached' });
    await create({ inspect: attach({ url: again.relayUrl, name: 'my app' }) })
      .connectUser({ id: 'bob' })
      .orThrow();
    await page.locator('.program', { hasText: 'bob' }).waitFor();
  });
});

describe('one after the other in one page', () => {
  const at = setUpStudio('suite');
  const shared = sharePage(at, '?backoffBaseMs=60000&backoffCapMs=60000');

  it('a very long id hides neither the status nor a sentence', async () => {
    const { page } = shared;
    await logIn(page, 'x'.repeat(200));
    const choice = page.locator('.watch-choice.chosen');
    const rightOf = async (part: Locator) => {
      const { x, width } = (await part.boundingBox()) ?? { x: Number.NaN, width: 0 };
      return x + width;
    };
    await expect
      .poll(async () => (await rightOf(choice)) - (await rightOf(choice.getByText('online', { exact: true }))))
      .toBeGreaterThanOrEqual(0);
    const overflow = () => page.locator('.explanation').evaluate((part) => part.scrollWidth - part.clientWidth);
    await expect.poll(overflow).toBe(0);
    await unfold(page, 'Chat');
    const ofPage = () => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    await expect.poll(ofPage).toBeLessThanOrEqual(0);
    await foldOf(page, 'Chat').click();
  });

  it('a name that runs from right to left reorders nothing around it', async () => {
    const { page } = shared;
    await logIn(page, 'مستخدم');
    const row = page.getByRole('option', { name: /user\.save مستخدم/ });
    const distances = () =>
      row.locator('bdi').evaluateAll((parts) => {
        const lefts = parts.map((part) => part.getBoundingClientRect().left);
        return lefts.slice(1).map((left, index) => left - (lefts[index] ?? Number.NaN));
      });
    await expect.poll(distances).toEqual([expect.toSatisfy((distance: number) => distance >= 0)]);
  });

  it('where the device chooses the colours, the present state and the tones are marked still', async () => {
    const { page } = shared;
    await page.emulateMedia({ forcedColors: 'active' });
    await logIn(page, 'fora');
    await page.locator('.bar.connected').first().waitFor();
    const styles = () =>
      page.evaluate(() => {
        const of = (selector: string) => getComputedStyle(document.querySelector(selector) ?? document.body);
        const good = of('.dot.good').backgroundColor;
        return {
          current: of('.state.current').outlineWidth,
          other: of('.state.leaf:not(.current)').outlineStyle,
          isBarGood: of('.bar.connected').backgroundColor === good,
          isCalmGood: of('.dot:not(.good)').backgroundColor === good,
        };
      });
    await expect.poll(styles).toEqual({ current: '3px', other: 'none', isBarGood: true, isCalmGood: false });
    await page.emulateMedia({ forcedColors: 'none' });
  });

  it('at 390 px lists keep their columns: rows in one line, lanes above their arrows, transitions without sideways scroll', async () => {
    const { page } = shared;
    await page.setViewportSize(PHONE);
    await logIn(page, 'paula');
    at.devServer.faults.cause({ type: 'dropSockets', userId: 'paula' });
    await isIn(page, 'connecting.waiting');
    // Of none, the highest is no number that is less.
    const highest = () =>
      timeline(page)
        .locator('.what')
        .evaluateAll((all) => all.map((part) => part.getBoundingClientRect().height).sort((a, b) => b - a)[0]);
    await expect.poll(highest).toBeLessThanOrEqual(24);
    for (const title of ['Sequence', 'Every transition']) await unfold(page, title);
    const sequence = page.getByRole('listbox', { name: 'Sequence of messages' });
    await sequence.evaluate((part) => part.scrollTo(400, 0));
    const differences = () =>
      sequence.evaluate((list) => {
        const [lane, rows] = ['.lanes', '.rows'].map((part) => list.querySelector(part)?.getBoundingClientRect());
        return lane && rows && [lane.x - rows.x, lane.width - rows.width];
      });
    await expect.poll(differences).toEqual([0, 0]);
    const table = page.getByRole('region', { name: 'Transitions' });
    await expect.poll(() => table.evaluate((part) => part.scrollWidth - part.clientWidth)).toBe(0);
  });
});
