import type { IncomingMessage } from 'node:http';
import { type BoundAddress, identifyCaller } from '../access/callers.ts';
import { ApiError } from './error-codes.ts';
import type { EventLog } from './event-log.ts';

/** What a request may do: `origin` is the page that may read the response, `null` where no browser asks. */
export type Admission = { readonly origin: string | null } | { readonly denial: ApiError };

/**
 * Admits programs, the server's own pages and allowed ones, for HTTP and upgrades alike; reports everything else.
 * `bound` is asked with each request, which comes only once the server listens.
 */
export function createGate(
  allowedOrigins: readonly string[],
  bound: () => BoundAddress,
  log: EventLog,
): (request: IncomingMessage) => Admission {
  function deny(reason: 'host' | 'origin', value: string, message: string): Admission {
    log.emit({ type: 'accessDenied', userId: null, reason, value });
    return { denial: new ApiError(17, message) };
  }

  return ({ headers }) => {
    const { host = '', origin } = headers;
    const caller = identifyCaller(headers, bound(), allowedOrigins);
    if (caller === 'foreignName') return deny('host', host, 'The Host header does not name this development server');
    if (caller === 'foreignPage')
      return deny('origin', origin ?? '', 'Pages of this origin may not use this development server: allowedOrigins');
    return { origin: origin ?? null };
  };
}
