import type { Checks } from './input.ts';

/** What names an app at its backend. */
export interface AppOptions {
  readonly apiKey?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly clientName?: string | undefined;
}

const matches = (pattern: RegExp) => (value: unknown) => typeof value === 'string' && pattern.test(value);

/** What each must be for all its later uses: an address, a header, a storage key. */
export const APP_CHECKS: Checks<AppOptions> = {
  apiKey: [matches(/^[!-~]+$/), 'a string of visible ASCII characters without a space, not empty'],
  baseUrl: [isBaseUrl, 'http(s)://host[:port][/path]'],
  clientName: [
    matches(/^[!-~](?:[ -~]*[!-~])?$/),
    'a string of visible ASCII characters with spaces only between them, not empty',
  ],
};

/** A name, or an IPv6 address in brackets; a port; a path. */
const BASE_URL = /^https?:\/\/(?:\[[\da-fA-F:.]+\]|[^\s/?#@:%\\[\]<>^|"`{}]+)(?::(\d{1,5}))?(\/[^\s?#\\]*)?$/i;
/** A path that a URL parser would change. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/** React Native's own `URL` takes anything, and some realms have none; where there is a real one, it decides. */
function isBaseUrl(url: unknown): boolean {
  if (typeof url !== 'string') return false;
  const match = BASE_URL.exec(url);
  if (match === null || Number(match[1] ?? 0) > 65_535 || DOT_SEGMENT.test(match[2] ?? '')) return false;
  try {
    return typeof URL === 'undefined' || Boolean(new URL(url));
  } catch {
    return false;
  }
}
