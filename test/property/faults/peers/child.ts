import { watchProcess } from '../../endurance/process-faults.ts';
import { HEADLINES, react } from './headlines.ts';

/** Runs every headline fault on the client of this name, and prints a line of JSON for each. */
export async function main([name = '', only = '']: readonly string[]): Promise<never> {
  const faults = watchProcess();
  for (const headline of HEADLINES.filter((each) => each.name.includes(only))) {
    const reaction = await react(name, headline, () => faults.found.length);
    process.stdout.write(`${JSON.stringify({ fault: headline.name, ...reaction })}\n`);
  }
  // A client may go on trying.
  process.exit(0);
}
