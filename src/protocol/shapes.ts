import {
  ARRAY,
  type Check,
  FILLED_STRING,
  FUNCTION,
  isFilledString,
  isObject,
  kindOf,
  OBJECT,
  STRING,
} from '../input.ts';
import { bytesIn } from '../text.ts';
import type { Frame, WireData } from './protocol.ts';
import { MEANINGS } from './verdict.ts';

/*
 * What the members of a protocol must return. A mistake is named by its member, without its value, which may hold a token.
 */

/** What a value must be: fit, or an object whose members are. */
export type Shape = Check | { readonly [member: string]: Shape };

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

export const WIRE_DATA: Check = [isWireData, 'a string or bytes'];

export const CONNECTION: Shape = {
  url: STRING,
  decode: FUNCTION,
  subprotocols: optional(STRINGS),
  headers: optional(HEADERS),
  firstFrames: optional(ARRAY),
  ping: optional(FUNCTION),
  encode: optional(FUNCTION),
};

export const ADDRESS: Shape = { url: STRING, headers: HEADERS };

export const VERDICT: Shape = {
  meaning: [(value) => Object.keys(MEANINGS).includes(value as string), 'a meaning such as token or lost'],
  code: optional([(value) => typeof value === 'number', 'a number']),
  explanation: optional(STRING),
  message: optional(STRING),
  retryAfterMs: optional(NUMBER),
};

/** `undefined` is no guest. */
export const GUEST: Shape = optional(OBJECT);

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
  ['ping', { reply: WIRE_DATA }],
  ['error', { verdict: VERDICT }],
  ['event', { event: { type: STRING } }],
  ['bad', { problem: STRING }],
]);

const ANY_FRAME: Shape = { kind: [() => false, 'hello, heartbeat, ping, error, event or bad'] };

export function shapeOfFrame(frame: unknown): Shape {
  return (isObject(frame) && FRAMES.get(frame.kind)) || ANY_FRAME;
}

/** The first member that is wrong, as half a sentence; `null` where none is. */
export function mistakeIn(value: unknown, shape: Shape, path = ''): string | null {
  const [isFit, expected] = isCheck(shape) ? shape : OBJECT;
  if (!isFit(value)) return sentenceAbout(value, path, expected) ?? `${path || 'what it returned'} is not usable`;
  for (const [member, wanted] of isCheck(shape) ? [] : Object.entries(shape)) {
    const mistake = mistakeIn(Reflect.get(value as object, member), wanted, path === '' ? member : `${path}.${member}`);
    if (mistake !== null) return mistake;
  }
  return null;
}

/** A production build leaves it out. */
function sentenceAbout(value: unknown, path: string, expected: string | undefined): string | undefined {
  return `it returned ${kindOf(value)}${path && ` as ${path}`}, not ${expected}`;
}

const isCheck = (shape: Shape): shape is Check => Array.isArray(shape);

export function isWireData(value: unknown): value is WireData {
  return typeof value === 'string' || bytesIn(value) !== null;
}

function isConnectionId(value: unknown): boolean {
  return isFilledString(value) && value.length <= LONGEST_CONNECTION_ID;
}
