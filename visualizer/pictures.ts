import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type DevServer, startDevServer } from '../src/tools/devserver/index.ts';
import { chromiumLaunchOptions, unpackChromium } from '../test/kit/chromium.ts';
import { buildPage, serveStudio } from '../test/kit/studio.ts';

/*
 * `npm run pictures`: the two pictures of the page in the README. `npm run pictures -- FOLDER`: the page in each state,
 * light and dark, wide and narrow, to be looked at after a change.
 */

const DESKTOP = { width: 1280, height: 800 };
const SIZES = [DESKTOP, { width: 768, height: 1024 }, { width: 390, height: 844 }, { width: 1920, height: 1080 }];
const SCHEMES = ['light', 'dark'] as const;

async function unfold(page: Page, title: string): Promise<void> {
  const fold = page.getByRole('region', { name: title });
  if ((await fold.locator('> details').getAttribute('open')) === null) await fold.locator('summary').first().click();
}

async function fold(page: Page, title: string): Promise<void> {
  const region = page.getByRole('region', { name: title });
  if ((await region.locator('> details').getAttribute('open')) !== null)
    await region.locator('summary').first().click();
}

async function fault(page: Page, name: string): Promise<void> {
  await unfold(page, 'Make it go wrong');
  await press(page, name);
}

async function action(page: Page, name: string): Promise<void> {
  await page.getByText('More actions').click();
  await press(page, name);
  await page.keyboard.press('Escape');
}

interface Stage {
  readonly name: string;
  /** Brings the page from the stage before to this one. */
  reach(page: Page, server: DevServer): Promise<unknown>;
}

const isIn = (page: Page, state: string) => page.locator(`[data-state="${state}"] [aria-current="true"]`).waitFor();
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click();

const STAGES: readonly Stage[] = [
  { name: 'logged-out', reach: (page) => isIn(page, 'loggedOut') },
  {
    name: 'loading-token',
    async reach(page) {
      await unfold(page, 'Make it go wrong');
      await page.getByLabel('Token source').selectOption('hangs');
      await page.locator('.session-panel').getByRole('button', { name: 'Log in', exact: true }).click();
      await isIn(page, 'loadingToken');
    },
  },
  {
    name: 'connected',
    async reach(page) {
      await press(page, 'Log out');
      await isIn(page, 'loggedOut');
      await unfold(page, 'Make it go wrong');
      await page.getByLabel('Token source').selectOption('works');
      await page.locator('.session-panel').getByRole('button', { name: 'Log in', exact: true }).click();
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
    name: 'restored',
    async reach(page) {
      const loaded = page.waitForEvent('load');
      await page.getByText('More actions').click();
      await press(page, 'Crash the page');
      await loaded;
      await isIn(page, 'connected.healthy');
    },
  },
  {
    name: 'waiting',
    async reach(page, server) {
      server.faults.cause({ type: 'rateLimit', on: 'connect', retryAfterSeconds: 8, userId: 'alice' });
      await fault(page, 'Drop connection');
      await page.getByText('The server asked to wait at least').waitFor();
      await isIn(page, 'connecting.waiting');
    },
  },
  {
    name: 'offline',
    async reach(page) {
      await fault(page, 'No network');
      await isIn(page, 'connecting.offline');
    },
  },
  {
    name: 'suspended',
    async reach(page) {
      await action(page, 'Suspend');
      await isIn(page, 'connecting.suspended');
    },
  },
  {
    name: 'disconnecting',
    async reach(page, server) {
      await fault(page, 'No network');
      await action(page, 'Resume');
      await isIn(page, 'connected.healthy');
      server.faults.cause({ type: 'ignoreClose', on: 'open', userId: 'alice' });
      await press(page, 'Log out');
      await isIn(page, 'disconnecting.closing');
    },
  },
];

export async function main([folder]: readonly string[]): Promise<number> {
  await unpackChromium();
  const built = await mkdtemp(join(tmpdir(), 'pictures-'));
  await buildPage(built);
  const server = await startDevServer({ allowedOrigins: ['http://localhost:*', 'http://127.0.0.1:*'] });
  const page = await serveStudio(built, server);
  const browser = await chromium.launch(chromiumLaunchOptions);
  try {
    if (folder === undefined) await forReadme(browser, page.url, server);
    else await everything(folder, browser, page.url, server);
  } finally {
    await browser.close();
    await page.close();
    await server.close();
    await rm(built, { recursive: true });
  }
  return 0;
}

async function forReadme(browser: Browser, url: string, server: DevServer): Promise<void> {
  for (const { scheme, stage } of [
    { scheme: 'light', stage: 'connected' },
    { scheme: 'dark', stage: 'waiting' },
  ] as const) {
    const page = await browser.newPage({ viewport: DESKTOP, locale: 'en-GB', colorScheme: scheme });
    const path = fileURLToPath(new URL(`../docs/images/studio-${scheme}.png`, import.meta.url));
    await visit(page, url, server, stage, () => page.screenshot({ path }));
    await page.context().close();
  }
}

async function everything(folder: string, browser: Browser, url: string, server: DevServer): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const viewport of SIZES) {
    const page = await browser.newPage({ viewport, locale: 'en-GB', colorScheme: 'light' });
    await visit(page, `${url}?closeTimeoutMs=30000`, server, null, async (stage) => {
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        const path = `${folder}/${viewport.width}-${stage}-${colorScheme}.png`;
        await page.screenshot({ path, fullPage: viewport !== DESKTOP });
      }
    });
    await page.context().close();
    server.faults.liftAll();
  }
}

/** Takes a picture at the stage of this name and stops there, or at all of them. */
async function visit(
  page: Page,
  url: string,
  server: DevServer,
  only: string | null,
  shoot: (stage: string) => Promise<unknown>,
): Promise<void> {
  await page.goto(url);
  for (const { name, reach } of STAGES) {
    await reach(page, server);
    if (only === null || only === name) {
      for (const title of ['Make it go wrong', 'Chat']) await fold(page, title);
      await page.evaluate(() => {
        document.querySelector<HTMLElement>(':focus')?.blur();
        scrollTo(0, 0);
      });
      await shoot(name);
    }
    if (only === name) return;
  }
}
