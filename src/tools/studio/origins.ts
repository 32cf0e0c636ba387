import type { IncomingHttpHeaders } from 'node:http';

/*
 * Whom the studio talks to. It listens on this machine only, but every page that a browser opens here could reach it,
 * and what it shows is nobody else's business.
 */

/**
 * - `read`: sees every session. The studio's own page, and programs that are no browser.
 * - `send`: shows its own session and sees nothing. Pages that are served on this machine, and those that were allowed.
 * - `nothing`: all other pages.
 */
export type Access = 'read' | 'send' | 'nothing';

export function accessOf(headers: IncomingHttpHeaders, allowed: readonly string[]): Access {
  const { host, origin } = headers;
  if (!isOfThisMachine(host)) return 'nothing';
  if (origin === undefined) return 'read';
  if (!URL.canParse(origin)) return 'nothing';
  const url = new URL(origin);
  if (url.protocol === 'http:' && url.host === host) return 'read';
  return isOfThisMachine(url.host) || allowed.includes(url.origin) ? 'send' : 'nothing';
}

/** A name that a page elsewhere made lead here (DNS rebinding) is still the name in its requests. */
export function isOfThisMachine(host: string | undefined): boolean {
  return /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host ?? '');
}
