import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Journal, recordJournal, replayJournal } from '../../../src/index.ts';
import { studio as attach } from '../../../src/node.ts';
import { startStudio } from '../../../src/tools/studio/index.ts';
import { receive } from '../../integration/studio/watching.ts';
import { startWorld, until, WITHOUT_PROBES } from '../../kit/world.ts';
import { expectWholeLife } from './studio-life.ts';
import { buttonOf, detailsOf, isIn, logIn, setUpStudio, timeline } from './studio-setup.ts';

/* The page of `sessionchart studio`: sessions of other programs, and journals. */

describe('sessions of other programs on the page', () => {
  const at = setUpStudio();

  const open = () => at.open('?page=live');

  it('by studio(): the drawn state is that of the session, through a whole life', async () => {
    await expectWholeLife(await open(), { inspect: attach({ url: at.studio.relayUrl, name: 'my bot' }) });
  });

  it('a page that is opened late draws where the session is, and another tab the entry that its address names', async () => {
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    const client = create({ inspect: attach({ url: at.studio.relayUrl }) });
    await client.connectUser({ id: 'alice' }).orThrow();
    client.suspend();
    await until(client, 'suspended');
    const frames = receive(at.studio.relayUrl);
    await vi.waitFor(() => expect(frames.length).toBeGreaterThan(10));
    const page = await open();
    await isIn(page, 'connecting.suspended');
    await timeline(page).getByText('session.suspend').waitFor();
    await page.getByLabel('Search the timeline').fill('token.loaded');
    await timeline(page)
      .getByRole('option', { name: /token\.loaded/ })
      .last()
      .click();
    await isIn(page, 'connecting.opening');
    await page.waitForURL(({ searchParams }) => searchParams.has('entry'));
    const other = await at.context.newPage();
    await other.goto(page.url());
    await detailsOf(other).getByText('token.loaded').first().waitFor();
    await isIn(other, 'connecting.opening');
  });

  it('of several sessions one is chosen, by mouse or keyboard', async () => {
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    const alice = create({ inspect: attach({ url: at.studio.relayUrl, name: 'first' }) });
    const bob = create({ inspect: attach({ url: at.studio.relayUrl, name: 'second' }) });
    const page = await open();
    await alice.connectUser({ id: 'alice' }).orThrow();
    await page.locator('.program', { hasText: 'alice' }).waitFor();
    await bob.connectUser({ id: 'bob' }).orThrow();
    await page.locator('.program', { hasText: 'bob' }).waitFor();
    await bob.disconnect().orThrow();
    await isIn(page, 'loggedOut');
    await page.locator('.program', { hasText: 'alice' }).click();
    await isIn(page, 'connected.healthy');
    await page.keyboard.press('ArrowDown');
    await isIn(page, 'loggedOut');
  });

  it('a session in a page of another origin of this machine shows itself', async () => {
    const own = await startStudio({ port: 0, pageFolder: at.pageFolder });
    onTestFinished(() => own.close());
    const page = await open();
    const elsewhere = await at.context.newPage();
    await elsewhere.goto(`${own.url}/config.json`);
    // An app of that page, which attaches by one line.
    await elsewhere.evaluate(
      ({ relay }) => {
        const socket = new WebSocket(relay);
        const base = { _version: '0.7.2', sessionId: 'x:0', rootId: 'x:0', createdAt: String(Date.now()), id: null };
        socket.onopen = () => {
          const definition = JSON.stringify({
            id: 'lamp',
            initial: 'off',
            states: { off: { on: { flip: 'on' } }, on: {} },
          });
          for (const frame of [
            { ...base, type: '@xstate.actor', name: 'lamp', definition, snapshot: { status: 'active' } },
            {
              ...base,
              type: '@xstate.snapshot',
              event: { type: 'xstate.init' },
              snapshot: { status: 'active', value: 'off', context: {} },
            },
            { ...base, type: '@xstate.event', event: { type: 'flip' } },
            {
              ...base,
              type: '@xstate.snapshot',
              event: { type: 'flip' },
              snapshot: { status: 'active', value: 'on', context: {} },
            },
          ])
            socket.send(JSON.stringify(frame));
        };
      },
      { relay: at.studio.relayUrl },
    );
    await page.locator('.program', { hasText: new URL(own.url).host }).waitFor();
    await isIn(page, 'on');
    await expect.poll(() => page.locator('[data-state]').count()).toBe(2);
  });
});

describe('journals on the page', () => {
  const at = setUpStudio('suite');
  let page: Page;

  beforeAll(async () => {
    page = await at.open('?page=recordings');
  });

  async function recorded(): Promise<Journal> {
    const { server, client: create } = await startWorld({}, WITHOUT_PROBES);
    const client = create();
    const recorder = recordJournal(client);
    await client.restore().orThrow();
    await client.connectUser({ id: 'alice' }).orThrow();
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    await client.disconnect().orThrow();
    return recorder.journal();
  }

  async function give(journal: Journal): Promise<void> {
    const file = join(at.folder, 'journal.json');
    await writeFile(file, JSON.stringify(journal));
    await page.locator('input[type=file]').setInputFiles(file);
  }

  it('a file is opened and stepped through, forwards and back: each step lights its state', async () => {
    const journal = await recorded();
    await give(journal);
    await isIn(page, 'loggedOut');
    await page.getByText('The statechart takes every step as recorded.').waitFor();
    await page.getByRole('button', { name: 'First' }).press('Enter');
    await isIn(page, 'restoring');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('First');
    await page.getByRole('button', { name: 'Forward' }).focus();
    for (const { state } of journal.entries) {
      await page.keyboard.press('Enter');
      await isIn(page, state);
    }
    await page.getByRole('button', { name: 'Back', exact: true }).focus();
    for (const { state } of journal.entries.slice(0, -1).reverse()) {
      await page.keyboard.press('Enter');
      await isIn(page, state);
    }
    await page.getByRole('button', { name: 'Forward' }).click();
    await page.getByText(`Step 2 of ${journal.entries.length}`).waitFor();
    await page.getByRole('slider', { name: 'Step' }).focus();
    await page.keyboard.press('Home');
    await isIn(page, 'restoring');
    await page.keyboard.press('End');
    await isIn(page, 'loggedOut');
    await page
      .getByRole('listbox', { name: 'Steps of the journal' })
      .getByRole('option', { name: /hello\.received/ })
      .first()
      .click();
    await isIn(page, 'connected.healthy');
    await page.locator('.status').getByText('online').waitFor();
  });

  it('one edited by hand opens at the step where it diverges', async () => {
    const journal = await recorded();
    const edited = journal.entries.findIndex(({ event }) => event.type === 'socket.lost');
    const entries = journal.entries.map((entry, index) =>
      index === edited ? { ...entry, state: 'loggedOut' } : entry,
    );
    await give({ ...journal, entries });
    await page
      .getByText(`Step ${edited + 1} diverges: the journal has state loggedOut; the statechart connecting.waiting.`)
      .waitFor();
    await isIn(page, 'connecting.waiting');
    await page.locator('.session-panel').getByText('Failure: connectionLost').last().waitFor();
    await expect.poll(() => page.locator('.step-list .diverges').first().textContent()).toContain('socket.lost');
  });

  it('what is no journal is said, and what was open stays', async () => {
    await give(await recorded());
    await isIn(page, 'loggedOut');
    await give({ hello: 'world' } as never);
    await page.getByRole('status').filter({ hasText: 'journal.format' }).waitFor();
    await isIn(page, 'loggedOut');
  });

  it('the journal of a client of the page replays, is saved to a file, and that file replays too', async () => {
    // The wait outlasts the clicks of the test.
    const playground = await at.open('?backoffBaseMs=60000&backoffCapMs=60000');
    await logIn(playground, 'alice');
    at.devServer.faults.cause({ type: 'closeSockets', closeCode: 1012, userId: 'alice' });
    await isIn(playground, 'connecting.waiting');
    await buttonOf(playground, 'Recordings').click();
    await buttonOf(playground, 'Client one').click();
    await playground.getByText('The statechart takes every step as recorded.').waitFor();
    await isIn(playground, 'connecting.waiting');
    const download = playground.waitForEvent('download');
    await playground.getByRole('button', { name: 'Save', exact: true }).click();
    const text = await readFile((await (await download).path()) ?? '', 'utf8');
    const { divergence, steps } = replayJournal(text);
    expect(divergence).toBeNull();
    expect(steps.at(-1)).toMatchObject({
      recorded: { event: { type: 'socket.lost' } },
      replayed: { state: 'connecting.waiting' },
    });
    expect(text).not.toContain('eyJ');

    // An address leads to a step, here and in another tab.
    await buttonOf(playground, 'First').click();
    for (let step = 0; step < 3; step++) await buttonOf(playground, 'Forward').click();
    const line = (await playground.locator('.step-line b', { hasText: /^Step 3 of/ }).textContent()) ?? '';
    await playground.reload();
    await playground.getByText(line).waitFor();
    const other = await at.context.newPage();
    await other.goto(`${at.studio.url}?page=recordings&recording=Client+one&step=1`);
    await other.getByText(/^Step 1 of/).waitFor();
  });
});
