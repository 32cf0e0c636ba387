import type { IncomingMessage } from 'node:http';
import { type BoundAddress, identifyCaller } from '../access/callers.ts';
import { ApiError } from './error-codes.ts';
import type { EventLog } from './event-log.ts';

/** What a request may do: `origin` is the page that may read the response, `null` where no browser asks. */
export type Admission = { readonly origin: string | null } | { readonly denial: ApiError };

export interface GateDependencies {
  readonly allowedOrigins: readonly string[];
  /** Where the server listens; asked for with each request, which comes only once it does. */
  readonly bound: () => BoundAddress;
  readonly log: EventLog;
}

/** Admits programs, the server's own pages and allowed ones, for HTTP and upgrades alike; reports everything else. */
export function createGate({ allowedOrigins, bound, log }: GateDependencies): (request: IncomingMessage) => Admission {
  function deny(reason: 'host' | 'origin', value: string, message: string): Admission {
    log.emit({ type: 'accessDenied', userId: null, reason, value });
    return { denial: new ApiError(17, message) };
  }

  return ({ headers }) => {
    const { host = '', origin = null } = headers;
    switch (identifyCaller(headers, bound(), allowedOrigins)) {
      case 'foreignName':
        return deny('host', host, 'The Host header does not name this development server');
      case 'foreignPage':
        return deny('origin', origin ?? '', 'Pages of this origin may not use this development server: allowedOrigins');
      default:
        return { origin };
    }
  };
}
