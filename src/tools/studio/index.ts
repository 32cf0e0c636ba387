import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { identifyCaller, parseAllowedOrigin } from '../access/callers.ts';
import { closeServer, listen, SAFE_HEADERS } from '../access/http-server.ts';
import { packageFile } from '../package-file.ts';
import { type Page, readPages } from './pages.ts';
import { startRelay } from './relay.ts';

export interface StudioServerOptions {
  /** Default 8789; 0 takes any free one. */
  readonly port?: number;
  /** Origins of pages on other machines that may show their sessions, like `https://app.example`. */
  readonly allowedOrigins?: readonly string[];
  /** Starts, or names, a development server for the page's own clients; it has to allow the origins of the page. */
  readonly devServer?: (pageOrigins: readonly string[]) => Promise<{ readonly url: string; readonly apiKey: string }>;
  /** Where the built page is. Default: next to this program. */
  readonly pageFolder?: string;
  /** Called with a sentence when sessions were dropped, because programs sent more than is kept. */
  readonly onDrop?: (sentence: string) => void;
}

/** A running studio: a page that shows sessions, and the relay that programs send them to. */
export interface StudioServer extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** `ws://127.0.0.1:PORT`: for `studio({ url })`, and for senders and receivers of `@statelyai/inspect`. */
  readonly relayUrl: string;
  close(): Promise<void>;
}

export const STUDIO_PORT = 8789;

/**
 * Starts the studio on the loopback interface. Rejects when the port is taken, and with a `TypeError` for an invalid
 * origin.
 */
export async function startStudio({
  port: wantedPort = STUDIO_PORT,
  allowedOrigins = [],
  devServer: startDevServer,
  pageFolder = packageFile('dist/studio/page/'),
  onDrop = () => {},
}: StudioServerOptions = {}): Promise<StudioServer> {
  const allowed = allowedOrigins.map(parseAllowedOrigin);
  const pages = await readPages(pageFolder);
  const onRequest: RequestListener = (request, response) =>
    void respond(request).then(
      (page) => send(response, page),
      () => response.destroy(),
    );
  const { server, port } = await listen(onRequest, {
    host: HOST,
    port: wantedPort,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    maxConnections: MOST_CONNECTIONS,
  });
  const bound = { host: HOST, port };
  const closeRelay = startRelay(server, { bound, allowedOrigins: allowed, onDrop });
  let closing: Promise<void> | null = null;
  const devServer = startDevServer?.([`http://${HOST}:${port}`, `http://localhost:${port}`]);
  await devServer?.catch(async (error: unknown) => {
    await close();
    throw error;
  });

  async function respond({ method, url = '', headers }: IncomingMessage): Promise<Page> {
    const caller = identifyCaller(headers, bound, []);
    // A link of another page leads here without an Origin, and may.
    if (caller === 'foreignName' || (caller === 'foreignPage' && headers.origin !== undefined)) return REFUSED;
    if (method !== 'GET' && method !== 'HEAD') return GET_ONLY;
    const path = /^[^?#]*/.exec(url)?.[0] ?? '';
    if (path !== '/config.json') return pages(path);
    // A page that was open before asks while the development server still starts.
    const own = await devServer;
    const config = { relay: `ws://${headers.host}`, devServer: own && { url: own.url, apiKey: own.apiKey } };
    return { status: 200, type: 'application/json', body: JSON.stringify(config) };
  }

  function close(): Promise<void> {
    closing ??= closeRelay().then(() => closeServer(server));
    return closing;
  }

  return { url: `http://${HOST}:${port}`, relayUrl: `ws://${HOST}:${port}`, close, [Symbol.asyncDispose]: close };
}

const HOST = '127.0.0.1';
const REQUEST_TIMEOUT_MS = 30_000;
const MOST_CONNECTIONS = 1_000;

const REFUSED: Page = { status: 403, type: 'text/plain', body: 'This name or this page may not use the studio.\n' };
const GET_ONLY: Page = { status: 405, type: 'text/plain', body: 'GET only.\n' };

function send(response: ServerResponse, { status, type, body }: Page): void {
  response.writeHead(status, {
    ...SAFE_HEADERS,
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Content-Security-Policy': "frame-ancestors 'none'",
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
