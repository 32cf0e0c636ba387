import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { testLaunchOptions, unpackChromium } from './chromium.ts';

/** How long a page is waited for; a longer bound costs nothing where it does what it should. */
const PATIENCE_MS = 60_000;

let browser: Promise<Browser> | null = null;

/**
 * A context in the browser of this worker: its files share one, and each closes what it opened. Playwright ends the
 * browser when the worker ends.
 */
export async function openContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  browser ??= unpackChromium().then(() => chromium.launch(testLaunchOptions));
  const context = await (await browser).newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

/** Stops the page's clock, which `page.clock.install()` has replaced. */
export async function stopClock(page: Page): Promise<void> {
  const nowMs = () => page.evaluate(() => Date.now());
  // Playwright moves a clock forward to the moment at which it stops it: on a slow machine one that has passed is
  // refused. The clock is stopped nevertheless, so the second attempt works.
  await page.clock.pauseAt((await nowMs()) + 1_000).catch(async () => page.clock.pauseAt((await nowMs()) + 1));
}
