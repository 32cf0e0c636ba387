import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { BoundAddress } from './callers.ts';

interface HttpServerOptions extends BoundAddress {
  /** Bounds a whole request: what a slow or an endless sender can hold. */
  readonly requestTimeoutMs: number;
  readonly maxConnections: number;
}

/** Starts an HTTP server. Rejects when the address cannot be bound. */
export async function listen(
  onRequest: RequestListener,
  { host, port, requestTimeoutMs, maxConnections }: HttpServerOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const limits = {
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(10_000, requestTimeoutMs),
    connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
    keepAliveTimeout: 5_000,
  };
  const server = createServer(limits, onRequest);
  server.maxConnections = maxConnections;
  server.listen(port, host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** Cuts all connections and frees the port. */
export async function closeServer(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

/** A browser never runs, frames or embeds elsewhere what is sent with these. */
export const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;
