import type { BrowserContext, FrameLocator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { appFolder } from '../../kit/app.ts';
import { openContext, stopClock } from '../../kit/browser.ts';
import { type ServedExample, serveExample } from '../../kit/example.ts';
import { LOCAL_PAGES } from '../../kit/studio.ts';

let server: DevServer;
let example: ServedExample;
let context: BrowserContext;
/** Another person, who stays online throughout. */
let bob: Page;
const complaints: string[] = [];

beforeAll(async () => {
  // One page is in a sandboxed frame, which has no origin.
  server = await startDevServer({ allowedOrigins: [...LOCAL_PAGES, 'null'] });
  example = await serveExample(appFolder, server.url);
  bob = await open(await openWatchedContext());
  await logIn(bob, 'Bob');
});

afterAll(async () => {
  await bob?.context().close();
  await example?.close();
  await server?.close();
});

beforeEach(async () => {
  context = await openWatchedContext();
});

afterEach(async () => {
  server.faults.liftAll();
  await context.close();
  expect(complaints.splice(0)).toEqual([]);
});

async function openWatchedContext(): Promise<BrowserContext> {
  const made = await openContext({ viewport: { width: 900, height: 640 }, locale: 'en-GB' });
  made.on('weberror', (error) => complaints.push(String(error.error())));
  return made;
}

async function open(inContext = context): Promise<Page> {
  const page = await inContext.newPage();
  await page.goto(example.url);
  return page;
}

/** A page whose clock the test moves. */
async function openWithClock(): Promise<Page> {
  const page = await context.newPage();
  await page.clock.install();
  await page.goto(example.url);
  return page;
}

async function logIn(page: Page | FrameLocator, name: string): Promise<void> {
  await page.getByLabel('Your name').fill(name);
  await page.getByRole('button', { name: 'Log in' }).click();
  await isOnline(page);
}

const isOnline = (page: Page | FrameLocator) => page.getByTitle('online').waitFor();

const sees = (page: Page | FrameLocator, text: string | RegExp) => page.getByText(text).waitFor();

async function say(page: Page | FrameLocator, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

/** The element that has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const { activeElement: element } = document;
    const names = ['aria-label', 'role', 'autocomplete'].map((name) => element?.getAttribute(name));
    return names.find(Boolean) ?? element?.textContent;
  });

describe('the example app', () => {
  it('logs in, and two people chat', async () => {
    const alice = await open();
    await logIn(alice, 'Alice');
    await say(alice, 'Hello Bob');
    await sees(bob, 'Hello Bob');
    await say(bob, 'Hello Alice');
    await sees(alice, 'Hello Alice');
    expect(server.counts('alice')).toMatchObject({ opened: 1, highestOpen: 1 });
  });

  it('a reload restores the user, without a login, and what was said', async () => {
    const page = await open();
    await logIn(page, 'Rose');
    await say(page, 'I was here');
    await sees(page, 'I was here');
    await page.reload();
    await isOnline(page);
    await sees(page, 'I was here');
    await server.until(() => server.counts('rose').openNow === 1);
    expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/eyJ/);
  });

  it("offline and back by the browser's own switch: no network is said, and what was written goes out", async () => {
    const page = await openWithClock();
    await logIn(page, 'Olga');
    await context.setOffline(true);
    // The socket is frozen now, not closed: it is asked whether it still lives, and given ten seconds.
    await page.clock.runFor(11_000);
    await sees(page, 'No network');
    await say(page, 'Written in a tunnel');
    await context.setOffline(false);
    await page.clock.runFor(2_000);
    await isOnline(page);
    await sees(bob, 'Written in a tunnel');
    await server.until(() => server.counts('olga').openNow === 1);
  });

  it('what was written and not sent survives a reload, half a sentence too, and a logout removes it', async () => {
    const page = await open();
    await logIn(page, 'Dana');
    const outage = server.faults.cause({ type: 'restart', userId: 'dana' });
    await sees(page, 'Trying again');
    await say(page, 'Written before a reload');
    const field = page.getByRole('textbox', { name: 'Message' });
    await field.fill('Half a sent');
    await page.reload();
    await sees(page, 'Written before a reload');
    await expect.poll(() => field.inputValue()).toBe('Half a sent');
    outage.lift();
    await sees(bob, 'Written before a reload');
    await isOnline(page);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Your name').waitFor();
    await expect.poll(() => page.evaluate(() => JSON.stringify(sessionStorage))).toBe('{}');
  });

  it('waiting: says when it tries again and why, and tries now', async () => {
    const page = await openWithClock();
    await logIn(page, 'Walter');
    await stopClock(page);
    const refusal = server.faults.cause({ type: 'refuseUpgrade', userId: 'walter', times: 'untilLifted' });
    server.faults.cause({ type: 'closeSockets', userId: 'walter', closeCode: 1011 });
    const banner = page.getByText(
      /Trying again in \d+ s, because the (connection was lost|server cannot be reached)\./,
    );
    while (!(await banner.isVisible())) await page.clock.runFor(250);
    refusal.lift();
    await page.getByRole('button', { name: 'Try now' }).press('Enter');
    expect(await focused(page)).toBe('status');
    await page.clock.resume();
    await isOnline(page);
    await expect.poll(() => page.getByRole('status').textContent()).toBe('');
    expect(server.counts('walter')).toMatchObject({ openNow: 1, highestOpen: 1 });
  });

  it('a login that cannot be renewed asks to log in again, and keeps the name', async () => {
    const page = await openWithClock();
    await logIn(page, 'Iris');
    const refusal = server.faults.cause({ type: 'refuseConnect', userId: 'iris', code: 43, times: 'untilLifted' });
    server.faults.cause({ type: 'dropSockets', userId: 'iris' });
    while (!(await page.getByText('Please log in again').isVisible())) await page.clock.runFor(5_000);
    refusal.lift();
    await expect.poll(() => page.getByLabel('Your name').inputValue()).toBe('Iris');
    await page.getByRole('button', { name: 'Log in' }).click();
    await isOnline(page);
  });

  it('E15: logging out in one tab ends the other, and no one is restored', async () => {
    const first = await open();
    await logIn(first, 'Tom');
    const second = await open();
    await isOnline(second);
    await second.getByRole('button', { name: 'Log out' }).click();
    await sees(first, 'You have logged out in another tab.');
    await server.until(() => server.counts('tom').openNow === 0);
    await first.reload();
    await first.getByLabel('Your name').waitFor();
    await expect.poll(() => first.getByRole('alert').count()).toBe(0);
    expect(server.counts('tom')).toMatchObject({ opened: 2, openNow: 0 });
  });

  it('what goes when it is pressed leaves the focus where a keyboard goes on', async () => {
    const page = await open();
    await page.getByLabel('Your name').fill('Kay');
    await page.getByRole('button', { name: 'Log in' }).press('Enter');
    await expect.poll(() => focused(page)).toBe('Message');
    await isOnline(page);
    const failure = server.faults.cause({ type: 'failHttp', status: 500, userId: 'kay', times: 1 });
    await page.keyboard.type('Hello');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Not sent. Try again' }).press('Enter');
    failure.lift();
    expect(await focused(page)).toMatch(/Hello/);
    await expect.poll(() => page.getByRole('button', { name: 'Not sent' }).count()).toBe(0);
    await page.keyboard.press('Tab');
    await expect.poll(() => focused(page)).toBe('Message');
    await page.getByRole('button', { name: 'Log out' }).press('Enter');
    await expect.poll(() => focused(page)).toBe('username');
  });

  it('a long name and a text from right to left leave a narrow page readable, and the focus stays on a pressed button', async () => {
    const page = await open();
    await page.setViewportSize({ width: 320, height: 568 });
    await logIn(page, 'n'.repeat(40));
    await say(page, 'שלום!');
    const text = page.getByText('שלום!');
    await expect.poll(() => text.evaluate((part) => getComputedStyle(part).direction)).toBe('rtl');
    const widths = () =>
      page.evaluate(() => [
        document.documentElement.scrollWidth,
        Math.round(document.querySelector('.dot')?.getBoundingClientRect().width ?? 0),
      ]);
    await expect.poll(widths).toEqual([320, 10]);
    await page.getByRole('textbox', { name: 'Message' }).fill('again');
    await page.getByRole('button', { name: 'Send' }).press('Enter');
    await sees(page, 'again');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Send');
  });

  it('where storage is blocked the session works, and says what will not', async () => {
    const page = await context.newPage();
    await page.setContent(`<iframe sandbox="allow-scripts allow-forms" src="${example.url}" width="900" height="600">`);
    const frame = page.frameLocator('iframe');
    await logIn(frame, 'Sandy');
    await sees(frame, 'This browser stores nothing');
    await say(frame, 'Still here');
    await sees(frame, 'Still here');
    expect(server.counts('sandy')).toMatchObject({ opened: 1, openNow: 1 });
  });
});
