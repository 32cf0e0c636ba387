import { InvalidArgumentError } from 'commander';
import { parseAllowedOrigin } from '../access/origins.ts';
import { fail } from './terminal.ts';

/** The value of a `--port` option. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}

/** The values of an `--allow-origin` option, which may be given several times. */
export function collectOrigins(text: string, before: readonly string[]): readonly string[] {
  try {
    return [...before, parseAllowedOrigin(text)];
  } catch {
    throw new InvalidArgumentError(
      'It must be an origin: http://localhost:5173, or http://localhost:* for every port.',
    );
  }
}

/** Ends the command with 1 and the reason why `server` did not start. */
export function failToStart(server: string, address: string, error: unknown): void {
  fail(error instanceof TypeError ? `${server} cannot start` : `${server} cannot listen on ${address}`, error);
}

/**
 * Resolves at the first SIGINT or SIGTERM, and sets the exit code: 130 for Ctrl+C, 0 for SIGTERM, by which a supervisor
 * ends what has done its work. The same signal again ends the process at once.
 */
export function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    process.once('SIGTERM', () => resolve('SIGTERM'));
    process.once('SIGINT', () => {
      process.exitCode = INTERRUPTED;
      resolve('SIGINT');
    });
  });
}

/** What a shell expects of a command that Ctrl+C has ended: 128 + SIGINT. */
const INTERRUPTED = 130;
