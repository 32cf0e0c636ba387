import { execFile, execFileSync } from 'node:child_process';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type Journal, recordJournal } from '../../../src/index.ts';
import { appFolder } from '../../kit/app.ts';
import { commandLine, type End } from '../../kit/command-line.ts';
import { startWorld, until } from '../../kit/world.ts';
import { throughJson } from '../../unit/journal/journeys.ts';

/*
 * `sessionchart journal` as an app gets it: the packed bin, and the tests that it writes run by Vitest in that app.
 */

const folder = `${appFolder}/journals`;
const bin = `${appFolder}/node_modules/sessionchart/dist/cli.js`;
const vitest = fileURLToPath(new URL('../../../node_modules/vitest/vitest.mjs', import.meta.url));

await mkdir(folder, { recursive: true });
const run = commandLine(folder);
const journalOf = (file: string) => run('journal', file);
const testOf = (file: string, ...options: string[]) => run('journal', 'test', file, ...options);

/** What a terminal acts on, line breaks aside. */
const ACTIVE = /[^\P{Cc}\n]|\p{Cf}/u;

let edited = -1;

/** A recorded session as a file, and one in which what should have happened was written instead. */
async function record(): Promise<void> {
  recorded ??= await live();
  await writeFile(`${folder}/good.json`, JSON.stringify(recorded));
  edited = recorded.entries.findIndex(({ event }) => event.type === 'socket.lost');
  const draft = throughJson(recorded);
  Object.assign(draft.entries[edited] ?? {}, { state: 'loggedOut' } satisfies Partial<Journal['entries'][number]>);
  await writeFile(`${folder}/edited.json`, JSON.stringify(draft));
}

let recorded: Journal | undefined;

async function live(): Promise<Journal> {
  const { server, client: create } = await startWorld();
  const client = create();
  const recorder = recordJournal(client);
  await client.connectUser({ id: 'alice', name: 'Alice' }).orThrow();
  server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
  await until(client, 'waiting');
  await until(client, 'online');
  await client.disconnect().orThrow();
  return recorder.journal();
}

describe('sessionchart journal', () => {
  it.each(['utf8', 'utf16le'] as const)('reads a file with a byte order mark, in %s', async (encoding) => {
    await record();
    const file = `marked-${encoding}.json`;
    await writeFile(`${folder}/${file}`, `\uFEFF${JSON.stringify(recorded)}`, encoding);
    expect(await journalOf(file)).toEqual(await journalOf('good.json'));
  });

  it('prints the steps, and ends with 0 when the statechart takes them', async () => {
    await record();
    const { code, stdout, stderr } = await journalOf('good.json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Begins in restoring, \d{4}-\d\d-\d\dT/);
    expect(stdout).toMatch(/session\.connect \(alice\) +(loadingToken|connecting\.opening)/);
    expect(stdout).toMatch(
      /socket\.lost \((serverUnavailable|connectionLost), close 1012, .*#\d+\) +connecting\.waiting/,
    );
    expect(stdout).toMatch(/\d+ steps, as the statechart takes them\.\n$/);
    expect(stdout).not.toContain('Alice');
  });

  it('says which step diverges, how, and by which transition, and ends with 1', async () => {
    await record();
    const { code, stdout } = await journalOf('edited.json');
    expect(code).toBe(1);
    expect(stdout).toContain('state: the journal says loggedOut, the statechart connecting.waiting');
    expect(stdout).toMatch(/\(connected: .+\)/);
    expect(stdout).toMatch(new RegExp(`Step ${edited + 1} of \\d+ diverges`));
  });

  it.each([
    ['no JSON', 'half', '{"format":', 'is not JSON'],
    ['another JSON', 'other', '{"hello":"world"}', 'journal.format'],
    ['no file', 'none', null, 'there is no such file'],
    ['JSON that only begins well', 'escape', '{"\u001b[31m', 'is not JSON'],
  ])('ends with 1 and the reason for %s', async (_, name, text, reason) => {
    if (text !== null) await writeFile(`${folder}/${name}.json`, text);
    const { code, stdout, stderr } = await journalOf(`${name}.json`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(reason);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).not.toMatch(ACTIVE);
  });

  it.each([
    ['an existing file', 'taken.json', []],
    ['the journal itself, by its name', 'good.json', []],
    ['the journal itself, even with --force', 'good.json', ['--force']],
    ['the journal itself by another name', './../journals/good.json', ['--force']],
    ['a link to the journal', 'link.json', ['--force']],
    ['a folder', '.', ['--force']],
    ['a file in a folder that does not exist', 'nowhere/x.ts', []],
  ])('test never overwrites %s', async (_, output, options) => {
    await record();
    const before = await readFile(`${folder}/good.json`, 'utf8');
    await writeFile(`${folder}/taken.json`, 'TAKEN');
    await rm(`${folder}/link.json`, { force: true });
    await symlink(`${folder}/good.json`, `${folder}/link.json`);
    const { code, stdout, stderr } = await testOf('good.json', '--output', output, ...options);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^.+ cannot be written: .+\n$/);
    expect(await readFile(`${folder}/good.json`, 'utf8')).toBe(before);
    expect(await readFile(`${folder}/taken.json`, 'utf8')).toBe('TAKEN');
  });

  it('test replaces another file when it is forced to, and only then', async () => {
    await record();
    await writeFile(`${folder}/old.txt`, 'OLD');
    expect((await testOf('good.json', '-o', 'old.txt', '--force')).code).toBe(0);
    expect(await readFile(`${folder}/old.txt`, 'utf8')).toContain('replayJournal');
  });

  it('the option of before is refused, and overwrites nothing', async () => {
    await record();
    await writeFile(`${folder}/taken.json`, 'TAKEN');
    const { code, stderr } = await run('journal', '--to-test', 'taken.json', 'good.json');
    expect([code, stderr]).toEqual([1, "error: unknown option '--to-test'\n"]);
    expect(await readFile(`${folder}/taken.json`, 'utf8')).toBe('TAKEN');
  });

  it('reads a pipe, and refuses what might never end', async () => {
    await record();
    execFileSync('mkfifo', [`${folder}/pipe`]);
    expect((await journalOf('pipe')).stderr).toBe(
      'pipe cannot be replayed: it is not a file. Read a pipe with - instead.\n',
    );
    const piped = execFileSync(process.execPath, [bin, 'journal', 'test', '-', '-o', 'piped.txt'], {
      input: await readFile(`${folder}/good.json`),
      encoding: 'utf8',
      cwd: folder,
    });
    expect(piped).toBe('Wrote piped.txt\n');
    expect(await readFile(`${folder}/piped.txt`, 'utf8')).toBe((await testOf('good.json')).stdout);
  });

  it('prints no byte of a journal that a terminal would act on', async () => {
    await record();
    const evil = `\u001b]0;owned\u0007\u001b[2J\r\n\u009b31m\u202e`;
    const draft = throughJson(JSON.parse(await readFile(`${folder}/good.json`, 'utf8')) as Journal);
    for (const entry of draft.entries) {
      Object.assign(entry, { state: `${entry.state}${evil}` });
      Object.assign(entry.event, { userId: `alice${evil}`, failure: { code: `code${evil}`, serverCode: evil } });
    }
    await writeFile(`${folder}/evil.json`, JSON.stringify(draft));
    const printed = await journalOf('evil.json');
    expect(printed.code).toBe(1);
    expect(printed.stdout + printed.stderr).not.toMatch(ACTIVE);
    expect(printed.stdout).toContain('\\u001b]0;owned');
    expect((await testOf('evil.json')).stdout).not.toMatch(ACTIVE);
  });

  it('test writes a test that fails where the journal says, and one that passes where nothing diverges', async () => {
    await record();
    const { stdout } = await testOf('good.json');
    await writeFile(`${folder}/good.test.ts`, stdout);
    const written = await testOf('edited.json', '-o', 'edited.test.ts');
    expect(written).toEqual({ code: 0, stdout: 'Wrote edited.test.ts\n', stderr: '' });
    expect(await readFile(`${folder}/edited.test.ts`, 'utf8')).toContain(
      `step ${edited + 1} was not taken as recorded`,
    );

    await writeFile(`${folder}/vitest.config.mjs`, 'export default {};');
    const env = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
    const args = [vitest, 'run', '--root', folder, '--reporter', 'verbose', '--maxWorkers', '1'];
    const failed = await promisify(execFile)(process.execPath, args, { cwd: folder, env }).then(
      () => null,
      (end: End) => end,
    );
    const output = `${failed?.stdout}${failed?.stderr}`;
    expect(failed?.code, output).toBe(1);
    expect(output).toMatch(/✓ good\.test\.ts/);
    expect(output).toMatch(/[×✗] edited\.test\.ts/);
    expect(output).toContain(`step ${edited + 1}: socket.lost`);
    expect(output).toMatch(/-\s+"state": "loggedOut"/);
    expect(output).toMatch(/\+\s+"state": "connecting\.waiting"/);
    expect(output).toMatch(/1 failed \| 1 passed/);
  });
});
