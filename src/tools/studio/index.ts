import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { isOfThisMachine } from './origins.ts';
import { type Page, readPage } from './pages.ts';
import { startRelay } from './relay.ts';

export interface StudioServerOptions {
  /** Default 8789; 0 takes any free one. */
  readonly port?: number;
  /** Origins of pages on other machines whose sessions may be shown, like `https://app.example`. */
  readonly allowedOrigins?: readonly string[];
  /** A development server for the page's own clients. */
  readonly devServer?: { readonly url: string; readonly apiKey: string };
  /** Where the built page is. Default: beside this program. */
  readonly pageFolder?: string;
}

/** A running studio: a page that shows sessions, and the relay by which programs send them. */
export interface StudioServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `ws://127.0.0.1:PORT`: for `studio({ url })`, and for senders and receivers of `@statelyai/inspect`. */
  readonly relayUrl: string;
  close(): Promise<void>;
}

export const STUDIO_PORT = 8789;

/** Starts the studio on the loopback interface. Rejects when the port is taken. */
export async function startStudio({
  port = STUDIO_PORT,
  allowedOrigins = [],
  devServer,
  pageFolder = fileURLToPath(new URL('../../../dist/studio/page/', import.meta.url)),
}: StudioServerOptions = {}): Promise<StudioServer> {
  const server = createServer(async (request, response) => reply(response, await answer(request)));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const relayUrl = `ws://${host}`;
  const relay = startRelay(server, allowedOrigins);

  async function answer({ method, url, headers }: IncomingMessage): Promise<Page> {
    if (!isOfThisMachine(headers.host)) return { status: 403, type: 'text/plain', body: 'Not by this name.\n' };
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, type: 'text/plain', body: 'GET only.\n' };
    const pathname = /^[^?#]*/.exec(url ?? '')?.[0] ?? '';
    if (pathname !== '/config.json') return readPage(pageFolder, pathname);
    const config = { relay: `ws://${headers.host}`, ...(devServer !== undefined && { devServer }) };
    return { status: 200, type: 'application/json', body: JSON.stringify(config) };
  }

  async function close(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    await relay.close();
    server.closeAllConnections();
    await closed;
  }

  return { url: `http://${host}`, relayUrl, close, [Symbol.asyncDispose]: close };
}

function reply(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, {
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "frame-ancestors 'none'",
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
