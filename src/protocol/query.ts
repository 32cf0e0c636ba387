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

/** A pair of surrogates is one character; a lone one is none, and `encodeURIComponent` throws at it. */
const SURROGATES = /[\uD800-\uDBFF][\uDC00-\uDFFF]|[\uD800-\uDFFF]/g;
/** What `encodeURIComponent` leaves as it is, and forms do not. */
const UNENCODED = /[!'()~]/g;

function encodePart(text: string): string {
  return encodeURIComponent(text.replace(SURROGATES, (found) => (found.length === 2 ? found : '\uFFFD')))
    .replace(UNENCODED, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/%20/g, '+');
}
