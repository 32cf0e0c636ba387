/*
 * Which pages may use a server of this machine. Every page that a browser opens here can reach the loopback interface,
 * so a request counts by the headers that a page cannot forge: Host, Origin, Sec-Fetch-Site.
 */

/**
 * Checks and normalises an entry of `allowedOrigins`: `https://app.example`, `http://localhost:*` for every port, or
 * `null` for pages without an origin (files, sandboxed frames), which any site can make.
 */
export function parseAllowedOrigin(text: string): string {
  if (text === 'null') return text;
  const { scheme, rest } = /^(?<scheme>https?:\/\/)(?<rest>[^/?#@\s]+)\/?$/.exec(text)?.groups ?? {};
  const withPort = `${scheme}${rest?.replace(/:\*$/, ':1')}`;
  if (rest === undefined || rest.includes('*', rest.endsWith(':*') ? rest.length : 0) || !URL.canParse(withPort)) {
    throw new TypeError(`${text} is not an origin like http://localhost:5173 or http://localhost:*`);
  }
  const { origin } = new URL(withPort);
  return rest.endsWith(':*') ? origin.replace(/:1$/, ':*') : origin;
}

/** Whether `origin`, a request's header, is among `allowed`, which {@link parseAllowedOrigin} has made. */
export function isAllowedOrigin(origin: string, allowed: readonly string[]): boolean {
  if (origin === 'null') return allowed.includes(origin);
  if (!URL.canParse(origin)) return false;
  const { origin: normalised, protocol, hostname } = new URL(origin);
  return normalised === origin && (allowed.includes(origin) || allowed.includes(`${protocol}//${hostname}:*`));
}
