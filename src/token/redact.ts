/*
 * A token never gets into a message, a report or an `error.cause` (law 9). Text from outside, and what apps and servers
 * throw, passes here first. No object of theirs is kept: what they threw may be, hold or print the token.
 */

const REPLACEMENT = '[token]';

/** What a token is made of. */
const RUN = /[\w.~+%-]{10,}/g;
/** Shorter "tokens" are words; replacing them would only garble the message. */
const SHORTEST_KNOWN_TOKEN = 4;
/** In what others throw, a run this long with a digit in it is taken for a token, whatever its form. */
const SHORTEST_OPAQUE_TOKEN = 24;
/** And so is a text that is nothing but one such word. */
const SHORTEST_LONE_TOKEN = 12;

/** `text` with everything that looks like a JWT, and every one of `knownTokens`, replaced by `[token]`. */
export function redact(text: string, knownTokens: readonly string[] = []): string {
  return withoutKnown(text, knownTokens).replace(RUN, (run) => (holdsJwt(run) ? REPLACEMENT : run));
}

/** For what others throw, which may be an opaque token as well. */
function redactStrictly(text: string): string {
  const shortest = /\s/.test(text) ? SHORTEST_OPAQUE_TOKEN : SHORTEST_LONE_TOKEN;
  return text.replace(RUN, (run) => (holdsJwt(run) || isOpaque(run, shortest) ? REPLACEMENT : run));
}

function withoutKnown(text: string, knownTokens: readonly string[]): string {
  let clean = text;
  for (const token of knownTokens) {
    if (token.length >= SHORTEST_KNOWN_TOKEN) clean = clean.split(token).join(REPLACEMENT);
  }
  return clean;
}

/** `{"` in base64url is `eyJ`; `{ ` and `{` with a line break begin with `ey` and `ew`, and so do two segments of a JWT. */
function holdsJwt(run: string): boolean {
  if (run.includes('eyJ')) return true;
  const segments = run.split('.');
  return segments.some((segment, index) => /e[wy]/.test(segment) && /^e[wy][\w-]{2,}/.test(segments[index + 1] ?? ''));
}

function isOpaque(run: string, shortest: number): boolean {
  return run.split('.').some((segment) => segment.length >= shortest && /\d/.test(segment));
}

export interface DescribedCause {
  /** One line, free of tokens, for a message. */
  readonly text: string;
  /** A copy, free of tokens: an `Error` for an error, its text for anything else. */
  readonly cause: unknown;
}

/** Describes what was thrown. Never throws, also where reading the value does. */
export function describeCause(cause: unknown, knownTokens: readonly string[] = []): DescribedCause {
  const text = excerpt(textOf(cause), knownTokens).replace(/\s+/g, ' ').trim();
  return { text: shorten(text, LONGEST_TEXT), cause: copyOf(cause, knownTokens, 0) };
}

const LONGEST_TEXT = 300;
const LONGEST_EXCERPT = 4_096;
const DEEPEST = 5;

/** The beginning of a text. The word that is cut off at its end goes too: it may be the beginning of a token. */
function excerpt(text: string, knownTokens: readonly string[]): string {
  const clean = withoutKnown(text, knownTokens);
  if (clean.length <= LONGEST_EXCERPT) return redactStrictly(clean);
  const beginning = clean.slice(0, LONGEST_EXCERPT);
  const end = Math.max(beginning.lastIndexOf(' '), beginning.lastIndexOf('\n'), 0);
  return `${redactStrictly(beginning.slice(0, end))}…`;
}

function shorten(text: string, longest: number): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

function textOf(value: unknown): string {
  const message = read(value, 'message');
  if (typeof message === 'string' && message !== '') {
    const nested = reasonIn(read(value, 'cause'));
    return nested === '' ? message : `${message} (${nested})`;
  }
  if (typeof value === 'string') return value;
  const name = read(value, 'name');
  return typeof name === 'string' && name !== '' ? name : `a value of type ${typeof value}`;
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

function copyOf(value: unknown, knownTokens: readonly string[], depth: number): unknown {
  if (value === undefined) return undefined;
  if (!isError(value)) return excerpt(textOf(value), knownTokens);
  const nested = depth < DEEPEST ? read(value, 'cause') : undefined;
  const message = read(value, 'message');
  const copy = new Error(
    excerpt(typeof message === 'string' ? message : '', knownTokens),
    nested === undefined ? undefined : { cause: copyOf(nested, knownTokens, depth + 1) },
  );
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
