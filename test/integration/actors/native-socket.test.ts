import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it('laws 1, 2: Node’s own WebSocket is ended by disconnect and by dispose, also where the server never responds to its close', async () => {
  const flags = process.version.startsWith('v20.') ? ['--experimental-websocket'] : [];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...flags, 'scripts/run.mjs', 'test/integration/actors/native-socket.child.ts'],
    { cwd: root },
  );
  const ended = { login: true, ended: true, open: 0 };
  expect(JSON.parse(stdout)).toEqual([ended, ended]);
});
