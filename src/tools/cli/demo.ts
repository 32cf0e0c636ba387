import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { studio as attachStudio, STUDIO_URL } from '../../inspect/studio.ts';
import { createNarrator } from './demo/narrator.ts';
import { tellStory } from './demo/story.ts';
import { escapeActive } from './terminal.ts';

/** `sessionchart demo`: a whole session, step by step. Ends with 0, or with 1 and the reason. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Show one session from login to logout, with faults, a killed process and its restoration.')
    .option('--time-limit <seconds>', 'fail when it takes longer', parseSeconds, 20)
    .option('--studio', 'show the session in the studio that `sessionchart studio` started')
    .option('--studio-url <url>', 'the same, where the studio is elsewhere', parseStudioUrl)
    .action(demo);
}

interface DemoOptions {
  readonly timeLimit: number;
  readonly studio?: true;
  readonly studioUrl?: string;
}

async function demo({ timeLimit, studio, studioUrl = studio ? STUDIO_URL : undefined }: DemoOptions): Promise<void> {
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
    folder = await mkdtemp(join(tmpdir(), 'sessionchart-demo-'));
    await tellStory(narrator, {
      userFile: join(folder, 'user.json'),
      studioUrl: studioUrl ?? null,
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

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3_600)) throw new InvalidArgumentError('It must be a number of seconds up to 3600.');
  return seconds;
}

function parseStudioUrl(url: string): string {
  try {
    attachStudio({ url });
    return url;
  } catch {
    throw new InvalidArgumentError('It must be ws://host:port, as the studio prints it.');
  }
}
