import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { addPackage, installed } from '../../kit/installed.ts';

/*
 * The packed package in what apps are tested by, built with and checked by, in a folder in which nothing else of this
 * project is found.
 */

const TYPESCRIPTS = ['5.2', '5.4', '5.9', '6.0', '7.0'];
const PACKAGES = [
  ...['xstate@5', 'react@19', '@xstate/react@6', '@types/react@19', '@types/node@20', '@types/ws@8', 'ws@8'],
  ...['jest@30', 'babel-jest@30', '@babel/preset-env@7'],
  ...['esbuild@0.28', 'webpack@5', 'webpack-cli@6', '@rspack/core@1', '@rspack/cli@1'],
  ...TYPESCRIPTS.map((version) => `typescript-${version}@npm:typescript@${version}`),
];

let app: string;

beforeAll(async () => {
  app = await installed(PACKAGES);
  await addPackage(appFolder, app);
}, 600_000);

async function run(command: string, ...args: readonly string[]): Promise<string> {
  const failed = (error: { stdout: string; stderr: string }) => error;
  const { stdout, stderr } = await promisify(execFile)(command, args, { cwd: app }).catch(failed);
  return stdout + stderr;
}

const bin = (name: string) => `${app}/node_modules/.bin/${name}`;

it('Jest as it is by default: CommonJS, by Babel', async () => {
  await mkdir(`${app}/jest`, { recursive: true });
  await writeFile(
    `${app}/babel.config.json`,
    '{ "presets": [["@babel/preset-env", { "targets": { "node": "current" } }]] }',
  );
  await writeFile(
    `${app}/jest/app.test.js`,
    `import { createChatClient } from 'sessionchart';
     import { ChatSessionProvider } from 'sessionchart/react';
     test('a client', () => expect(createChatClient({ apiKey: 'key' }).getSnapshot().status).toBe('idle'));
     test('a provider', () => expect(typeof ChatSessionProvider).toBe('function'));`,
  );
  expect(await run(bin('jest'), 'jest')).toMatch(/^Tests: +2 passed, 2 total$/m);
});

it('Vitest with fake timers: a login and a reconnect, in their time', async () => {
  const folder = `${app}/vitest`;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(`${folder}/vitest.config.mjs`, 'export default {};');
  await writeFile(
    `${folder}/app.test.mjs`,
    `import { afterEach, beforeEach, expect, test, vi } from 'vitest';
     import { createChatClient } from 'sessionchart';
     beforeEach(() => vi.useFakeTimers());
     afterEach(() => vi.useRealTimers());
     const sockets = [];
     class FakeSocket {
       readyState = 0;
       constructor() {
         sockets.push(this);
         setTimeout(() => {
           this.readyState = 1;
           this.onopen?.({});
           this.onmessage?.({ data: JSON.stringify({ type: 'health.check', connection_id: 'c' + sockets.length, me: { id: 'alice' } }) });
         }, 50);
       }
       send() {}
       close() { this.readyState = 3; setTimeout(() => this.onclose?.({ code: 1000, reason: '' })); }
     }
     test('goes by the fake clock', async () => {
       const token = ['{"alg":"HS256"}', '{"user_id":"alice"}', 's'].map((part) => Buffer.from(part).toString('base64url')).join('.');
       const client = createChatClient({ apiKey: 'key', WebSocket: FakeSocket, tokenProvider: async () => token });
       const login = client.connectUser({ id: 'alice' });
       await vi.advanceTimersByTimeAsync(100);
       expect((await login).success).toBe(true);
       sockets[0].readyState = 3;
       sockets[0].onclose({ code: 1006, reason: '' });
       expect(client.getSnapshot().status).toBe('online');
       await vi.advanceTimersByTimeAsync(0);
       expect(client.getSnapshot().status).not.toBe('online');
       await vi.advanceTimersByTimeAsync(20_000);
       expect(client.getSnapshot()).toMatchObject({ status: 'online', connectionId: 'c2' });
       const logout = client.disconnect();
       await vi.advanceTimersByTimeAsync(5_000);
       expect((await logout).success).toBe(true);
       expect(vi.getTimerCount()).toBe(0);
     });`,
  );
  const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));
  const program = await readFile(`${folder}/app.test.mjs`, 'utf8');
  const url = JSON.stringify(new URL('../../../node_modules/vitest/dist/index.js', import.meta.url).pathname);
  await writeFile(`${folder}/app.test.mjs`, program.replace("'vitest'", url));
  expect(await run(process.execPath, vitest, 'run', '--root', folder)).toMatch(/1 passed/);
});

describe('bundlers', () => {
  it.each([
    ['esbuild', 'out/esbuild.js', ['app.mjs', '--bundle', '--minify', '--outfile=out/esbuild.js']],
    [
      'webpack',
      'out/webpack.js',
      ['--mode', 'production', '--entry', './app.mjs', '-o', 'out', '--output-filename', 'webpack.js'],
    ],
    ['rspack', 'out/rspack/main.js', ['build', '--mode', 'production', '--entry', './app.mjs', '-o', 'out/rspack']],
  ])('%s makes a program that runs', async (name, out, args) => {
    await writeFile(
      `${app}/app.mjs`,
      `import { createChatClient } from 'sessionchart';
       console.log(createChatClient({ apiKey: 'key', WebSocket: class {} }).getSnapshot().status);`,
    );
    await run(bin(name), ...args);
    expect((await run(process.execPath, out)).trim()).toBe('idle');
  });
});

const APP = `
  import { createChatClient, reactNativeEnvironment, studio, type AppStateModule, type ChatClientOptions } from 'sessionchart';
  import { ChatSessionProvider } from 'sessionchart/react';
  import { fileRepository } from 'sessionchart/node';
  interface Account { id: string; name: string; plan: 'free' | 'pro' }
  declare const account: Account;
  declare const isDevelopment: boolean;
  declare const AppState: AppStateModule;
  const options: ChatClientOptions = { apiKey: 'key', tokenProvider: isDevelopment ? (user) => user.id : undefined };
  export const client = createChatClient({
    ...options,
    baseUrl: isDevelopment ? 'http://127.0.0.1:8787' : undefined,
    inspect: isDevelopment ? studio() : undefined,
    environment: reactNativeEnvironment({ AppState, suspendInBackground: isDevelopment ? false : undefined }),
    userRepository: fileRepository('user.json', { apiKey: 'key' }),
  });
  client.connectUser(account, undefined, { timeoutMs: isDevelopment ? 5 : undefined });
  client.request('/x', { method: isDevelopment ? 'POST' : undefined, query: { a: isDevelopment ? 1 : undefined } });
  export const element = <ChatSessionProvider options={{ apiKey: 'key' }} user={account} />;
`;

describe.each(TYPESCRIPTS)('TypeScript %s, with the declarations of libraries checked', (version) => {
  const CASES = [
    ['a bundler', 'module', { module: 'esnext', moduleResolution: 'bundler', lib: ['es2022', 'dom'] }],
    ['ES modules on Node', 'module', { module: 'node16', moduleResolution: 'node16', lib: ['es2022', 'dom'] }],
    ['CommonJS on Node', 'commonjs', { module: 'node16', moduleResolution: 'node16', lib: ['es2022', 'dom'] }],
    [
      'a resolver that reads no exports',
      'commonjs',
      { module: 'commonjs', moduleResolution: 'node10', lib: ['es2022', 'dom'] },
    ],
  ] as const;

  // TypeScript 7 has no `node10` any more.
  it.each(CASES.filter(([, , { moduleResolution }]) => version !== '7.0' || moduleResolution !== 'node10'))(
    '%s',
    async (name, type, options) => {
      const folder = `${app}/types-${version}-${name.replace(/\W+/g, '-')}`;
      await mkdir(folder, { recursive: true });
      await writeFile(`${folder}/package.json`, JSON.stringify({ type }));
      await writeFile(`${folder}/app.tsx`, APP);
      const compilerOptions = {
        ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: false, noEmit: true },
        ...{ target: 'es2022', types: ['node', 'react'], jsx: 'react-jsx' },
        ...options,
        ...(version === '6.0' && { ignoreDeprecations: '6.0' }),
      };
      await writeFile(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ['app.tsx'] }));
      const output = await run(process.execPath, `node_modules/typescript-${version}/bin/tsc`, '-p', folder);
      // What other packages declare wrongly is theirs.
      const errors = output
        .split('\n')
        .filter((line) => /error/.test(line) && !/node_modules\/(?!sessionchart)/.test(line));
      expect(errors).toEqual([]);
    },
  );
});
