/**
 * A query string, byte for byte as `URLSearchParams` would write it, which React Native lacks. Entries whose value is
 * `undefined` are left out.
 */
export function encodeQuery(entries: Readonly<Record<string, string | undefined>>): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(entries)) {
    if (value !== undefined) pairs.push(`${encodePart(name)}=${encodePart(value)}`);
  }
  return pairs.join('&');
}

/** `encodeURIComponent` throws at one; a pair of surrogates is one character. */
const LONE_SURROGATE = /[\uD800-\uDFFF]/gu;
/** What `encodeURIComponent` leaves as it is, and forms do not. */
const UNENCODED = /[!'()~]/g;

function encodePart(text: string): string {
  return encodeURIComponent(text.replace(LONE_SURROGATE, '\uFFFD'))
    .replace(UNENCODED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}

/*
 * What the session itself puts into a query. Given twice, a name has two values, and some servers read the first.
 */

/** Whether the name, as a server would read it, is one of the session's own. */
export function isReserved(reserved: readonly string[], name: string): boolean {
  return reserved.some((own) => own.toLowerCase() === name.toLowerCase());
}

/** The first name in the query of `path` that is the session's own, percent-encoded or not; `null` where there is none. */
export function reservedNameIn(reserved: readonly string[], path: string): string | null {
  // URL parsers drop these characters wherever they stand.
  const [, ...query] = path.replace(/[\t\n\r]/g, '').split('?');
  for (const pair of query.join('?').split('&')) {
    const name = decoded(pair.split('=', 1)[0] ?? '');
    if (isReserved(reserved, name)) return name;
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
