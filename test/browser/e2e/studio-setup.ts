import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import type { StudioServer } from '../../../src/tools/studio/index.ts';
import { pageFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';
import { LOCAL_PAGES, serveStudio } from '../../kit/studio.ts';

/** The studio of a test, what its page talks to, and a browser; complaints of the page fail the test. */
export interface StudioAtHand {
  readonly folder: string;
  readonly pageFolder: string;
  readonly devServer: DevServer;
  readonly studio: StudioServer;
  readonly context: BrowserContext;
  open(query?: string, page?: Page): Promise<Page>;
}

/**
 * Registers the hooks of a file. By default each test has a studio and a browser's storage of its own; those of a suite
 * can share them, and with them a page.
 */
export function setUpStudio(per: 'test' | 'suite' = 'test'): StudioAtHand {
  let folder: string;
  let devServer: DevServer;
  let studio: StudioServer;
  let context: BrowserContext;
  const complaints: string[] = [];
  const [before, after] = per === 'test' ? [beforeEach, afterEach] : [beforeAll, afterAll];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'studio-'));
    devServer = await startDevServer({ allowedOrigins: LOCAL_PAGES });
  });

  afterAll(async () => {
    await devServer?.close();
    await rm(folder, { recursive: true, force: true });
    expect(complaints).toEqual([]);
  });

  // Called last: hooks that come after a test are called in reverse.
  afterEach(() => expect(complaints.splice(0)).toEqual([]));

  before(async () => {
    studio = await serveStudio(pageFolder, devServer);
    context = await openContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    context.on('weberror', (error) => complaints.push(String(error.error())));
  });

  after(async () => {
    await context.close();
    await studio.close();
  });

  afterEach(() => devServer.faults.liftAll());

  return {
    get folder() {
      return folder;
    },
    get pageFolder() {
      return pageFolder;
    },
    get devServer() {
      return devServer;
    },
    get studio() {
      return studio;
    },
    get context() {
      return context;
    },
    async open(query = '', page) {
      const opened = page ?? (await context.newPage());
      await opened.goto(`${studio.url}${query}`);
      await opened.locator('.wire').first().waitFor({ state: 'attached' });
      return opened;
    },
  };
}

export const currentState = (page: Page, state: string) =>
  page.locator(`[data-state="${state}"] [aria-current="true"]`);
export const isIn = (page: Page, state: string) => currentState(page, state).waitFor();
/** What the countdown shows, once there is one. */
export const secondsLeft = async (page: Page) =>
  Number.parseFloat((await page.locator('.countdown b').textContent()) ?? '');
export const timeline = (page: Page) => page.getByRole('listbox', { name: 'Timeline entries' });
export const foldOf = (page: Page, title: string) =>
  page.getByRole('region', { name: title }).locator('summary').first();

/** Opens a fold. Its content is drawn some time after the click. */
export async function unfold(page: Page, title: string): Promise<void> {
  await foldOf(page, title).click();
  await contentOf(page, title).waitFor();
}

const contentOf = (page: Page, title: string) =>
  page.getByRole('region', { name: title }).locator('details > :not(summary)').first();
export const detailsOf = (page: Page) => page.getByRole('region', { name: 'Details' });
export const buttonOf = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

export async function logIn(page: Page, userId: string): Promise<void> {
  const field = page.getByLabel('User', { exact: true });
  await field.fill(userId);
  await field.press('Enter');
  await isIn(page, 'connected.healthy');
}

/** One page for the tests of a suite, each of which finds it without a user, and with what came before in its timeline. */
export function sharePage(at: StudioAtHand, query = ''): { readonly page: Page } {
  let page: Page;

  beforeAll(async () => {
    page = await at.open(query);
  });

  afterEach(async () => {
    // An open menu would cover what is pressed next.
    await page.keyboard.press('Escape');
    const live = page.getByRole('button', { name: 'Back to live' });
    if (await live.isVisible()) await live.click();
    await page.getByLabel('Search the timeline').fill('');
    await page.locator('.session-panel').getByRole('button', { name: 'Log out', exact: true }).click();
    await isIn(page, 'loggedOut');
  });

  return {
    get page() {
      return page;
    },
  };
}

/** What is in the clipboard once `copy` has put it there. */
export async function copied(page: Page, copy: Promise<void>): Promise<string> {
  await copy;
  await detailsOf(page).getByText('copied.').waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

export const journalIn = (test: string) => /const journal = (\{.*?\n\});/s.exec(test)?.[1] ?? '';

export const SLOW_RETRY = { timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 } };
