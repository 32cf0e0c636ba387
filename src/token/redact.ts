/*
 * A token never gets into a message, a report or an `error.cause` (law 9). Text from outside, and what apps and servers
 * throw, passes here first. No object of theirs is kept: what they threw may be, hold or print the token. What apps throw
 * may hold one that is not known: of their text, a fixed vocabulary is kept.
 */

import { OwnError } from '../errors.ts';
import { isInstance } from '../input.ts';
import { parseTexts, toOneLine } from '../text.ts';
import { frozenCopy } from '../user.ts';
import { WORDS } from './vocabulary.ts';

const REPLACEMENT = '[token]';

/** What a JWT may be stuck to. */
const RUN = /[\w.~+%-]{10,}/g;
/** Shorter "tokens" are words; replacing them would only garble the message. */
const SHORTEST_KNOWN_TOKEN = 4;
/** So much of a known token is hidden, too: servers show the beginning of one, and a close reason is cut. */
const SHORTEST_PART = 8;

/** `text` in one line, without tokens, for a message. */
export function redact(text: string, knownTokens?: readonly string[]): string {
  return toOneLine(withoutTokens(text, knownTokens));
}

/** `text` with everything that looks like a JWT, and every one of `knownTokens` and each long part of them, replaced by `[token]`. */
export function withoutTokens(text: string, knownTokens: readonly string[] = []): string {
  return withoutKnown(text, knownTokens).replace(RUN, (run) => (holdsJwt(run) ? REPLACEMENT : run));
}

/** In characters: what is shorter may as well be a word, or an id. */
const SHORTEST_SECRET = 16;

/** JSON without `token`: some backends send a user with all that they hold of them. */
export function withoutToken<Data>(data: Data, token: string | null | undefined): Data {
  const written = JSON.stringify(data);
  if (!token || token.length < SHORTEST_SECRET || !written.includes(token)) return data;
  return frozenCopy(parseTexts(written, (text) => text.replaceAll(token, REPLACEMENT))) as Data;
}

/** A character as it may be written in an address (also encoded twice), in JSON and in HTML. */
const ESCAPED = /%(?:25)*([\da-f]{2})|\\u00([\da-f]{2})|&#x0*([\da-f]{1,4});|&#0*(\d{1,5});|\\(["\\/])/gi;

/** Without every known token and its long parts, as servers quote them: encoded, escaped, or cut off. */
function withoutKnown(text: string, knownTokens: readonly string[]): string {
  if (knownTokens.length === 0) return text;
  const { parts, lengths } = partsOf(knownTokens);
  if (text.length < Math.min(...lengths)) return text;
  const plain = unescaped(text);
  const hidden = Array.from(
    { length: plain.length },
    (_, at) => lengths.find((length) => parts.has(plain.slice(at, at + length))) ?? 0,
  );
  if (hidden.every((length) => length === 0)) return text;
  let clean = '';
  let end = 0;
  for (const [at, [written]] of [...text.matchAll(new RegExp(`${ESCAPED.source}|[^]`, 'gi'))].entries()) {
    const length = hidden[at] ?? 0;
    if (at >= end) clean += length > 0 ? REPLACEMENT : written;
    if (length > 0) end = at + length;
  }
  return clean;
}

interface Parts {
  readonly parts: ReadonlySet<string>;
  /** Of the parts; none for no tokens. */
  readonly lengths: readonly number[];
}

/** A list of tokens is cut into parts once: a response may have thousands of texts, and a token thousands of parts. */
const partsByTokens = /* @__PURE__ */ new WeakMap<readonly string[], Parts>();

function partsOf(tokens: readonly string[]): Parts {
  const known = partsByTokens.get(tokens);
  if (known !== undefined) return known;
  const parts = new Set(tokens.flatMap(partsOfToken));
  const made = { parts, lengths: [...new Set(Array.from(parts, ({ length }) => length))] };
  partsByTokens.set(tokens, made);
  return made;
}

function partsOfToken(token: string): readonly string[] {
  if (token.length < SHORTEST_KNOWN_TOKEN) return [];
  const length = Math.min(SHORTEST_PART, token.length);
  return spellingsOf(token).flatMap((spelling) =>
    Array.from({ length: Math.max(0, spelling.length - length + 1) }, (_, at) => spelling.slice(at, at + length)),
  );
}

function spellingsOf(token: string): readonly string[] {
  try {
    const bytes = encodeURIComponent(token).replace(/%(..)/g, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    // Three bytes are four characters in base64, and the token may begin at any of the three.
    return [unescaped(token), unescaped(bytes), ...['', ' ', '  '].map((before) => btoa(before + bytes))];
  } catch {
    // With half a character it has no such spelling, and not every platform has base64.
    return [unescaped(token)];
  }
}

/** Every character as itself, and those of base64url as base64 has them. */
function unescaped(text: string): string {
  return text
    .replace(ESCAPED, (_, percent?: string, unicode?: string, hex?: string, decimal?: string, plain?: string) => {
      const code = percent ?? unicode ?? hex;
      return plain ?? String.fromCharCode(code === undefined ? Number(decimal) : Number.parseInt(code, 16));
    })
    .replace(/-/g, '+')
    .replace(/_/g, '/');
}

/** `{"` in base64url is `eyJ`; `{ ` and `{` with a line break begin with `ey` and `ew`, and so do two segments of a JWT. */
function holdsJwt(run: string): boolean {
  if (run.includes('eyJ')) return true;
  const segments = run.split('.');
  return segments.some((segment, index) => /e[wy]/.test(segment) && /^e[wy][\w-]{2,}/.test(segments[index + 1] ?? ''));
}

const NAMES =
  '[token] aborterror error networkerror quotaexceedederror securityerror syntaxerror timeouterror ' +
  'typeerror eacces econnrefused econnreset edquot enoent enospc enotfound eperm epipe etimedout';

/** Only this is kept of a text that may hold a token which is not known: it cannot be one. */
const VOCABULARY: ReadonlySet<string> = new Set([NAMES, ...Object.values(WORDS)].join(' ').split(' '));
/** A failed status, an address of this machine. */
const PLAIN = /^(?:[45]\d\d|(?:localhost|127\.0\.0\.1|::1)(?::\d{1,5})?)$/;
const HIDDEN = '…';

/** A text by others, as far as it is known words in plain punctuation. */
function wordsOf(text: string): string {
  const words = text.split(/\s+/).map((run) => {
    const [, word = ''] = /^["'(]*(.{1,60}?)["').,:;!?]*$/.exec(run) ?? [];
    return run === '' || VOCABULARY.has(word.toLowerCase()) || PLAIN.test(word) ? run : HIDDEN;
  });
  return words.filter((word, index) => word !== HIDDEN || words[index - 1] !== HIDDEN).join(' ');
}

/** Where code stood, as engines write it: the name of the file, the line and the column. */
const FRAME = /[/\\(@\s]([A-Za-z][A-Za-z._-]{0,40}\.[cm]?[jt]sx?)(?:\?[^\s:]{0,80})?(:\d{1,7}:\d{1,7})/g;

function framesOf(stack: string): string {
  return Array.from(cut(stack).matchAll(FRAME), ([, file, place]) => `\n    at ${file}${place}`).join('');
}

export interface DescribedCause {
  /** One line, free of tokens, for a message. */
  readonly text: string;
  /** A copy, free of tokens: an `Error` for an error, its text for anything else. */
  readonly cause: unknown;
}

/** Describes what was thrown. Never throws, also where reading the value does. */
export function describeCause(cause: unknown, knownTokens: readonly string[] = []): DescribedCause {
  const wordsIn = isInstance(cause, OwnError) ? (text: string) => text : wordsOf;
  const clean = (text: string) =>
    wordsIn(redact(cut(withoutKnown(text.slice(0, 2 * LONGEST_EXCERPT), knownTokens)))).trim();
  const text = clean(textOf(cause));
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
  const message = typeof value === 'string' ? value : textIn(value, 'message');
  if (message !== '') {
    // `fetch failed` says nothing without it.
    const cause = read(value, 'cause');
    const nested = textIn(cause, 'message') || textIn(cause, 'code');
    return nested === '' ? message : `${message} (${nested})`;
  }
  return textIn(value, 'code') || textIn(value, 'name') || `a value of type ${typeof value}`;
}

function textIn(value: unknown, property: string): string {
  const text = read(value, property);
  return typeof text === 'string' ? text : '';
}

/** A property of a value that may be anything, a throwing getter included. */
export function read(value: unknown, property: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>> | null | undefined)?.[property];
  } catch {
    return undefined;
  }
}

function copyOf(value: unknown, clean: (text: string) => string, depth: number): unknown {
  if (value === undefined) return undefined;
  // Those of the platform are of another realm in Jest.
  if (!isInstance(value, Error) && textIn(value, 'stack') === '') return clean(textOf(value));
  const cause = depth === 0 ? undefined : copyOf(read(value, 'cause'), clean, depth - 1);
  const message = clean(textIn(value, 'message'));
  // Described once more, the own words of a copy are still that.
  const Copy = isInstance(value, OwnError) ? OwnError : Error;
  const copy = new Copy(message, cause === undefined ? undefined : { cause });
  const name = clean(textIn(value, 'name')) || 'Error';
  const code = read(value, 'code');
  const kept = typeof code === 'number' && PLAIN.test(`${code}`) ? code : clean(textIn(value, 'code'));
  const stack = `${name}: ${message}${framesOf(textIn(value, 'stack'))}`;
  for (const [property, own] of Object.entries({ name, stack, code: kept })) {
    if (own !== '') Object.defineProperty(copy, property, { value: own, enumerable: property === 'code' });
  }
  return copy;
}
