import type { ServerOptions } from 'node:http';

/** Bounds for `createServer`: what a slow or an endless sender can hold. `requestTimeoutMs` bounds a whole request. */
export function serverLimits(requestTimeoutMs: number): ServerOptions {
  return {
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(10_000, requestTimeoutMs),
    connectionsCheckingInterval: Math.min(1_000, requestTimeoutMs),
    keepAliveTimeout: 5_000,
  };
}

/** A browser never runs, frames or embeds elsewhere what is sent with these. */
export const SAFE_HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;
