import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { appFolder } from '../../kit/app.ts';
import { addPackage, installed } from '../../kit/installed.ts';

const PACKAGES = ['react@18', 'react-dom@18', 'xstate@5', '@xstate/react@6'];

const SERVER = `
  import { createElement as h, StrictMode, version } from 'react';
  import { renderToString } from 'react-dom/server';
  import { createChatClient } from 'sessionchart';
  import { ChatSessionProvider, SessionProvider, useChatSession } from 'sessionchart/react';

  const Status = () => h('p', null, useChatSession().status);
  const options = { apiKey: 'key', tokenProvider: () => '' };
  const user = { id: 'alice' };
  console.log(version.split('.')[0]);
  for (const provider of [
    h(ChatSessionProvider, { options, user }, h(Status)),
    h(SessionProvider, { client: createChatClient(options), user }, h(Status)),
  ]) console.log(renderToString(h(StrictMode, null, provider)));
`;

it('F6: a server with React 18 renders without a warning, and ends', { timeout: 600_000 }, async () => {
  const folder = await installed(PACKAGES);
  await addPackage(appFolder, folder);
  const file = `${folder}/server.mjs`;
  await writeFile(file, SERVER);
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [file], { cwd: folder });
  expect({ stdout, stderr }).toEqual({ stdout: '18\n<p>idle</p>\n<p>idle</p>\n', stderr: '' });
});
