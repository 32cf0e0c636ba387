import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chromium } from 'playwright-core';
import { expect, it } from 'vitest';
import { chromiumLaunchOptions, chromiumPath } from '../support/chromium.ts';

it('opens a page in the Chromium that npm installed, and takes a picture of it', async () => {
  const server = createServer((_request, response) => response.end('<!doctype html><title>t</title><h1>Hello</h1>'));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const browser = await chromium.launch(chromiumLaunchOptions);
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  expect(await page.textContent('h1')).toBe('Hello');
  expect((await page.screenshot()).subarray(1, 4).toString()).toBe('PNG');
  expect(chromiumPath).toContain('node_modules');
  await browser.close();
  server.close();
});
