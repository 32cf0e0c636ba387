import { InvalidArgumentError } from 'commander';

/** The value of a `--port` option. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}

/** Why a server could not start, in words. */
export function whyNotListening(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'the port is taken. Choose another by --port, or 0 for any.';
  return error instanceof Error ? error.message : String(error);
}

/** Resolves at SIGINT or SIGTERM. Once each: a second Ctrl+C ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
