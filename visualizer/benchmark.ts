import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { startDevServer } from '../src/tools/devserver/index.ts';
import { chromiumLaunchOptions, unpackChromium } from '../test/kit/chromium.ts';
import { buildPage, serveStudio } from '../test/kit/studio.ts';

/*
 * `npm run benchmark:page`: the CPU that one chat message costs the built page, with a long timeline. Before lists were
 * windowed and each panel followed what it shows by itself, it was 50 to 73 ms (400 rows).
 */

/** As many as are kept of a kind. */
const ROWS = 4_980;
const MESSAGES = 100;
const PER_SECOND = 20;

export async function main(): Promise<number> {
  await unpackChromium();
  const folder = await mkdtemp(join(tmpdir(), 'page-benchmark-'));
  await buildPage(folder);
  const server = await startDevServer({ allowedOrigins: ['http://127.0.0.1:*', 'http://localhost:*'] });
  const studio = await serveStudio(folder, server);
  const browser = await chromium.launch(chromiumLaunchOptions);
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(studio.url);
    await page.locator('.session-panel').getByRole('button', { name: 'Log in', exact: true }).click();
    await page.locator('[data-state="connected.healthy"] [aria-current="true"]').waitFor();
    await page.evaluate(fill, ROWS);
    await page.locator('[data-state="connected.healthy"] [aria-current="true"]').waitFor();
    await pause(page, 1_000);
    const empty = await cpuMs(page, () => pause(page, (MESSAGES / PER_SECOND) * 1_000));
    const busy = await cpuMs(page, () => send(page, MESSAGES, PER_SECOND));
    const rows = await page.evaluate(() =>
      document.querySelectorAll('.timeline [aria-setsize]')[0]?.getAttribute('aria-setsize'),
    );
    const each = (busy - empty) / MESSAGES;
    process.stdout.write(
      `${rows} rows: ${each.toFixed(1)} ms of CPU a message (${busy.toFixed(0)} ms for ${MESSAGES} at ${PER_SECOND} a second, ${empty.toFixed(0)} ms idle); before: 50 to 73 ms\n`,
    );
    return each <= 5 ? 0 : 1;
  } finally {
    await browser.close();
    await studio.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
}

/** In the page: a suspended session whose device has now a network, now none, until the timeline is as long as after a day. */
function fill(rows: number) {
  const { clients } = globalThis as unknown as {
    readonly clients: { readonly one: { suspend(): unknown; resume(): unknown } };
  };
  let online = true;
  Object.defineProperty(navigator, 'onLine', { get: () => online });
  clients.one.suspend();
  for (let row = 0; row < rows; row++) {
    online = !online;
    dispatchEvent(new Event(online ? 'online' : 'offline'));
  }
  clients.one.resume();
}

async function send(page: Page, count: number, perSecond: number): Promise<void> {
  await page.evaluate(
    async ({ messages, everyMs }) => {
      const { clients } = globalThis as unknown as {
        readonly clients: { readonly one: { request(path: string, init: object): PromiseLike<unknown> } };
      };
      const pending: PromiseLike<unknown>[] = [];
      for (let index = 0; index < messages; index++) {
        const body = { message: { text: `message ${index}` } };
        pending.push(clients.one.request('/channels/messaging/general/message', { method: 'POST', body }));
        await new Promise((resolve) => setTimeout(resolve, everyMs));
      }
      await Promise.all(pending);
    },
    { messages: count, everyMs: 1_000 / perSecond },
  );
}

const pause = (page: Page, ms: number) =>
  page.evaluate((wait) => new Promise((resolve) => setTimeout(resolve, wait)), ms);

/** How long the page's main thread was busy meanwhile. */
async function cpuMs(page: Page, act: () => Promise<unknown>): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  const read = async () => {
    const { metrics } = await session.send('Performance.getMetrics');
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000;
  };
  const before = await read();
  await act();
  const after = await read();
  await session.detach();
  return after - before;
}
