import type { Page } from 'playwright-core';
import type { DevServer } from '../../src/tools/devserver/index.ts';

/** What a person may find on the page; each is reached from the one before. */
export interface Situation {
  readonly name: string;
  readonly reach: (stage: Stage) => Promise<unknown>;
  /** Folds that are open in the picture. */
  readonly open?: readonly string[];
}

export interface Stage {
  readonly page: Page;
  readonly server: DevServer;
  /** A journal that ends in a wait, as JSON. */
  readonly journal: string;
}

/** Waits are long, so that a picture shows them. */
export const QUERY = '?closeTimeoutMs=30000&backoffBaseMs=20000&backoffCapMs=25000&storageWriteTimeoutMs=400';

const FOLDS = ['Make it go wrong', 'Chat', 'Sequence', 'Every transition'];

async function unfold(page: Page, title: string, isOpen = true): Promise<void> {
  const region = page.getByRole('region', { name: title, exact: true });
  if ((await region.count()) === 0) return;
  const now = (await region.locator('> details').getAttribute('open')) !== null;
  if (now !== isOpen) await region.locator('summary').first().click();
}

/** Only the named folds are open, no element has the focus, and the page is scrolled to its top. */
export async function tidy(page: Page, open: readonly string[] = []): Promise<void> {
  for (const title of FOLDS) await unfold(page, title, open.includes(title));
  await page.evaluate(() => {
    document.querySelector<HTMLElement>(':focus')?.blur();
    scrollTo(0, 0);
  });
}

const isIn = (page: Page, state: string) => page.locator(`[data-state="${state}"] [aria-current="true"]`).waitFor();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();
const clearFaults = (page: Page) => press(page, 'Clear all');

async function fault(page: Page, name: string): Promise<void> {
  await unfold(page, 'Make it go wrong');
  await press(page, name);
}

async function action(page: Page, name: string): Promise<void> {
  await page.getByText('More actions').click();
  await press(page, name);
  await page.keyboard.press('Escape');
}

async function logIn(page: Page): Promise<void> {
  await page.locator('.session-panel').getByRole('button', { name: 'Log in', exact: true }).click();
}

export const SITUATIONS: readonly Situation[] = [
  { name: 'logged-out', reach: ({ page }) => isIn(page, 'loggedOut') },
  {
    name: 'loading-token',
    open: ['Make it go wrong'],
    async reach({ page }) {
      await unfold(page, 'Make it go wrong');
      await page.getByLabel('Token source').selectOption('hangs');
      await logIn(page);
      await isIn(page, 'loadingToken');
    },
  },
  {
    name: 'connected',
    open: ['Chat'],
    async reach({ page }) {
      await press(page, 'Log out');
      await isIn(page, 'loggedOut');
      await clearFaults(page);
      await logIn(page);
      await isIn(page, 'connected.healthy');
      await unfold(page, 'Chat');
      await page.getByRole('button', { name: 'Log in as bob' }).click();
      const [one, two] = [page.locator('[data-pane="one"]'), page.locator('[data-pane="two"]')];
      await one.getByRole('textbox').fill('Are you there, Bob?');
      await one.getByRole('button', { name: 'Send' }).click();
      await two.getByText('Are you there, Bob?').last().waitFor();
      await two.getByRole('textbox').fill('Loud and clear.');
      await two.getByRole('button', { name: 'Send' }).click();
      await one.getByText('Loud and clear.').last().waitFor();
      await page.locator('.timeline').getByText('user.saved').waitFor();
    },
  },
  {
    name: 'silenced',
    open: ['Make it go wrong'],
    async reach({ page }) {
      await fault(page, 'Go silent');
      await page.locator('.status').getByText('gone silent').waitFor();
    },
  },
  {
    name: 'restored',
    open: ['Sequence', 'Every transition'],
    async reach({ page }) {
      const loaded = page.waitForEvent('load');
      await page.getByText('More actions').click();
      await press(page, 'Crash the page');
      await loaded;
      await isIn(page, 'connected.healthy');
    },
  },
  {
    name: 'waiting',
    async reach({ page, server }) {
      server.faults.cause({ type: 'rateLimit', on: 'connect', retryAfterSeconds: 30, userId: 'alice' });
      server.faults.cause({ type: 'dropSockets', userId: 'alice' });
      await isIn(page, 'connecting.waiting');
      await press(page, 'Try now');
      await page.getByText('After this failure the wait is at least').waitFor();
    },
  },
  {
    name: 'failure-looked-at',
    async reach({ page }) {
      await press(page, 'only failures');
      await page.getByRole('listbox', { name: 'Timeline entries' }).focus();
      await page.keyboard.press('End');
      await page.getByRole('region', { name: 'Details' }).waitFor();
    },
  },
  {
    name: 'offline',
    async reach({ page, server }) {
      await page.keyboard.press('Escape');
      await press(page, 'only failures');
      // A wait that the server asked for goes on without a network.
      await press(page, 'Log out');
      await isIn(page, 'loggedOut');
      await logIn(page);
      await isIn(page, 'connected.healthy');
      server.faults.cause({ type: 'dropSockets', userId: 'alice' });
      await isIn(page, 'connecting.waiting');
      await fault(page, 'No network');
      await isIn(page, 'connecting.offline');
    },
  },
  {
    name: 'suspended',
    async reach({ page }) {
      await action(page, 'Suspend');
      await isIn(page, 'connecting.suspended');
    },
  },
  {
    name: 'stored-user-kept',
    async reach({ page }) {
      await fault(page, 'No network');
      await action(page, 'Resume');
      await press(page, 'Try now').catch(() => {});
      await isIn(page, 'connected.healthy');
      await fault(page, 'Storage blocked');
      await press(page, 'Log out');
      await isIn(page, 'loggedOut');
    },
  },
  {
    name: 'live-apps',
    async reach({ page }) {
      await clearFaults(page);
      await page.getByRole('button', { name: /^Live apps/ }).click();
      await page.locator('.program').first().waitFor();
    },
  },
  {
    name: 'recording',
    async reach({ page, journal }) {
      await page.getByRole('button', { name: 'Recordings' }).click();
      await page
        .locator('input[type=file]')
        .setInputFiles({ name: 'bug-report.json', mimeType: 'application/json', buffer: Buffer.from(journal) });
      await page.getByText('The statechart takes every step as recorded.').waitFor();
    },
  },
];
