import { InvalidArgumentError } from 'commander';
import { parseAllowedHost, parseAllowedOrigin } from '../access/callers.ts';
import { fail } from './terminal.ts';

export function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}

type Collect = (text: string, before: readonly string[]) => readonly string[];

/** The values of an `--allow-origin` option, which may be given several times. */
export const collectOrigins = collectBy(
  parseAllowedOrigin,
  'It must be an origin: http://localhost:5173, or http://localhost:* for every port.',
);

/** The values of an `--allow-host` option, which may be given several times. */
export const collectHosts = collectBy(parseAllowedHost, 'It must be a name without a port: mymac.local.');

function collectBy(parse: (text: string) => string, expected: string): Collect {
  return (text, before) => {
    try {
      return [...before, parse(text)];
    } catch {
      throw new InvalidArgumentError(expected);
    }
  };
}

/**
 * Runs a server until the first SIGINT or SIGTERM, and reports it once it listens. Sets the exit code: 130 for Ctrl+C, 0
 * for SIGTERM, by which a supervisor ends what has done its work, 1 with the reason where the server does not start. The
 * same signal again ends the process at once.
 */
export async function serveUntilStopped<Server extends { close(): Promise<void> }>(
  name: string,
  address: string,
  start: () => Promise<Server>,
  report: (server: Server) => void,
): Promise<void> {
  const stopped = stopSignal();
  let server: Server;
  try {
    server = await start();
  } catch (error) {
    return fail(error instanceof TypeError ? `${name} cannot start` : `${name} cannot listen on ${address}`, error);
  }
  report(server);
  await stopped;
  await server.close();
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => {
      process.exitCode = INTERRUPTED;
      resolve();
    });
  });
}

/** What a shell expects of a command that Ctrl+C has ended: 128 + SIGINT. */
const INTERRUPTED = 130;
