import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { CONNECTED, receive, untilState } from '../../integration/studio/watching.ts';
import { bin } from '../../kit/app.ts';
import { startStudio } from '../../kit/packed-studio.ts';

it('sessionchart studio shows the demo, one process after the other', async () => {
  const { relayUrl } = await startStudio();
  const page = receive(relayUrl);
  const options = ['--studio-url', relayUrl, '--time-limit', '120'];
  await promisify(execFile)(process.execPath, [bin, 'demo', ...options]);
  // The last one finds no one, and ends sooner than it can show that.
  const [first, second] = page.filter(({ sender }) => sender !== undefined);
  for (const program of [first, second]) expect(program?.sender?.name).toMatch(/^demo \d+$/);
  await untilState(page, CONNECTED, first?.sessionId);
  await untilState(page, 'loggedOut', second?.sessionId);
});
