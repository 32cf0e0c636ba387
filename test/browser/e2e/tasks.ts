import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { type Journal, recordJournal, replayJournal } from '../../../src/index.ts';
import { studio as attach } from '../../../src/node.ts';
import { startWorld, WITHOUT_PROBES } from '../../kit/world.ts';
import { chart } from './chart-reading.ts';
import type { Hands } from './hands.ts';
import {
  buttonOf,
  copied,
  detailsOf,
  foldOf,
  isIn,
  journalIn,
  logIn,
  SLOW_RETRY,
  type StudioAtHand,
  secondsLeft,
  setUpStudio,
  timeline,
} from './studio-setup.ts';

/*
 * What people do with the studio page when something went wrong: ten tasks, by one kind of hands alone.
 */

/** With buttons that no other test presses. */
export function describeTasks(hands: Hands): void {
  const at = atHand();

  it('task 1: find why a session of an hour ago logged out, and copy that for an issue', async () => {
    const page = await at.context.newPage();
    await page.clock.install();
    await at.open('', page);
    await logIn(page, 'wilma');
    at.devServer.faults.cause({ type: 'refuseConnect', code: 17, userId: 'wilma' });
    at.devServer.faults.cause({ type: 'dropSockets', userId: 'wilma' });
    await isIn(page, 'loggedOut');
    await page.clock.fastForward('01:00:00');
    await logIn(page, 'xenia');
    await page.locator('.after-gap .since').getByText('+1 h').waitFor();
    await hands.press(buttonOf(page, 'only failures'));
    await hands.pick(timeline(page), 'user.refused');
    const details = detailsOf(page);
    await details.getByText('disconnecting.forgetting').first().waitFor();
    await details.locator('.details-changes', { hasText: '"userRejected"' }).waitFor();
    // The chart shows the session as it was then.
    await isIn(page, 'disconnecting.forgetting');
    const report = await copied(page, hands.press(buttonOf(page, 'Copy for an issue')));
    expect(report).toMatch(/\| fact `user\.refused` \| userRejected · code 17/);
    await hands.press(buttonOf(page, 'Close'));
    await isIn(page, 'connected.healthy');
  });

  it('task 3: see that a socket is silenced, and that what is sent into it is lost', async () => {
    const page = await at.open('?pingIntervalMs=60000');
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

  it('task 10: read after a crash of the page what happened before it, and what that changed', async () => {
    const page = await at.open();
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
    await detailsOf(page).locator('.details-changes', { hasText: 'storage.save' }).waitFor();
    // A test begins after the gap: a journal over it would not replay.
    const test = await copied(page, hands.press(buttonOf(page, 'Copy as test')));
    expect(replayJournal(journalIn(test)).divergence).toBeNull();
  });
}

/** Each step of these is taken by another test of this folder, too. */
export function describeRepeatedTasks(hands: Hands): void {
  const at = atHand();

  it('task 2: save what an attached program did, and turn it into a failing test', async () => {
    const page = await at.open('?page=live');
    const { server, client: create } = await startWorld({}, WITHOUT_PROBES);
    const client = create({ inspect: attach({ url: at.studio.relayUrl, name: 'bot' }), ...SLOW_RETRY });
    await client.connectUser({ id: 'alice', name: 'Alice of Example Street' }).orThrow();
    server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
    await isIn(page, 'connecting.waiting');
    const download = page.waitForEvent('download');
    await hands.press(buttonOf(page, 'Save journal'));
    const text = await readFile((await (await download).path()) ?? '', 'utf8');
    expect(replayJournal(text)).toMatchObject({ divergence: null });
    expect(text).not.toMatch(/Example Street|eyJ/);

    await hands.press(buttonOf(page, 'Recordings'));
    const file = join(at.folder, 'journal.json');
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

  it('task 4: drop the connection, read when the next attempt is due, and do not wait for it', async () => {
    const page = await at.open('?backoffBaseMs=60000&backoffCapMs=60000');
    await logIn(page, 'dora');
    await hands.press(foldOf(page, 'Make it go wrong'));
    await hands.press(buttonOf(page, 'Drop connection'));
    await isIn(page, 'connecting.waiting');
    await expect.poll(() => secondsLeft(page)).toBeGreaterThan(0);
    await hands.press(buttonOf(page, 'Try now'));
    await isIn(page, 'connected.healthy');
    expect(at.devServer.counts('dora')).toMatchObject({ openNow: 1, highestOpen: 1 });
  });

  it('task 5: step back through a session that goes on, and return to its present', async () => {
    const page = await at.open();
    await logIn(page, 'petra');
    await hands.press(buttonOf(page, 'Pause'));
    await hands.pick(timeline(page), 'token.loaded');
    await isIn(page, 'connecting.opening');
    at.devServer.faults.cause({ type: 'refuseConnect', code: 17, userId: 'petra' });
    at.devServer.faults.cause({ type: 'dropSockets', userId: 'petra' });
    await page.locator('.status').getByText('logged out', { exact: true }).waitFor();
    await isIn(page, 'connecting.opening');
    await hands.press(buttonOf(page, 'Back to live'));
    await isIn(page, 'loggedOut');
  });

  it('task 6: find one event among many, and copy it', async () => {
    const page = await at.open();
    await logIn(page, 'frida');
    await hands.write(page.getByLabel('Search the timeline'), 'hello.rec');
    await hands.pick(timeline(page), 'hello.received');
    const json = await copied(page, hands.press(buttonOf(page, 'Copy JSON')));
    expect(JSON.parse(json)).toMatchObject({ name: 'hello.received', step: { to: 'connected.healthy' } });
    expect(json).not.toContain('eyJ');
  });

  it('task 7: read what leads out of another state, and where a guard is used', async () => {
    const page = await at.open();
    const offline = page.locator('[data-state="connecting.offline"] > .state-head > button');
    await hands.press(offline);
    await page.getByText('Selected; the session is in loggedOut.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Selected; the session').waitFor({ state: 'detached' });
    await hands.press(offline);
    await page.getByRole('list', { name: 'From connecting.offline to connecting.waiting' }).waitFor();
    await hands.press(buttonOf(page, 'Back to the session'));
    await page.getByText('Selected; the session').waitFor({ state: 'detached' });
    await hands.press(foldOf(page, 'Every transition'));
    const table = page.getByRole('region', { name: 'Every transition' });
    await hands.write(table.getByLabel('Find'), 'isThirdRefusal');
    const found = chart.branches.filter(({ guard }) => guard === 'isThirdRefusal');
    await expect
      .poll(() => table.locator('tbody tr').allTextContents())
      .toEqual(found.map(() => expect.stringContaining('isThirdRefusal')));
  });

  it('task 8: find one session among those of many programs', async () => {
    const page = await at.open('?page=live');
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    for (let index = 0; index < 8; index++) {
      const client = create({ inspect: attach({ url: at.studio.relayUrl, name: `program ${index}` }) });
      await client.connectUser({ id: `user-${index}` }).orThrow();
    }
    await expect.poll(() => page.locator('.program').count()).toBe(8);
    await hands.press(page.locator('.program', { hasText: 'user-3' }).locator('input'));
    await page.getByRole('region', { name: 'Session of program 3' }).waitFor();
    await hands.write(page.getByLabel('Search the sessions'), 'user-7');
    await expect.poll(() => page.locator('.program').count()).toBe(1);
    await page.reload();
    // The address names the session.
    await page.getByRole('region', { name: 'Session of program 3' }).waitFor();
  });

  it('task 9: open a recording, and step to where it diverges', async () => {
    const { client: create } = await startWorld({}, WITHOUT_PROBES);
    const client = create();
    const recorder = recordJournal(client);
    await client.connectUser({ id: 'alice' }).orThrow();
    const journal = recorder.journal();
    const entries = journal.entries.map((entry) =>
      entry.event.type === 'hello.received' ? { ...entry, state: 'connecting.waiting' } : entry,
    );
    const file = join(at.folder, 'diverging.json');
    await writeFile(file, JSON.stringify({ ...journal, entries }));
    const page = await at.open('?page=recordings');
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
    const bottomOf = async (part: string) => {
      const { y, height } = (await page.locator(part).boundingBox()) ?? { y: Number.NaN, height: 0 };
      return y + height;
    };
    await expect
      .poll(async () => (await bottomOf('.step-list [aria-selected=true]')) - (await bottomOf('.step-list')))
      .toBeLessThanOrEqual(1);
  });
}

function atHand(): StudioAtHand {
  const at = setUpStudio();

  beforeEach(() => at.context.grantPermissions(['clipboard-read', 'clipboard-write']));
  return at;
}
