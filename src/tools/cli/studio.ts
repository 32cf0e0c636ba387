import { Command } from 'commander';
import { type DevServer, startDevServer } from '../devserver/index.ts';
import { STUDIO_PORT, type StudioServer, startStudio } from '../studio/index.ts';
import { collectOrigins, parsePort, serveUntilStopped } from './listening.ts';
import { reportDenials } from './serve.ts';
import { toPrintable } from './terminal.ts';

/** `sessionchart studio`: the page and the relay, until SIGINT or SIGTERM. */
export function studioCommand(): Command {
  return new Command('studio')
    .description('Watch sessions: serve the page that draws them, and the relay to which programs send their sessions.')
    .option('--port <number>', 'the port, on 127.0.0.1; 0 takes any free one', parsePort, STUDIO_PORT)
    .option(
      '--allow-origin <origin>',
      'let pages of this origin show their sessions (pages of this machine may); repeatable',
      collectOrigins,
      [],
    )
    .option('--dev-server', 'start a development server too, for clients of the page itself')
    .option('--json', 'print one line of JSON instead of text')
    .action(studio);
}

interface StudioCommandOptions {
  readonly port: number;
  readonly allowOrigin: readonly string[];
  readonly devServer?: true;
  readonly json?: true;
}

async function studio({ port, allowOrigin, devServer: wantsDevServer, json }: StudioCommandOptions): Promise<void> {
  const report = (line: string) => process.stderr.write(line);
  let devServer: DevServer | undefined;
  const startOwnServer = async (allowedOrigins: readonly string[]) => {
    devServer = await startDevServer({ allowedOrigins });
    devServer.on(reportDenials(report, false));
    return devServer;
  };
  const start = () =>
    startStudio({
      port,
      allowedOrigins: allowOrigin,
      onDrop: (sentence) => report(`${toPrintable(sentence)}\n`),
      ...(wantsDevServer && { devServer: startOwnServer }),
    });
  await serveUntilStopped('The studio', `127.0.0.1:${port}`, start, (server) => {
    const { url, relayUrl } = server;
    const text = json
      ? `${JSON.stringify({ url, relayUrl, devServerUrl: devServer?.url })}\n`
      : describe(server, devServer);
    process.stdout.write(text);
  });
  await devServer?.close();
}

function describe({ url, relayUrl }: StudioServer, devServer: DevServer | undefined): string {
  const options = relayUrl === `ws://127.0.0.1:${STUDIO_PORT}` ? '' : `{ url: '${relayUrl}' }`;
  return `The studio is up.

  page      ${url}
  to show   createChatClient({ ..., inspect: studio(${options}) })
            studio comes from 'sessionchart'; on Node import it from 'sessionchart/node'
${devServer === undefined ? '' : `  server    ${devServer.url}, for clients of the page itself\n`}
Ctrl+C ends it.
`;
}
