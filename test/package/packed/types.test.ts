import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { blocksOf, read } from '../docs/pages.ts';

const run = promisify(execFile);
const tsc = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));

/** An app's own use of the types; `declare module` is how it names its events. */
const APP = `
import { createChatClient, type Result } from 'sessionchart';

declare module 'sessionchart' {
  interface ChatEvents { 'message.new': { readonly cid: string; readonly message: { readonly text: string } } }
}

const client = createChatClient({ apiKey: 'key', tokenProvider: async (user, { signal }) => user.id + signal.aborted });
export const text: Promise<string> = new Promise((resolve) => client.on('message.new', ({ message }) => resolve(message.text)));
export const answer: Promise<Result<unknown>> = client.connectUser({ id: 'alice' });
// @ts-expect-error a user has an id
client.connectUser({});
`;

/** Without `strictNullChecks`, `false` does not tell the members of a union apart. */
const LAX = `
import { createChatClient } from 'sessionchart';

export async function login(): Promise<string> {
  const result = await createChatClient({ apiKey: 'key' }).connectUser({ id: 'alice' });
  if (result.success) return result.value.connectionId;
  else return result.error.message;
}
`;

/** What an app's own declarations have to name: TypeScript names only what an entry point exports. */
const INFERRED = `
import {
  createChatClient, createProtocolClient, createSessionActor, embedSession, requests, sessionMachine, streamChat,
} from 'sessionchart';
import { startDevServer } from 'sessionchart/devserver';
import { useSessionMachine } from 'sessionchart/react';
import { Backend } from 'sessionchart/testing';

export const client = createChatClient({ apiKey: 'key' });
const protocol = streamChat({ apiKey: 'key' });
export const clients = [createProtocolClient({ protocol }), createProtocolClient({ protocol, requests })];
export const withProtocol = createChatClient({ protocol });
export const { snapshot, login } = { snapshot: client.getSnapshot(), login: client.connectUser };
export const faults = startDevServer().then((server) => server.faults);
export const options = new Backend().options();
export const chart = client.actor.getSnapshot();
export const session = createSessionActor({ apiKey: 'key' });
export const embedded = embedSession({ apiKey: 'key' });
export const { machine, tokenSources } = embedded;
export const inert = sessionMachine.provide({});
export const useChart = () => useSessionMachine((snapshot) => snapshot);
`;

const FIRST_EXAMPLE = blocksOf(read('README.md')).find(({ language }) => language === 'js')?.code ?? '';

/** Checked as strictly as can be: the declarations of libraries too. */
const STRICT = { strict: true, skipLibCheck: false, noEmit: true, target: 'es2022' };

describe('the types, as an app sees them', () => {
  it.each([
    [
      'Node',
      { module: 'nodenext', lib: ['es2023'], types: ['node'] },
      {
        'app.ts': `${APP}\nimport 'sessionchart/node';\nimport 'sessionchart/devserver';\n`,
        // README.md's first example needs no type of a page.
        'first.mts': FIRST_EXAMPLE,
      },
    ],
    [
      'a bundler, in a page with React, without the types of Node',
      { module: 'preserve', lib: ['es2022', 'dom'], types: [], jsx: 'react-jsx' },
      { 'app.ts': `${APP}\nimport 'sessionchart/react';\n` },
    ],
    [
      'an app that is not strict',
      { module: 'preserve', lib: ['es2022', 'dom'], types: [], strict: false, skipLibCheck: true },
      { 'app.ts': LAX },
    ],
    [
      'a package with declarations of its own',
      { module: 'nodenext', lib: ['es2023', 'dom'], types: ['node'], jsx: 'react-jsx', declaration: true },
      { 'app.ts': INFERRED },
    ],
  ])('are sound for %s', async (name, options, files) => {
    const folder = `${appFolder}/${name.replace(/\W+/g, '-')}`;
    await mkdir(folder);
    for (const [file, text] of Object.entries(files)) await writeFile(`${folder}/${file}`, text);
    await writeFile(
      `${folder}/tsconfig.json`,
      JSON.stringify({ compilerOptions: { ...STRICT, ...options }, files: Object.keys(files) }),
    );
    const { stdout } = await run(process.execPath, [tsc, '-p', folder, '--checkers', '1']).catch(
      (error: { stdout: string }) => error,
    );
    expect(stdout).toBe('');
  });
});
