import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { preview } from 'vite';
import { expect, it, onTestFinished } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { openContext } from '../../kit/browser.ts';
import { addPackage, installed } from '../../kit/installed.ts';

const PACKAGES = ['@tanstack/devtools@0.15.0', 'vite@8', 'typescript@5.9', 'xstate@5'];

const APP = `
  import { TanStackDevtoolsCore } from '@tanstack/devtools';
  import { createChatClient } from 'sessionchart';
  import { devtoolsPlugin, withDevtools } from 'sessionchart/devtools';

  const client = createChatClient(withDevtools({ apiKey: 'KEY', tokenProvider: () => '' }));
  const devtools = new TanStackDevtoolsCore({ plugins: [devtoolsPlugin(client)] });
  const place = document.querySelector<HTMLDivElement>('#devtools');
  if (place !== null) devtools.mount(place);
  void client.restore();
`;

it('TanStack Devtools shows the panel as a plugin, in one line, and its types agree', {
  timeout: 600_000,
}, async () => {
  const folder = await installed(PACKAGES);
  await addPackage(appFolder, folder);
  const root = `${folder}/tanstack`;
  await mkdir(root, { recursive: true });
  await writeFile(`${root}/main.ts`, APP);
  await writeFile(`${root}/index.html`, '<div id="devtools"></div><script type="module" src="./main.ts"></script>');
  const run = (program: string, ...args: string[]) =>
    promisify(execFile)(`${folder}/node_modules/.bin/${program}`, args, { cwd: root });
  const target = ['--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom'];
  await run('tsc', '--noEmit', '--strict', '--skipLibCheck', ...target, 'main.ts');
  await run('vite', 'build', '--logLevel', 'error');
  const server = await preview({
    root,
    configFile: false,
    logLevel: 'error',
    preview: { port: 0, host: '127.0.0.1' },
  });
  onTestFinished(() => server.close());
  const page = await (await openContext()).newPage();
  onTestFinished(() => page.close());
  const complaints: string[] = [];
  page.on('pageerror', ({ message }) => complaints.push(message));
  await page.goto(server.resolvedUrls?.local[0] ?? '');
  await page.getByRole('button', { name: 'Open TanStack Devtools' }).click();
  await page
    .getByRole('region', { name: 'Session devtools' })
    .getByText('loggedOut', { exact: true })
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Go offline' }).click();
  await page.getByRole('button', { name: 'Go offline', pressed: true }).waitFor();
  expect(complaints).toEqual([]);
});
