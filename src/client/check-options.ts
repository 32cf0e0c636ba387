import { LONGEST_DELAY_MS } from '../clock.ts';
import { invalidArgument } from '../errors.ts';
import { hasMethods, readInput } from '../input.ts';
import { DEFAULT_TIMING, type Timing } from '../timing.ts';
import type { TokenSource } from '../token/source.ts';
import type { ChatClientOptions } from './options.ts';

/*
 * What each option must be, also for all its later uses: an address, a header, a storage key.
 */

/** What is wrong with the value, or `null`. */
type Check = (value: unknown) => string | null;

const check =
  (isFit: (value: unknown) => boolean, expected: string): Check =>
  (value) =>
    isFit(value) ? null : `expected ${expected}`;

const methods = (...names: readonly string[]): Check =>
  check((value) => hasMethods(value, ...names), `an object with ${names.join(', ')}`);

const isFunction = (value: unknown) => typeof value === 'function';
const isObject = (value: unknown) => typeof value === 'object' && value !== null;

/** A token source: a non-empty string, a function, or an object with `loadToken`. */
export const isTokenSource = (value: unknown): value is TokenSource =>
  (typeof value === 'string' && value !== '') || isFunction(value) || hasMethods(value, 'loadToken');

const text =
  (pattern: RegExp, problem: string): Check =>
  (value) => {
    if (typeof value !== 'string') return 'expected a string';
    if (value === '') return 'must not be empty';
    return pattern.test(value) ? null : problem;
  };

const CHECKS: ReadonlyMap<string, Check> = new Map(
  Object.entries({
    protocol: check((value) => hasMethods(value, 'connect'), 'a protocol: an object with name and connect'),
    apiKey: text(/^[!-~]+$/, 'must hold visible ASCII characters only, and no space'),
    baseUrl: (value) => {
      if (typeof value !== 'string') return 'expected a string';
      return isBaseUrl(value) ? null : 'expected http(s)://host[:port][/path], with a host and a port that can be';
    },
    tokenProvider: check(isTokenSource, 'a token, a function, or an object with loadToken'),
    userRepository: methods('getCurrentUser', 'setCurrentUser', 'clearCurrentUser'),
    requests: methods('createSender', 'parse', 'start'),
    guests: methods('create'),
    environment: methods('read', 'subscribe'),
    WebSocket: check(isFunction, 'a class'),
    webSocketOptions: check(isObject, 'an object'),
    fetch: check(isFunction, 'a function'),
    timing: check(isObject, 'an object'),
    clientName: text(
      /^[!-~](?:[ -~]*[!-~])?$/,
      'must be a header value: visible ASCII characters, spaces between them',
    ),
    warnings: check((value) => typeof value === 'boolean', 'true or false'),
    onDiagnostic: check(isFunction, 'a function'),
    inspect: check((value) => isFunction(value) || isObject(value), 'a function or an observer'),
    clock: methods('setTimeout', 'clearTimeout', 'now'),
    seed: check(Number.isFinite, 'a number'),
  } satisfies Record<keyof ChatClientOptions, Check>),
);

const checkDuration: Check = (value) => {
  if (typeof value !== 'number' || Number.isNaN(value)) return 'expected milliseconds';
  if (value <= 0) return 'must be above 0';
  return value <= LONGEST_DELAY_MS ? null : `must not be above ${LONGEST_DELAY_MS}`;
};

/** Options and durations that were given and are fit, each read once. */
export interface CheckedOptions extends ChatClientOptions {
  readonly durations: Timing;
}

/**
 * @throws SessionError `invalidArgument` that names the field; nothing was started.
 */
export function checkOptions(options: unknown): CheckedOptions {
  const given = readFields(options, 'options');
  for (const [name, value] of given) assertFit(name, value, CHECKS.get(name));
  const durations = given.has('timing') ? checkTiming(given.get('timing')) : DEFAULT_TIMING;
  return { ...(Object.fromEntries(given) as unknown as ChatClientOptions), durations };
}

function checkTiming(timing: unknown): Timing {
  const given = readFields(timing, 'timing');
  const names = Object.keys(DEFAULT_TIMING);
  for (const [name, value] of given) {
    assertFit(`timing.${name}`, value, names.includes(name) ? checkDuration : undefined);
  }
  return { ...DEFAULT_TIMING, ...(Object.fromEntries(given) as Partial<Timing>) };
}

/** The members that are not `undefined`. */
function readFields(value: unknown, field: string): Map<string, unknown> {
  return readInput(field, () => {
    if (!isObject(value) || Array.isArray(value)) throw invalidArgument(field, 'expected an object');
    return new Map(Object.entries(value as object).filter(([, member]) => member !== undefined));
  });
}

function assertFit(field: string, value: unknown, problemOf: Check | undefined): void {
  if (problemOf === undefined) throw invalidArgument(field, 'there is no such option');
  const problem = readInput(field, () => problemOf(value));
  if (problem !== null) throw invalidArgument(field, problem);
}

/** A name, or an IPv6 address in brackets; a port; a path. */
const BASE_URL = /^https?:\/\/(?:\[[\da-fA-F:.]+\]|[^\s/?#@:%\\[\]<>^|"`{}]+)(?::(\d{1,5}))?(\/[^\s?#\\]*)?$/i;
/** A path that a URL parser would change. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/** React Native's own `URL` takes anything, and some realms have none; where there is a real one, it decides. */
function isBaseUrl(url: string): boolean {
  const match = BASE_URL.exec(url);
  if (match === null || Number(match[1] ?? 0) > 65_535 || DOT_SEGMENT.test(match[2] ?? '')) return false;
  try {
    return typeof URL === 'undefined' || Boolean(new URL(url));
  } catch {
    return false;
  }
}
