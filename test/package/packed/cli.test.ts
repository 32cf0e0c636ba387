import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { appFolder, bin } from '../../kit/app.ts';
import { commandLine, type End } from '../../kit/command-line.ts';

/*
 * `sessionchart`, given everything but what it needs: each time a line that says what is wrong, and no stack trace.
 */

const run = commandLine(appFolder);

/** The same in a process of its own. */
function start(program: string, ...args: readonly string[]): Promise<End> {
  return promisify(execFile)(program, args, { cwd: appFolder }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }: End) => ({ code, stdout, stderr }),
  );
}

describe('sessionchart', () => {
  it('alone prints its help', async () => {
    const { code, stdout, stderr } = await start(process.execPath, bin);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of ['serve', 'demo', 'studio', 'journal', 'machine']) expect(stdout).toContain(`  ${command} `);
    expect(await run('--help')).toEqual({ code, stdout, stderr });
    expect(await run()).toEqual({ code, stdout, stderr });
  });

  it.each([
    ['what it cannot understand', ['jurnal']],
    ['a file that it cannot read', ['journal', '.']],
    ['a server that it cannot start', ['serve', '--host', '256.1.1.1']],
  ])('in a process of its own ends by itself, with 1, after %s', async (_, args) => {
    const end = await run(...args);
    expect(end).toMatchObject({ code: 1, stdout: '' });
    expect(await start(process.execPath, bin, ...args)).toEqual(end);
  });

  it.each([
    ['an unknown command', ['jurnal'], /unknown command 'jurnal'\n\(Did you mean journal\?\)/],
    ['an unknown option', ['serve', '--prot', '1'], /unknown option '--prot'/],
    ['no file', ['journal'], /missing required argument 'file'/],
    ['no file for a test', ['journal', 'test'], /missing required argument 'file'/],
    ['a folder as journal', ['journal', '.'], /^\. cannot be replayed: it is a folder\.$/],
    ['a file as folder', ['journal', 'package.json/x'], /^package\.json\/x cannot be replayed: a part of its path/],
    ['a journal that is none', ['journal', 'package.json'], /^package\.json cannot be replayed: journal/],
    ['a line break in a name', ['journal', 'a\nb'], /^a\\u000ab cannot be replayed/],
    ['a machine into nowhere', ['machine', '/nope/x.json'], /^\/nope\/x\.json cannot be written: there is no such/],
    ['a machine into a folder', ['machine', '.'], /^\. cannot be written: it is a folder\.$/],
    ['a machine over a file', ['machine', 'package.json'], /^package\.json cannot be written: it exists/],
    [
      'a machine into a device',
      ['machine', '/dev/null', '--force'],
      /^\/dev\/null cannot be written: it is not a file/,
    ],
    ['another format', ['machine', '--format', 'png'], /Allowed choices are json, mermaid/],
    [
      'a host that does not exist',
      ['serve', '--host', '256.1.1.1'],
      /^The server cannot listen on 256\.1\.1\.1:8787: /,
    ],
    ['a port that is none', ['serve', '--port=65536'], /0 to 65535/],
    ['what is no origin', ['serve', '--port', '0', '--allow-origin', '*'], /It must be an origin/],
    ['what is no origin for a studio', ['studio', '--port', '0', '--allow-origin', '*'], /It must be an origin/],
    ['an empty key', ['serve', '--api-key', ''], /^The server cannot start: startDevServer: apiKey: /],
    ['an escape in an option', ['serve', '--port', '\u001b[31m'], /argument '\\u001b\[31m' is invalid/],
    ['a studio elsewhere', ['demo', '--studio-url', 'http://x'], /It must be ws:\/\/host:port/],
    ['a time that is none', ['demo', '--time-limit', '0'], /It must be a number of seconds/],
  ])('%s: one line', async (_, args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd()).toMatch(message);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(2);
    expect(stderr).not.toMatch(/^ +at |node:internal|[^\P{Cc}\n]/mu);
  });

  it.each(['machine', '--help', 'demo --help', '--version'])(
    '%s: a full disk behind its output is one line',
    async (args) => {
      const command = `"${process.execPath}" "${bin}" ${args} > /dev/full`;
      const { code, stderr } = await start('sh', '-c', command);
      expect([code, stderr]).toEqual([1, 'The output cannot be written: the disk is full.\n']);
    },
  );

  it('the demo, which goes on writing, reports a full disk once', async () => {
    const { code, stderr } = await start('sh', '-c', `"${process.execPath}" "${bin}" demo --time-limit 1 > /dev/full`);
    expect(code).toBe(1);
    expect(stderr.match(/the disk is full/g)).toHaveLength(1);
  });
});
