import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { addPackage, installed } from '../../kit/installed.ts';

/*
 * The React bindings in frameworks that render on a server: the build prerenders a page, which shows the status `idle`.
 * Nothing is opened there, and nothing is read that a prerendered page may not depend on (time, chance).
 */

const PACKAGES = [
  ...['xstate@5', 'react@19', 'react-dom@19', '@xstate/react@6', 'vite@8', 'isbot@5'],
  ...['next@16', 'storybook@10', '@storybook/react-vite@10'],
  ...['react-router', '@react-router/dev', '@react-router/node', '@react-router/serve'].map((name) => `${name}@7.18.4`),
];

const BADGE = `
  import { ChatSessionProvider, useSessionStatus } from 'sessionchart/react';
  function Status() { return <p>status: {useSessionStatus()}</p>; }
  export function Badge() {
    return <ChatSessionProvider options={{ apiKey: 'KEY' }} user={undefined}><Status /></ChatSessionProvider>;
  }
`;

let folder: string;
beforeAll(async () => {
  folder = await installed(PACKAGES);
  await addPackage(appFolder, folder);
}, 600_000);

async function write(app: string, files: Readonly<Record<string, string>>): Promise<string> {
  const root = `${folder}/${app}`;
  await rm(root, { recursive: true, force: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(`${root}/${path}`), { recursive: true });
    await writeFile(`${root}/${path}`, text);
  }
  return root;
}

async function build(root: string, program: string, ...args: readonly string[]): Promise<void> {
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    NEXT_TELEMETRY_DISABLED: '1',
    STORYBOOK_DISABLE_TELEMETRY: '1',
  };
  const failed = (error: { stdout: string; stderr: string }) => error;
  const { stdout, stderr } = await promisify(execFile)(`${folder}/node_modules/.bin/${program}`, args, {
    cwd: root,
    env,
  }).catch(failed);
  const errors = (stdout + stderr).split('\n').filter((line) => /\berror\b/i.test(line));
  expect(errors).toEqual([]);
}

/** The text of a page, without what React puts between its parts. */
async function textOf(path: string): Promise<string> {
  return (await readFile(path, 'utf8')).replaceAll('<!-- -->', '');
}

it.each([false, true])('Next, pages and app router, with cacheComponents: %s', async (cacheComponents) => {
  const root = await write(`next-${cacheComponents}`, {
    'package.json': '{ "private": true, "type": "module" }',
    'next.config.mjs': `export default { cacheComponents: ${cacheComponents}, experimental: { cpus: 1 } };`,
    'badge.jsx': `'use client';${BADGE}`,
    'app/layout.jsx':
      'export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }',
    'app/page.jsx': "import { Badge } from '../badge.jsx'; export default function Page() { return <Badge />; }",
    'pages/old.jsx': "import { Badge } from '../badge.jsx'; export default function Page() { return <Badge />; }",
  });
  await build(root, 'next', 'build');
  expect(await textOf(`${root}/.next/server/app/index.html`)).toContain('status: idle');
  expect(await textOf(`${root}/.next/server/pages/old.html`)).toContain('status: idle');
});

it('React Router', async () => {
  const root = await write('react-router', {
    'package.json':
      '{ "private": true, "type": "module", "dependencies": { "isbot": "5", "@react-router/node": "7" } }',
    'vite.config.js':
      "import { reactRouter } from '@react-router/dev/vite'; export default { plugins: [reactRouter()] };",
    'react-router.config.js': "export default { prerender: ['/'], ssr: true };",
    'app/badge.jsx': BADGE,
    'app/root.jsx': `import { Outlet, Scripts } from 'react-router';
      export default function App() { return <html lang="en"><body><Outlet /><Scripts /></body></html>; }`,
    'app/routes.js': "import { index } from '@react-router/dev/routes'; export default [index('home.jsx')];",
    'app/home.jsx': "import { Badge } from './badge.jsx'; export default function Home() { return <Badge />; }",
  });
  await build(root, 'react-router', 'build');
  expect(await textOf(`${root}/build/client/index.html`)).toContain('status: idle');
});

it("Storybook's Vite", async () => {
  const root = await write('storybook', {
    'package.json': '{ "private": true, "type": "module" }',
    '.storybook/main.js':
      "export default { stories: ['../src/*.stories.jsx'], framework: '@storybook/react-vite', core: { disableTelemetry: true } };",
    'src/badge.jsx': BADGE,
    'src/badge.stories.jsx': `import { Badge } from './badge.jsx';
      export default { component: Badge };
      export const Idle = {};`,
  });
  await build(root, 'storybook', 'build', '--quiet', '-c', '.storybook', '-o', 'out');
  const assets = await readdir(`${root}/out/assets`);
  expect(assets.some((name) => name.startsWith('badge.stories'))).toBe(true);
});
