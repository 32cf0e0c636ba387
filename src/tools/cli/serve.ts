import { Command } from 'commander';
import { type DevServer, startDevServer } from '../devserver/index.ts';
import { parsePort, stopSignal, whyNotListening } from './listening.ts';

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
  const stopped = stopSignal();
  let server: DevServer;
  try {
    server = await startDevServer(options);
  } catch (error) {
    process.stderr.write(`The server cannot listen on ${options.host}:${options.port}: ${whyNotListening(error)}\n`);
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
