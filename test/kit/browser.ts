import { type Browser, chromium } from 'playwright-core';
import { chromiumLaunchOptions } from './chromium.ts';

let browser: Promise<Browser> | null = null;

/**
 * The browser of this worker: its files share one, each with contexts of its own. Playwright ends it when the worker
 * ends.
 */
export function openBrowser(): Promise<Browser> {
  browser ??= chromium.launch(chromiumLaunchOptions);
  return browser;
}
