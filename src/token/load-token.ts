import { OwnError } from '../errors.ts';
import { isObject, kindOf, synchronous } from '../input.ts';
import type { User } from '../user.ts';
import { describeCause } from './redact.ts';
import type { TokenRequest, TokenSource, TokenWithExpiry } from './source.ts';
import { noToken, type TokenFailure, type TokenResult, type TokenTimes, timeOf } from './token-result.ts';

/** Asks a token source once, and checks what it returns. */
export async function loadToken(
  source: TokenSource | undefined,
  user: User,
  request: TokenRequest,
  checkToken?: CheckToken,
): Promise<TokenResult> {
  if (source === undefined) return { ...NO_SOURCE, permanent: true };
  const isStatic = typeof source === 'string';
  try {
    const value: unknown = await askSource(source, user, request);
    const check = validateToken(value, user, checkToken);
    return check.ok || !isStatic ? check : { ...check, permanent: true };
  } catch (error) {
    const { text, cause } = describeCause(error);
    return noToken('tokenUnavailable', `The token provider failed: ${text}`, cause);
  }
}

function askSource(source: TokenSource, user: User, request: TokenRequest): unknown {
  if (typeof source === 'string') return source;
  return typeof source === 'function' ? source(user, request) : source.loadToken(user, request);
}

/** Whether `source` could give another token than `refused`. */
export function canRenew(source: TokenSource | undefined, refused: string): boolean {
  return typeof source === 'string' ? source.trim() !== refused : source !== undefined;
}

const NO_SOURCE = noToken('tokenSourceMissing', 'There is no token and no token provider for this user.');

/** What a protocol demands of a token: its times, or one sentence that names the mistake and does not quote the token. */
export type CheckToken = (token: string, user: User) => TokenTimes | string;

/** Far above every real token, and far below what would harm anyone who receives it. */
export const LONGEST_TOKEN = 65_536;

/**
 * Whether `value` is a token of this user: a string, or `{ token, expiresAtMs }` for one that does not hold when it
 * expires, and what `check` demands. Its signature and its times are for the server to judge: by the device's clock
 * alone no token is bad. Messages name the mistake and never quote the value.
 */
export function validateToken(value: unknown, user: User, check?: CheckToken): TokenResult {
  const { token, expiresAtMs } = isTokenWithExpiry(value) ? value : { token: value, expiresAtMs: null };
  if (typeof token !== 'string') return invalid(kindMistakeIn(token));
  const text = token.trim();
  if (text === '') return noToken('tokenUnavailable', 'The token is empty: it is not available now.');
  if (text.length > LONGEST_TOKEN) return invalid('It is longer than 65,536 characters.');
  const mistake = MISTAKES.find(([pattern]) => pattern.test(text));
  if (mistake !== undefined) return invalid(mistake[1]);
  if (check === undefined) return { ok: true, token: { text, expiresAtMs, issuedAtMs: null } };
  try {
    const times = timesBy(check, text, user);
    if (typeof times === 'string') return invalid(times);
    return { ok: true, token: { ...times, text, expiresAtMs: expiresAtMs ?? times.expiresAtMs } };
  } catch (error) {
    const { text: why, cause } = describeCause(error, [text]);
    return noToken('protocolFailed', `checkToken() of the protocol failed: ${why}`, cause);
  }
}

function isTokenWithExpiry(value: unknown): value is TokenWithExpiry {
  return isObject(value) && typeof value.token === 'string' && Number.isFinite(value.expiresAtMs);
}

/** What is wrong with a value that is no string. */
function kindMistakeIn(value: unknown): string | undefined {
  if (value === undefined) {
    return `It is undefined, not a string: look at the status of the endpoint's response.`;
  }
  if (!isObject(value) || typeof value.token !== 'string' || value.expiresAtMs === undefined) {
    return `It is ${kindOf(value)}, not a string${hintOn(value)}.`;
  }
  return `Its expiresAtMs is ${kindOf(value.expiresAtMs)}, not milliseconds since the epoch.`;
}

/** What the app forgot, where it is seen. A production build has none of it. */
function hintOn(value: unknown): string {
  if (!isObject(value)) return '';
  if (typeof value.token === 'string') return ': return its token, or add expiresAtMs';
  return typeof value.text === 'function' ? ': return the text of the response' : '';
}

/** What is given in the place of a token. A production build leaves the explanations out. */
const MISTAKES: readonly (readonly [pattern: RegExp, explanation?: string])[] = [
  [
    /^(?:undefined|null)$/,
    'It is the string "undefined" or the string "null": a missing value was turned into a string.',
  ],
  [/^[{"].*(?:eyJ|token")/is, 'It is JSON: the body of a response was given, not the token in it.'],
  [/^[{"]/, 'It is JSON without a token: perhaps the endpoint refused.'],
  [/^bearer\s/i, 'It begins with "Bearer": only what follows is the token.'],
  [/^</, 'It is a web page.'],
];

/** @throws what `check`, the app's code, throws, and OwnError for what it may not return. */
function timesBy(check: CheckToken, text: string, user: User): TokenTimes | string {
  const times: unknown = synchronous(() => check(text, user));
  if (typeof times === 'string') return times.split(text).join('[token]');
  if (!isObject(times)) throw new OwnError(`it returned ${kindOf(times)}, not times or a sentence`);
  return { expiresAtMs: timeOf(times.expiresAtMs), issuedAtMs: timeOf(times.issuedAtMs) };
}

/** In a production build `why` may be missing. */
function invalid(why = ''): TokenFailure {
  return noToken('tokenInvalid', `This is no usable token. ${why}`.trim());
}
