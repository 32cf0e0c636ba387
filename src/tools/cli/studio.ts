import { Command } from 'commander';
import { type DevServer, startDevServer } from '../devserver/index.ts';
import { STUDIO_PORT, type StudioServer, startStudio } from '../studio/index.ts';
import { parsePort, stopSignal, whyNotListening } from './listening.ts';

/** `sessionchart studio`: the page and the relay, until SIGINT or SIGTERM. */
export function studioCommand(): Command {
  return new Command('studio')
    .description('Watch sessions: serve the page that draws them, and the relay by which programs show theirs.')
    .option('--port <number>', 'the port, on 127.0.0.1; 0 takes any free one', parsePort, STUDIO_PORT)
    .option('--allow-origin <origin...>', 'let pages of this origin show their sessions; pages of this machine may')
    .option('--dev-server', 'start a development server too, for clients of the page itself')
    .option('--json', 'print one line of JSON instead of text')
    .action(studio);
}

interface StudioCommandOptions {
  readonly port: number;
  readonly allowOrigin?: readonly string[];
  readonly devServer?: true;
  readonly json?: true;
}

async function studio({ port, allowOrigin, devServer: wantsDevServer, json }: StudioCommandOptions): Promise<void> {
  const stopped = stopSignal();
  let devServer: DevServer | undefined;
  let server: StudioServer;
  try {
    devServer = wantsDevServer && (await startDevServer());
    server = await startStudio({
      port,
      ...(allowOrigin !== undefined && { allowedOrigins: allowOrigin }),
      ...(devServer !== undefined && { devServer: { url: devServer.url, apiKey: devServer.apiKey } }),
    });
  } catch (error) {
    process.stderr.write(`The studio cannot listen on 127.0.0.1:${port}: ${whyNotListening(error)}\n`);
    process.exitCode = 1;
    await devServer?.close();
    return;
  }
  const { url, relayUrl } = server;
  process.stdout.write(
    json ? `${JSON.stringify({ url, relayUrl, devServerUrl: devServer?.url })}\n` : describe(server, devServer),
  );
  await stopped;
  await server.close();
  await devServer?.close();
}

function describe({ url, relayUrl }: StudioServer, devServer: DevServer | undefined): string {
  const options = relayUrl === `ws://127.0.0.1:${STUDIO_PORT}` ? '' : `{ url: '${relayUrl}' }`;
  return `The studio is up.

  page      ${url}
  to show   createChatClient({ ..., inspect: studio(${options}) })
            studio is in 'sessionchart'; on Node take that of 'sessionchart/node'
${devServer === undefined ? '' : `  server    ${devServer.url}, for clients of the page itself\n`}
Ctrl+C ends it.
`;
}
