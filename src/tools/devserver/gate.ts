import type { IncomingMessage } from 'node:http';
import { identifyCaller } from '../access/callers.ts';
import { ApiError } from './error-codes.ts';
import type { Parts } from './parts.ts';

/** What a request may do: `origin` is the page that may read the response, `null` where no browser asks. */
export type Admission = { readonly origin: string | null } | { readonly denial: ApiError };

export type Gate = (request: IncomingMessage) => Admission;

/**
 * Admits programs, the server's own pages and allowed ones, for HTTP and upgrades alike; reports everything else.
 * `port` is a function because the port is known only once the server listens.
 */
export function createGate({ allowedOrigins, allowedHosts, host: boundHost, log }: Parts, port: () => number): Gate {
  function deny(reason: 'host' | 'origin', value: string, message: string): Admission {
    log.emit({ type: 'accessDenied', userId: null, reason, value });
    return { denial: new ApiError(17, message) };
  }

  return ({ headers }) => {
    const { host = '', origin } = headers;
    const caller = identifyCaller(headers, { host: boundHost, port: port() }, allowedOrigins, allowedHosts);
    if (caller === 'foreignName')
      return deny('host', host, 'The Host header does not name this development server: allowedHosts');
    if (caller === 'foreignPage')
      return deny('origin', origin ?? '', 'Pages of this origin may not use this development server: allowedOrigins');
    return { origin: origin ?? null };
  };
}
