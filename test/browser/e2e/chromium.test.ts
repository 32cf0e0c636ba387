import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumLaunchOptions } from '../../kit/chromium.ts';

describe('the Chromium that npm installed', () => {
  const server = createServer((_request, response) => response.end('<!doctype html><title>t</title><h1>Hello</h1>'));
  let browser: Browser;
  let url = '';

  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    browser = await chromium.launch(chromiumLaunchOptions);
  });

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  it('opens a page and takes a picture of it', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    expect(await page.textContent('h1')).toBe('Hello');
    expect((await page.screenshot()).subarray(1, 4).toString()).toBe('PNG');
  });

  it('keeps localStorage across a reload, shares it between tabs, and reports the other tab', async () => {
    const context = await browser.newContext();
    const [first, second] = [await context.newPage(), await context.newPage()];
    await Promise.all([first.goto(url), second.goto(url)]);
    await second.evaluate(() => {
      addEventListener('storage', ({ newValue }) => {
        document.title = String(newValue);
      });
    });
    await first.evaluate(() => localStorage.setItem('user', 'alice'));
    await second.waitForFunction(() => document.title === 'alice');
    await first.reload();
    expect(await first.evaluate(() => localStorage.getItem('user'))).toBe('alice');
  });

  it('keeps origins apart, as browsers of people do', async () => {
    const page = await browser.newPage();
    await page.goto(url);
    const otherOrigin = url.replace('127.0.0.1', 'localhost');
    const answer = page.evaluate((address) => fetch(address).then((response) => response.text()), otherOrigin);
    await expect(answer).rejects.toThrow('Failed to fetch');
  });
});
