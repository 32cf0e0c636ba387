import { Command, InvalidArgumentError } from 'commander';
import { type DevServer, startDevServer } from '../devserver/index.ts';

/** `sessionchart serve`: the development server, until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Start the development server: the session protocol on real sockets, with faults on demand.')
    .option('--port <number>', 'the port; 0 takes any free one', parsePort, 8787)
    .option('--host <address>', 'the address to bind; whoever can reach it can get tokens for everybody', '127.0.0.1')
    .option('--api-key <key>', 'the API key that clients give', 'dev-key')
    .option('--secret <secret>', 'signs and verifies tokens (HS256); default: a new random one')
    .option('--json', 'print one line of JSON instead of text')
    .action(serve);
}

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly apiKey: string;
  readonly secret?: string;
  readonly json?: true;
}

async function serve({ json, ...options }: ServeOptions): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    // Once each: a second Ctrl+C ends the process at once.
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
  let server: DevServer;
  try {
    server = await startDevServer(options);
  } catch (error) {
    process.stderr.write(`The server cannot listen on ${options.host}:${options.port}: ${reasonOf(error)}\n`);
    process.exitCode = 1;
    return;
  }
  process.stdout.write(json ? `${JSON.stringify(endpoints(server))}\n` : describe(server));
  await stopped;
  await server.close();
}

function endpoints({ url, apiKey }: DevServer) {
  return {
    url,
    apiKey,
    token: `${url}/dev/token?user_id=alice`,
    faults: `${url}/dev/faults`,
    state: `${url}/dev/state`,
  };
}

function describe(server: DevServer): string {
  const { url, apiKey, token, faults, state } = endpoints(server);
  return `The development server is up.

  base URL  ${url}
  API key   ${apiKey}
  token     curl '${token}&ttl=3600'
  fault     curl ${faults} -d '{"type":"dropSockets","userId":"alice"}'
  state     curl ${state}

It keeps everything in memory. Ctrl+C ends it.
`;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text.trim() === '' || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  }
  return port;
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') return 'the port is taken. Choose another by --port, or 0 for any.';
  return error instanceof Error ? error.message : String(error);
}
