import { invalidArgument } from '../errors.ts';
import { assertFit, BOOLEAN, type Check, DURATION, hasMethods, OBJECT, readInput } from '../input.ts';
import { DEFAULT_TIMING, type Timing } from '../timing.ts';
import type { ChatClientOptions } from './options.ts';

/*
 * What each option must be, also for all its later uses: an address, a header, a storage key.
 */

/** A token source: a non-empty string, a function, or an object with `loadToken`. */
export const TOKEN_SOURCE: Check = [
  (value) => (typeof value === 'string' && value !== '') || isFunction(value) || hasMethods(value, 'loadToken'),
  'a token, a function, or an object with loadToken',
];

const isFunction = (value: unknown) => typeof value === 'function';

const FUNCTION: Check = [isFunction, 'a function'];

const methods = (...names: readonly string[]): Check => [
  (value) => hasMethods(value, ...names),
  `an object with ${names.join(', ')}`,
];

const text = (pattern: RegExp, what: string): Check => [
  (value) => typeof value === 'string' && pattern.test(value),
  `a string of ${what}, not empty`,
];

const CHECKS: Readonly<Record<keyof ChatClientOptions, Check>> = {
  protocol: [(value) => hasMethods(value, 'connect'), 'a protocol: an object with name and connect'],
  apiKey: text(/^[!-~]+$/, 'visible ASCII characters without a space'),
  baseUrl: [isBaseUrl, 'http(s)://host[:port][/path]'],
  tokenProvider: TOKEN_SOURCE,
  userRepository: methods('getCurrentUser', 'setCurrentUser', 'clearCurrentUser'),
  requests: methods('createSender', 'parse', 'start'),
  guests: methods('create'),
  environment: methods('read', 'subscribe'),
  WebSocket: [isFunction, 'a class'],
  webSocketOptions: OBJECT,
  fetch: FUNCTION,
  timing: OBJECT,
  clientName: text(/^[!-~](?:[ -~]*[!-~])?$/, 'visible ASCII characters with spaces only between them'),
  warnings: BOOLEAN,
  onDiagnostic: FUNCTION,
  inspect: [(value) => isFunction(value) || OBJECT[0](value), 'a function or an observer'],
  clock: methods('setTimeout', 'clearTimeout', 'now'),
  seed: [Number.isFinite, 'a number'],
};

const DURATIONS = Object.fromEntries(Object.keys(DEFAULT_TIMING).map((name) => [`timing.${name}`, DURATION]));

/** Options and durations that were given and are fit, each read once. */
export interface CheckedOptions extends ChatClientOptions {
  readonly durations: Timing;
}

/**
 * @throws SessionError `invalidArgument` that names the field; nothing was started.
 */
export function checkOptions(options: unknown): CheckedOptions {
  const given: ChatClientOptions = readFields(options, 'options', '', CHECKS);
  const durations: Partial<Timing> = readFields(given.timing ?? {}, 'timing', 'timing.', DURATIONS);
  return { ...given, durations: { ...DEFAULT_TIMING, ...durations } };
}

/** The members that are not `undefined`, each of which must be fit. */
function readFields(value: unknown, field: string, prefix: string, checks: Readonly<Record<string, Check>>): object {
  assertFit(field, value, OBJECT);
  const members = readInput(field, () => Object.entries(value as object));
  const given = members.filter(([, member]) => member !== undefined);
  for (const [name, member] of given) {
    const check = Object.entries(checks).find(([known]) => known === prefix + name)?.[1];
    if (check === undefined) throw invalidArgument(prefix + name, 'there is no such option');
    assertFit(prefix + name, member, check);
  }
  return Object.fromEntries(given);
}

/** A name, or an IPv6 address in brackets; a port; a path. */
const BASE_URL = /^https?:\/\/(?:\[[\da-fA-F:.]+\]|[^\s/?#@:%\\[\]<>^|"`{}]+)(?::(\d{1,5}))?(\/[^\s?#\\]*)?$/i;
/** A path that a URL parser would change. */
const DOT_SEGMENT = /\/(?:\.|%2e){1,2}(?=\/|$)/i;

/** React Native's own `URL` takes anything, and some realms have none; where there is a real one, it decides. */
function isBaseUrl(url: unknown): boolean {
  if (typeof url !== 'string') return false;
  const match = BASE_URL.exec(url);
  if (match === null || Number(match[1] ?? 0) > 65_535 || DOT_SEGMENT.test(match[2] ?? '')) return false;
  try {
    return typeof URL === 'undefined' || Boolean(new URL(url));
  } catch {
    return false;
  }
}
