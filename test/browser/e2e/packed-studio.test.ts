import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';

/*
 * `npx sessionchart studio --dev-server` and a program that attaches by one line, both from the package as npm installs
 * it: nothing of this checkout is served.
 */

const cwd = appFolder;
const children: ChildProcess[] = [];

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

afterAll(async () => {
  await Promise.all(children.map((child) => child.kill('SIGTERM') && once(child, 'exit')));
});

const PROGRAM = `
  import { createChatClient } from 'sessionchart';
  import { studio, WebSocket } from 'sessionchart/node';
  const [baseUrl, apiKey, url] = process.argv.slice(1);
  const tokenProvider = async () => (await (await fetch(baseUrl + '/dev/token?user_id=robot')).json()).token;
  const client = createChatClient({ baseUrl, apiKey, WebSocket, tokenProvider, inspect: studio({ url, name: 'bot' }) });
  await client.connectUser({ id: 'robot' }).orThrow();
`;

it('the packed page runs its own clients, and draws a session of another program', async () => {
  const studio = start('node_modules/sessionchart/dist/cli.js', 'studio', '--port', '0', '--json', '--dev-server');
  const [line] = (await once(studio.stdout, 'data')) as [Buffer];
  const { url, relayUrl, devServerUrl } = JSON.parse(line.toString()) as Record<string, string>;
  const context = await openContext();
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const failed: string[] = [];
  page.on('response', (response) => response.ok() || failed.push(`${response.status()} ${response.url()}`));
  page.on('pageerror', (error) => failed.push(String(error)));
  await page.goto(url ?? '');
  const healthy = page.locator('[data-state="connected.healthy"] [aria-current="true"]');
  await page.locator('.commands').getByRole('button', { name: 'Log in' }).click();
  await healthy.waitFor();

  await page
    .getByRole('navigation', { name: 'Pages' })
    .getByRole('button', { name: /^Live apps/ })
    .click();
  const { devServer } = (await (await fetch(`${url}/config.json`)).json()) as { devServer: { apiKey: string } };
  start('--input-type=module', '-e', PROGRAM, `${devServerUrl}`, devServer.apiKey, `${relayUrl}`);
  await page.locator('.program', { hasText: 'robot' }).waitFor();
  await healthy.waitFor();
  expect(failed).toEqual([]);
});
