import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { studio as attachStudio, STUDIO_URL } from '../../inspect/studio.ts';
import { createNarrator } from './demo/narrator.ts';
import { tellStory } from './demo/story.ts';

/** `sessionchart demo`: a whole session before one's eyes. Ends with 0, or with 1 and the reason. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Show one session from login to logout: faults, a killed process and its restoration included.')
    .option('--time-limit <seconds>', 'fail when it takes longer', parseSeconds, 20)
    .option('--studio [url]', 'show the session in the studio that `sessionchart studio` started', parseStudioUrl)
    .action(demo);
}

interface DemoOptions {
  readonly timeLimit: number;
  readonly studio?: true | string;
}

async function demo({ timeLimit, studio }: DemoOptions): Promise<void> {
  const narrator = createNarrator((text) => process.stdout.write(text));
  const over = new AbortController();
  const limit = setTimeout(() => over.abort(new Error(`It took longer than ${timeLimit} s`)), timeLimit * 1000);
  process.once('SIGINT', () => over.abort(new Error('It was interrupted')));
  let folder: string | null = null;
  try {
    folder = await mkdtemp(join(tmpdir(), 'sessionchart-demo-'));
    const studioUrl = studio === true ? STUDIO_URL : (studio ?? null);
    await tellStory(narrator, { userFile: join(folder, 'user.json'), studioUrl, signal: over.signal });
  } catch (error) {
    process.stderr.write(`\nThe demo failed. ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  } finally {
    clearTimeout(limit);
    over.abort(new Error('The demo is over'));
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
    throw new InvalidArgumentError('It must be ws://host:port, as the studio says it.');
  }
}
