/*
 * A token never gets into a message, a report or an `error.cause` (law 9). Text from outside, and what apps and servers
 * throw, passes here first. No object of theirs is kept: what they threw may be, hold or print the token. Of their text,
 * words and numbers are kept: nothing else distinguishes a token that is not known.
 */

const REPLACEMENT = '[token]';

/** What a JWT may be stuck to. */
const RUN = /[\w.~+%-]{10,}/g;
/** Shorter "tokens" are words; replacing them would only garble the message. */
const SHORTEST_KNOWN_TOKEN = 4;
const LONGEST_WORD = 30;

/** `text` with everything that looks like a JWT, and every one of `knownTokens`, replaced by `[token]`. */
export function redact(text: string, knownTokens: readonly string[] = []): string {
  return withoutKnown(text, knownTokens).replace(RUN, (run) => (holdsJwt(run) ? REPLACEMENT : run));
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

/** What an unknown token may be made of. */
const ANY_RUN = /[\p{L}\p{M}\p{N}_.~+%=-]+/gu;

const piecesOf = (text: string): string[] => text.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);

/** A word of any language, perhaps of several in camel case or with a number behind it; or a number. */
function isWord(piece: string): boolean {
  if (piece.length > LONGEST_WORD || !/^(?:\d{1,5}|[\p{L}\p{M}]+\d{0,4})$/u.test(piece)) return false;
  return !piece.includes('eyJ') && (piece.match(/\p{Ll}\p{Lu}/gu)?.length ?? 0) * 3 <= piece.length;
}

/** Five or more short pieces in a row, as of a token with something between its characters. */
const SHORT_PIECES = /(?<![\p{L}\p{N}])[\p{L}\p{N}]{1,4}(?:[^\p{L}\p{N}]+[\p{L}\p{N}]{1,4}(?![\p{L}\p{N}])){4,}/gu;

function isSpelledOut(run: string): boolean {
  const pieces = piecesOf(run);
  const joined = pieces.join('');
  if (/^\d+$/.test(joined)) return pieces.length > MOST_NUMBERS;
  return joined.length < pieces.length * 1.5 || pieces.filter((piece) => MIXED.test(piece)).length > 1;
}

/** An address has six. */
const MOST_NUMBERS = 8;
const MIXED = /\d\p{L}|\p{L}\d|\p{Ll}\p{Lu}/u;

/** A text by others, as far as it is words and numbers. More than one run that is neither may be pieces of one token. */
function wordsOf(text: string): string {
  let hidden = 0;
  const hide = (run: string, isClean: boolean) => {
    hidden += isClean ? 0 : 1;
    return isClean ? run : REPLACEMENT;
  };
  const words = text
    .replace(SHORT_PIECES, (run) => hide(run, !isSpelledOut(run)))
    .replace(ANY_RUN, (run) => hide(run, piecesOf(run).every(isWord)));
  return hidden > 1 ? REPLACEMENT : words;
}

export interface DescribedCause {
  /** One line, free of tokens, for a message. */
  readonly text: string;
  /** A copy, free of tokens: an `Error` for an error, its text for anything else. */
  readonly cause: unknown;
}

/** Describes what was thrown. Never throws, also where reading the value does. */
export function describeCause(cause: unknown, knownTokens: readonly string[] = []): DescribedCause {
  const clean = (text: string) => wordsOf(cut(withoutKnown(text, knownTokens)));
  const text = clean(textOf(cause)).replace(/\s+/g, ' ').trim();
  return {
    text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text,
    cause: copyOf(cause, clean, DEEPEST),
  };
}

const LONGEST_TEXT = 300;
const LONGEST_EXCERPT = 4_096;
const DEEPEST = 5;

/** The beginning of a text. The word that is cut off at its end goes too: it may be the beginning of a token. */
function cut(text: string): string {
  if (text.length <= LONGEST_EXCERPT) return text;
  const beginning = text.slice(0, LONGEST_EXCERPT);
  return `${beginning.slice(0, Math.max(beginning.lastIndexOf(' '), beginning.lastIndexOf('\n'), 0))}…`;
}

function textOf(value: unknown): string {
  const message = textIn(value, 'message');
  if (message !== '') {
    // `fetch failed` says nothing without it.
    const cause = read(value, 'cause');
    const nested = textIn(cause, 'message') || textIn(cause, 'code');
    return nested === '' ? message : `${message} (${nested})`;
  }
  return typeof value === 'string' ? value : textIn(value, 'name') || `a value of type ${typeof value}`;
}

function textIn(value: unknown, property: string): string {
  const text = read(value, property);
  return typeof text === 'string' ? text : '';
}

/** A property of a value that may be anything, a throwing getter included. */
function read(value: unknown, property: string): unknown {
  try {
    return Object(value) === value ? Reflect.get(value as object, property) : undefined;
  } catch {
    return undefined;
  }
}

function copyOf(value: unknown, clean: (text: string) => string, depth: number): unknown {
  if (value === undefined) return undefined;
  if (!isError(value)) return clean(textOf(value));
  const cause = depth === 0 ? undefined : copyOf(read(value, 'cause'), clean, depth - 1);
  const copy = new Error(clean(textIn(value, 'message')), cause === undefined ? undefined : { cause });
  for (const property of ['name', 'stack', 'code']) {
    const original = read(value, property);
    const text = clean(String(typeof original === 'number' ? original : textIn(value, property)));
    const kept = text === String(original) ? original : text;
    if (text !== '') Object.defineProperty(copy, property, { value: kept, enumerable: property === 'code' });
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
