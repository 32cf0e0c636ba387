import { reservedNameIn } from '../../protocol/reserved.ts';

/**
 * What is wrong with a path that is put behind the base URL, or `null`. It is read as `fetch` will read it: what URL
 * parsers drop or take for a slash is refused, and dot segments, percent-encoded or not, must not lead above the base
 * URL, because the request carries the user's token.
 */
export function problemOfPath(path: unknown, reserved: readonly string[]): string | null {
  if (typeof path !== 'string' || !path.startsWith('/')) return 'must begin with "/"';
  if (path.includes('#')) return 'must hold no "#"';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(path)) return 'must hold no control characters';
  const [route = ''] = path.split('?', 1);
  if (route.includes('\\')) return 'must hold no backslash';
  if (leadsAbove(route)) return 'must not lead above the base URL';
  const taken = reservedNameIn(reserved, path);
  return taken === null ? null : `must not hold ${taken}: the session sets it`;
}

function leadsAbove(route: string): boolean {
  let depth = 0;
  for (const segment of route.slice(1).split('/')) {
    const name = decoded(segment);
    if (name === '..') depth -= 1;
    else if (name !== '.') depth += 1;
    // A server may decode once more than `fetch` does.
    if (depth < 0 || /(?:^|[/\\])\.\.(?:[/\\]|$)/.test(name.slice(name === '..' ? 2 : 0))) return true;
  }
  return false;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment.replace(/%2e/gi, '.');
  }
}
