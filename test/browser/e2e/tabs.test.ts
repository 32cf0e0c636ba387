import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build, type Rolldown } from 'vite';
import { afterAll, beforeAll, beforeEach, describe, expect, it, type TestContext, vi } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { testLaunchOptions } from '../../kit/chromium.ts';

/*
 * Several tabs of one browser over one localStorage, with its real events, and a real back/forward cache.
 */

let site: Server;
let browser: Browser;
let tabs: Tabs;
const reports: string[] = [];

beforeAll(async () => {
  const { output } = (await build({
    configFile: false,
    logLevel: 'error',
    build: {
      write: false,
      lib: { entry: fileURLToPath(new URL('tabs-page.ts', import.meta.url)), formats: ['es'], fileName: 'page' },
    },
  }).then((built) => (Array.isArray(built) ? built[0] : built))) as Rolldown.RolldownOutput;
  const script = output[0].code;
  site = createServer((request, response) => {
    if (request.url === '/page.js') response.setHeader('Content-Type', 'text/javascript').end(script);
    else if (request.url === '/report') {
      void text(request).then((report) => {
        reports.push(report);
        response.end();
      });
    } else {
      const isApp = request.url?.startsWith('/app') === true;
      response.setHeader('Content-Type', 'text/html');
      response.end(`<title>page</title>${isApp ? '<script type="module" src="/page.js"></script>' : 'elsewhere'}`);
    }
  });
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  // Playwright switches the cache off.
  const ignoreDefaultArgs = ['--disable-back-forward-cache'];
  browser = await chromium.launch({ ...testLaunchOptions, ignoreDefaultArgs });
});

afterAll(async () => {
  await browser?.close();
  site?.closeAllConnections();
  site?.close();
});

beforeEach(async ({ task, onTestFinished }) => {
  // Tests next to each other have their own.
  if (task.concurrent) return;
  tabs = await openTabs(onTestFinished);
  reports.length = 0;
});

/** One browser profile, and a server for what runs in it. */
interface Tabs {
  readonly chat: DevServer;
  readonly context: BrowserContext;
}

async function openTabs(onTestFinished: TestContext['onTestFinished']): Promise<Tabs> {
  const chat = await startDevServer({ allowedOrigins: ['http://127.0.0.1:*'] });
  const context = await browser.newContext();
  onTestFinished(async () => {
    await context.close();
    await chat.close();
  });
  return { chat, context };
}

const address = (path: string) => `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;

async function open(more = '', { chat, context } = tabs): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address(`/app?server=${encodeURIComponent(chat.url)}${more}`));
  await page.waitForFunction(() => 'client' in window);
  return page;
}

const login = (page: Page, id: string) =>
  page.evaluate(async (user) => (await window.client.connectUser({ id: user })).success, id);
const statusOf = (page: Page) => page.evaluate(() => window.client.getSnapshot().status);
const userOf = (page: Page) => page.evaluate(() => window.client.getSnapshot().user?.id ?? null);
const storedIn = (page: Page) => page.evaluate(() => localStorage.getItem('sessionchart.dev-key') ?? '');

describe('two tabs', () => {
  it('of which each logs in another user at once: the user who is stored stays online, and the other one goes', async () => {
    const [first, second] = [await open(), await open()];
    for (let round = 0; round < 12; round += 1) {
      await Promise.all([login(first, 'alice'), login(second, 'bob')]);
      await vi.waitFor(async () => {
        const statuses = await Promise.all([first, second].map(statusOf));
        expect([...statuses].sort(), `round ${round}`).toEqual(['loggedOut', 'online']);
        const winner = statuses[0] === 'online' ? 'alice' : 'bob';
        expect(await storedIn(first)).toContain(winner);
      });
      for (const page of [first, second]) await page.evaluate(() => window.client.disconnect());
    }
  });

  it('a logout in one while the other one reads who is stored: no user is restored', async () => {
    const first = await open();
    await login(first, 'alice');
    const second = await open();
    await second.evaluate(() => {
      const release = window.hold('getItem', 'work');
      const restored = window.client.restore();
      Object.assign(window, { release, restored });
    });
    expect(await first.evaluate(async () => (await window.client.disconnect()).success)).toBe(true);
    await second.evaluate(() => (window as unknown as { release(): void }).release());
    await second.evaluate(() => (window as unknown as { restored: Promise<unknown> }).restored);
    await vi.waitFor(async () => expect(await statusOf(second)).toBe('loggedOut'));
    expect(await storedIn(second)).not.toContain('alice');
    expect(tabs.chat.counts('alice').opened).toBe(1);
  });

  it('a removal in one that rejects late, after a login in the other one: that user stays stored', async () => {
    const [first, second] = [await open(), await open()];
    await login(first, 'alice');
    await first.evaluate(() => {
      const release = window.hold('removeItem', 'reject');
      const left = window.client.disconnect();
      Object.assign(window, { release, left });
    });
    await login(second, 'bob');
    await vi.waitFor(async () => expect(await storedIn(second)).toContain('bob'));
    await first.evaluate(() => (window as unknown as { release(): void }).release());
    await first.evaluate(() => (window as unknown as { left: Promise<unknown> }).left);
    expect(await storedIn(second)).toContain('bob');
    await expect.poll(async () => [await statusOf(second), await userOf(second)]).toEqual(['online', 'bob']);
  });

  it('a logout in one ends the other one', async () => {
    const [first, second] = [await open(), await open()];
    await login(first, 'alice');
    await login(second, 'alice');
    await first.evaluate(() => window.client.disconnect());
    await vi.waitFor(async () => expect(await statusOf(second)).toBe('loggedOut'));
    await tabs.chat.until(() => tabs.chat.counts().openNow === 0);
  });
});

describe('a page to which its user goes back', () => {
  /** A whole Chromium takes it from the back/forward cache, the headless shell of `npm ci` loads it anew. */
  async function leaveAndReturn(page: Page, meanwhile: () => Promise<void>): Promise<string> {
    // What it reported before it is left would count as what it reports after its return.
    const reported = await page.evaluate(() => window.reported);
    await expect.poll(() => reports.length).toBeGreaterThanOrEqual(reported);
    await page.goto(address('/elsewhere'));
    await tabs.chat.until(() => tabs.chat.counts('alice').openNow === 0);
    await meanwhile();
    reports.length = 0;
    // Playwright's own goBack waits for a navigation, which a page from the cache does not make.
    await page.evaluate(() => history.back()).catch(() => {});
    await vi.waitFor(() => expect(reports.length).toBeGreaterThan(1));
    return reports.includes('back from the cache') ? 'back from the cache' : 'loaded';
  }

  it('who has logged out elsewhere: no socket is opened', async () => {
    const page = await open('&restore');
    await login(page, 'alice');
    await expect.poll(() => reports).toContain('online');
    const how = await leaveAndReturn(page, async () => {
      const other = await open();
      await other.evaluate(() => localStorage.removeItem('sessionchart.dev-key'));
      await expect.poll(() => reports).toContain('loaded');
      await other.close();
    });
    await vi.waitFor(() => expect(reports).toContain('loggedOut'));
    expect(reports, how).not.toContain('online');
    expect(tabs.chat.counts('alice').opened).toBe(1);
  });

  it('who is still stored: online again', async () => {
    const page = await open('&restore');
    await login(page, 'alice');
    await expect.poll(() => reports).toContain('online');
    await leaveAndReturn(page, async () => {});
    await vi.waitFor(() => expect(reports).toContain('online'));
    expect(tabs.chat.counts('alice').opened).toBe(2);
  });
});

// They wait, for what only time shows.
describe.concurrent('five tabs with a provider that is shared between tabs', () => {
  it('ask once when they log in, and once when the server refuses their token', async ({ onTestFinished }) => {
    const own = await openTabs(onTestFinished);
    const { chat } = own;
    const pages = await Promise.all(Array.from({ length: 5 }, () => open('&patient', own)));
    await Promise.all(pages.map((page) => login(page, 'alice')));
    expect(chat.counts('alice').tokenCalls).toBe(1);
    chat.faults.cause({ type: 'expireTokens' });
    await vi.waitFor(async () => {
      expect(chat.counts('alice').hellos).toBe(10);
      expect(await Promise.all(pages.map(statusOf))).toEqual(pages.map(() => 'online'));
    });
    expect(chat.counts('alice').tokenCalls).toBe(2);
  });

  it('do not wait for a tab that never gets its token', async ({ onTestFinished }) => {
    const own = await openTabs(onTestFinished);
    const { chat } = own;
    const [first, second] = [await open('', own), await open('', own)];
    const held = chat.faults.cause({ type: 'holdHttp', path: '/dev/token', times: 1 });
    const waiting = first.evaluate(() => void window.client.connectUser({ id: 'alice' }));
    await chat.until(() => held.state.held === 1);
    await waiting;
    expect(await login(second, 'alice')).toBe(true);
    expect(chat.counts('alice').tokenCalls).toBe(2);
    expect(held.state.held).toBe(1);
    expect(await statusOf(first)).toBe('connecting');
  });
});
