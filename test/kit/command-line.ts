import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, expect } from 'vitest';
import { bin } from './app.ts';

/*
 * The packed command line, run again and again in one process of its own: a process for each of some fifty runs would
 * spend most of its time on starting Node. Use it where only arguments and output count; a run that is ended by a
 * signal, reads its input or loses the reader of its output needs a process.
 */

export interface End {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const CHILD = fileURLToPath(new URL('./command-line.child.mjs', import.meta.url));

/** For the tests of this file, in which no two runs may overlap. After them, nothing is left that would keep a process from ending. */
export function commandLine(cwd: string): (...args: readonly string[]) => Promise<End> {
  const child = fork(CHILD, [bin], { cwd, execArgv: [], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const ended = once(child, 'exit');
  afterAll(async () => {
    if (child.connected) child.disconnect();
    expect(await ended, errors).toEqual([0, null]);
  });
  return async (...args) => {
    const end = Promise.race([once(child, 'message'), ended]);
    child.send(args);
    const [first] = await end;
    if (typeof first !== 'object' || first === null) throw new Error(`The command line has crashed.\n${errors}`);
    return first as End;
  };
}
