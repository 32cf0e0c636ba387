/*
 * What the session itself puts into a query. Given twice, a name has two values, and some servers read the first.
 */

const RESERVED: readonly string[] = [
  'user_id',
  'connection_id',
  'api_key',
  'authorization',
  'stream-auth-type',
  'x-stream-client',
];

/** Whether the name, as a server would read it, is one of the session's own. */
export function isReserved(name: string): boolean {
  return RESERVED.includes(name.toLowerCase());
}

/** The first name in the query of `path` that is the session's own, percent-encoded or not; `null` where there is none. */
export function reservedNameIn(path: string): string | null {
  // What URL parsers drop, wherever it stands.
  const [, ...query] = path.replace(/[\t\n\r]/g, '').split('?');
  for (const pair of query.join('?').split('&')) {
    const name = decoded(pair.split('=', 1)[0] ?? '');
    if (isReserved(name)) return name;
  }
  return null;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
