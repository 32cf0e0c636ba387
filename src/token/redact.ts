/*
 * A token never gets into a message, a report or an `error.cause` (law 9). Texts from outside, and whatever apps and
 * servers throw, pass here first.
 */

const REPLACEMENT = '[token]';

/** Of what a JWT is made. One that stands in a text is all of such a run, or its end. */
const RUN = /[\w.-]+/g;
/** `{"` and `{ ` in base64url begin with `ey`, `{` and a line break with `ew`: two such segments make a JWT. */
const SEGMENT = /^e[wy][\w-]{2,}/;
const SHORTEST_FIRST_SEGMENT = 10;
/** The beginning of one that was cut off, as in a shortened log line. */
const SHORTEST_PART = 11;

/** Shorter "tokens" are words; replacing them would only garble the message. */
const SHORTEST_KNOWN_TOKEN = 4;

/**
 * `text` with everything that looks like a JWT, and every one of `knownTokens`, replaced by `[token]`. Takes time in
 * proportion to the text.
 */
export function redact(text: string, knownTokens: readonly string[] = []): string {
  let clean = text;
  for (const token of knownTokens) {
    if (token.length >= SHORTEST_KNOWN_TOKEN) clean = clean.split(token).join(REPLACEMENT);
  }
  return clean.replace(RUN, redactRun);
}

/** Runs are found whole and searched once: a pattern for a JWT alone would try again from each of its characters. */
function redactRun(run: string): string {
  if (run.length < SHORTEST_FIRST_SEGMENT) return run;
  const segments = run.split('.');
  let startOfSegment = 0;
  for (const [index, segment] of segments.entries()) {
    const at = startOfToken(segment, segments[index + 1] ?? '');
    if (at >= 0) return run.slice(0, startOfSegment + at) + REPLACEMENT;
    startOfSegment += segment.length + 1;
  }
  return run;
}

function startOfToken(segment: string, next: string): number {
  const whole = segment.search(/e[wy]/);
  if (whole >= 0 && segment.length - whole >= SHORTEST_FIRST_SEGMENT && SEGMENT.test(next)) return whole;
  const part = segment.indexOf('eyJ');
  return part >= 0 && segment.length - part >= SHORTEST_PART ? part : -1;
}

export interface DescribedCause {
  /** One line, free of tokens, for a message. */
  readonly text: string;
  /** The value itself, unless a token was found in it or it is too large to be sure: then a copy without. */
  readonly cause: unknown;
}

/** Describes whatever was thrown. Never throws, also where reading the value does. */
export function describeCause(cause: unknown, knownTokens: readonly string[] = []): DescribedCause {
  const text = shorten(excerpt(textOf(cause), knownTokens));
  const search: Search = { knownTokens, seen: new Set(), left: MOST_CHARACTERS };
  return { text, cause: isClean(cause, search, 0) ? cause : copyOf(cause, knownTokens, 0) };
}

const LONGEST_TEXT = 300;
const LONGEST_EXCERPT = 4_096;
const DEEPEST = 5;
const MOST_VALUES = 500;
/** Of texts and keys together, and a value counts as one. */
const MOST_CHARACTERS = 65_536;

/** The beginning of a text, without tokens and without what may be the beginning of one that is cut off here. */
function excerpt(text: string, knownTokens: readonly string[]): string {
  if (text.length <= LONGEST_EXCERPT) return redact(text, knownTokens);
  return `${redact(withoutEdge(text.slice(0, LONGEST_EXCERPT), knownTokens), knownTokens)}…`;
}

function withoutEdge(text: string, knownTokens: readonly string[]): string {
  let startOfRun = text.length;
  while (startOfRun > 0 && /[\w.-]/.test(text.charAt(startOfRun - 1))) startOfRun -= 1;
  const at = text.slice(startOfRun).search(/e(?:[wy]|$)/);
  let clean = at < 0 ? text : text.slice(0, startOfRun + at);
  for (const token of knownTokens) {
    let length = Math.min(token.length - 1, clean.length);
    while (length >= SHORTEST_KNOWN_TOKEN && !clean.endsWith(token.slice(0, length))) length -= 1;
    if (length >= SHORTEST_KNOWN_TOKEN) clean = clean.slice(0, -length);
  }
  return clean;
}

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
  /** How many characters may still be looked at. */
  left: number;
}

/** Whether a printer that walks the value (`util.inspect`, a crash reporter) would meet no token. In doubt: no. */
function isClean(value: unknown, search: Search, depth: number): boolean {
  search.left -= typeof value === 'string' ? value.length : 1;
  if (search.left < 0) return false;
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
  if (!isError(value)) return excerpt(textOf(value), knownTokens);
  const nested = depth < DEEPEST ? read(value, 'cause') : undefined;
  const cause = nested === undefined ? undefined : { cause: copyOf(nested, knownTokens, depth + 1) };
  const copy = new Error(excerpt(textOf(value), knownTokens), cause);
  for (const property of ['name', 'stack', 'code']) {
    const original = read(value, property);
    if (typeof original === 'string') define(copy, property, excerpt(original, knownTokens));
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
