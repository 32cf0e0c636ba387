import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { describeCause, redact } from '../../src/token/redact.ts';
import { jwt } from './jwt.ts';

const token = jwt({ user_id: 'alice', exp: 1 });

describe('law 9: redact', () => {
  it('replaces whole JWTs wherever they stand', () => {
    const text = `GET wss://host/connect?authorization=${token}&x=1 and "${token}", ${token}.`;
    expect(redact(text)).toBe('GET wss://host/connect?authorization=[token]&x=1 and "[token]", [token]');
  });

  it('replaces the beginning of one that was cut off', () => {
    expect(redact(`token ${token.slice(0, 30)}… is bad`)).toBe('token [token]… is bad');
  });

  it('replaces JWTs whose JSON is written with spaces or line breaks', () => {
    const parts = ['{ "alg":"HS256" }', '{\n"user_id":"alice" }', 'signature'];
    const spaced = parts.map((part) => Buffer.from(part).toString('base64url')).join('.');
    expect(redact(`a ${spaced} b`)).toBe('a [token] b');
  });

  it('replaces known tokens that look like nothing', () => {
    expect(redact('the token s3cret-thing is bad', ['s3cret-thing'])).toBe('the token [token] is bad');
    expect(redact('nothing is empty', ['', 'is'])).toBe('nothing is empty');
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:3030',
    'eyes.everywhere.on.it',
    'a.b.c',
    'https://keys.example.org/news.html',
  ])('leaves %j as it is', (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe('law 9: describeCause', () => {
  it('keeps a clean error as it is', () => {
    const error = new Error('fetch failed', { cause: Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }) });
    expect(describeCause(error)).toEqual({ text: 'fetch failed (no route)', cause: error });
    expect(describeCause(error).cause).toBe(error);
  });

  const withToken: readonly (readonly [string, () => unknown])[] = [
    ['its message', () => new Error(`bad token ${token}`)],
    ['its stack', () => Object.assign(new Error('bad'), { stack: `Error: bad\n at ${token}` })],
    ['its cause', () => new Error('bad', { cause: new Error(`at ${token}`) })],
    [
      'a property, as HTTP libraries have it',
      () => Object.assign(new Error('bad'), { config: { headers: { Authorization: token } } }),
    ],
    ['a list of errors', () => new AggregateError([new Error(token)], 'bad')],
    ['a key', () => ({ [token]: 1 })],
    ['a text', () => `bad token ${token}`],
    ['a map', () => Object.assign(new Error('bad'), { seen: new Map([['token', token]]) })],
    ['what it says of itself', () => ({ toString: () => `bad ${token}` })],
  ];

  it.each(withToken)('makes a copy without the token when it is in %s', (_, make) => {
    const { text, cause } = describeCause(make());
    expect(text).not.toContain(token);
    expect(inspect(cause, { depth: 9, showHidden: true })).not.toContain(token);
  });

  it('keeps what a copy can keep', () => {
    const nested = Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
    const error = Object.assign(new TypeError(`bad ${token}`, { cause: nested }), { code: 'ERR_INVALID_URL' });
    const { text, cause } = describeCause(error);
    expect(text).toBe('bad [token] (no route)');
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({ name: 'TypeError', code: 'ERR_INVALID_URL', cause: { code: 'EHOSTUNREACH' } });
  });

  it('does not vouch for what is too large to look through', () => {
    const large = Object.assign(new Error('bad'), { list: Array.from({ length: 10_000 }, (_, id) => ({ id })) });
    expect(describeCause(large).cause).not.toBe(large);
    expect(describeCause(large).text).toBe('bad');
  });

  it('known tokens count, too', () => {
    const { text, cause } = describeCause(new Error('the token s3cret is bad'), ['s3cret']);
    expect(text).toBe('the token [token] is bad');
    expect(inspect(cause)).not.toContain('s3cret');
  });

  it('is one short line', () => {
    const { text } = describeCause(new Error(`first\nsecond ${'x'.repeat(1_000)}`));
    expect(text).toMatch(/^first second x+…$/);
    expect(text.length).toBeLessThan(310);
  });

  const angry = () => {
    throw new Error(`never look ${token}`);
  };
  const hostile: readonly (readonly [string, () => unknown])[] = [
    ['a throwing message', () => Object.defineProperty(new Error('x'), 'message', { get: angry })],
    ['a throwing toString', () => ({ toString: angry })],
    ['a proxy that throws at everything', () => new Proxy({}, { get: angry, ownKeys: angry, getPrototypeOf: angry })],
    [
      'a revoked proxy',
      () => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      },
    ],
    ['an object without a prototype', () => Object.create(null)],
    [
      'a circle',
      () => {
        const error: Error & { self?: unknown } = new Error('x');
        error.self = error;
        error.cause = error;
        return error;
      },
    ],
    ['a symbol', () => Symbol('x')],
    ['undefined', () => undefined],
    ['null', () => null],
    ['a function', () => angry],
  ];

  it.each(hostile)('law 11: survives %s', (_, make) => {
    const { text, cause } = describeCause(make());
    expect(text).toBeTypeOf('string');
    expect(text).not.toContain(token);
    expect(inspect(cause)).not.toContain(token);
  });
});
