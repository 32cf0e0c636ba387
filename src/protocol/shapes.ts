import {
  ARRAY,
  type Check,
  FILLED_STRING,
  FUNCTION,
  isFilledString,
  isInstance,
  isObject,
  kindOf,
  OBJECT,
  STRING,
} from '../input.ts';
import type { Frame, WireData } from './protocol.ts';
import { MEANINGS } from './verdict.ts';

/*
 * What the members of a protocol must return. A mistake is named by its member, without its value, which may hold a token.
 */

type Shape = readonly (readonly [member: string, check: Check, more?: 'optional' | Shape])[];

const LONGEST_CONNECTION_ID = 512;

/** In milliseconds. */
export const PING_INTERVAL: Check = [
  (value) => typeof value === 'number' && value >= 1_000,
  'at least 1000 (milliseconds)',
];

const NUMBER: Check = [Number.isFinite, 'a finite number'];

const isString = STRING[0];
export const STRINGS: Check = [(value) => Array.isArray(value) && value.every(isString), 'an array of strings'];
const HEADERS: Check = [(value) => isObject(value) && Object.values(value).every(isString), 'an object of strings'];

const CONNECTION: Shape = [
  ['url', STRING],
  ['decode', FUNCTION],
  ['subprotocols', STRINGS, 'optional'],
  ['headers', HEADERS, 'optional'],
  ['firstFrames', ARRAY, 'optional'],
  ['ping', FUNCTION, 'optional'],
  ['encode', FUNCTION, 'optional'],
];

const ADDRESS: Shape = [
  ['url', STRING],
  ['headers', HEADERS],
];

const VERDICT: Shape = [
  [
    'meaning',
    [(value) => typeof value === 'string' && Object.keys(MEANINGS).includes(value), 'a meaning such as token or lost'],
  ],
  ['code', [(value) => typeof value === 'number', 'a number'], 'optional'],
  ['explanation', STRING, 'optional'],
  ['message', STRING, 'optional'],
  ['retryAfterMs', NUMBER, 'optional'],
];

const HELLO: Shape = [
  ['connectionId', [isConnectionId, `1 to ${LONGEST_CONNECTION_ID} characters`], 'optional'],
  ['userId', FILLED_STRING, 'optional'],
  ['serverTimeMs', [(value) => value === null || Number.isFinite(value), 'a finite number'], 'optional'],
  ['pingIntervalMs', PING_INTERVAL, 'optional'],
  ['me', OBJECT, 'optional'],
];

const FRAMES: ReadonlyMap<unknown, Shape> = new Map<Frame['kind'], Shape>([
  ['hello', HELLO],
  ['heartbeat', []],
  ['ping', [['reply', [isWireData, 'a string or bytes']]]],
  ['error', [['verdict', OBJECT, VERDICT]]],
  ['event', [['event', OBJECT, [['type', STRING]]]]],
  ['bad', [['problem', STRING]]],
]);

const KIND: Shape = [['kind', [() => false, 'hello, heartbeat, ping, error, event or bad']]];

/** The first member that is wrong, as half a sentence; `null` where none is. */
function mistakeIn(value: unknown, shape: Shape, path = ''): string | null {
  if (!isObject(value)) return `it returned ${kindOf(value)}, not an object`;
  for (const [member, [isFit, expected], more] of shape) {
    const part = value[member];
    if (part === undefined && more === 'optional') continue;
    if (!isFit(part)) return `it returned ${kindOf(part)} as ${path}${member}, not ${expected ?? 'what it must be'}`;
    const mistake = Array.isArray(more) ? mistakeIn(part, more, `${path}${member}.`) : null;
    if (mistake !== null) return mistake;
  }
  return null;
}

export const mistakeInConnection = (value: unknown): string | null => mistakeIn(value, CONNECTION);

export const mistakeInAddress = (value: unknown): string | null => mistakeIn(value, ADDRESS);

/** `undefined` is no guest. */
export const mistakeInGuest = (value: unknown): string | null => (value === undefined ? null : mistakeIn(value, []));

export const mistakeInVerdict = (value: unknown): string | null => mistakeIn(value, VERDICT);

export function mistakeInFrame(value: unknown): string | null {
  return mistakeIn(value, (isObject(value) && FRAMES.get(value.kind)) || KIND);
}

export const mistakeInData = (value: unknown): string | null =>
  isWireData(value) ? null : `it returned ${kindOf(value)}, not a string or bytes`;

export function isWireData(value: unknown): value is WireData {
  return typeof value === 'string' || isInstance(value, Uint8Array);
}

function isConnectionId(value: unknown): boolean {
  return isFilledString(value) && value.length <= LONGEST_CONNECTION_ID;
}
