import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { replayJournal } from '../../../src/index.ts';
import { studio as attach } from '../../../src/node.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { type StudioServer, startStudio } from '../../../src/tools/studio/index.ts';
import { chromiumLaunchOptions } from '../../kit/chromium.ts';
import { LOCAL_PAGES } from '../../kit/studio.ts';
import { startWorld, until } from '../../kit/world.ts';

/* What people do with the studio page when something went wrong, by mouse and by keyboard. */

let folder: string;
let devServer: DevServer;
let studio: StudioServer;
let browser: Browser;
let context: BrowserContext;
const complaints: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'studio-tasks-'));
  devServer = await startDevServer({ allowedOrigins: LOCAL_PAGES });
  browser = await chromium.launch(chromiumLaunchOptions);
});

afterAll(async () => {
  await browser?.close();
  await devServer?.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  complaints.length = 0;
  studio = await startStudio({ port: 0, pageFolder: inject('pageFolder'), devServer: async () => devServer });
  context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
  context.on('weberror', (error) => complaints.push(String(error.error())));
});

afterEach(async () => {
  devServer.faults.liftAll();
  await context.close();
  await studio.close();
  expect(complaints).toEqual([]);
});

async function open(query = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${studio.url}${query}`);
  await page.locator('.wire').first().waitFor({ state: 'attached' });
  return page;
}

const isIn = (page: Page, state: string) => page.locator(`[data-state="${state}"] [aria-current="true"]`).waitFor();
const timeline = (page: Page) => page.getByRole('listbox', { name: 'Timeline entries' });
const unfold = (page: Page, title: string) =>
  page.getByRole('region', { name: title }).locator('summary').first().click();

async function logIn(page: Page, userId: string): Promise<void> {
  const field = page.getByLabel('User', { exact: true });
  await field.fill(userId);
  await field.press('Enter');
  await isIn(page, 'connected.healthy');
}

describe('the playground', () => {
  it('why did the session log out? failures alone, the details of one, and copies, by keyboard', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const page = await open();
    await logIn(page, 'wilma');
    devServer.faults.cause({ type: 'refuseConnect', code: 17, userId: 'wilma' });
    devServer.faults.cause({ type: 'dropSockets', userId: 'wilma' });
    await isIn(page, 'loggedOut');
    await page.getByRole('button', { name: 'only failures' }).press('Enter');
    await timeline(page).focus();
    await page.keyboard.press('End');
    const details = page.getByRole('region', { name: 'Details' });
    await details.getByText('user.refused').first().waitFor();
    await details.getByText('disconnecting.forgetting').first().waitFor();
    expect(await details.locator('.details-changes').textContent()).toContain('failure');
    // The chart shows the session as it was then.
    await isIn(page, 'disconnecting.forgetting');
    const copied = async (name: string) => {
      await details.getByRole('button', { name }).click();
      await details.getByText('copied.').waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(JSON.parse(await copied('Copy JSON'))).toMatchObject({ name: 'user.refused' });
    expect(await copied('Copy for an issue')).toMatch(/\| fact `user\.refused` \|/);
    const test = await copied('Copy as test');
    const [, journal = ''] = /const journal = (\{.*?\n\});/s.exec(test) ?? [];
    expect(replayJournal(journal).steps.at(-1)?.recorded.event.type).toBe('user.refused');
    expect(test).not.toContain('eyJ');
    await page.keyboard.press('Escape');
    await details.waitFor({ state: 'detached' });
    await isIn(page, 'loggedOut');
  });

  it('140 messages push nothing of the session out', async () => {
    const page = await open();
    await logIn(page, 'mila');
    await page.evaluate(async () => {
      const { clients } = globalThis as unknown as {
        readonly clients: { readonly one: { request(path: string, init: object): PromiseLike<unknown> } };
      };
      for (let index = 0; index < 140; index++) {
        await clients.one.request('/channels/messaging/general/message', {
          method: 'POST',
          body: { message: { text: `${index}` } },
        });
      }
    });
    for (const name of ['session.connect', 'token.loaded', 'hello.received', 'user.saved']) {
      await page.getByLabel('Search the timeline').fill(name);
      await timeline(page).getByText(name, { exact: true }).first().waitFor();
    }
  });

  it('pauses with space, steps with the arrow keys, and goes back to live; / searches, ? helps', async () => {
    const page = await open();
    await logIn(page, 'petra');
    await page.locator('.caption').click();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Back to live' }).waitFor();
    const drawn = () =>
      page.locator('[data-state]:has(> .state-head > [aria-current="true"])').getAttribute('data-state');
    const seen = [await drawn()];
    for (let step = 0; step < 14; step++) {
      await page.keyboard.press('ArrowLeft');
      seen.push(await drawn());
    }
    expect(seen).toEqual(expect.arrayContaining(['connected.healthy', 'connecting.opening', 'loadingToken']));
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await isIn(page, 'connected.healthy');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    await page.keyboard.press('Escape');
    await page.locator('.caption').click();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keys and hints' }).waitFor();
  });

  it('a silenced socket does not look healthy, and what is sent into it is said to be lost', async () => {
    const page = await open('?pingIntervalMs=60000');
    await logIn(page, 'silvia');
    await unfold(page, 'Make it go wrong');
    await page.getByRole('button', { name: 'Go silent' }).click();
    await page.locator('.status').getByText('gone silent').waitFor();
    await page.getByRole('list', { name: 'Faults in force' }).getByText('Socket silenced').waitFor();
    await page.getByRole('button', { name: 'Huge frame' }).click();
    await page.getByText('nothing passes: the socket is silent').waitFor();
  });

  it('every deadline has a countdown', async () => {
    const page = await open('?helloTimeoutMs=60000');
    devServer.faults.cause({ type: 'withholdHello', userId: 'dora' });
    await page.getByLabel('User', { exact: true }).fill('dora');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await isIn(page, 'connecting.opening');
    await page.locator('.countdown').getByText('Hello times out').waitFor();
    expect(Number.parseFloat((await page.locator('.countdown b').textContent()) ?? '')).toBeGreaterThan(30);
  });

  it('sign in again has a dot of its full width, and the focus stays on a button that was pressed', async () => {
    const page = await open('?backoffBaseMs=20&backoffCapMs=30');
    await logIn(page, 'sina');
    await page.getByText('More actions').click();
    const leave = page.getByRole('button', { name: 'Log out, remember user' });
    await leave.press('Enter');
    await isIn(page, 'loggedOut');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Log out, remember user');
    await page.keyboard.press('Escape');
    await logIn(page, 'sina');
    const refusal = devServer.faults.cause({ type: 'refuseConnect', userId: 'sina', code: 43, times: 'untilLifted' });
    devServer.faults.cause({ type: 'dropSockets', userId: 'sina' });
    await page.locator('.status').getByText('sign in again').waitFor({ timeout: 40_000 });
    refusal.lift();
    const box = await page.locator('.watch-choice.chosen .dot').boundingBox();
    expect(box?.width).toBeGreaterThan(8);
  });

  it('a reload keeps the history, the watched client and the title', async () => {
    const page = await open();
    await logIn(page, 'rita');
    expect(await page.title()).toBe('online · rita · sessionchart studio');
    await page.locator('.watch-choice').nth(1).click();
    await page.reload();
    await page.locator('.watch-choice.chosen').getByText('client two').waitFor();
    await page.locator('.watch-choice').first().click();
    await page.getByLabel('Search the timeline').fill('page.reloaded');
    await timeline(page).getByText('page.reloaded').waitFor();
    await page.getByLabel('Search the timeline').fill('session.connect');
    await timeline(page).getByText('session.connect').first().waitFor();
  });
});

describe('live apps', () => {
  it('what an attached program did is saved as a journal, dropped on the page, and turned into a test', async () => {
    const page = await open('?page=live');
    const { server, client: create } = await startWorld();
    const client = create({
      inspect: attach({ url: studio.relayUrl, name: 'bot' }),
      timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 },
    });
    await client.connectUser({ id: 'alice', name: 'Alice of Example Street' }).orThrow();
    server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
    await isIn(page, 'connecting.waiting');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save journal' }).click();
    const text = await readFile((await (await download).path()) ?? '', 'utf8');
    const { divergence, steps } = replayJournal(text);
    expect(divergence).toBeNull();
    expect(steps.at(-1)?.replayed.state).toBe('connecting.waiting');
    expect(text).not.toMatch(/Example Street|eyJ/);
    await writeFile(join(folder, 'journal.json'), text);
    await page.evaluate((json) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([json], 'journal.json'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, text);
    await page.getByText('The statechart takes every step as recorded.').waitFor();
    await isIn(page, 'connecting.waiting');
    await client.dispose();
  });

  it('counts down by itself, says that a program is gone, and follows it when it comes back', async () => {
    const page = await open('?page=live');
    const { server, client: create } = await startWorld();
    const start = async () => {
      const client = create({
        inspect: attach({ url: studio.relayUrl, name: 'my app' }),
        timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 },
      });
      await client.connectUser({ id: 'alice' }).orThrow();
      return client;
    };
    const first = await start();
    await isIn(page, 'connected.healthy');
    await page.locator('.program', { hasText: 'alice' }).click();
    server.faults.cause({ type: 'dropSockets' });
    await until(first, 'waiting');
    const left = async () => Number.parseFloat((await page.locator('.countdown b').textContent()) ?? '');
    await page.locator('.countdown b').waitFor();
    const atFirst = await left();
    await expect.poll(left, { timeout: 20_000 }).toBeLessThan(atFirst);
    await first.dispose();
    await page
      .locator('.status')
      .getByText(/session stopped|program gone/)
      .waitFor();
    expect(await page.locator('.countdown').count()).toBe(0);
    const second = await start();
    await isIn(page, 'connected.healthy');
    await page.locator('.status').getByText('online', { exact: true }).waitFor();
    await second.dispose();
  });

  it('a client that was built and never started, as by StrictMode, is not listed; many sessions are a readable list', async () => {
    const page = await open('?page=live');
    const { client: create } = await startWorld();
    const inspect = attach({ url: studio.relayUrl, name: 'strict app' });
    const started = create({ inspect });
    const idle = create({ inspect });
    onTestFinished(() => void idle.dispose());
    await started.connectUser({ id: 'alice' }).orThrow();
    await isIn(page, 'connected.healthy');
    expect(await page.locator('.program').count()).toBe(1);
    const others = Array.from({ length: 12 }, (_, index) =>
      create({ inspect: attach({ url: studio.relayUrl, name: `program ${index}` }) }),
    );
    for (const [index, client] of others.entries()) await client.connectUser({ id: `user-${index}` }).orThrow();
    await expect.poll(() => page.locator('.program').count()).toBe(13);
    const heights = await page
      .locator('.program')
      .evaluateAll((all) => all.map((row) => row.getBoundingClientRect().height));
    for (const height of heights) expect(height).toBeGreaterThanOrEqual(24);
    await page.getByLabel('Search the sessions').fill('user-7');
    expect(await page.locator('.program').count()).toBe(1);
    await page.getByLabel('Search the sessions').fill('');
    for (const client of others) await client.dispose();
    await page.getByRole('button', { name: /Forget \d+ that ended/ }).click();
    await expect.poll(() => page.locator('.program').count()).toBe(1);
  });
});
