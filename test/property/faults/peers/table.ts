import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { PEERS } from './clients.ts';
import { HEADLINES, type Reaction } from './headlines.ts';

/*
 * npm run faults -- --peers [--record]
 *
 * Twelve faults on sessionchart, stream-chat and centrifuge, each client in a process of its own.
 */

/** Prints a line for each reaction, and returns the table of all of them. */
export async function comparePeers(print: (line: string) => void): Promise<string> {
  const reactions = new Map<string, Reaction>();
  const startedAtMs = Date.now();
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - startedAtMs) / 1_000);
    print(`${reactions.size} of ${Object.keys(PEERS).length * HEADLINES.length} after ${seconds} s`);
  }, 1_000);
  await Promise.all(
    Object.keys(PEERS).map(async (client) => {
      const child = spawn(process.execPath, ['scripts/run.mjs', 'test/property/faults/peers/child.ts', client], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      for await (const line of createInterface(child.stdout)) {
        if (!line.startsWith('{')) continue;
        const { fault, ...reaction } = JSON.parse(line) as Reaction & { readonly fault: string };
        reactions.set(`${client} ${fault}`, reaction);
        print(`${client}, ${fault}: ${describe(reaction)}`);
      }
    }),
  );
  clearInterval(progress);
  const clients = Object.keys(PEERS);
  const rows = HEADLINES.map(({ name }) => [
    name,
    ...clients.map((client) => describe(reactions.get(`${client} ${name}`))),
  ]);
  return [['fault', ...clients], clients.map(() => '---').concat('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** What is as it should be is left out. */
function describe(reaction: Reaction | undefined): string {
  if (reaction === undefined) return 'the process ended';
  const { outcome, highestOpen, logoutMs, leftOpen, uncaught } = reaction;
  const blemishes = [
    highestOpen > 1 ? `${highestOpen} sockets at once` : '',
    logoutMs === null ? 'the logout never ends' : logoutMs > 2_000 ? `the logout takes ${logoutMs} ms` : '',
    leftOpen > 0 ? `${leftOpen} sockets left after the logout` : '',
    uncaught > 0 ? `${uncaught} errors that nothing handles` : '',
  ];
  return [outcome, ...blemishes].filter((text) => text !== '').join('; ');
}
