import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { escapeActive } from '../../src/tools/cli/terminal.ts';
import { createNarrator } from './narrator.ts';
import { tellStory } from './story.ts';

export interface DemoOptions {
  /** The demo fails when it takes longer, in seconds. */
  readonly timeLimit: number;
  /** The studio to show the session in: its relay's address; `null` for none. */
  readonly studioUrl: string | null;
}

/** Runs the demo on standard output. Sets the exit code: 1 with the reason on stderr, 130 or 143 when it is stopped. */
export async function demo({ timeLimit, studioUrl }: DemoOptions): Promise<void> {
  const narrator = createNarrator((text) => process.stdout.write(text));
  const over = new AbortController();
  const limit = setTimeout(() => over.abort(new Error(`It took longer than ${timeLimit} s`)), timeLimit * 1000);
  const stop = (signal: NodeJS.Signals) => {
    process.exitCode = 128 + constants.signals[signal];
    over.abort(new Error('The demo was stopped'));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  let folder: string | null = null;
  try {
    if (studioUrl !== null && !(await isListening(studioUrl)))
      process.stderr.write(
        `No studio is at ${escapeActive(studioUrl)}: the session is shown in no page.\nStart one first: npx sessionchart studio\n`,
      );
    folder = await mkdtemp(join(tmpdir(), 'sessionchart-demo-'));
    await tellStory(narrator, {
      userFile: join(folder, 'user.json'),
      studioUrl,
      signal: over.signal,
    });
  } catch (error) {
    // Stopped by a signal, it has not failed.
    if (process.exitCode === undefined) {
      process.stderr.write(
        `\nThe demo failed. ${escapeActive(error instanceof Error ? error.message : String(error))}\n`,
      );
      process.exitCode = 1;
    }
  } finally {
    clearTimeout(limit);
    process.off('SIGINT', stop).off('SIGTERM', stop);
    over.abort(new Error('The demo has ended'));
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a server accepts connections there, within a second. */
function isListening(url: string): Promise<boolean> {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port || (protocol === 'wss:' ? 443 : 80)), timeout: 1_000 });
    const end = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false));
  });
}
