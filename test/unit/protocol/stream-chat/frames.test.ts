import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, encodePing, readServerError } from '../../../../src/protocol/stream-chat/frames.ts';

const json = (value: unknown) => decode(JSON.stringify(value));
const hello = {
  type: 'health.check',
  connection_id: 'c1',
  cid: '*',
  me: { id: 'alice', role: 'user', last_active: '2026-01-01T00:00:00Z', devices: [] },
  created_at: '2026-01-01T00:00:01.5Z',
};

describe('decode: the hello', () => {
  it('is a health.check with me', () => {
    expect(json(hello)).toEqual({
      kind: 'hello',
      connectionId: 'c1',
      userId: 'alice',
      serverTimeMs: Date.parse('2026-01-01T00:00:01.5Z'),
      me: hello.me,
    });
  });

  it('is a connection.ok, too', () => {
    expect(json({ ...hello, type: 'connection.ok' })).toMatchObject({ kind: 'hello', userId: 'alice' });
  });

  it('takes the server’s time from whatever it dated last, and lives without', () => {
    expect(json({ ...hello, created_at: 'long ago' })).toMatchObject({
      serverTimeMs: Date.parse('2026-01-01T00:00:00Z'),
    });
    expect(json({ ...hello, created_at: undefined, me: { id: 'alice' } })).toMatchObject({ serverTimeMs: null });
  });

  it.each([
    ['no connection_id', { ...hello, connection_id: undefined }],
    ['an empty connection_id', { ...hello, connection_id: '' }],
    ['a connection_id that is no text', { ...hello, connection_id: 7 }],
    ['a me without id', { ...hello, me: {} }],
    ['a me that is no object', { ...hello, me: 'alice' }],
    ['connection.ok without me', { type: 'connection.ok', connection_id: 'c1' }],
  ])('is bad with %s', (_, frame) => {
    expect(json(frame).kind).toBe('bad');
  });
});

describe('decode: everything else', () => {
  it('a health.check without me is a heartbeat', () => {
    expect(json({ type: 'health.check', connection_id: 'c1' })).toEqual({ kind: 'heartbeat' });
    expect(json({ type: 'health.check', me: null })).toEqual({ kind: 'heartbeat' });
    expect(json({ type: 'health.check', connection_id: 7 }).kind).toBe('bad');
  });

  it('an object with a type is a chat event, as it came', () => {
    const event = {
      type: 'message.new',
      cid: 'messaging:general',
      error: 'a field of its own',
      message: { text: 'hi' },
    };
    expect(json(event)).toEqual({ kind: 'event', event });
  });

  it('D10: errors come in two forms', () => {
    const error = { code: 40, message: 'expired', StatusCode: 401, duration: '', more_info: '', details: [] };
    const verdict = { meaning: 'tokenExpired', code: 40, message: 'expired', retryAfterMs: 0 };
    expect(json({ error })).toMatchObject({ kind: 'error', verdict });
    expect(json({ type: 'connection.error', connection_id: 'c1', error })).toMatchObject({ kind: 'error', verdict });
  });

  it.each(['token invalid', 'Token invalid.', ' token invalid\n'])(
    'C12: the bare text %j is an error, and 401',
    (text) => {
      expect(decode(text)).toMatchObject({
        kind: 'error',
        verdict: { meaning: 'token', message: text.trim() },
      });
    },
  );

  it.each([
    'SyntaxError: Unexpected token o in JSON at position 1',
    'Internal error: token bucket exhausted, retry later',
    'upstream: could not fetch jwtkeys: jwt service unavailable',
    'the request with token invalid was not understood',
    'upstream: token invalid',
    'token',
    'jwt',
  ])('laws 7, 8: %j is bad, and no refused token: no one is logged out on a guess', (text) => {
    expect(decode(text)).toEqual({ kind: 'bad', problem: 'it is not JSON' });
  });

  it.each([
    ['C11: a page', '<html><body>Please log in to the network; your token</body></html>'],
    ['other text', 'upgrade required'],
    ['a long text about tokens', `token invalid ${'x'.repeat(400)}`],
    ['half a JSON document', '{"type":"message.new","token'],
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '7'],
    ['a text in JSON', '"token invalid"'],
    ['an array', '[{"type":"health.check"}]'],
    ['an object without a type', '{"me":{"id":"alice"}}'],
    ['a type that is no text', '{"type":7}'],
    ['an error that is none', '{"error":7}'],
    ['a connection.error without an error', '{"type":"connection.error"}'],
  ])('%s is bad', (_, text) => {
    expect(decode(text).kind).toBe('bad');
  });

  it.each([
    ['binary', (text: string) => new Uint8Array(Buffer.from(text))],
    ['with a byte order mark', (text: string) => `\uFEFF${text}`],
    ['binary with a byte order mark', (text: string) => new Uint8Array(Buffer.from(`\uFEFF${text}`))],
  ])('JSON %s is read', (_, encode) => {
    const text = JSON.stringify({ type: 'message.new', text: 'Zoë \u{1F600}' });
    expect(decode(encode(text))).toEqual({ kind: 'event', event: JSON.parse(text) });
  });

  it('bytes that are no JSON are bad', () => {
    expect(decode(new Uint8Array(3))).toEqual({ kind: 'bad', problem: 'it is not JSON' });
    expect(decode(new Uint8Array([0xff, 0xfe]))).toEqual({ kind: 'bad', problem: 'it is not JSON' });
  });

  it('keys of a prototype stay where they are', () => {
    const frame = '{"type":"x","__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    expect(decode(frame).kind).toBe('event');
    expect(decode('{"error":{"code":4,"exception_fields":{"__proto__":1}}}').kind).toBe('error');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('a huge frame is a frame', () => {
    const filler = 'x'.repeat(5_000_000);
    expect(json({ type: 'dev.huge', filler })).toMatchObject({ kind: 'event', event: { type: 'dev.huge' } });
  });

  it.each<[unknown]>([[7], [true], [[]], [{}], [null], [{ toString: 7, valueOf: 7 }], ['text']])(
    '%j where something else belongs is survived',
    (value) => {
      for (const field of ['connection_id', 'created_at', 'me', 'type', 'error']) json({ ...hello, [field]: value });
      for (const field of ['id', 'last_active']) json({ ...hello, me: { ...hello.me, [field]: value } });
      for (const field of ['code', 'StatusCode', 'message', 'exception_fields', 'details', 'retry_after']) {
        json({ error: { code: 4, [field]: value } });
        json({ error: { code: 4, details: { [field]: value } } });
      }
    },
  );

  it('of what the server says about an error, the beginning is kept', () => {
    const long = 'x'.repeat(100_000);
    for (const error of [{ code: 9, message: long }, long]) {
      expect(readServerError(error)?.message).toBe('x'.repeat(500));
    }
  });

  it('nothing makes it throw', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), fc.uint8Array()), (data) => void decode(data)));
  });
});

describe('readServerError', () => {
  it.each([
    [{ retry_after: 2 }, 2_000],
    [{ retry_after: '1.5' }, 1_500],
    [{ retry_after_ms: 300 }, 300],
    [{ details: { retry_after: 4 } }, 4_000],
    [{ retry_after: -1 }, 0],
    [{ retry_after: 'soon' }, 0],
    [{ retry_after: 1e308 }, Number.MAX_SAFE_INTEGER],
    [{ retry_after: '1e309' }, 0],
    [{ retry_after: 'Thu, 01 Jan 2099 00:00:00 GMT' }, 0],
    [{ retry_after: true }, 0],
    [{ retry_after: '' }, 0],
    [{ retry_after: null, details: [7] }, 0],
    [{}, 0],
  ])('%j asks to wait %d ms', (advice, expected) => {
    expect(readServerError({ code: 9, ...advice })?.retryAfterMs).toBe(expected);
  });

  it('reads which fields are wrong', () => {
    expect(readServerError({ code: 4, exception_fields: { 'user_details.name': 'too long' } })?.fields).toEqual([
      'user_details.name',
    ]);
  });

  it('takes a text for a message, and refuses what is none', () => {
    expect(readServerError('down')).toMatchObject({ code: null, message: 'down' });
    expect(readServerError(null)).toBeNull();
    expect(readServerError(7)).toBeNull();
  });

  it.each([
    [{ code: 'TOKEN_EXPIRED' }, { code: null, statusCode: 401, message: 'no' }],
    [
      { code: '40', StatusCode: '403' },
      { code: 40, statusCode: 403, message: 'no' },
    ],
    [
      { code: { a: 1 }, StatusCode: true },
      { code: null, statusCode: null, message: 'no' },
    ],
    [{ message: ['a'] }, { code: null, statusCode: 401, message: '' }],
  ])('of an error with %j in it the rest is read', (odd, read) => {
    expect(readServerError({ StatusCode: 401, message: 'no', ...odd })).toMatchObject(read);
  });
});

it('a ping is the array of one that stream-chat-js sends', () => {
  expect(encodePing('alice--uuid')).toBe('[{"type":"health.check","client_id":"alice--uuid"}]');
});
