import { invalidArgument } from '../../errors.ts';
import { reservedNameIn } from '../../protocol/query.ts';

/**
 * Checks a path that is put behind the base URL. It is read as `fetch` will read it: what URL
 * parsers drop or take for a slash or a host is refused, and dot segments, percent-encoded or not, must not lead above the base
 * URL, because the request carries the user's token. What only a server takes for a dot segment is refused everywhere.
 *
 * @throws SessionError `invalidArgument` that names `path`.
 */
export function checkPath(path: unknown, reserved: readonly string[]): void {
  if (typeof path !== 'string' || !path.startsWith('/')) throw invalidArgument('path', 'must begin with "/"');
  if (path.startsWith('//')) throw invalidArgument('path', 'must not name another host');
  if (path.includes('#')) throw invalidArgument('path', 'must hold no "#"');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\x00-\x1f\x7f]/.test(path)) throw invalidArgument('path', 'must hold no control characters');
  const [route = ''] = path.split('?', 1);
  if (route.includes('\\')) throw invalidArgument('path', 'must hold no backslash');
  if (leadsAbove(route)) throw invalidArgument('path', 'must not lead above the base URL');
  const taken = reservedNameIn(reserved, path);
  if (taken !== null) throw invalidArgument('path', `must not hold ${taken}: the session sets it`);
}

function leadsAbove(route: string): boolean {
  let depth = 0;
  return route
    .slice(1)
    .split('/')
    .some((segment) => {
      const name = segment.replace(/%2e/gi, '.');
      if (name !== '.') depth += name === '..' ? -1 : 1;
      return depth < 0 || (name !== '..' && holdsDotSegment(segment));
    });
}

/** Servers may decode more than `fetch` does, more than once, overlong forms too, and drop what follows a semicolon. */
function holdsDotSegment(segment: string): boolean {
  let text = segment;
  for (let pass = 0; pass < MOST_PASSES; pass += 1) text = text.replace(/%(?:c([01])%)?([\da-f]{2})/gi, characterOf);
  return /(?:^|[/\\])\.\.(?:[/\\;]|$)/.test(text);
}

const MOST_PASSES = 5;

const characterOf = (_: string, high: string | undefined, low: string): string =>
  String.fromCharCode(
    high === undefined ? Number.parseInt(low, 16) : Number(high) * 64 + (Number.parseInt(low, 16) % 64),
  );
