import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { PAGES } from '../../../docs/blocks.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { appFolder } from '../../kit/app.ts';
import { type Block, blocksOf, read } from '../docs/pages.ts';

/*
 * The documentation as a reader follows it, against the package as an app gets it: all code is compiled, programs (blocks
 * of `js`) and tests (blocks that import vitest) are run.
 */

const URL_IN_PAGES = 'http://127.0.0.1:8787';

const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));

const pages = PAGES.map((page) => ({ page, blocks: blocksOf(read(page)) }));
const runnable = pages.flatMap(({ page, blocks }) =>
  blocks.map((block, index) => ({ ...block, name: `${page}, block ${index + 1}` })),
);
const first = pages[0]?.blocks.find(({ language }) => language === 'js')?.code ?? '';

it('README.md is in the package as it is here', async () => {
  expect(await readFile(`${appFolder}/node_modules/sessionchart/README.md`, 'utf8')).toBe(read('README.md'));
});

describe('the code compiles, strictly', () => {
  const pagesWithCode = pages.map(({ page, blocks }) => ({ page, code: blocks.filter(isCode) }));

  // What a page declares of the package's modules is not for the others.
  const declaring = pagesWithCode.filter(({ code }) => code.some((block) => block.code.includes('declare module')));
  const others = pagesWithCode.filter((each) => !declaring.includes(each)).flatMap(({ code }) => code);

  it("of all pages, with README.md's first example as JavaScript and TypeScript", async () => {
    expect(others.map(({ language }) => language)).toEqual(expect.arrayContaining(['ts', 'tsx']));
    const examples = ['js', 'ts'].map((language) => ({ language, code: first }));
    expect(await compile([...others, ...examples])).toBe('');
  });

  it.each(declaring)('of $page', async ({ code }) => {
    // With the pages above, the declarations of the package and of its libraries were checked.
    expect(await compile(code, { skipLibCheck: true })).toBe('');
  });
});

/** Blocks of `js` are programs: they are run. */
function isCode({ language }: Block): boolean {
  return /^tsx?$/.test(language);
}

/** What the compiler reports. */
async function compile(
  blocks: readonly Pick<Block, 'language' | 'code'>[],
  { skipLibCheck = false } = {},
): Promise<string> {
  const folder = await mkdtemp(`${appFolder}/compiled-`);
  for (const [index, { language, code }] of blocks.entries()) {
    // A block without imports is no module by itself, and its names would meet those of other blocks.
    await writeFile(`${folder}/example-${index}.${language.replace('js', 'mjs')}`, `${code}\nexport {};\n`);
  }
  const compilerOptions = {
    ...{ strict: true, noEmit: true, allowJs: true, checkJs: true, skipLibCheck },
    ...{ module: 'NodeNext', target: 'ES2022', lib: ['ES2023', 'DOM'], jsx: 'react-jsx', types: ['node'] },
  };
  await writeFile(`${folder}/package.json`, '{ "type": "module" }');
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions }));
  return promisify(execFile)(process.execPath, [`${modules}/typescript/bin/tsc`, '-p', folder, '--checkers', '1']).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string }) => error.stdout,
  );
}

it('the tests pass', async () => {
  const tests = runnable.filter(({ code }) => code.includes("from 'vitest'"));
  // Apart from `node_modules`, where vitest looks for no tests.
  const folder = await mkdtemp(`${tmpdir()}/sessionchart-docs-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(`${folder}/node_modules`);
  await symlink(`${appFolder}/node_modules/sessionchart`, `${folder}/node_modules/sessionchart`);
  await symlink(`${modules}/vitest`, `${folder}/node_modules/vitest`);
  for (const [index, { code }] of tests.entries()) await writeFile(`${folder}/example-${index}.test.ts`, code);
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`${modules}/vitest/vitest.mjs`, 'run', '--root', folder, '--reporter', 'json', '--maxWorkers', '1'],
    { cwd: folder, env: { PATH: process.env.PATH } },
  ).catch((error: { readonly stdout: string }) => error);
  const { testResults, success } = JSON.parse(stdout) as Outcome;
  expect(success, stdout).toBe(true);
  expect(tests.length).toBeGreaterThan(1);
  expect(testResults.filter(({ assertionResults }) => assertionResults.length > 0)).toHaveLength(tests.length);
});

interface Outcome {
  readonly success: boolean;
  /** One for each file. */
  readonly testResults: readonly { readonly assertionResults: readonly unknown[] }[];
}

describe('the programs run to their end', () => {
  it.each(runnable.filter(({ language, file, code }) => language === 'js' && file === '' && code !== first))(
    '$name',
    async ({ code: program }) => {
      const { folder } = await prepare(program);
      const { code, output } = await run(folder).ended;
      expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/\S/) });
    },
  );
});

it('docs/your-own-backend.md, followed in an empty folder, logs in, restores and logs out', async () => {
  const folder = await mkdtemp(`${appFolder}/own-`);
  const port = await freePort();
  const blocks = blocksOf(read('docs/your-own-backend.md')).filter(({ file }) => file !== '');
  for (const { file, code } of blocks) await writeFile(`${folder}/${file}`, code.replaceAll('8080', `${port}`));
  const server = run(folder, 'server.mjs');
  await server.prints(/listening/);
  const overheard: string[] = [];
  const stranger = await openSocket(port);
  stranger.on('message', (data) => overheard.push(String(data)));
  const rude = await openSocket(port);
  rude.send('null');
  await once(rude, 'close');

  const login = await run(folder, 'app.mjs').ended;
  expect(login).toMatchObject({
    code: 0,
    errors: '',
    output: expect.stringContaining('\nlogged in\nreceived: Hello\n'),
  });
  expect(overheard, 'messages are for users').toEqual([]);
  stranger.terminate();
  const restored = await run(folder, 'app.mjs').ended;
  expect(restored).toMatchObject({ code: 0, errors: '' });
  expect(changesIn(restored.output).join('\n')).toMatch(
    /^restoring restoring\nreconnecting loadingToken\n[\s\S]*loggedOut loggedOut$/,
  );
  server.child.kill();
  await server.ended;

  const tested = await run(folder, 'app.test.mjs').ended;
  expect(tested).toMatchObject({ code: 0, output: expect.stringMatching(/pass 1$/m) });
});

async function openSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  await once(socket, 'open');
  return socket;
}

/** The lines, without those that repeat the one before: a snapshot changes in more than state and status. */
function changesIn(output: string): readonly string[] {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd());
  return lines.filter((line, index) => line !== lines[index - 1]);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe("README.md's first example", () => {
  it('logs in, receives its message, logs out, and ends by itself', async () => {
    const { server, folder } = await prepare(first);
    const { output, code } = await run(folder).ended;
    expect(output).toContain("text: 'Hello'");
    expect(changesIn(output.replace(/^received: \{[\s\S]*?^\}$/m, 'received'))).toEqual([
      'restoring (restoring)',
      'loggedOut (loggedOut)',
      'loadingToken (connecting)',
      'connecting.opening (connecting)',
      'connected.healthy (online)',
      'received',
      'disconnecting.forgetting (loggingOut)',
      'disconnecting.closing (loggingOut)',
      'loggedOut (loggedOut)',
    ]);
    expect(code).toBe(0);
    expect(server.counts('alice')).toMatchObject({ hellos: 1, highestOpen: 1, openNow: 0 });
  });

  it('restores Alice after its process was killed, without the logout', async () => {
    const { server, folder } = await prepare(first.replace(/^ *await client\.disconnect\(\);$/m, ''));
    const before = run(folder);
    await before.prints(/^received/m);
    await vi.waitFor(() => access(`${folder}/user.json`));
    before.child.kill('SIGKILL');
    await before.ended;
    await server.until(() => server.counts('alice').openNow === 0);

    const after = run(folder);
    expect(changesIn(await after.prints(/^received/m)).join('\n')).toMatch(
      /^restoring .*\nloadingToken \(reconnecting\)\nconnecting\.opening .*\nconnected\.healthy \(online\)\nreceived: /,
    );
    after.child.kill('SIGKILL');
    await after.ended;
  });

  it('says what to do when the server does not run', async () => {
    const folder = await mkdtemp(`${appFolder}/first-`);
    await writeFile(`${folder}/first.mjs`, first.replaceAll(URL_IN_PAGES, 'http://127.0.0.1:9'));
    const { output, errors, code } = await run(folder).ended;
    expect(output).toMatch(/loggedOut \(loggedOut\) The token provider failed: .*\n$/);
    expect(errors).toContain('Check the token provider and the endpoint that it calls.');
    expect(code).toBe(0);
  });
});

async function prepare(program: string): Promise<{ server: DevServer; folder: string }> {
  const server = await startDevServer();
  onTestFinished(() => server.close());
  const folder = await mkdtemp(`${appFolder}/first-`);
  await writeFile(`${folder}/first.mjs`, program.replaceAll(URL_IN_PAGES, server.url));
  return { server, folder };
}

interface Running {
  readonly child: ChildProcess;
  /** Resolves with the output when it matches. */
  prints(pattern: RegExp): Promise<string>;
  readonly ended: Promise<{ readonly output: string; readonly errors: string; readonly code: number | null }>;
}

function run(folder: string, file = 'first.mjs'): Running {
  const child = spawn(process.execPath, [file], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  let look = () => {};
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return {
    child,
    prints: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => pattern.test(output) && resolve(output);
        child.once('close', () => reject(new Error(`It ended, and printed only:\n${output}${errors}`)));
        look();
      }),
    ended: new Promise((resolve) => {
      child.once('close', (code) => resolve({ output, errors, code }));
    }),
  };
}
