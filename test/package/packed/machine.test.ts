import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createMachine } from 'xstate';
import { sessionMachine } from '../../../src/machines/session.ts';
import { appFolder, bin } from '../../kit/app.ts';
import { commandLine } from '../../kit/command-line.ts';
import { extractMachines } from '../stately/extract.ts';

/*
 * `sessionchart machine`: the statechart as data.
 */

const run = commandLine(appFolder);
const machine = (...args: readonly string[]) => run('machine', ...args);

describe('sessionchart machine', () => {
  it('prints JSON from which XState makes an equal machine', async () => {
    const { stdout } = await machine();
    const loaded = createMachine(JSON.parse(stdout) as object);
    const plain = (value: unknown) => JSON.parse(JSON.stringify(value)) as unknown;
    expect(plain(loaded.definition)).toEqual(plain(sessionMachine.definition));
  });

  it("prints what Stately's parser reads as it reads the source", async () => {
    const { stdout } = await machine();
    const [printed] = extractMachines(
      `import { createMachine } from 'xstate'; export const m = createMachine(${stdout});`,
    );
    const source = await readFile(new URL('../../../src/machines/session.ts', import.meta.url), 'utf8');
    const [written] = extractMachines(source);
    expect(printed).toEqual(written);
    expect(Object.keys(printed?.states ?? {})).toEqual(Object.keys(sessionMachine.states));
  });

  it('writes it to a file', async () => {
    const file = `${await mkdtemp(`${appFolder}/machine-`)}/session.machine.json`;
    const { stdout } = await machine(file);
    expect(stdout).toBe(`Wrote ${file}\n`);
    expect(await machine(file)).toMatchObject({
      code: 1,
      stderr: `${file} cannot be written: it exists. --force replaces it.\n`,
    });
    expect(await machine(file, '--force')).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({
      id: 'session',
      states: {
        connected: {
          description: sessionMachine.states.connected?.description,
          states: { probing: {} },
        },
      },
    });
  });

  it('draws every state', async () => {
    const { stdout } = await machine('--format', 'mermaid');
    expect(stdout).toMatch(/^stateDiagram-v2\n {2}\[\*\] --> restoring\n/);
    for (const [name, { states }] of Object.entries(sessionMachine.states)) {
      for (const state of [name, ...Object.keys(states)]) expect(stdout).toMatch(new RegExp(`\\b${state}\\b`));
    }
    expect(stdout).toContain('connecting --> connected : hello.received');
  });

  it('draws each arrow once, between two different states of the region in which it stands', async () => {
    const { stdout } = await machine('--format', 'mermaid');
    const regions = [{ name: '', arrows: [] as string[] }];
    for (const line of stdout.trimEnd().split('\n').slice(1)) {
      const [, opened] = /^ +state (\w+) \{$/.exec(line) ?? [];
      const region = regions.at(-1) ?? { name: 'none', arrows: [] };
      const states = region.name === '' ? sessionMachine.states : sessionMachine.root.states[region.name]?.states;
      if (opened !== undefined) regions.push({ name: opened, arrows: [] });
      else if (/^ +\}$/.test(line)) regions.pop();
      else {
        const [, from = '', to = ''] = /^ +(\[\*\]|\w+) --> (\w+)(?: : [\w.]+(?:<br\/>[\w.]+)*)?$/.exec(line) ?? [];
        const known = ['[*]', ...Object.keys(states ?? {})];
        expect([known.includes(from), known.includes(to), from === to], line).toEqual([true, true, false]);
        expect(region.arrows).not.toContain(`${from} ${to}`);
        region.arrows.push(`${from} ${to}`);
      }
      if (opened !== undefined) expect(Object.keys(sessionMachine.root.states[opened]?.states ?? {})).not.toEqual([]);
    }
    expect(regions).toHaveLength(1);
  });

  it('is content when its reader has read enough', async () => {
    const child = spawn(process.execPath, [bin, 'machine'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
    });
    await once(child.stdout, 'data');
    child.stdout.destroy();
    await once(child, 'close');
    expect(errors).toBe('');
  });
});
