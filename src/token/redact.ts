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

/** What a terminal would act on, or what reorders the text around it. */
const ACTIVE = /[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu;

/** `text` in one line, with everything that looks like a JWT, and every one of `knownTokens`, replaced by `[token]`. */
export function redact(text: string, knownTokens: readonly string[] = []): string {
  return withoutKnown(text, knownTokens)
    .replace(RUN, (run) => (holdsJwt(run) ? REPLACEMENT : run))
    .replace(ACTIVE, ' ');
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
  const capitals = piece.match(/\p{Lu}/gu)?.length ?? 0;
  const humps = piece.match(/\p{Ll}\p{Lu}/gu)?.length ?? 0;
  const isSpelledLikeOne = piece.length < 4 || capitals === piece.length || capitals * 5 <= piece.length * 3;
  return (
    isSpelledLikeOne &&
    (humps < 2 || humps * 4 <= piece.length) &&
    !/eyJ|[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]{6}/.test(piece)
  );
}

/** Whether pieces in a row may be those of a token: single characters, numbers, or short ones that are no words. */
function isSpelledOut(text: string): boolean {
  let characters = 0;
  let numbers = 0;
  let mixed = 0;
  return piecesOf(text).some((piece) => {
    characters = piece.length === 1 ? characters + 1 : 0;
    numbers = /^\d+$/.test(piece) ? numbers + 1 : 0;
    mixed = piece.length < 6 ? mixed + Number(/\d\p{L}|\p{L}\d|\p{Ll}\p{Lu}/u.test(piece)) : 0;
    // An address with its port has five numbers.
    return characters > 4 || numbers > 6 || mixed > 1;
  });
}

/** Long enough to be no part of a token that is spelled out; the code of a system error; an HTTP status. */
const PLAIN = /^(?:\p{L}\p{Ll}{4,}|E[A-Z]{4,}|[45]\d\d)$/u;

const REPEATED = /\[token\](?:[^\p{L}\p{M}\p{N}[()]*\[token\])+/gu;

/**
 * A text by others, as far as it is words and numbers. Two runs that are neither may be parts of one token: then only what
 * is plain is kept.
 */
function wordsOf(text: string): string {
  let hidden = 0;
  const words = text.replace(ANY_RUN, (run) => {
    if (piecesOf(run).every(isWord)) return run;
    hidden += 1;
    return REPLACEMENT;
  });
  if (hidden < 2 && !isSpelledOut(text)) return words;
  return words.replace(ANY_RUN, (run) => (PLAIN.test(run) ? run : REPLACEMENT)).replace(REPEATED, REPLACEMENT);
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
  const text = clean(textOf(cause)).replace(ACTIVE, ' ').replace(/\s+/g, ' ').trim();
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

/** What a thrown value says, tokens included: not to be shown. */
export function textOf(value: unknown): string {
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
