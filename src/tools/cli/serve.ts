import { Command } from 'commander';
import { parseAllowedHost, parseAllowedOrigin } from '../access/callers.ts';
import { type DevServer, type DevServerEvent, startDevServer } from '../devserver/index.ts';
import { collectHosts, collectOrigins, parsePort, serveUntilStopped } from './listening.ts';
import { escapeActive, toPrintable } from './terminal.ts';

/** `sessionchart serve`: the development server, until SIGINT or SIGTERM. */
export function serveCommand(): Command {
  return new Command('serve')
    .description('Start the development server: the session protocol on real sockets, with faults on demand.')
    .option('--port <number>', 'the port; 0 takes any free one', parsePort, 8787)
    .option('--host <address>', 'the address to bind; all that can reach it get tokens for every user', '127.0.0.1')
    .option(
      '--allow-origin <origin>',
      'let pages of this origin use it, like http://localhost:5173; repeatable',
      collectOrigins,
      [],
    )
    .option(
      '--allow-host <name>',
      'let it be reached by this name, like mymac.local or that of a tunnel; repeatable',
      collectHosts,
      [],
    )
    .option('--api-key <key>', 'the API key that clients give', 'dev-key')
    .option('--secret <secret>', 'signs and verifies tokens (HS256); default: a new random one')
    .option('--json', 'print one line of JSON instead of text')
    .action(serve);
}

interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly allowOrigin: readonly string[];
  readonly allowHost: readonly string[];
  readonly apiKey: string;
  readonly secret?: string;
  readonly json?: true;
}

function serve({
  json,
  allowOrigin: allowedOrigins,
  allowHost: allowedHosts,
  ...options
}: ServeOptions): Promise<void> {
  const start = () => startDevServer({ ...options, allowedOrigins, allowedHosts });
  return serveUntilStopped('The server', `${options.host}:${options.port}`, start, (server) => {
    process.stdout.write(json ? `${escapeActive(JSON.stringify(endpoints(server)))}\n` : describe(server));
    server.on(reportDenials((line) => process.stderr.write(line), true));
  });
}

/** Writes one line for each page and each name that was refused, however often it tries; with `hasOptions`, how to allow it. */
export function reportDenials(write: (line: string) => void, hasOptions: boolean): (event: DevServerEvent) => void {
  const reported = new Set<string>();
  return (event) => {
    if (event.type !== 'accessDenied' || reported.has(event.value) || reported.size >= MOST_DENIALS) return;
    reported.add(event.value);
    const value = toPrintable(event.value.slice(0, LONGEST_VALUE));
    const hint = (option: string, argument: string, parse: (text: string) => string) =>
      hasOptions && isParsed(argument, parse) ? ` To allow it: ${option} ${argument}` : '';
    if (event.reason === 'host') {
      const option = hint('--allow-host', value.replace(/:\d+$/, ''), parseAllowedHost);
      write(`Refused a request for the host ${value}: it is not a name of this server.${option}\n`);
    } else if (value === '') write('Refused a page that sent no origin.\n');
    else write(`Refused a page of ${value}.${hint('--allow-origin', value, parseAllowedOrigin)}\n`);
  };
}

/** Whether `text` is what an option of the command line takes. */
function isParsed(text: string, parse: (text: string) => string): boolean {
  try {
    return parse(text) === text;
  } catch {
    return false;
  }
}

const MOST_DENIALS = 100;
const LONGEST_VALUE = 200;

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
  API key   ${toPrintable(apiKey)}
  token     curl '${token}&ttl=3600'
  fault     curl ${faults} --json '{"type":"dropSockets","userId":"alice"}'
  state     curl ${state}
  pages     need --allow-origin, for example --allow-origin http://localhost:5173

It keeps everything in memory. Ctrl+C ends it.
`;
}
