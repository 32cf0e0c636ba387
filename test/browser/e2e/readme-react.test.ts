import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import type { Page } from 'playwright-core';
import { createServer, type ViteDevServer } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { appFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';
import { blocksOf, read } from '../../package/docs/pages.ts';

/*
 * README.md's React example, pasted as App.tsx into an app of Vite: it logs in, is restored by a reload, says what is
 * wrong while the server is away, and logs out.
 */

const URL_IN_README = 'http://127.0.0.1:8787';
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const example = blocksOf(read('README.md')).find(({ language }) => language === 'tsx')?.code ?? '';

const MAIN = `
  import { StrictMode } from 'react';
  import { createRoot } from 'react-dom/client';
  import App from './App.tsx';
  createRoot(document.getElementById('root')).render(<StrictMode><App /></StrictMode>);
`;

let folder: string;
let chat: DevServer;
let vite: ViteDevServer;
let page: Page;

beforeAll(async () => {
  folder = await mkdtemp(`${tmpdir()}/sessionchart-app-`);
  chat = await startDevServer({ allowedOrigins: ['http://127.0.0.1:*', 'http://localhost:*'] });
  await mkdir(`${folder}/node_modules/@xstate`, { recursive: true });
  await symlink(`${appFolder}/node_modules/sessionchart`, `${folder}/node_modules/sessionchart`);
  for (const name of ['react', 'react-dom', '@xstate/react', 'xstate']) {
    await symlink(`${modules}/${name}`, `${folder}/node_modules/${name}`);
  }
  await writeFile(`${folder}/package.json`, '{ "type": "module" }');
  await writeFile(`${folder}/index.html`, '<div id="root"></div><script type="module" src="/main.tsx"></script>');
  await writeFile(`${folder}/main.tsx`, MAIN);
  expect(example).toContain(URL_IN_README);
  await writeFile(`${folder}/App.tsx`, example.replaceAll(URL_IN_README, chat.url));
  vite = await createServer({
    root: folder,
    configFile: false,
    logLevel: 'error',
    plugins: [react()],
    server: { host: '127.0.0.1', port: 0, fs: { strict: false } },
  });
  await vite.listen();
});

afterAll(async () => {
  await vite?.close();
  await chat?.close();
  await rm(folder, { recursive: true, force: true });
});

const banner = (text: string) => page.getByRole('status').filter({ hasText: text }).waitFor();

describe("README.md's React example", () => {
  const problems: string[] = [];

  beforeEach(async () => {
    page = await (await openContext()).newPage();
    page.on('pageerror', (error) => problems.push(String(error)));
  });

  async function open(): Promise<void> {
    await page.goto(vite.resolvedUrls?.local[0] ?? '');
    await banner('Please log in.');
  }

  afterEach(() => page.context().close());

  it('logs in, is restored by a reload, and logs out', async () => {
    await open();
    await page.getByRole('button', { name: 'Log in' }).click();
    await banner('Online alice');
    await page.reload();
    await banner('Online alice');
    await page.getByRole('button', { name: 'Log out' }).click();
    await banner('Please log in.');
    await page.reload();
    await banner('Please log in.');
    await chat.until(() => chat.counts('alice').openNow === 0);
    expect(chat.counts('alice').highestOpen).toBe(1);
    expect(problems).toEqual([]);
  });

  it('logs in again by the same button after the session ended, and after a logout in another tab', async () => {
    await open();
    await page.getByRole('button', { name: 'Log in' }).click();
    await banner('Online alice');
    chat.faults.cause({ type: 'closeSockets', userId: 'alice', closeCode: 1000 });
    await banner('Please log in.');
    await page.getByRole('button', { name: 'Log in' }).click();
    await banner('Online alice');
    const other = await page.context().newPage();
    await other.goto(page.url());
    await other.getByRole('button', { name: 'Log out' }).click();
    await banner('Please log in.');
    await page.getByRole('button', { name: 'Log in' }).click();
    await banner('Online alice');
    expect(problems).toEqual([]);
  });

  it('says when a long outage is tried again, and comes back', async () => {
    await page.clock.install();
    await open();
    await page.getByRole('button', { name: 'Log in' }).click();
    await banner('Online alice');
    await page.evaluate(watchStatus);
    const outage = chat.faults.cause({ type: 'restart' });
    while (!(await page.evaluate(hasShown, ['Reconnecting…', 'Next try:']))) await page.clock.runFor(500);
    outage.lift();
    while (!(await page.getByText('Online alice').isVisible())) await page.clock.runFor(500);
    await banner('Online alice');
    expect(problems).toEqual([]);
  });
});

/** In the page: from now on it notes what its status shows, however briefly. */
function watchStatus(): void {
  const shown: string[] = [];
  Object.assign(globalThis, { shown });
  const note = () => void shown.push(document.querySelector('[role="status"]')?.textContent ?? '');
  new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
}

/** In the page: whether its status has shown these, in this order, with whatever in between. */
function hasShown(wanted: readonly string[]): boolean {
  const { shown } = globalThis as unknown as { readonly shown: readonly string[] };
  let next = 0;
  for (const text of shown) if (text.includes(wanted[next] ?? ' ')) next += 1;
  return next === wanted.length;
}
