import axe from 'axe-core';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import type { StudioServer } from '../../../src/tools/studio/index.ts';
import { leaves } from '../../../visualizer/src/chart/definition.ts';
import { outgoing } from '../../../visualizer/src/chart/outgoing.ts';
import { pageFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';
import {
  differences,
  LOCAL_PAGES,
  paintedAtMs,
  type StudioWindow,
  serveStudio,
  watchDrawing,
  watchShifts,
} from '../../kit/studio.ts';
import { chart, expectNothingCut, readable, select } from './chart-reading.ts';
import { unfold } from './studio-setup.ts';

const LEAST_LETTERS_PX = 11;
const DESKTOP = { width: 1280, height: 800 };

let server: DevServer;
let studio: StudioServer;
/** Of the test that runs; opened with its first page. */
let context: BrowserContext | null = null;
const requested: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  server = await startDevServer({ allowedOrigins: LOCAL_PAGES });
  studio = await serveStudio(pageFolder, server);
});

afterAll(async () => {
  await studio?.close();
  await server?.close();
});

afterEach(async () => {
  server.faults.liftAll();
  for (const page of context?.pages() ?? []) expect(await page.evaluate(differences)).toEqual([]);
  await context?.close();
  context = null;
  requested.length = 0;
  expect(complaints.splice(0)).toEqual([]);
});

async function openWatchedContext(): Promise<BrowserContext> {
  const opened = await openContext({ viewport: DESKTOP, locale: 'en-GB' });
  opened.on('weberror', (error) => complaints.push(String(error.error())));
  opened.on('request', (request) => requested.push(request.url()));
  return opened;
}

async function newPage(): Promise<Page> {
  context ??= await openWatchedContext();
  return context.newPage();
}

async function open(page?: Page, query = ''): Promise<Page> {
  page ??= await newPage();
  await watchShifts(page);
  await page.goto(`${studio.url}${query}`);
  await page.locator('[aria-current="true"]').waitFor();
  await page.locator('[data-state="restoring"] [aria-current="true"]').waitFor({ state: 'detached' });
  await watchDrawing(page);
  return page;
}

/** One page for tests that only look at it, each from a desk. */
function sharePage(query = '', prepare?: (page: Page) => Promise<void>): { readonly page: Page } {
  let shared: Page;

  beforeAll(async () => {
    shared = await open(await (await openWatchedContext()).newPage(), query);
    await prepare?.(shared);
  });

  beforeEach(async () => {
    await shared.setViewportSize(DESKTOP);
    await shared.evaluate(() => scrollTo(0, 0));
  });

  afterEach(async () => expect(await shared.evaluate(differences)).toEqual([]));

  afterAll(() => shared?.context().close());

  return {
    get page() {
      return shared;
    },
  };
}

const isIn = (page: Page, state: string) => page.locator(`[data-state="${state}"] [aria-current="true"]`).waitFor();

async function logIn(page: Page, userId: string): Promise<void> {
  const panel = page.getByRole('region', { name: 'Session', exact: true });
  await panel.getByLabel('User').fill(userId);
  await panel.getByRole('button', { name: 'Log in', exact: true }).click();
  await isIn(page, 'connected.healthy');
}

describe('one page before a login', () => {
  const at = sharePage();

  it('at 1280 × 800, whatever the state: every state and every transition that leads out of it, 11 px or more, on the screen and in nothing’s way', async () => {
    const page = at.page;
    for (const { name } of leaves(chart)) {
      await page.evaluate(select, name);
      const { byTarget } = outgoing(chart, name);
      const expected = [...byTarget.values()].flat().map(({ id }) => id);
      const look = async () => {
        const { lines, states } = await page.evaluate(readable);
        return {
          lines: lines.map(({ id }) => id).sort(),
          states: states.length,
          illegible: [...lines, ...states].filter(
            ({ isOnScreen, isClear, px }) => !isOnScreen || !isClear || px < LEAST_LETTERS_PX,
          ),
        };
      };
      await expect
        .poll(look, { message: name })
        .toEqual({ lines: expected.sort(), states: chart.states.size, illegible: [] });
    }
  });

  // More widths: visualizer-widths.test.ts.
  it('at 320 and 1280 px nothing is cut off, and only diagrams scroll sideways', async () => {
    const page = at.page;
    for (const width of [320, 1280]) await expectNothingCut(page, width);
  });

  it('has every transition in a table, which can be searched', async () => {
    const page = at.page;
    await unfold(page, 'Every transition');
    const table = page.getByRole('region', { name: 'Every transition' });
    await expect.poll(() => table.locator('tbody tr').count()).toBe(chart.branches.length);
    await table.getByLabel('Find').fill('isThirdRefusal');
    const found = chart.branches.filter(({ guard }) => guard === 'isThirdRefusal').length;
    await expect.poll(() => table.locator('tbody tr').count()).toBe(found);
  });

  it('at 390 and 1280 px what can be pressed is 24 px high or more', async () => {
    const page = at.page;
    for (const title of ['Make it go wrong', 'Chat', 'Sequence']) await unfold(page, title);
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 844 });
      const small = () =>
        page
          .locator(
            'button:visible, select:visible, input:not(.unseen):visible, summary:visible, .watch-choice:visible, label.check:visible, [role=option]:visible',
          )
          .evaluateAll((all) =>
            all
              // A box is pressed by its label.
              .filter((part) => !part.matches('label input'))
              .filter((part) => {
                const area = part.matches('.state-name') ? getComputedStyle(part, '::after').height : '';
                return (Number.parseFloat(area) || part.getBoundingClientRect().height) < 24;
              })
              .map((part) => part.outerHTML),
          );
      await expect.poll(small, { message: `${width} px` }).toEqual([]);
    }
  });

  it('has landmarks, headings and names for everything that can be operated', async () => {
    const page = at.page;
    for (const name of [
      'Statechart',
      'Session',
      'Make it go wrong',
      'Chat',
      'Timeline',
      'Sequence',
      'Every transition',
    ]) {
      const regions = page.getByRole('main').getByRole('region', { name, exact: true });
      await expect.poll(() => regions.count(), { message: name }).toBe(1);
    }
    await expect.poll(() => page.getByRole('banner').getByRole('heading', { level: 1 }).count()).toBe(1);
    const unnamed = () =>
      page
        .locator('button, input, select')
        .evaluateAll((all) =>
          (all as HTMLInputElement[])
            .filter((element) => !(element.textContent?.trim() || element.ariaLabel || element.labels?.length))
            .map((element) => element.outerHTML),
        );
    await expect.poll(unnamed).toEqual([]);
  });

  // Comes last, for it leaves another theme.
  it('is light or dark as the device wishes, or as chosen, also after a reload', async () => {
    const page = at.page;
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.emulateMedia({ colorScheme: 'light' });
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    await expect.poll(ground).not.toBe(light);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await expect.poll(ground).toBe(light);
    await page.reload();
    await page.getByRole('button', { name: 'Theme: light' }).waitFor();
    await isIn(page, 'loggedOut');
    await expect.poll(ground).toBe(light);
  });
});

describe('one page with a session', () => {
  // On a slow machine a probe would add to its history.
  const at = sharePage('?pingIntervalMs=600000', (page) => logIn(page, 'lily'));

  it('lights the state and the transition that led to it, and reports the state as it comes', async () => {
    const page = at.page;
    await page.locator('.caption').getByText('Connected for the first time in this login').waitFor();
    await page.getByRole('status').filter({ hasText: 'lily: online.' }).waitFor({ state: 'attached' });
    const wires = (look: string) =>
      page.locator(`path.wire.${look}`).evaluateAll((paths) => paths.map((path) => path.getAttribute('data-wire')));
    await expect.poll(() => wires('taken')).toEqual(['connecting.opening>connected']);
    const targets = [...outgoing(chart, 'connected.healthy').byTarget.keys()];
    await expect
      .poll(async () => [...new Set((await wires('lit')).map((wire) => wire?.split('>')[1]))].sort())
      .toEqual(targets.sort());
  });

  it('at 1280 × 800 the first screen has the status, the open explanation, the chart and the timeline; below, in that order', async () => {
    const page = at.page;
    const bottomOf = async (part: string) => {
      const { y = 0, height = DESKTOP.height } = (await page.locator(part).last().boundingBox()) ?? {};
      return y + height;
    };
    for (const part of ['.status', '.explanation', '.due-row', '.states', '.timeline .row:last-child']) {
      // The list follows its end a frame after a row came.
      await expect.poll(() => bottomOf(part), { message: part }).toBeLessThanOrEqual(DESKTOP.height);
    }
    for (const width of [768, 390]) {
      await page.setViewportSize({ width, height: 844 });
      const parts = () =>
        page.evaluate(() =>
          ['.status', '#chart', '.timeline']
            .map((part) => ({ part, top: document.querySelector(part)?.getBoundingClientRect().top ?? 0 }))
            .sort((a, b) => a.top - b.top)
            .map(({ part }) => part),
        );
      await expect.poll(parts).toEqual(['.status', '#chart', '.timeline']);
    }
  });

  it.each([390, 1280])('at %i px the details of a row are in view, next to the row', async (width) => {
    const page = at.page;
    await page.setViewportSize({ width, height: 800 });
    const row = page.getByRole('option', { name: /hello\.received/ }).last();
    await row.click();
    const look = async () => {
      const [drawer, selected] = await Promise.all([page.locator('.details-panel').boundingBox(), row.boundingBox()]);
      if (drawer === null || selected === null) return 'The details, or the row, are not drawn.';
      return {
        isInView: drawer.y >= 0 && drawer.y + drawer.height <= 800,
        isApart: selected.y >= drawer.y + drawer.height || selected.y + selected.height <= drawer.y,
      };
    };
    await expect.poll(look).toEqual({ isInView: true, isApart: true });
    await page.keyboard.press('Escape');
    await page.locator('.details-panel').waitFor({ state: 'detached' });
  });

  it('its timeline and its sequence show commands, facts and states, and no token', async () => {
    const page = at.page;
    await page.locator('.timeline').getByText('user.saved').waitFor();
    await page.setViewportSize({ width: 1280, height: 1600 });
    const order = [
      'session.connect',
      'loadingToken',
      'token.load',
      'token.loaded',
      'connecting.opening',
      'socket.open',
      'hello.received',
      'connected.healthy',
      'user.save',
      'user.saved',
    ];
    // Only the rows in view are in the page.
    const names = page.getByRole('listbox', { name: 'Timeline entries' }).locator('[role=option] b');
    await expect
      .poll(async () => (await names.allTextContents()).filter((name) => order.includes(name)))
      .toEqual(order);
    await unfold(page, 'Sequence');
    const list = page.getByRole('listbox', { name: 'Sequence of messages' });
    const seen = new Set<string>();
    const scrollOn = async () => {
      await list.evaluate((element) => {
        const { scrollTop, clientHeight, scrollHeight } = element;
        element.scrollTop = scrollTop + clientHeight >= scrollHeight ? 0 : scrollTop + clientHeight / 2;
      });
      for (const text of await list.getByRole('option').allTextContents()) seen.add(text);
      return [...seen];
    };
    await expect
      .poll(scrollOn)
      .toEqual(
        expect.arrayContaining([
          'client actor to server: open a socket',
          'server to client actor: hello',
          'client actor to statechart: hello.received',
        ]),
      );
    expect(await page.content()).not.toMatch(/eyJ/);
  });
});

describe('the page', () => {
  it('nothing moves by itself, not even after a click, and nothing is loaded from elsewhere', async () => {
    const page = await open(undefined, '?quickRetryMs=50&backoffBaseMs=60000&backoffCapMs=60000');
    await unfold(page, 'Make it go wrong');
    await unfold(page, 'Chat');
    // What a fold moves when it is opened is meant.
    const afterFoldsMs = await page.evaluate(paintedAtMs);
    await logIn(page, 'cleo');
    await page.getByLabel('drop now').uncheck();
    await page.getByRole('button', { name: 'Refuse upgrade' }).click();
    await page.getByRole('button', { name: 'refuseUpgrade ×' }).press('Enter');
    await page.getByText('No faults armed').waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Clear all');
    await page.getByRole('button', { name: 'Drop connection', exact: true }).click();
    await isIn(page, 'connecting.waiting');
    await page.getByRole('button', { name: 'Try now' }).click();
    await isIn(page, 'connected.healthy');
    await page.locator('[data-pane="one"]').getByRole('textbox').fill('Hello');
    await page.keyboard.press('Enter');
    await page.locator('[data-pane="one"]').getByText('Hello').last().waitFor();
    await page.locator('.session-panel').getByRole('button', { name: 'Log out' }).click();
    await isIn(page, 'loggedOut');
    await page.evaluate(paintedAtMs);
    const shifts = await page.evaluate(() => (globalThis as unknown as StudioWindow).shifts);
    expect(shifts.filter(({ atMs }) => atMs > afterFoldsMs)).toEqual([]);
    expect(requested.filter((url) => !url.startsWith(studio.url) && !url.startsWith(server.url))).toEqual([]);
  });
});

describe('one page that waits long for the next attempt', () => {
  const at = sharePage('?backoffBaseMs=60000&backoffCapMs=60000');

  it('light or dark, axe finds nothing that keeps anybody out', async () => {
    const page = at.page;
    await page.evaluate(axe.source);
    const look = async (when: string) => {
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        const found = async () => {
          const { violations } = await page.evaluate(
            (options) => {
              const { axe: checker } = globalThis as unknown as { axe: typeof axe };
              // The rows of the long table are all alike.
              return checker.run({ exclude: '.transitions tr:nth-child(n + 4)' }, options);
            },
            // In the dark nothing differs but the colours.
            {
              resultTypes: ['violations'],
              ...(colorScheme === 'dark' && { runOnly: ['color-contrast'] }),
            } as axe.RunOptions,
          );
          return violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]);
        };
        await expect.poll(found, { message: `${when}, ${colorScheme}` }).toEqual([]);
      }
    };
    await look('logged out');
    await logIn(page, 'vera');
    await unfold(page, 'Make it go wrong');
    await page.getByRole('button', { name: 'Drop connection', exact: true }).click();
    await isIn(page, 'connecting.waiting');
    await page.getByRole('button', { name: 'No network', exact: true }).click();
    await isIn(page, 'connecting.offline');
    await look('offline, with the explanation');
    await page.emulateMedia({ colorScheme: null });
    await page.getByRole('button', { name: 'No network', exact: true }).click();
    await page.locator('.session-panel').getByRole('button', { name: 'Log out', exact: true }).click();
    await isIn(page, 'loggedOut');
  });

  it('at 390 and 768 px two transitions in a row are described in full', async () => {
    const page = at.page;
    await page.setViewportSize({ width: 390, height: 844 });
    await logIn(page, 'carla');
    server.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted', userId: 'carla' });
    server.faults.cause({ type: 'dropSockets', userId: 'carla' });
    await isIn(page, 'connecting.waiting');
    await page.getByRole('button', { name: 'Try now' }).click();
    await page.locator('.caption-why', { hasText: 'The socket could not be opened' }).waitFor();
    for (const width of [390, 768]) {
      await page.setViewportSize({ width, height: 844 });
      const cut = () => page.locator('.caption').evaluate((part) => part.scrollHeight - part.clientHeight);
      await expect.poll(cut, { message: `${width} px` }).toBeLessThanOrEqual(1);
    }
  });
});
