import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

/*
 * Which pages may use a server of this machine. Every page that a browser opens here can reach the loopback interface,
 * so a request counts by the headers that a page cannot forge: Host, Origin, Sec-Fetch-Site.
 */

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
  allowedHosts: readonly string[] = [],
): Caller {
  const { host, origin } = headers;
  if (host === undefined || !isOwnName(host, bound, allowedHosts)) return 'foreignName';
  if (origin === `http://${host}`) return 'ownPage';
  if (origin !== undefined) return isAllowedOrigin(origin, allowedOrigins) ? 'allowedPage' : 'foreignPage';
  // Without an Origin: a script, image or link of some page, unless the browser rules that out.
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'none' || site === 'same-origin' ? 'program' : 'foreignPage';
}

/** A name that another page's DNS has pointed here is still the name in its requests. */
function isOwnName(authority: string, { host, port }: BoundAddress, allowedHosts: readonly string[]): boolean {
  const { name, port: given = '80' } = /^(?<name>\[[^\]]*\]|[^:]*)(?::(?<port>\d+))?$/.exec(authority)?.groups ?? {};
  if (name === undefined) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  // At any port: a tunnel, or a container, has another one in front.
  if (allowedHosts.some((allowed) => (allowed.startsWith('.') ? `.${bare}`.endsWith(allowed) : bare === allowed))) {
    return true;
  }
  if (Number(given) !== port) return false;
  if (LOOPBACK.includes(bare)) return true;
  // Bound to other interfaces by its owner: their addresses are not known here, but no DNS stands behind an address.
  return !LOOPBACK.includes(host) && (bare === host.toLowerCase() || isIP(bare) !== 0);
}

const LOOPBACK = ['localhost', '127.0.0.1', '::1'];

/**
 * Checks and normalises an entry of `allowedHosts`: `mymac.local`, or `.example.com` for that name and every name below it.
 */
export function parseAllowedHost(text: string): string {
  const name = text.replace(/^\./, '');
  if (/[^\p{L}\p{N}._-]/u.test(name) || !URL.canParse(`http://${name}`)) {
    throw new TypeError(`${text} is not a host name like mymac.local or .example.com`);
  }
  return `${text.slice(0, -name.length)}${new URL(`http://${name}`).hostname}`;
}

/** The origin of a web view or an extension: `capacitor://localhost`, `chrome-extension://abc`, `file://`. */
const OF_AN_APP = /^(?!(?:https?|wss?|ftp):)[a-z][a-z\d+.-]*:\/\/[\w.-]*$/;

/**
 * Checks and normalises an entry of `allowedOrigins`: `https://app.example`, `http://localhost:*` for every port, that of
 * an app (`capacitor://localhost`), or `null` for pages without an origin (files, sandboxed frames), which any site can make.
 */
export function parseAllowedOrigin(text: string): string {
  if (text === 'null' || OF_AN_APP.test(text)) return text;
  const { scheme, rest } = /^(?<scheme>https?:\/\/)(?<rest>[^/?#@\s]+)\/?$/.exec(text)?.groups ?? {};
  const withPort = `${scheme}${rest?.replace(/:\*$/, ':1')}`;
  if (rest === undefined || rest.includes('*', rest.endsWith(':*') ? rest.length : 0) || !URL.canParse(withPort)) {
    throw new TypeError(`${text} is not an origin like http://localhost:5173 or http://localhost:*`);
  }
  const { origin } = new URL(withPort);
  return rest.endsWith(':*') ? origin.replace(/:1$/, ':*') : origin;
}

/** Whether `origin`, a request's header, is among `allowed`, which {@link parseAllowedOrigin} has made. */
function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  if (origin === 'null' || OF_AN_APP.test(origin)) return allowed.includes(origin);
  if (!URL.canParse(origin)) return false;
  const { origin: normalised, protocol, hostname } = new URL(origin);
  return normalised === origin && (allowed.includes(origin) || allowed.includes(`${protocol}//${hostname}:*`));
}
