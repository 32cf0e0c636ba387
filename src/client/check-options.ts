import { APP_CHECKS } from '../app-options.ts';
import {
  assertFit,
  BOOLEAN,
  type Check,
  type Checks,
  DURATION,
  FILLED_STRING,
  FUNCTION,
  hasMethods,
  isFilledString,
  methods,
  OBJECT,
  readInput,
  readMembers,
} from '../input.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { PING_INTERVAL, STRINGS } from '../protocol/shapes.ts';
import { DEFAULT_TIMING, type Timing } from '../timing.ts';
import type { ChatClientOptions } from './options.ts';

/*
 * What each option must be, also for all its later uses: an address, a header, a storage key.
 */

/** A token source: a non-empty string, a function, or an object with `loadToken`. */
export const TOKEN_SOURCE: Check = [
  (value) => isFilledString(value) || isFunction(value) || hasMethods(value, 'loadToken'),
  'a token, a function, or an object with loadToken',
];

const isFunction = FUNCTION[0];

const CHECKS: Checks<ChatClientOptions> = {
  protocol: [(value) => hasMethods(value, 'connect'), 'a protocol: an object with name and connect'],
  ...APP_CHECKS,
  tokenProvider: TOKEN_SOURCE,
  userRepository: methods('getCurrentUser', 'setCurrentUser', 'clearCurrentUser'),
  requests: methods('createSender', 'parse', 'start'),
  guests: methods('create'),
  environment: methods('read', 'subscribe'),
  WebSocket: [isFunction, 'a class'],
  webSocketOptions: OBJECT,
  fetch: FUNCTION,
  timing: OBJECT,
  warnings: BOOLEAN,
  onDiagnostic: FUNCTION,
  inspect: [(value) => isFunction(value) || OBJECT[0](value), 'a function or an observer'],
  clock: methods('setTimeout', 'clearTimeout', 'now'),
  seed: [Number.isFinite, 'a number'],
};

const DURATIONS = Object.fromEntries(Object.keys(DEFAULT_TIMING).map((name) => [name, DURATION])) as Checks<Timing>;

/** Options that were given and are fit, each read once, and every duration. */
export interface CheckedOptions extends ChatClientOptions {
  readonly timing: Timing;
}

/**
 * @throws SessionError `invalidArgument` that names the field; nothing was started.
 */
export function checkOptions(options: unknown): CheckedOptions {
  const given = readMembers(options as ChatClientOptions, CHECKS);
  if (given.protocol !== undefined) checkProtocol(given.protocol);
  // One object for all sessions, so that none can change it for the others.
  if (given.timing === undefined) return { ...given, timing: Object.freeze(DEFAULT_TIMING) };
  const durations = readMembers<Partial<Timing>>(given.timing as Partial<Timing>, DURATIONS, 'timing.');
  return { ...given, timing: { ...DEFAULT_TIMING, ...durations } };
}

const OF_PROTOCOL: { readonly [Name in keyof Protocol]-?: Check } = {
  name: FILLED_STRING,
  connect: FUNCTION,
  serverPingIntervalMs: PING_INTERVAL,
  checkToken: FUNCTION,
  closed: FUNCTION,
  refused: FUNCTION,
  http: [
    (value) => hasMethods(value, 'address') && STRINGS[0](Reflect.get(value, 'reserved')),
    'an object with address and reserved names',
  ],
  guests: methods('create', 'read'),
  anonymous: OBJECT,
};

/** Members of its own, which it may use itself, are left alone. */
function checkProtocol(protocol: Protocol): void {
  for (const [name, check] of Object.entries(OF_PROTOCOL)) {
    const value: unknown = readInput('protocol', () => Reflect.get(protocol, name));
    if (value !== undefined || name === 'name') assertFit(`protocol.${name}`, value, check);
  }
}
