import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it.each(['disconnect', 'dispose'])(
  'laws 1, 2: Node’s own WebSocket is ended by %s, also where the server never responds to its close',
  async (how) => {
    const flags = process.version.startsWith('v20.') ? ['--experimental-websocket'] : [];
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [...flags, 'scripts/run.mjs', 'test/integration/actors/native-socket.child.ts', how],
      { cwd: root, timeout: 30_000 },
    );
    expect(JSON.parse(stdout)).toEqual({ login: true, ended: true, open: 0 });
  },
);
