import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { bin } from '../../kit/app.ts';

/*
 * `sessionchart serve` as an app gets it: the packed bin, in a process of its own.
 */

interface Running {
  readonly child: ChildProcess;
  /** Resolves when the output holds this. */
  output(fits: RegExp): Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null; readonly errors: string }>;
}

function run(...args: readonly string[]): Running {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  return {
    child,
    async output(fits) {
      while (!fits.test(text)) await once(child.stdout, 'data');
      return text;
    },
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal, errors })),
  };
}

describe('sessionchart serve', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 0],
  ] as const)('serves until %s, and ends cleanly with a client connected, with %i', async (signal, code) => {
    const serving = run('serve', '--port', '0', '--api-key', 'my-key', '--json');
    const line = await serving.output(/\n/);
    const { url, apiKey, token: tokenUrl, faults } = JSON.parse(line) as Record<string, string>;
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(apiKey).toBe('my-key');
    const { token } = (await (await fetch(tokenUrl ?? '')).json()) as { token: string };
    const query = new URLSearchParams({
      json: JSON.stringify({ user_id: 'alice', user_details: { id: 'alice' } }),
      api_key: 'my-key',
      authorization: token,
      'stream-auth-type': 'jwt',
    });
    const socket = new WebSocket(`${url?.replace('http', 'ws')}/connect?${query}`);
    const [hello] = await once(socket, 'message');
    expect(JSON.parse(String(hello))).toMatchObject({ me: { id: 'alice' } });
    const caused = await fetch(faults ?? '', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"type":"goSilent"}',
    });
    expect(caused.status).toBe(201);
    const closed = once(socket, 'close');
    serving.child.kill(signal);
    expect(await serving.ended).toEqual({ code, signal: null, errors: '' });
    await closed;
  });

  it('says in words where it is, and never the secret', async () => {
    const serving = run('serve', '--port', '0', '--secret', 'not to be seen');
    const text = await serving.output(/Ctrl\+C/);
    expect(text).toMatch(/base URL {2}http:\/\/127\.0\.0\.1:\d+/);
    expect(text).toContain('/dev/token?user_id=alice');
    expect(text).toContain('/dev/faults');
    expect(text).not.toContain('not to be seen');
    serving.child.kill('SIGINT');
    expect(await serving.ended).toMatchObject({ code: 130 });
  });

  it('says once which page it has refused and what allows it, and lets an allowed page in', async () => {
    const allowed = 'http://localhost:5173';
    const serving = run('serve', '--port', '0', '--json', '--allow-origin', allowed);
    const { token } = JSON.parse(await serving.output(/\n/)) as { token: string };
    const statusFor = async (Origin: string) => (await fetch(token, { headers: { Origin } })).status;
    expect(await statusFor(allowed)).toBe(200);
    for (let count = 0; count < 3; count += 1) expect(await statusFor('http://localhost:5174')).toBe(403);
    serving.child.kill('SIGTERM');
    expect((await serving.ended).errors).toBe(
      'Refused a page of http://localhost:5174. To allow it: --allow-origin http://localhost:5174\n',
    );
  });

  it('says what allows the name by which it was reached, and is reached by an allowed one', async () => {
    const serving = run('serve', '--port', '0', '--json', '--allow-host', 'mymac.local');
    const { url, token } = JSON.parse(await serving.output(/\n/)) as { url: string; token: string };
    const statusFor = (host: string) =>
      new Promise((resolve, reject) => {
        const headers = { host: `${host}:${new URL(url).port}` };
        get(token, { headers }, (response) => resolve(response.resume().statusCode)).once('error', reject);
      });
    expect(await statusFor('mymac.local')).toBe(200);
    expect(await statusFor('other.local')).toBe(403);
    serving.child.kill('SIGTERM');
    expect((await serving.ended).errors).toMatch(
      /: it is not a name of this server\. To allow it: --allow-host other\.local\n$/,
    );

    const wrong = run('serve', '--allow-host', 'http://mymac.local');
    expect(await wrong.ended).toMatchObject({ code: 1, errors: expect.stringContaining('a name without a port') });
  });

  it('goes on serving when its output has no reader any more', async () => {
    const serving = run('serve', '--port', '0', '--json');
    const { token } = JSON.parse(await serving.output(/\n/)) as { token: string };
    serving.child.stdout?.destroy();
    serving.child.stderr?.destroy();
    const statusFor = async (Origin: string) => (await fetch(token, { headers: { Origin } })).status;
    // Each is reported to stderr once.
    for (const port of [5174, 5175, 5176]) expect(await statusFor(`http://localhost:${port}`)).toBe(403);
    serving.child.kill('SIGTERM');
    expect(await once(serving.child, 'exit')).toEqual([0, null]);
  });

  it('says that a port is taken, and ends with 1', async () => {
    const first = run('serve', '--port', '0', '--json');
    const { url } = JSON.parse(await first.output(/\n/)) as { url: string };
    const second = run('serve', '--port', new URL(url).port);
    expect(await second.ended).toMatchObject({ code: 1, errors: expect.stringContaining('the port is taken') });
    first.child.kill('SIGTERM');
    await first.ended;
  });
});
