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

/** What each member must be: a value that is fit, or an object of that shape. */
interface Shape {
  readonly [member: string]: Check | Shape;
}

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

const optional = ([isFit, expected]: Check): Check => [(value) => value === undefined || isFit(value), expected];

const CONNECTION: Shape = {
  url: STRING,
  decode: FUNCTION,
  subprotocols: optional(STRINGS),
  headers: optional(HEADERS),
  firstFrames: optional(ARRAY),
  ping: optional(FUNCTION),
  encode: optional(FUNCTION),
};

const ADDRESS: Shape = { url: STRING, headers: HEADERS };

const VERDICT: Shape = {
  meaning: [
    (value) => typeof value === 'string' && Object.keys(MEANINGS).includes(value),
    'a meaning such as token or lost',
  ],
  code: optional([(value) => typeof value === 'number', 'a number']),
  explanation: optional(STRING),
  message: optional(STRING),
  retryAfterMs: optional(NUMBER),
};

const FRAMES: ReadonlyMap<unknown, Shape> = new Map<Frame['kind'], Shape>([
  [
    'hello',
    {
      connectionId: optional([isConnectionId, `1 to ${LONGEST_CONNECTION_ID} characters`]),
      userId: optional(FILLED_STRING),
      serverTimeMs: optional([(value) => value === null || Number.isFinite(value), 'a finite number']),
      pingIntervalMs: optional(PING_INTERVAL),
      me: optional(OBJECT),
    },
  ],
  ['heartbeat', {}],
  ['ping', { reply: [isWireData, 'a string or bytes'] }],
  ['error', { verdict: VERDICT }],
  ['event', { event: { type: STRING } }],
  ['bad', { problem: STRING }],
]);

const ANY_FRAME: Shape = { kind: [() => false, 'hello, heartbeat, ping, error, event or bad'] };

/** The first member that is wrong, as half a sentence; `null` where none is. */
function mistakeIn(value: unknown, shape: Shape, path = ''): string | null {
  if (!isObject(value)) return `it returned ${kindOf(value)}${path && ` as ${path}`}, not an object`;
  for (const [member, wanted] of Object.entries(shape)) {
    const mistake = mistakeInMember(value[member], wanted, path === '' ? member : `${path}.${member}`);
    if (mistake !== null) return mistake;
  }
  return null;
}

function mistakeInMember(value: unknown, wanted: Check | Shape, path: string): string | null {
  if (!isCheck(wanted)) return mistakeIn(value, wanted, path);
  const [isFit, expected = 'what it must be'] = wanted;
  return isFit(value) ? null : `it returned ${kindOf(value)} as ${path}, not ${expected}`;
}

const isCheck = (wanted: Check | Shape): wanted is Check => Array.isArray(wanted);

export const mistakeInConnection = (value: unknown): string | null => mistakeIn(value, CONNECTION);

export const mistakeInAddress = (value: unknown): string | null => mistakeIn(value, ADDRESS);

/** `undefined` is no guest. */
export const mistakeInGuest = (value: unknown): string | null => (value === undefined ? null : mistakeIn(value, {}));

export const mistakeInVerdict = (value: unknown): string | null => mistakeIn(value, VERDICT);

export function mistakeInFrame(value: unknown): string | null {
  return mistakeIn(value, (isObject(value) && FRAMES.get(value.kind)) || ANY_FRAME);
}

export const mistakeInData = (value: unknown): string | null =>
  isWireData(value) ? null : `it returned ${kindOf(value)}, not a string or bytes`;

export function isWireData(value: unknown): value is WireData {
  return typeof value === 'string' || isInstance(value, Uint8Array);
}

function isConnectionId(value: unknown): boolean {
  return isFilledString(value) && value.length <= LONGEST_CONNECTION_ID;
}
