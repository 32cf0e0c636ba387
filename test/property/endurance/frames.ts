import fc from 'fast-check';

/*
 * Frames from a peer that means harm, or is broken: they know the protocol, and spoil it in one place or in several.
 */

export const USER_ID = 'alice';

/** What the server sends: a text frame, or a binary one. */
export type HostileFrame = string | Uint8Array;

const oddKey = fc.constantFrom(
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  'toJSON',
  'valueOf',
  '',
  '*',
);

const oddString = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.constantFrom('', '*', 'null', 'undefined', '__proto__', '\u0000', '\ud800', '\u202e', '<script>', '\u001b[2J'),
  fc.integer({ min: 1, max: 20_000 }).map((length) => 'x'.repeat(length)),
);

const oddValue: fc.Arbitrary<unknown> = fc.oneof(
  { depthSize: 'small', withCrossShrink: true },
  fc.constantFrom(null, true, false, 0, -1, 1e308, -0, 2 ** 53, []),
  oddString,
  fc.dictionary(fc.oneof(oddKey, fc.string({ maxLength: 5 })), fc.jsonValue(), { maxKeys: 4 }),
  fc.jsonValue(),
);

const userId = fc.oneof({ arbitrary: fc.constant<unknown>(USER_ID), weight: 3 }, fc.constant<unknown>('bob'), oddValue);

const me = fc.record(
  { id: userId, name: oddValue, role: oddValue, unread_count: oddValue, devices: oddValue },
  { requiredKeys: [] },
);

const hello = fc.record(
  {
    type: fc.constantFrom('health.check', 'connection.ok'),
    connection_id: fc.oneof(fc.constant('c1'), oddValue),
    me: fc.oneof(me, oddValue),
    created_at: oddValue,
  },
  { requiredKeys: ['type'] },
);

const error = fc.record(
  {
    code: fc.oneof(fc.constantFrom(2, 3, 4, 5, 6, 9, 17, 23, 40, 41, 42, 43, 46, 69, 71, 99, -1), oddValue),
    message: oddValue,
    StatusCode: oddValue,
    retry_after: fc.oneof(fc.constantFrom(0, -5, 1e9, 1e300, '7'), oddValue),
    exception_fields: oddValue,
    details: oddValue,
  },
  { requiredKeys: [] },
);

const errorFrame = fc.oneof(
  fc.record({ error }),
  fc.record({ type: fc.constant('connection.error'), connection_id: oddValue, error: fc.oneof(error, oddValue) }),
);

const chatEvent = fc
  .tuple(
    fc.oneof(fc.constant('message.new'), oddString),
    fc.array(fc.tuple(fc.oneof(oddKey, fc.string()), oddValue), { maxLength: 5 }),
  )
  .map(([type, fields]) => ({ type, ...Object.fromEntries(fields) }));

const frameValue = fc.oneof(
  { arbitrary: hello, weight: 3 },
  { arbitrary: errorFrame, weight: 3 },
  { arbitrary: chatEvent, weight: 3 },
  { arbitrary: oddValue, weight: 1 },
);

/** JSON by hand, since `JSON.stringify` can't write a key twice or a `__proto__` that came by assignment. */
const withKeyTwice = fc
  .tuple(fc.constantFrom('type', 'me', 'error', '__proto__', 'connection_id'), frameValue, fc.jsonValue())
  .map(([key, value, again]) => {
    const text = JSON.stringify(value) ?? 'null';
    return text.endsWith('}')
      ? `${text.slice(0, -1)}${text === '{}' ? '' : ','}"${key}":${JSON.stringify(again)}}`
      : text;
  });

const nested = fc.integer({ min: 1, max: 2_000 }).map((depth) => `${'{"me":'.repeat(depth)}1${'}'.repeat(depth)}`);

const text = fc.oneof(
  { arbitrary: frameValue.map((value) => JSON.stringify(value) ?? 'null'), weight: 6 },
  { arbitrary: withKeyTwice, weight: 2 },
  {
    arbitrary: fc.tuple(frameValue, fc.nat(60)).map(([value, cut]) => (JSON.stringify(value) ?? '').slice(0, cut)),
    weight: 2,
  },
  { arbitrary: nested, weight: 1 },
  {
    arbitrary: fc.constantFrom(
      '',
      ' ',
      '\ufeff{"type":"a"}',
      'token invalid',
      '<html>Sign in</html>',
      'NaN',
      '{"type":"a"}\n{"type":"b"}',
    ),
    weight: 1,
  },
);

/** One frame. Most are text; some are the same bytes, or any bytes, in a binary frame. */
export const hostileFrame: fc.Arbitrary<HostileFrame> = fc.oneof(
  { arbitrary: text, weight: 8 },
  { arbitrary: text.map((content) => new TextEncoder().encode(content)), weight: 1 },
  { arbitrary: fc.uint8Array({ maxLength: 200 }), weight: 1 },
);

/** Whether a frame may be read as the hello for {@link USER_ID}. Written without the client's reader: it is its judge. */
export function mayBeHello(frame: HostileFrame): boolean {
  try {
    const content = typeof frame === 'string' ? frame : new TextDecoder('utf-8', { fatal: true }).decode(frame);
    const value: unknown = JSON.parse(content.replace(/^\ufeff/, ''));
    const { type, me, connection_id } = Object(value) as Readonly<Record<string, unknown>>;
    if (type !== 'health.check' && type !== 'connection.ok') return false;
    return typeof connection_id === 'string' && connection_id !== '' && Object(me).id === USER_ID;
  } catch {
    return false;
  }
}
