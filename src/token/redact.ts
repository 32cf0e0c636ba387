/*
 * A token never gets into a message, a report or an `error.cause` (law 9). Texts from outside, and whatever apps and
 * servers throw, pass here first.
 */

const REPLACEMENT = '[token]';

/** `{"` and `{ ` in base64url begin with `ey`, `{` and a line break with `ew`: two such segments make a JWT. */
const WHOLE_JWT = /e[wy][\w-]{8,}\.e[wy][\w-]{2,}(?:\.[\w-]*)*/g;
/** The beginning of one that was cut off, as in a shortened log line. */
const PART_OF_JWT = /eyJ[\w-]{8,}(?:\.[\w-]*)*/g;

/** Shorter "tokens" are words; replacing them would only garble the message. */
const SHORTEST_KNOWN_TOKEN = 4;

/** `text` with everything that looks like a JWT, and every one of `knownTokens`, replaced by `[token]`. */
export function redact(text: string, knownTokens: readonly string[] = []): string {
  let clean = text;
  for (const token of knownTokens) {
    if (token.length >= SHORTEST_KNOWN_TOKEN) clean = clean.split(token).join(REPLACEMENT);
  }
  return clean.replace(WHOLE_JWT, REPLACEMENT).replace(PART_OF_JWT, REPLACEMENT);
}

export interface DescribedCause {
  /** One line, free of tokens, for a message. */
  readonly text: string;
  /** The value itself, unless a token was found in it or it is too large to be sure: then a copy without. */
  readonly cause: unknown;
}

/** Describes whatever was thrown. Never throws, also where reading the value does. */
export function describeCause(cause: unknown, knownTokens: readonly string[] = []): DescribedCause {
  const text = shorten(redact(textOf(cause), knownTokens));
  const search: Search = { knownTokens, seen: new Set() };
  return { text, cause: isClean(cause, search, 0) ? cause : copyOf(cause, knownTokens, 0) };
}

const LONGEST_TEXT = 300;
const DEEPEST = 5;
const MOST_VALUES = 500;

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)}…` : line;
}

function textOf(value: unknown): string {
  const message = read(value, 'message');
  if (typeof message === 'string' && message !== '') {
    const nested = reasonIn(read(value, 'cause'));
    return nested === '' ? message : `${message} (${nested})`;
  }
  try {
    return String(value);
  } catch {
    return 'a value that cannot be read';
  }
}

/** `fetch failed` says nothing without it. */
function reasonIn(cause: unknown): string {
  for (const property of ['message', 'code']) {
    const text = read(cause, property);
    if (typeof text === 'string' && text !== '') return text;
  }
  return '';
}

/** A property of a value that may be anything, a throwing getter included. */
function read(value: unknown, property: string): unknown {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return undefined;
  try {
    return Reflect.get(value, property);
  } catch {
    return undefined;
  }
}

interface Search {
  readonly knownTokens: readonly string[];
  readonly seen: Set<object>;
}

/** Whether a printer that walks the value (`util.inspect`, a crash reporter) would meet no token. In doubt: no. */
function isClean(value: unknown, search: Search, depth: number): boolean {
  if (typeof value === 'string') return redact(value, search.knownTokens) === value;
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return true;
  if (search.seen.has(value)) return true;
  if (depth > DEEPEST || search.seen.size >= MOST_VALUES) return false;
  search.seen.add(value);
  try {
    if (value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)) return false;
    if (!isClean(String(value), search, depth)) return false;
    if (value instanceof Error) {
      for (const text of [value.message, value.stack, value.cause]) if (!isClean(text, search, depth + 1)) return false;
    }
    for (const key of Reflect.ownKeys(value)) {
      if (typeof key === 'string' && !isClean(key, search, depth)) return false;
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      if (property !== undefined && 'value' in property && !isClean(property.value, search, depth + 1)) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/** What can be said of `value` without a token: an error for an error, a line of text for anything else. */
function copyOf(value: unknown, knownTokens: readonly string[], depth: number): unknown {
  if (!isError(value)) return redact(textOf(value), knownTokens);
  const nested = depth < DEEPEST ? read(value, 'cause') : undefined;
  const cause = nested === undefined ? undefined : { cause: copyOf(nested, knownTokens, depth + 1) };
  const copy = new Error(redact(textOf(value), knownTokens), cause);
  for (const property of ['name', 'stack', 'code']) {
    const original = read(value, property);
    if (typeof original === 'string') define(copy, property, redact(original, knownTokens));
    else if (typeof original === 'number') define(copy, property, original);
  }
  return copy;
}

function isError(value: unknown): boolean {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

function define(target: object, property: string, value: unknown): void {
  Object.defineProperty(target, property, {
    value,
    configurable: true,
    writable: true,
    enumerable: property === 'code',
  });
}
