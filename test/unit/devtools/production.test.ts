import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, it } from 'vitest';

const src = fileURLToPath(new URL('../../../src', import.meta.url));

/** The app of the README and of docs/inspecting.md: the panel and the wrapped options, in development only. */
const APP = `
  import { createChatClient } from '${src}/index.ts';
  const isDevelopment = import.meta.env.DEV;
  const devtools = isDevelopment ? await import('${src}/devtools/index.ts') : null;
  const options = {
    apiKey: 'key',
    ...(isDevelopment && { inspect: (await import('${src}/index.ts')).studio() }),
  };
  const client = createChatClient(devtools?.withDevtools(options) ?? options);
  devtools?.mountDevtools(document.body, client);
  globalThis.client = client;
`;

async function bundle(mode: 'production' | 'development'): Promise<string> {
  const made = await build({
    root: src,
    configFile: false,
    logLevel: 'silent',
    mode,
    define: { 'import.meta.env.DEV': JSON.stringify(mode === 'development') },
    plugins: [
      {
        name: 'app',
        resolveId: (id) => (id === 'app' ? id : null),
        load: (id) => (id === 'app' ? APP : null),
      },
    ],
    build: { write: false, minify: false, target: 'es2022', rollupOptions: { input: 'app' } },
  });
  const outputs = [made].flat().flatMap((each) => ('output' in each ? each.output : []));
  return outputs.map((each) => ('code' in each ? each.code : '')).join('\n');
}

it('nothing of the devtools is in a production bundle', async () => {
  const marks = /sessionchart-devtools|openTracked|Session devtools/;
  expect(await bundle('development')).toMatch(marks);
  const production = await bundle('production');
  expect(production).toContain('sessionchart');
  expect(production).not.toMatch(marks);
});
