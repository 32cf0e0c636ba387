import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Journal, recordJournal, replayJournal } from '../../../src/index.ts';
import { studio as attach } from '../../../src/node.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { type StudioServer, startStudio } from '../../../src/tools/studio/index.ts';
import { chromiumLaunchOptions } from '../../kit/chromium.ts';
import { LOCAL_PAGES } from '../../kit/studio.ts';
import { startWorld, until } from '../../kit/world.ts';
import { HANDS } from './hands.ts';

/*
 * What people do with the studio page when something went wrong: ten tasks, each by the mouse alone and by the keyboard
 * alone.
 */

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

async function open(query = '', page?: Page): Promise<Page> {
  page ??= await context.newPage();
  await page.goto(`${studio.url}${query}`);
  await page.locator('.wire').first().waitFor({ state: 'attached' });
  return page;
}

const isIn = (page: Page, state: string) => page.locator(`[data-state="${state}"] [aria-current="true"]`).waitFor();
const timeline = (page: Page) => page.getByRole('listbox', { name: 'Timeline entries' });
const foldOf = (page: Page, title: string) => page.getByRole('region', { name: title }).locator('summary').first();
const detailsOf = (page: Page) => page.getByRole('region', { name: 'Details' });
const buttonOf = (page: Page, name: string | RegExp) => page.getByRole('button', { name, exact: true });

async function logIn(page: Page, userId: string): Promise<void> {
  const field = page.getByLabel('User', { exact: true });
  await field.fill(userId);
  await field.press('Enter');
  await isIn(page, 'connected.healthy');
}

/** What is in the clipboard once `copy` has put it there. */
async function copied(page: Page, copy: Promise<void>): Promise<string> {
  await copy;
  await detailsOf(page).getByText('copied.').waitFor();
  return page.evaluate(() => navigator.clipboard.readText());
}

const journalIn = (test: string) => /const journal = (\{.*?\n\});/s.exec(test)?.[1] ?? '';

const SLOW_RETRY = { timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 } };

describe.each(HANDS)('by %s', (_, hands) => {
  beforeEach(() => context.grantPermissions(['clipboard-read', 'clipboard-write']));

  it('task 1: find why a session of an hour ago logged out, and copy that for an issue', async () => {
    const page = await context.newPage();
    await page.clock.install();
    await open('', page);
    await logIn(page, 'wilma');
    devServer.faults.cause({ type: 'refuseConnect', code: 17, userId: 'wilma' });
    devServer.faults.cause({ type: 'dropSockets', userId: 'wilma' });
    await isIn(page, 'loggedOut');
    await page.clock.fastForward('01:00:00');
    await logIn(page, 'xenia');
    await page.locator('.after-gap .since').getByText('+1 h').waitFor();
    await hands.press(buttonOf(page, 'only failures'));
    await hands.pick(timeline(page), 'user.refused');
    const details = detailsOf(page);
    await details.getByText('disconnecting.forgetting').first().waitFor();
    expect(await details.locator('.details-changes').textContent()).toContain('"userRejected"');
    // The chart shows the session as it was then.
    await isIn(page, 'disconnecting.forgetting');
    const report = await copied(page, hands.press(buttonOf(page, 'Copy for an issue')));
    expect(report).toMatch(/\| fact `user\.refused` \| userRejected · code 17/);
    await hands.press(buttonOf(page, 'Close'));
    await isIn(page, 'connected.healthy');
  });

  it('task 2: save what an attached program did, and turn it into a failing test', async () => {
    const page = await open('?page=live');
    const { server, client: create } = await startWorld();
    const client = create({ inspect: attach({ url: studio.relayUrl, name: 'bot' }), ...SLOW_RETRY });
    await client.connectUser({ id: 'alice', name: 'Alice of Example Street' }).orThrow();
    server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
    await isIn(page, 'connecting.waiting');
    const download = page.waitForEvent('download');
    await hands.press(buttonOf(page, 'Save journal'));
    const text = await readFile((await (await download).path()) ?? '', 'utf8');
    expect(replayJournal(text)).toMatchObject({ divergence: null });
    expect(text).not.toMatch(/Example Street|eyJ/);

    await hands.press(buttonOf(page, 'Recordings'));
    const file = join(folder, 'journal.json');
    await writeFile(file, text);
    const chooser = page.waitForEvent('filechooser');
    await hands.press(page.locator('input[type=file]'));
    await (await chooser).setFiles(file);
    await page.getByText('The statechart takes every step as recorded.').waitFor();
    await hands.pick(timeline(page), 'socket.lost');
    const test = await copied(page, hands.press(buttonOf(page, 'Copy as test')));
    expect(test).not.toContain('eyJ');
    const journal = JSON.parse(journalIn(test)) as Journal;
    expect(replayJournal(journal).divergence).toBeNull();
    // What should have happened instead, written by hand: the copied test expects it, and fails.
    const entries = journal.entries.map((entry) =>
      entry.event.type === 'socket.lost' ? { ...entry, state: 'loggedOut' } : entry,
    );
    expect(replayJournal({ ...journal, entries }).divergence).toMatchObject({
      recorded: { state: 'loggedOut' },
      replayed: { state: 'connecting.waiting' },
    });
    await client.dispose();
  });

  it('task 3: see that a socket is silenced, and that what is sent into it is lost', async () => {
    const page = await open('?pingIntervalMs=60000');
    await logIn(page, 'silvia');
    await hands.press(foldOf(page, 'Make it go wrong'));
    await hands.press(buttonOf(page, 'Go silent'));
    await page.locator('.status').getByText('gone silent').waitFor();
    await page.locator('.status strong').getByText('online?').waitFor();
    await page.locator('.watch-choice.chosen .dot.busy').waitFor();
    await page.getByRole('list', { name: 'Faults in force' }).getByText('Socket silenced').waitFor();
    await hands.press(buttonOf(page, 'Huge frame'));
    await page.getByText('nothing passes: the socket is silent').waitFor();
  });

  it('task 4: drop the connection, read when the next attempt is due, and do not wait for it', async () => {
    const page = await open('?backoffBaseMs=60000&backoffCapMs=60000');
    await logIn(page, 'dora');
    await hands.press(foldOf(page, 'Make it go wrong'));
    await hands.press(buttonOf(page, 'Drop connection'));
    await isIn(page, 'connecting.waiting');
    expect(Number.parseFloat((await page.locator('.countdown b').textContent()) ?? '')).toBeGreaterThan(0);
    await hands.press(buttonOf(page, 'Try now'));
    await isIn(page, 'connected.healthy');
    expect(devServer.counts('dora')).toMatchObject({ openNow: 1, highestOpen: 1 });
  });

  it('task 5: step back through a session that goes on, and return to its present', async () => {
    const page = await open();
    await logIn(page, 'petra');
    await hands.press(buttonOf(page, 'Pause'));
    await hands.pick(timeline(page), 'token.loaded');
    await isIn(page, 'connecting.opening');
    devServer.faults.cause({ type: 'refuseConnect', code: 17, userId: 'petra' });
    devServer.faults.cause({ type: 'dropSockets', userId: 'petra' });
    await page.locator('.status').getByText('logged out', { exact: true }).waitFor();
    await isIn(page, 'connecting.opening');
    await hands.press(buttonOf(page, 'Back to live'));
    await isIn(page, 'loggedOut');
  });

  it('task 6: find one event among many, and copy it', async () => {
    const page = await open();
    await logIn(page, 'frida');
    await hands.write(page.getByLabel('Search the timeline'), 'hello.rec');
    await hands.pick(timeline(page), 'hello.received');
    const json = await copied(page, hands.press(buttonOf(page, 'Copy JSON')));
    expect(JSON.parse(json)).toMatchObject({ name: 'hello.received', step: { to: 'connected.healthy' } });
    expect(json).not.toContain('eyJ');
  });

  it('task 7: read what leads out of another state, and where a guard is used', async () => {
    const page = await open();
    await hands.press(page.locator('[data-state="connecting.offline"] > .state-head > button'));
    await page.getByText('Selected; the session is in loggedOut.').waitFor();
    await page.getByRole('list', { name: 'From connecting.offline to connecting.waiting' }).waitFor();
    await hands.press(buttonOf(page, 'Back to the session'));
    await page.getByText('Selected; the session').waitFor({ state: 'detached' });
    await hands.press(foldOf(page, 'Every transition'));
    const table = page.getByRole('region', { name: 'Every transition' });
    await hands.write(table.getByLabel('Find'), 'isThirdRefusal');
    for (const row of await table.locator('tbody tr').allTextContents()) expect(row).toContain('isThirdRefusal');
  });

  it('task 8: find one session among those of many programs', async () => {
    const page = await open('?page=live');
    const { client: create } = await startWorld();
    for (let index = 0; index < 8; index++) {
      const client = create({ inspect: attach({ url: studio.relayUrl, name: `program ${index}` }) });
      await client.connectUser({ id: `user-${index}` }).orThrow();
    }
    await expect.poll(() => page.locator('.program').count()).toBe(8);
    await hands.press(page.locator('.program', { hasText: 'user-3' }).locator('input'));
    await page.getByRole('region', { name: 'Session of program 3' }).waitFor();
    await hands.write(page.getByLabel('Search the sessions'), 'user-7');
    expect(await page.locator('.program').count()).toBe(1);
    await page.reload();
    // The address names the session.
    await page.getByRole('region', { name: 'Session of program 3' }).waitFor();
  });

  it('task 9: open a recording, and step to where it diverges', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const recorder = recordJournal(client);
    await client.connectUser({ id: 'alice' }).orThrow();
    const journal = recorder.journal();
    const entries = journal.entries.map((entry) =>
      entry.event.type === 'hello.received' ? { ...entry, state: 'connecting.waiting' } : entry,
    );
    const file = join(folder, 'diverging.json');
    await writeFile(file, JSON.stringify({ ...journal, entries }));
    const page = await open('?page=recordings');
    const chooser = page.waitForEvent('filechooser');
    await hands.press(page.locator('input[type=file]'));
    await (await chooser).setFiles(file);
    await page.getByText('diverges: the journal has state connecting.waiting').waitFor();
    await hands.press(buttonOf(page, 'First'));
    await isIn(page, journal.before.state);
    for (const { state } of journal.entries) {
      await hands.press(buttonOf(page, 'Forward'));
      await isIn(page, state);
    }
    // The list follows.
    const list = await page.locator('.step-list').boundingBox();
    const step = await page.locator('.step-list .looked-at').boundingBox();
    expect((step?.y ?? 0) + (step?.height ?? 0)).toBeLessThanOrEqual((list?.y ?? 0) + (list?.height ?? 0) + 1);
  });

  it('task 10: read after a crash of the page what happened before it, and what that changed', async () => {
    const page = await open();
    await logIn(page, 'rita');
    await hands.press(page.getByText('More actions'));
    const loaded = page.waitForEvent('load');
    await hands.press(buttonOf(page, 'Crash the page'));
    await loaded;
    await isIn(page, 'connected.healthy');
    await hands.write(page.getByLabel('Search the timeline'), 'hello.received');
    const rows = timeline(page).getByRole('option');
    await expect.poll(() => rows.count()).toBe(2);
    await rows.first().waitFor();
    await hands.pick(timeline(page), 'hello.received');
    await hands.press(buttonOf(page, 'Close'));
    await hands.write(page.getByLabel('Search the timeline'), 'user.saved');
    await hands.pick(timeline(page), 'user.saved');
    expect(await detailsOf(page).locator('.details-changes').textContent()).toContain('storage.save');
    // A test begins after the gap: a journal over it would not replay.
    const test = await copied(page, hands.press(buttonOf(page, 'Copy as test')));
    expect(replayJournal(journalIn(test)).divergence).toBeNull();
  });
});

describe('the page', () => {
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
    await page.locator('[data-state="connecting.offline"] > .state-head > button').click();
    await buttonOf(page, 'only failures').click();
    await page.reload();
    await page.locator('.watch-choice.chosen').getByText('client two').waitFor();
    await page.getByText('Selected; the session is in loggedOut.').waitFor();
    await buttonOf(page, 'only failures').click();
    await page.locator('.watch-choice').first().click();
    await page.getByLabel('Search the timeline').fill('page.reloaded');
    await timeline(page).getByText('page.reloaded').waitFor();
    await page.getByLabel('Search the timeline').fill('session.connect');
    await timeline(page).getByText('session.connect').first().waitFor();
  });
});

describe('an address leads to what was looked at', () => {
  it('the selected entry of the timeline, also after a reload', async () => {
    const page = await open();
    await logIn(page, 'adele');
    await timeline(page)
      .getByRole('option', { name: /token\.loaded/ })
      .last()
      .click();
    await isIn(page, 'connecting.opening');
    await page.reload();
    await detailsOf(page).getByText('token.loaded').first().waitFor();
    await isIn(page, 'connecting.opening');
    await page.keyboard.press('Escape');
    await isIn(page, 'connected.healthy');
    expect(new URL(page.url()).searchParams.has('entry')).toBe(false);
  });

  it('an entry of a live app, in another tab', async () => {
    const { client: create } = await startWorld();
    await create({ inspect: attach({ url: studio.relayUrl, name: 'first' }) })
      .connectUser({ id: 'alice' })
      .orThrow();
    const page = await open('?page=live');
    await page.locator('.program', { hasText: 'alice' }).click();
    await page.getByLabel('Search the timeline').fill('token.loaded');
    await timeline(page)
      .getByRole('option', { name: /token\.loaded/ })
      .last()
      .click();
    await isIn(page, 'connecting.opening');
    const other = await context.newPage();
    await other.goto(page.url());
    await detailsOf(other).getByText('token.loaded').first().waitFor();
    await isIn(other, 'connecting.opening');
  });

  it('the step of a recording, also after a reload, and of a client of the playground in a new tab', async () => {
    const page = await open();
    await logIn(page, 'ada');
    await buttonOf(page, 'Recordings').click();
    await buttonOf(page, 'Client one').click();
    await buttonOf(page, 'First').click();
    for (let step = 0; step < 3; step++) await buttonOf(page, 'Forward').click();
    const line = await page.locator('.step-line b').textContent();
    expect(line).toMatch(/^Step 3 of/);
    await page.reload();
    await page.getByText(line ?? '').waitFor();
    const other = await context.newPage();
    await other.goto(`${studio.url}?page=recordings&recording=Client+one&step=1`);
    await other.getByText(/^Step 1 of/).waitFor();
  });
});

describe('the words of the page', () => {
  it('are those that a native reader expects', async () => {
    const page = await open();
    await logIn(page, 'wendy');
    for (const title of ['Make it go wrong', 'Chat']) await foldOf(page, title).click();
    await page.getByText('More actions').click();
    const text = (await page.locator('body').textContent()) ?? '';
    for (const words of [
      'Playground',
      'Live apps',
      'Recordings',
      'Drop connection',
      'Server restart (1012)',
      'New connection id',
      'Refuse upgrade (503)',
      'This device',
      'No faults armed',
      'Clear all',
      'Log out, remember user',
      'Crash the page',
      'Switch user',
      'Handled without leaving this state',
      'Connected; events are arriving.',
    ])
      expect(text).toContain(words);
    expect(text).not.toMatch(/\b(heard|lies in wait|lift all|went wrong|survived|last answer|kill the page)\b/i);
    devServer.faults.cause({ type: 'rateLimit', on: 'connect', retryAfterSeconds: 30, userId: 'wendy' });
    devServer.faults.cause({ type: 'dropSockets', userId: 'wendy' });
    await page.locator('.explanation').getByText('code 9').waitFor();
    expect((await page.locator('.explanation').textContent())?.match(/too many requests/gi)).toHaveLength(1);
  });
});

describe('live apps', () => {
  it('a page that opens late says what was dropped', async () => {
    const sender = new WebSocket(`${studio.relayUrl}/?name=greedy`);
    onTestFinished(() => sender.close());
    await new Promise((resolve) => {
      sender.onopen = resolve;
    });
    const base = { sessionId: 'x:0', rootId: 'x:0', createdAt: String(Date.now()) };
    const definition = JSON.stringify({ id: 'lamp', initial: 'off', states: { off: { on: { flip: 'on' } }, on: {} } });
    sender.send(JSON.stringify({ ...base, type: '@xstate.actor', name: 'lamp', definition }));
    const snapshot = { status: 'active', value: 'off', context: {} };
    sender.send(JSON.stringify({ ...base, type: '@xstate.snapshot', event: { type: 'xstate.init' }, snapshot }));
    for (let index = 0; index < 5_100; index += 1)
      sender.send(JSON.stringify({ ...base, type: '@xstate.event', event: { type: `flip.${index}` } }));
    const first = await open('?page=live');
    await first.locator('.program', { hasText: 'greedy' }).waitFor();
    await expect
      .poll(async () => {
        const page = await open('?page=live');
        await page.locator('.program', { hasText: 'greedy' }).waitFor();
        const text = await page.locator('.programs-panel').textContent();
        await page.close();
        return text;
      })
      .toContain('Dropped before this page was opened: 101 events of greedy.');
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
