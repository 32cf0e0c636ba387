import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bin } from '../../kit/app.ts';

/*
 * `sessionchart demo` as a person who starts it sees it.
 */

interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

function demo(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const env = { ...process.env, FORCE_COLOR: undefined, ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [bin, 'demo', ...args], { env }, (error, output, errors) => {
      resolve({ code: error === null ? 0 : Number(error.code), output, errors });
    });
  });
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'sessionchart-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('sessionchart demo', () => {
  it('goes from login to logout through faults and a killed process, and says so', async () => {
    const TMPDIR = await folder();
    const { code, output, errors } = await demo(['--time-limit', '100'], { TMPDIR });
    expect(errors).toBe('');
    expect(code).toBe(0);

    const steps = output.split(/^\d\. /m).slice(1);
    expect(steps.map(statesIn)).toEqual([
      [
        'restoring by the start',
        'loggedOut by user.missing',
        'loadingToken by session.connect',
        'connecting.opening by token.loaded',
        'connected.healthy by hello.received',
      ],
      [],
      ['connecting.waiting by socket.lost', 'connecting.opening by retry.due', 'connected.healthy by hello.received'],
      [
        'connecting.waiting by token.refused',
        'loadingToken by retry.due',
        'connecting.opening by token.loaded',
        'connected.healthy by hello.received',
      ],
      [],
      [
        'restoring by the start',
        'loadingToken by user.found',
        'connecting.opening by token.loaded',
        'connected.healthy by hello.received',
      ],
      [
        'disconnecting.forgetting by session.disconnect',
        'disconnecting.closing by user.cleared',
        'loggedOut by socket.closed',
      ],
      ['restoring by the start', 'loggedOut by user.missing'],
    ]);
    expect(steps[1]).toContain('Received message.new: "Hello, world"');
    expect(steps[2]).toMatch(/connectionLost: .*\n(.*\n)*.*The next attempt is due in \d\.\d s\./);
    expect(steps[4]).toContain('{"version":1,"apiKey":"dev-key","user":{"id":"alice","name":"Alice"}}');
    expect(output).toMatch(/Done in \d+\.\d s\. The server counted 4 sockets in all, at most 1 at a time, 0 now\.\n$/);

    // Law 9. Every token here is a JWT, and begins like this.
    expect(output).not.toMatch(/eyJ/);
    expect(output).not.toContain('\u001b');
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([]);
    expect(await readdir(TMPDIR), 'what is left behind').toEqual([]);
  });

  it('ends with 1 and the reason when it takes too long', async () => {
    const TMPDIR = await folder();
    const { code, errors } = await demo(['--time-limit', '0.1'], { TMPDIR });
    expect(errors).toMatch(/^\nThe demo failed\. It took longer than 0\.1 s while waiting for .+\.\n$/);
    expect(code).toBe(1);
    expect(await readdir(TMPDIR), 'what is left behind').toEqual([]);
  });

  it('says where it found no studio', async () => {
    const TMPDIR = await folder();
    const { errors } = await demo(['--time-limit', '0.1', '--studio-url', 'ws://[::1]:1'], { TMPDIR });
    expect(errors.split('\n').slice(0, 2)).toEqual([
      'No studio is at ws://[::1]:1: the session is shown in no page.',
      'Start one first: npx sessionchart studio',
    ]);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)(
    'stopped by %s, as a terminal does it, it ends with %i, without a word of failure, and leaves nothing',
    async (signal, code) => {
      const TMPDIR = await folder();
      // A terminal sends it to the whole group: to the process of the session, too.
      const child = spawn(process.execPath, [bin, 'demo', '--time-limit', '100'], {
        env: { ...process.env, TMPDIR },
        detached: true,
      });
      let errors = '';
      child.stderr.on('data', (chunk: Buffer) => {
        errors += chunk.toString();
      });
      let output = '';
      for await (const chunk of child.stdout) {
        output += String(chunk);
        if (output.includes('connected.healthy') && child.pid !== undefined) process.kill(-child.pid, signal);
        if (output.includes('connected.healthy')) break;
      }
      expect(await once(child, 'close')).toEqual([code, null]);
      expect(errors).toBe('');
      expect(await readdir(TMPDIR), 'what is left behind').toEqual([]);
    },
  );

  it('ends with 1 and the reason when there is no place for a file', async () => {
    const { code, output, errors } = await demo([], { TMPDIR: '/nowhere' });
    expect(errors).toMatch(/^\nThe demo failed\. ENOENT: .*\/nowhere/);
    expect(output).toBe('');
    expect(code).toBe(1);
  });
});

function statesIn(step: string): string[] {
  return [...step.matchAll(/^ +\d\d:\d\d:\d\d\.\d{3} +(\S+) +by (.+)$/gm)].map(
    ([, state, event]) => `${state} by ${event}`,
  );
}
