import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { bundleInto } from '../../kit/bundle.ts';

it('laws 1, 2: Node’s own WebSocket is ended by disconnect and by dispose, also where the server never responds to its close', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sessionchart-native-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const child = await bundleInto(folder, new URL('native-socket.child.ts', import.meta.url));
  const flags = process.version.startsWith('v20.') ? ['--experimental-websocket'] : [];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, child], { timeout: 30_000 });
  const ended = { login: true, ended: true, open: 0 };
  expect(JSON.parse(stdout)).toEqual([ended, ended, { ...ended, login: false }]);
});
