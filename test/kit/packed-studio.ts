import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { bin } from './app.ts';

/* The command `sessionchart studio` of the packed package. */

export interface Studio {
  readonly url: string;
  readonly relayUrl: string;
  readonly devServerUrl?: string;
  readonly child: ChildProcess;
}

/** Starts it for the test that runs. */
export async function startStudio(...options: readonly string[]): Promise<Studio> {
  const child = spawn(process.execPath, [bin, 'studio', '--port', '0', '--json', ...options]);
  onTestFinished(async () => {
    // Cut off, a receiver of @statelyai/inspect would end this process.
    if (child.kill('SIGTERM')) await once(child, 'exit');
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { ...(JSON.parse(line.toString()) as Omit<Studio, 'child'>), child };
}
