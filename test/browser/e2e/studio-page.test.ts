import { once } from 'node:events';
import type { Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { studio as attach } from '../../../src/node.ts';
import { startWorld, until, WITHOUT_PROBES } from '../../kit/world.ts';
import {
  buttonOf,
  currentState,
  detailsOf,
  isIn,
  logIn,
  secondsLeft,
  setUpStudio,
  sharePage,
  timeline,
  unfold,
} from './studio-setup.ts';

/** A fold opens over what lies above its summary, which closes it again. */
async function opensAbove(page: Page, title: string): Promise<void> {
  const fold = page.locator('details.overlay', { hasText: title });
  const summary = fold.locator('summary');
  await summary.click();
  const [body, { y } = { y: 0 }] = await Promise.all([
    fold.locator('.overlay-body').boundingBox(),
    summary.boundingBox().then((box) => box ?? undefined),
  ]);
  const end = (body?.y ?? 0) + (body?.height ?? 0);
  expect([y - end >= 0, y - end < 8]).toEqual([true, true]);
  await summary.click();
  expect(await fold.locator('.overlay-body').isVisible()).toBe(false);
}

describe('one page, for one user after the other', () => {
  const at = setUpStudio('suite');
  const shared = sharePage(at, '?helloTimeoutMs=60000&backoffBaseMs=20&backoffCapMs=30');

  it('140 messages push nothing of the session out', async () => {
    const { page } = shared;
    await logIn(page, 'mila');
    await page.evaluate(async () => {
      const { clients } = globalThis as unknown as {
        readonly clients: { readonly one: { request(path: string, init: object): PromiseLike<unknown> } };
      };
      const say = (_: unknown, index: number) =>
        clients.one.request('/channels/messaging/general/message', {
          method: 'POST',
          body: { message: { text: `${index}` } },
        });
      await Promise.all(Array.from({ length: 140 }, say));
    });
    for (const name of ['session.connect', 'token.loaded', 'hello.received', 'user.saved']) {
      await page.getByLabel('Search the timeline').fill(name);
      await timeline(page).getByText(name, { exact: true }).first().waitFor();
    }
  });

  it('pauses with space, steps with the arrow keys, and goes back to live; / searches, ? helps', async () => {
    const { page } = shared;
    await logIn(page, 'petra');
    await page.locator('.caption').click();
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Back to live' }).waitFor();
    await isIn(page, 'connected.healthy');
    const shown = () => timeline(page).locator('[aria-selected="true"]').getAttribute('aria-posinset');
    for (const state of ['connecting.opening', 'loadingToken']) {
      while (!(await currentState(page, state).isVisible())) {
        const before = await shown();
        await page.keyboard.press('ArrowLeft');
        await expect.poll(shown).not.toBe(before);
      }
    }
    await page.keyboard.press('Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await isIn(page, 'connected.healthy');
    await page.keyboard.press('/');
    await expect.poll(() => page.evaluate(() => document.activeElement?.getAttribute('type'))).toBe('search');
    await page.keyboard.press('Escape');
    await page.locator('.caption').click();
    await page.keyboard.press('?');
    const hints = page.getByRole('dialog', { name: 'Keys and hints' });
    await hints.waitFor();
    await page.keyboard.press('Escape');
    await hints.waitFor({ state: 'hidden' });
  });

  it('pauses at what the chart shows, however new that is', async () => {
    const { page } = shared;
    await page.evaluate(() => {
      const chart = document.querySelector('.chart') ?? document.body;
      const watcher = new MutationObserver(() => {
        if (chart.querySelector('[data-state="connected.healthy"] [aria-current="true"]') === null) return;
        watcher.disconnect();
        document.body.dispatchEvent(new KeyboardEvent('keydown', { key: ' ', bubbles: true }));
      });
      watcher.observe(chart, { subtree: true, childList: true, attributes: true });
    });
    await page.getByLabel('User', { exact: true }).fill('nora');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByRole('button', { name: 'Back to live' }).waitFor();
    await page.locator('[data-state="connected.healthy"]').getByText('then', { exact: true }).waitFor();
  });

  it('every deadline has a countdown', async () => {
    const { page } = shared;
    at.devServer.faults.cause({ type: 'withholdHello', userId: 'dora' });
    await page.getByLabel('User', { exact: true }).fill('dora');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await isIn(page, 'connecting.opening');
    await page.locator('.countdown').getByText('Hello times out').waitFor();
    await expect.poll(() => secondsLeft(page)).toBeGreaterThan(0);
  });

  it('sign in again has a dot of its full width, and the focus stays on a button that was pressed', async () => {
    const { page } = shared;
    await logIn(page, 'sina');
    const leave = page.getByRole('button', { name: 'Log out, remember user' });
    for (const title of ['More actions', 'Facts']) await opensAbove(page, title);
    await page.getByText('More actions').click();
    await page.locator('summary', { hasText: 'Facts' }).click();
    expect(await leave.isVisible()).toBe(false);
    await page.getByText('More actions').click();
    await leave.press('Enter');
    await isIn(page, 'loggedOut');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('Log out, remember user');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('More actions');
    await logIn(page, 'sina');
    const refusal = at.devServer.faults.cause({
      type: 'refuseConnect',
      userId: 'sina',
      code: 43,
      times: 'untilLifted',
    });
    at.devServer.faults.cause({ type: 'dropSockets', userId: 'sina' });
    await page.locator('.status').getByText('sign in again').waitFor();
    refusal.lift();
    const dot = page.locator('.watch-choice.chosen .dot');
    await expect.poll(async () => (await dot.boundingBox())?.width).toBeGreaterThan(8);
  });

  it('an address leads to the selected entry of the timeline, also after a reload', async () => {
    const { page } = shared;
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
    await page.waitForURL(({ searchParams }) => !searchParams.has('entry'));
  });

  it('its words are those that a native reader expects', async () => {
    const { page } = shared;
    await logIn(page, 'wendy');
    for (const title of ['Make it go wrong', 'Chat']) await unfold(page, title);
    await page.getByText('More actions').click();
    const text = async () => (await page.locator('body').textContent()) ?? '';
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
      await expect.poll(text).toContain(words);
    expect(await text()).not.toMatch(
      /\b(heard|lies in wait|lift all|went wrong|survived|last answer|kill the page)\b/i,
    );
    at.devServer.faults.cause({ type: 'rateLimit', on: 'connect', retryAfterSeconds: 30, userId: 'wendy' });
    at.devServer.faults.cause({ type: 'dropSockets', userId: 'wendy' });
    await page.locator('.explanation').getByText('with error 9').waitFor();
    await expect
      .poll(async () => (await page.locator('.explanation').textContent())?.match(/too many requests/gi))
      .toHaveLength(1);
  });
});

describe('each in a page of its own', () => {
  const at = setUpStudio();

  describe('the page', () => {
    it('a reload keeps the history, the watched client and the title', async () => {
      const page = await at.open();
      await logIn(page, 'rita');
      await expect.poll(() => page.title()).toBe('online · rita · sessionchart studio');
      await page.locator('.watch-choice').nth(1).click();
      await page.locator('[data-state="connecting.offline"] > .state-head > button').click();
      await buttonOf(page, 'only failures').click();
      await page.getByRole('button', { name: 'only failures', pressed: true }).waitFor();
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

  describe('live apps', () => {
    it('a page that opens late says what was dropped', async () => {
      const sender = new WebSocket(`${at.studio.relayUrl}/?name=greedy`);
      onTestFinished(() => sender.close());
      await once(sender, 'open');
      const base = { sessionId: 'x:0', rootId: 'x:0', createdAt: String(Date.now()) };
      const definition = JSON.stringify({
        id: 'lamp',
        initial: 'off',
        states: { off: { on: { flip: 'on' } }, on: {} },
      });
      sender.send(JSON.stringify({ ...base, type: '@xstate.actor', name: 'lamp', definition }));
      const snapshot = { status: 'active', value: 'off', context: {} };
      sender.send(JSON.stringify({ ...base, type: '@xstate.snapshot', event: { type: 'xstate.init' }, snapshot }));
      for (let index = 0; index < 5_100; index += 1)
        sender.send(JSON.stringify({ ...base, type: '@xstate.event', event: { type: `flip.${index}` } }));
      // Its pong comes when the relay has all of them.
      sender.ping();
      await once(sender, 'pong');
      const page = await at.open('?page=live');
      await page
        .locator('.programs-panel')
        .getByText('Dropped before this page was opened: 101 events of greedy.')
        .waitFor();
    });

    it('counts down by itself, says that a program is gone, and follows it when it comes back', async () => {
      const page = await at.open('?page=live');
      const { server, client: create } = await startWorld({}, WITHOUT_PROBES);
      const start = async () => {
        const client = create({
          inspect: attach({ url: at.studio.relayUrl, name: 'my app' }),
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
      const atFirst = await secondsLeft(page);
      await expect.poll(() => secondsLeft(page)).toBeLessThan(atFirst);
      await opensAbove(page, 'Facts');
      await first.dispose();
      await page
        .locator('.status')
        .getByText(/session stopped|program gone/)
        .waitFor();
      await page.locator('.countdown').waitFor({ state: 'detached' });
      const second = await start();
      await isIn(page, 'connected.healthy');
      await page.locator('.status').getByText('online', { exact: true }).waitFor();
      await second.dispose();
    });

    it('a client that was built and never started, as by StrictMode, is not listed; many sessions are a readable list', async () => {
      const page = await at.open('?page=live');
      const { client: create } = await startWorld({}, WITHOUT_PROBES);
      const inspect = attach({ url: at.studio.relayUrl, name: 'strict app' });
      const started = create({ inspect });
      const idle = create({ inspect });
      onTestFinished(() => void idle.dispose());
      await started.connectUser({ id: 'alice' }).orThrow();
      await isIn(page, 'connected.healthy');
      const others = Array.from({ length: 12 }, (_, index) =>
        create({ inspect: attach({ url: at.studio.relayUrl, name: `program ${index}` }) }),
      );
      for (const [index, client] of others.entries()) await client.connectUser({ id: `user-${index}` }).orThrow();
      await expect.poll(() => page.locator('.program').count()).toBe(13);
      const lowest = () =>
        page
          .locator('.program')
          .evaluateAll((all) => Math.min(...all.map((row) => row.getBoundingClientRect().height)));
      await expect.poll(lowest).toBeGreaterThanOrEqual(24);
      await page.getByLabel('Search the sessions').fill('user-7');
      await page.getByLabel('Search the sessions').fill('');
      for (const client of others) await client.dispose();
      await page.getByRole('button', { name: /Forget \d+ that ended/ }).click();
    });
  });
});
