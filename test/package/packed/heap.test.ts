import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { appFolder } from '../../kit/app.ts';

/** What a connected session holds of V8's heap without a socket of the platform: a little above what was reached. */
const MOST_BYTES = 18_000;

const PROGRAM = `
  import { createChatClient } from 'sessionchart';
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = part({ alg: 'HS256' }) + '.' + part({ user_id: 'alice' }) + '.c2ln';
  const hello = JSON.stringify({ type: 'health.check', connection_id: 'c', me: { id: 'alice' } });
  class Socket {
    readyState = 0;
    constructor(url) {
      this.host = new URL(url).host;
      queueMicrotask(() => {
        this.readyState = 1;
        this.onopen({});
        this.onmessage({ data: hello });
      });
    }
    send() {}
    close() {}
  }
  const kept = [];
  const open = async (count) => {
    for (let index = 0; index < count; index += 1) {
      const client = createChatClient({ apiKey: 'key', WebSocket: Socket, tokenProvider: () => token });
      const { success } = await client.connectUser({ id: 'alice' });
      if (success) kept.push(client);
    }
  };
  const used = () => {
    for (let index = 0; index < 4; index += 1) gc();
    return process.memoryUsage().heapUsed;
  };
  await open(200);
  const rounds = [];
  for (let round = 0; round < 3; round += 1) {
    const before = used();
    await open(300);
    rounds.push((used() - before) / 300);
  }
  // What grows now and then is there once for all sessions, and comes into one of the rounds.
  const bytes = Math.min(...rounds);
  console.log(JSON.stringify({ bytes, connected: kept.length }));
  process.exit();
`;

it('a connected session holds little of the heap', async () => {
  // V8 optimizes nothing, and in no other thread: what it holds is the same in every run.
  const options = ['--no-opt', '--single-threaded', '--expose-gc', '--input-type=module', '-e', PROGRAM];
  const { stdout } = await promisify(execFile)(process.execPath, options, { cwd: appFolder });
  const { bytes, connected } = JSON.parse(stdout);
  expect(connected).toBe(1_100);
  expect(bytes).toBeLessThan(MOST_BYTES);
});
