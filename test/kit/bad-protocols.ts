import { plain } from '../../examples/protocols/plain/protocol.ts';
import type { User } from '../../src/index.ts';

/*
 * What a protocol, which is the app's code, can do wrong.
 */

export const good = plain('wss://backend.test');

export type Member = (...input: never[]) => unknown;

const SECRET = 'the-secret-of-the-app';
const thrower = () => {
  throw thrown();
};
const thrown = () => new Error(`no: ${SECRET}`);
export const FAULTS: Readonly<Record<string, Member>> = {
  throws: () => {
    throw thrown();
  },
  'is async and rejects': async () => {
    throw thrown();
  },
  'is async': async () => 'late',
  'returns nothing': () => undefined,
  'returns null': () => null,
  'returns a number': () => 7,
  'returns an object without anything': () => ({}),
  'returns an object that throws when read': () =>
    new Proxy(
      {},
      {
        get: () => {
          throw thrown();
        },
      },
    ),
  'returns a function': () => () => {},
};

/** Where each member is put into a protocol that is good otherwise. */
export const MEMBERS: Readonly<Record<string, (member: Member) => unknown>> = {
  'connect()': (connect) => ({ ...good, connect }),
  'checkToken()': (checkToken) => ({ ...good, checkToken }),
  'closed()': (closed) => ({ ...good, closed }),
  'refused()': (refused) => ({ ...good, refused }),
  'decode()': (decode) => withConnection({ decode }),
  'ping()': (ping) => withConnection({ ping }),
  'encode()': (encode) => withConnection({ encode }),
  'http.address()': (address) => ({ ...good, http: { reserved: [], address } }),
  'http.readError()': (readError) => ({
    ...good,
    http: { reserved: [], address: () => ({ url: 'https://backend.test/fails', headers: {} }), readError },
  }),
  'guests.create()': (create) => ({ ...good, guests: { create, read: () => undefined } }),
  'guests.read()': (read) => ({
    ...good,
    guests: { create: () => ({ url: 'https://backend.test', headers: {}, body: {} }), read },
  }),
};

/** Parts of a connection that are no functions. */
export const PARTS: readonly [string, object][] = [
  ['a URL that is none', { url: 'not a URL' }],
  ['a URL of HTTP', { url: 'mailto:alice@example.org' }],
  ['a URL of a megabyte', { url: `wss://backend.test/?${'x'.repeat(1_000_000)}` }],
  ['subprotocols that are a number', { subprotocols: 7 }],
  ['subprotocols with spaces', { subprotocols: ['a b'] }],
  ['subprotocols that are promised', { subprotocols: Promise.resolve([]) }],
  ['headers that are a number', { headers: 7 }],
  ['headers with a line break', { headers: { 'x-one': 'a\r\nb' } }],
  ['first frames that are a number', { firstFrames: 7 }],
  ['first frames that are promised', { firstFrames: Promise.resolve([]) }],
  ['a first frame that is an object', { firstFrames: [{}] }],
  ['a ping that is a string', { ping: '"ping"' }],
  ['an encode that is a string', { encode: 'json' }],
];

export function withConnection(parts: object): unknown {
  return { ...good, connect: (login: never) => ({ ...good.connect(login), ...parts }) };
}

/** `good`, and guests that its server makes: always `user`. */
export function guestsOf(user: unknown) {
  return {
    ...good,
    guests: {
      create: () => ({ url: 'https://backend.test', headers: {}, body: {} }),
      read: () => ({ user: user as User, token: 'token' }),
    },
  };
}

const throwing = () => Object.defineProperty({ id: 'alice' }, 'name', { enumerable: true, get: thrower });

/** A value that is another one each time it is read. */
function changing(values: readonly unknown[]): PropertyDescriptor {
  let reads = 0;
  return { enumerable: true, get: () => values[Math.min(reads++, values.length - 1)] };
}

const withChanging = (object: object, property: string, ...values: readonly unknown[]) =>
  Object.defineProperty({ ...object }, property, changing(values));

const HELLO = { kind: 'hello', userId: 'alice', connectionId: 'c1' } as const;

/** What no honest mistake looks like. */
export const NASTY: readonly (readonly [string, unknown])[] = [
  [
    'describes the user with a BigInt',
    withConnection({ decode: () => ({ ...HELLO, me: { wallet: { coins: 10n } } }) }),
  ],
  ['describes the user with a cycle', withConnection({ decode: () => ({ ...HELLO, me: { wallet: circle() } }) })],
  ['describes the user with what throws', withConnection({ decode: () => ({ ...HELLO, me: throwing() }) })],
  ['makes a guest with a BigInt', guestsOf({ id: 'guest', name: 'Guest', wallet: { coins: 10n } })],
  ['makes a guest that throws', guestsOf(throwing())],
  ['takes everything for a hello', withConnection({ decode: () => HELLO })],
  [
    'replies to everything, its own replies too',
    withConnection({ decode: () => ({ kind: 'ping', reply: '{"type":"ping"}' }) }),
  ],
  ['makes ten thousand frames of one', withConnection({ decode: () => Array(10_000).fill({ kind: 'heartbeat' }) })],
  ['makes a frame that holds itself', withConnection({ decode: () => circle() })],
  [
    'says hello for another user when asked again',
    withConnection({ decode: () => withChanging(HELLO, 'userId', 'alice', 'mallory') }),
  ],
  [
    'is another frame when asked again',
    withConnection({ decode: () => withChanging(HELLO, 'kind', 'heartbeat', 'hello', 'error') }),
  ],
  [
    'has an event whose type is gone when asked again',
    withConnection({ decode: () => ({ kind: 'event', event: withChanging({}, 'type', 'note', undefined) }) }),
  ],
  [
    'means something else when asked again',
    withConnection({ decode: () => ({ kind: 'error', verdict: withChanging({}, 'meaning', 'token', 'nothing') }) }),
  ],
  [
    'connects elsewhere when asked again',
    { ...good, connect: (login: never) => withChanging(good.connect(login), 'url', 'wss://backend.test', 'nowhere') },
  ],
  ['asks for a ping each nanosecond', withConnection({ decode: () => ({ ...HELLO, pingIntervalMs: 1e-6 }) })],
  ['lives a million years ahead', withConnection({ decode: () => ({ ...HELLO, serverTimeMs: 8.64e15 }) })],
  [
    'asks to wait for ever',
    withConnection({
      decode: () => ({ kind: 'error', verdict: { meaning: 'rateLimited', retryAfterMs: Number.MAX_VALUE } }),
    }),
  ],
];

function circle(): object {
  const event: Record<string, unknown> = { type: 'note' };
  event.itself = event;
  return { kind: 'event', event };
}
