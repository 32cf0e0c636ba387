import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { isAllowedOrigin } from './origins.ts';

/** The address that a server is bound to. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Who sent a request, as far as its headers show.
 *
 * - `program`: no browser, or a person who typed the address.
 * - `ownPage`: a page that this server has served.
 * - `allowedPage`: a page of an allowed origin.
 * - `foreignPage`: any other page.
 * - `foreignName`: the server was reached by a name that is not its own (DNS rebinding).
 */
export type Caller = 'program' | 'ownPage' | 'allowedPage' | 'foreignPage' | 'foreignName';

export function identifyCaller(
  headers: IncomingHttpHeaders,
  bound: BoundAddress,
  allowedOrigins: readonly string[],
): Caller {
  const { host, origin } = headers;
  if (host === undefined || !isOwnName(host, bound)) return 'foreignName';
  if (origin === `http://${host}`) return 'ownPage';
  if (origin !== undefined) return isAllowedOrigin(origin, allowedOrigins) ? 'allowedPage' : 'foreignPage';
  // Without an Origin: a script, image or link of some page, unless the browser rules that out.
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'none' || site === 'same-origin' ? 'program' : 'foreignPage';
}

/** A name that another page's DNS has pointed here is still the name in its requests. */
function isOwnName(authority: string, { host, port }: BoundAddress): boolean {
  const { name, port: given = '80' } = /^(?<name>\[[^\]]*\]|[^:]*)(?::(?<port>\d+))?$/.exec(authority)?.groups ?? {};
  if (name === undefined || Number(given) !== port) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (LOOPBACK.includes(bare)) return true;
  // Bound to other interfaces by its owner: their addresses are not known here, but no DNS stands behind an address.
  return !LOOPBACK.includes(host) && (bare === host.toLowerCase() || isIP(bare) !== 0);
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];
