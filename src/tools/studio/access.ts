import type { IncomingHttpHeaders } from 'node:http';
import { type BoundAddress, identifyCaller } from '../access/callers.ts';

/**
 * What a request may do.
 *
 * - `read`: sees every session. The studio's own page, and programs that are not browsers.
 * - `send`: shows its own session and sees nothing. Pages that are served on this machine, and those that were allowed.
 * - `nothing`: all other pages.
 */
export type Access = 'read' | 'send' | 'nothing';

export function accessOf(headers: IncomingHttpHeaders, bound: BoundAddress, allowed: readonly string[]): Access {
  switch (identifyCaller(headers, bound, [...PAGES_OF_THIS_MACHINE, ...allowed])) {
    case 'program':
    case 'ownPage':
      return 'read';
    case 'allowedPage':
      return 'send';
    default:
      return 'nothing';
  }
}

const PAGES_OF_THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'].flatMap((host) => [
  `http://${host}:*`,
  `https://${host}:*`,
]);
