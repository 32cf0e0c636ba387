import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { access, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, inject, it, onTestFinished, vi } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';

/*
 * The README as somebody follows it: its code is compiled against the package as an app gets it, and its first example is
 * run.
 */

const appFolder = inject('appFolder');
const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

interface Block {
  readonly language: string;
  readonly code: string;
}

let blocks: readonly Block[];
beforeAll(async () => {
  const text = await readFile(`${appFolder}/node_modules/sessionchart/README.md`, 'utf8');
  blocks = [...text.matchAll(/^```(?<language>jsx?|tsx?)\n(?<code>[\s\S]*?)^```$/gm)].map(({ groups }) => ({
    language: groups?.language ?? '',
    code: groups?.code ?? '',
  }));
});

it('the code in README.md compiles, strictly', async () => {
  expect(blocks.map(({ language }) => language)).toEqual(expect.arrayContaining(['js', 'ts', 'tsx']));
  const folder = await mkdtemp(`${appFolder}/readme-`);
  for (const [index, { language, code }] of blocks.entries()) {
    await writeFile(`${folder}/example-${index}.${language.replace('js', 'mjs')}`, code);
  }
  const compilerOptions = {
    ...{ strict: true, noEmit: true, allowJs: true, checkJs: true, skipLibCheck: false },
    ...{ module: 'NodeNext', target: 'ES2022', lib: ['ES2023', 'DOM'], jsx: 'react-jsx', types: ['node'] },
  };
  await writeFile(`${folder}/package.json`, '{ "type": "module" }');
  await writeFile(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions }));
  const said = await promisify(execFile)(process.execPath, [tsc, '-p', folder]).then(
    ({ stdout }) => stdout,
    (error: { readonly stdout: string }) => error.stdout,
  );
  expect(said).toBe('');
});

describe('the first example in README.md', () => {
  const URL_IN_README = 'http://127.0.0.1:8787';

  async function prepare(change = (code: string) => code): Promise<{ server: DevServer; folder: string }> {
    const server = await startDevServer();
    onTestFinished(() => server.close());
    const folder = await mkdtemp(`${appFolder}/first-`);
    const first = blocks[0]?.code ?? '';
    expect(first).toContain(URL_IN_README);
    await writeFile(`${folder}/first.mjs`, change(first.replace(URL_IN_README, server.url)));
    return { server, folder };
  }

  it('logs in, hears its message, logs out, and ends by itself', async () => {
    const { server, folder } = await prepare();
    const { output, code } = await run(folder).ended;
    expect(output.split('\n')).toEqual([
      'restoring (restoring)',
      'loggedOut (loggedOut)',
      'loadingToken (connecting)',
      'connecting.opening (connecting)',
      'connected.healthy (online)',
      'heard: Hello',
      'disconnecting.forgetting (loggingOut)',
      'disconnecting.closing (loggingOut)',
      'loggedOut (loggedOut)',
      '',
    ]);
    expect(code).toBe(0);
    expect(server.counts('alice')).toMatchObject({ hellos: 1, highestOpen: 1, openNow: 0 });
  });

  it('restores Alice after its process was killed, when its last line is left out', async () => {
    const { server, folder } = await prepare((code) => code.replace(/^await client\.disconnect\(\);$/m, ''));
    const first = run(folder);
    await first.says(/^heard/m);
    await vi.waitFor(() => access(`${folder}/user.json`));
    first.child.kill('SIGKILL');
    await first.ended;
    await server.until(() => server.counts('alice').openNow === 0);

    const second = run(folder);
    expect(await second.says(/^heard/m)).toMatch(
      /^restoring .*\nloadingToken \(reconnecting\)\nconnecting\.opening .*\nconnected\.healthy \(online\)\nheard: Hello\n$/,
    );
    second.child.kill('SIGKILL');
    await second.ended;
  });
});

interface Running {
  readonly child: ChildProcess;
  /** Resolves with the output when it holds this. */
  says(fits: RegExp): Promise<string>;
  readonly ended: Promise<{ readonly output: string; readonly code: number | null }>;
}

function run(folder: string): Running {
  const child = spawn(process.execPath, ['first.mjs'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let output = '';
  let look = () => {};
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    look();
  });
  return {
    child,
    says: (fits) =>
      new Promise((resolve, reject) => {
        look = () => fits.test(output) && resolve(output);
        child.once('close', () => reject(new Error(`It ended, and said only:\n${output}`)));
        look();
      }),
    ended: new Promise((resolve) => {
      child.once('close', (code) => resolve({ output, code }));
    }),
  };
}
