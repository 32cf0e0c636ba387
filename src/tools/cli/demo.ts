import { Command, InvalidArgumentError } from 'commander';
import { studio as attachStudio, STUDIO_URL } from '../../inspect/studio.ts';

/** `sessionchart demo`: a whole session, step by step. Ends with 0, or with 1 and the reason. */
export function demoCommand(): Command {
  return new Command('demo')
    .description('Show one session from login to logout, with faults, a killed process and its restoration.')
    .option('--time-limit <seconds>', 'fail when it takes longer', parseSeconds, 20)
    .option('--studio', 'show the session in the studio that `sessionchart studio` started')
    .option('--studio-url <url>', 'show it in a studio at another address', parseStudioUrl)
    .action(run);
}

interface DemoCommandOptions {
  readonly timeLimit: number;
  readonly studio?: true;
  readonly studioUrl?: string;
}

/** The demo is an example like others; only this command loads it. */
async function run({ timeLimit, studio, studioUrl }: DemoCommandOptions): Promise<void> {
  const { demo } = await import('../../../examples/demo/main.ts');
  await demo({ timeLimit, studioUrl: studioUrl ?? (studio ? STUDIO_URL : null) });
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0 && seconds <= 3_600))
    throw new InvalidArgumentError('It must be a number of seconds above 0 and up to 3600.');
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
