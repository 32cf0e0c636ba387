import { createHash } from 'node:crypto';
import { inspect } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { describeCause, redact, withoutToken } from '../../../src/token/redact.ts';
import { jwt } from './jwt.ts';

const token = jwt({ user_id: 'alice', exp: 1 });

/** All parts of `text` with so many characters. */
const parts = (text: string, length: number) =>
  Array.from({ length: Math.max(0, text.length - length + 1) }, (_, at) => text.slice(at, at + length));

it('law 9: what a server says of a user is without their token, unless it is so short that it may be a word or an id', () => {
  const secret = 'opaque-token-1234';
  const user = { id: 'alice', name: `by ${secret}` };
  expect(withoutToken(user, secret)).toEqual({ id: 'alice', name: 'by [token]' });
  for (const known of ['alice', 'a', '', null, undefined, 'another-token-1234']) {
    expect(withoutToken(user, known)).toBe(user);
  }
});

describe('law 9: redact', () => {
  it('replaces whole JWTs wherever they stand', () => {
    const text = `GET wss://host/connect?authorization=${token}&x=1 and "${token}", ${token}.`;
    expect(redact(text)).toBe('GET wss://host/connect?authorization=[token]&x=1 and "[token]", [token]');
  });

  it.each(['\u001b[31mred\u001b[0m', '\u009b2J', 'a\rb', 'a\u0007', '\u202egnp.exe', 'a\u2028b', 'two\nlines'])(
    'leaves nothing in %j that a terminal acts on',
    (text) => {
      const active = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u;
      expect(redact(`The server says ${text}.`)).not.toMatch(active);
      expect(describeCause(new Error(text)).text).not.toMatch(active);
    },
  );

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
    for (const known of [[''], ['is'], ['', 'is']]) expect(redact('nothing is empty', known)).toBe('nothing is empty');
  });

  it.each([
    ['percent-encoded', encodeURIComponent],
    [
      'percent-encoded in lower case',
      (text: string) => encodeURIComponent(text).replace(/%../g, (byte) => byte.toLowerCase()),
    ],
    ['in base64', btoa],
    ['after a name, in base64', (text: string) => btoa(`alice:${text}`)],
    ['in JSON', (text: string) => JSON.stringify(text)],
    ['cut off', (text: string) => `${text.slice(0, 20)}…`],
    ['without its beginning', (text: string) => `…${text.slice(-20)}`],
    ['in an address', (text: string) => `/s?t=${encodeURIComponent(text)}&x=1`],
  ])('replaces a known token %s', (_, spell) => {
    const known = 'AbC/dEf+ghI9jkLmNoPqRsTuVw0x1y2z3==';
    const text = redact(`The server says ${spell(known)}, and no more.`, [known]);
    expect(text).toMatch(/^The server says .*\[token\].*, and no more\.$/);
    const shown = text.slice('The server says '.length, -', and no more.'.length);
    for (const part of parts(shown, 8))
      expect([known, encodeURIComponent(known), btoa(known)].join()).not.toContain(part);
  });

  it('replaces a known token in other letters than ASCII, and one with half a character', () => {
    expect(redact('is 🔑-ключ-日本 bad', ['🔑-ключ-日本'])).toBe('is [token] bad');
    expect(redact(`is ${encodeURIComponent('🔑-ключ')} bad`, ['🔑-ключ'])).toBe('is [token] bad');
    expect(redact('is half\ud83d-a-key bad', ['half\ud83d-a-key'])).toBe('is [token] bad');
  });

  it('replaces one that is stuck to other words', () => {
    expect(redact(`as v1.Bearer_${token}.more here`)).toBe('as [token] here');
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

describe('what a developer reads of a mistake', () => {
  it.each([
    'Do not know how to serialize a BigInt',
    'cyclic object value',
    "BigInt value can't be serialized in JSON",
    'JSON.stringify cannot serialize cyclic structures.',
    'Unexpected non-whitespace character after JSON',
    'Assignment to constant variable.',
    'Cannot convert undefined or null to object',
    'Bad control character in string literal in JSON',
    'The string to be decoded is not correctly encoded.',
    'signal is aborted without reason',
    'The URL contains a fragment identifier',
    'An invalid or duplicated subprotocol was specified',
    'Server sent a subprotocol but none was requested',
    'WebSocket was closed before the connection was established',
    'self-signed certificate in certificate chain',
    'unable to verify the first certificate',
    'Proxy response (407) !== 200 when HTTP Tunneling',
    'unable to get local issuer certificate',
    'Max payload size exceeded',
    "Hostname/IP does not match certificate's altnames",
  ])('of engines and sockets is whole: %s', (message) => {
    expect(describeCause(new Error(message)).text).toBe(message);
  });

  it('of a cycle leaves out only the names', () => {
    const cyclic: Record<string, unknown> = {};
    cyclic.wallet = cyclic;
    const thrown = (() => {
      try {
        return JSON.stringify(cyclic);
      } catch (error) {
        return error;
      }
    })();
    const { text } = describeCause(thrown);
    expect(text).toContain('Converting circular structure to JSON --> starting at object with constructor');
    expect(text).toContain('closes the circle');
    expect(text).not.toContain('wallet');
  });
});

describe('law 9: describeCause', () => {
  it('keeps what a clean error says, in a copy: the original may print more than it shows', () => {
    const error = new Error('fetch failed', { cause: Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' }) });
    expect(describeCause(error)).toEqual({ text: 'fetch failed (no route)', cause: error });
    expect(describeCause(error).cause).not.toBe(error);
    const frames = (stack: unknown) => String(stack).match(/redact\.test\.ts:\d+/g);
    const { cause } = describeCause(error);
    expect(cause).toMatchObject({ cause: { code: 'EHOSTUNREACH' } });
    expect(frames((cause as Error).stack)).toEqual(frames(error.stack));
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:8733',
    "Cannot read properties of undefined (reading 'token')",
    'fetch failed: HTTP 503',
    'The session cookie has expired.',
    'NetworkError when attempting to fetch resource.',
  ])('keeps %j, which is known words', (message) => {
    expect(describeCause(new Error(message)).text).toBe(message);
  });

  const opaque = 'sk_live_4eC39HqLyjWDarjtT1zdp7dc';
  class Credential {
    readonly value = token;
    toString() {
      return this.value;
    }
  }
  class Masked extends Error {
    readonly #token = token;
    [inspect.custom]() {
      return this.#token;
    }
  }

  it.each([
    ['getaddrinfo ENOTFOUND api.example.com', 'getaddrinfo ENOTFOUND …'],
    ['Request abc to https://s3-eu-west-1.amazonaws.com/b2b failed: 401', 'Request … to … failed: 401'],
    ['Unexpected token \'<\', "<!DOCTYPE "... is not valid JSON', 'Unexpected token … is not valid JSON'],
    ['Der Server läuft nicht', '… Server …'],
  ])('keeps the known words of %j', (message, text) => {
    expect(describeCause(new Error(message)).text).toBe(text);
  });

  it.each<[string, unknown, string]>([
    ['a JWT', token, token],
    ['a JWT in base64', Buffer.from(token).toString('base64'), Buffer.from(token).toString('base64')],
    ['a JWT, percent-encoded', encodeURIComponent(token).replaceAll('.', '%2E'), token.slice(0, 30)],
    ['an opaque token', opaque, opaque],
    ['a short opaque token', 's3cret-4711-thing', 's3cret-4711-thing'],
    ['an error whose message is an opaque token', new Error(opaque), opaque],
    ['a message with an opaque token in it', new Error(`bad credential: ${opaque}`), opaque],
    ['an object of a class of its own', new Credential(), token],
    ['an error that prints itself', new Masked('bad'), token],
    ['what is sent as a response', { status: 401, body: { token } }, token],
  ])('a provider may throw %s: nothing prints it', (_, thrown, secret) => {
    const { text, cause } = describeCause(thrown);
    expect(text).not.toContain(secret);
    expect(inspect(cause, { depth: 9, showHidden: true })).not.toContain(secret);
  });

  it.each(['offline', 'no network', 'connect ECONNREFUSED 127.0.0.1:8733', 'HTTP 404', 'Failed to fetch', 'ENOTFOUND'])(
    'keeps the reason %j',
    (reason) => {
      expect(describeCause(new Error(reason)).text).toBe(reason);
      expect(describeCause(reason).text).toBe(reason);
    },
  );

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

  it('keeps an error of another realm, as the platform has in Jest', () => {
    const error = runInNewContext(
      "Object.assign(new TypeError('no route', { cause: new Error('timeout') }), { code: 'ENOTFOUND' })",
    );
    expect(error).not.toBeInstanceOf(Error);
    const { text, cause } = describeCause(error);
    expect(text).toBe('no route (timeout)');
    expect(cause).toBeInstanceOf(Error);
    expect(cause).toMatchObject({
      name: 'TypeError',
      message: 'no route',
      code: 'ENOTFOUND',
      cause: { message: 'timeout' },
    });
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
    const { text } = describeCause(new Error(`not\nfound ${'more '.repeat(200)}`));
    expect(text).toMatch(/^not found (?:more )+m?o?r?e?…$/);
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

describe('an error without a message is named by what else it has', () => {
  it.each([
    ['its code', Object.assign(new Error(), { code: 'ECONNREFUSED' }), 'ECONNREFUSED'],
    ['its name', new TypeError(), 'TypeError'],
    ['the type of what is no error', {}, 'a value of type object'],
    ['the type of an empty string', '', 'a value of type string'],
  ])('%s', (_, thrown, text) => {
    expect(describeCause(thrown).text).toBe(text);
  });
});

describe('law 11: a text of a megabyte, whatever is in it, holds no one up', () => {
  const megabyte = (piece: string) => piece.repeat(Math.ceil(1_000_000 / piece.length));
  // A pattern that starts over at each character took seconds for a fiftieth of the first.
  const texts = [
    megabyte('ey'),
    megabyte('ey.'),
    megabyte('eyJ'),
    megabyte('e'),
    megabyte('.'),
    megabyte('ewewewewew.'),
  ];

  it.each(texts.map((text) => [text.slice(0, 12), text] as const))('redact, "%s…"', (_, text) => {
    expect(redact(text, [token]).length).toBeLessThanOrEqual(text.length);
  });

  it.each(texts.map((text) => [text.slice(0, 12), text] as const))('describeCause, "%s…"', (_, text) => {
    const forms = [text, new Error(text), new Error('x', { cause: text }), { text }, [text, text], { [text]: 1 }];
    for (const form of forms) expect(describeCause(form, [token]).text.length).toBeLessThan(310);
  });

  it('a list of a million values is not looked through', () => {
    const list = Array.from({ length: 1_000_000 }, (_, index) => index);
    expect(describeCause({ list }).cause).toBe('a value of type object');
  });
});

describe('law 9: a long text is cut, and no token with it', () => {
  const secret = 's3cret/thing+that=looks like nothing';
  const bare = { value: token, least: 'eyJ' };
  const known = { value: secret, least: secret.slice(0, 4) };

  it.each([bare, known])('wherever in $least… the cut is', ({ value, least }) => {
    // A text is cut after 4,096 characters: before, in and behind the token.
    for (let before = 4_097 - value.length - 10; before < 4_107; before += 1) {
      const { text, cause } = describeCause(`${' '.repeat(before)}${value} ${'x'.repeat(9_000)}`, [secret]);
      expect(text).not.toContain(least);
      expect(inspect(cause, { maxStringLength: null })).not.toContain(least);
    }
  });

  it('what stands before is kept', () => {
    const { text, cause } = describeCause(new Error(`out of ${'space '.repeat(2_000)}`));
    expect(text).toMatch(/^out of space /);
    expect(cause).toMatchObject({ message: expect.stringMatching(/^out of (?:space )+/) });
    expect(describeCause(new Error('x'.repeat(9_000))).text, 'one word, which is cut').toBe('…');
  });
});

describe('law 9: a token that a provider throws in another form is not printed', () => {
  const secrets: readonly (readonly [string, string])[] = [
    ['a JWT', token],
    ['an opaque token', 'sk_live_4eC39HqLyjWDarjtT1zdp7dc'],
    ['a token in hexadecimal', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4'],
    ['a token in base64', 'q83vEjRWeJCrze8SNFZ4kA=='],
  ];
  const spaced = (text: string, by: string, size = 1) => (text.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(by);
  const half = (text: string, index: 0 | 1) =>
    index === 0 ? text.slice(0, text.length / 2) : text.slice(text.length / 2);

  const forms: readonly (readonly [string, (secret: string) => unknown])[] = [
    ['itself', (secret) => secret],
    ['spaces between all its characters', (secret) => spaced(secret, ' ')],
    ['a comma and a space between', (secret) => new Error(`token: ${spaced(secret, ', ')}`)],
    ['hyphens between', (secret) => spaced(secret, '-')],
    ['line breaks between', (secret) => spaced(secret, '\n')],
    ['characters in a list', (secret) => JSON.stringify([...secret])],
    ['zero-width spaces between', (secret) => spaced(secret, '\u200b')],
    ['pairs', (secret) => new Error(spaced(secret, ' ', 2))],
    ['groups of three', (secret) => spaced(secret, '.', 3)],
    ['groups of four', (secret) => `bad ${spaced(secret, ' ', 4)} token`],
    ['base64', (secret) => Buffer.from(secret).toString('base64')],
    ['base64, spaced', (secret) => spaced(Buffer.from(secret).toString('base64'), ' ')],
    ['hexadecimal', (secret) => Buffer.from(secret).toString('hex')],
    ['percent-encoded', (secret) => [...Buffer.from(secret)].map((byte) => `%${byte.toString(16)}`).join('')],
    ['character codes', (secret) => [...Buffer.from(secret)].join(' ')],
    ['reversed', (secret) => [...secret].reverse().join('')],
    ['its parts in reverse order', (secret) => new Error(spaced(secret, '.', 12).split('.').reverse().join(' '))],
    ['half in the message, half in the cause', (secret) => new Error(half(secret, 0), { cause: half(secret, 1) })],
    [
      'half in the message, half in the message of the cause',
      (secret) => new Error(half(secret, 0), { cause: new Error(half(secret, 1)) }),
    ],
    [
      'half in the name, half in the code',
      (secret) => Object.assign(new Error('bad'), { name: half(secret, 0), code: half(secret, 1) }),
    ],
    ['a stack of its own', (secret) => Object.assign(new Error('bad'), { stack: `Error\n at ${spaced(secret, ' ')}` })],
  ];

  const SYLLABLES = [
    'ba',
    'co',
    'den',
    'fil',
    'go',
    'hor',
    'in',
    'ka',
    'lim',
    'mon',
    'no',
    'per',
    'ra',
    'so',
    'tur',
    'ver',
  ];
  const digest = (index: number) => createHash('sha256').update(`${index}`).digest();
  const plainWords = (index: number, by: string) =>
    (
      Array.from(digest(index).subarray(0, 16), (byte) => SYLLABLES[byte % 16])
        .join('')
        .match(/.{4,7}/g) ?? []
    ).join(by);
  const kinds: readonly ((index: number) => string)[] = [
    (index) => digest(index).toString('hex'),
    (index) => digest(index).toString('base64'),
    (index) => digest(index).toString('base64url'),
    (index) => plainWords(index, ''),
    (index) => plainWords(index, '-'),
    (index) => plainWords(index, ' '),
  ];

  it.each(forms)('as %s: 24 tokens, those made of plain words too', (_, make) => {
    for (let index = 0; index < 24; index += 1) {
      const secret = kinds[index % kinds.length]?.(index) ?? '';
      const { text, cause } = describeCause(make(secret));
      const printed = lettersOf(`${text} ${inspect(cause, { depth: 9, showHidden: true })}`);
      const letters = lettersOf(secret);
      const parts = Array.from({ length: Math.max(0, letters.length - 7) }, (_, at) => letters.slice(at, at + 8));
      expect(parts.filter((part) => printed.includes(part))).toEqual([]);
    }
  });

  it('of plain words that no error uses nothing is kept', () => {
    const message = `bad ${plainWords(1, ' ')} token`;
    expect(describeCause(message).text).toBe('bad … token');
    // Now and then two syllables make a word that errors use: "over".
    const letters = Array.from({ length: 1_000 }, (_, index) => lettersOf(describeCause(plainWords(index, ' ')).text));
    expect(Math.max(...letters.map(({ length }) => length))).toBeLessThan(9);
  });

  it('of a stack, the names of files with their lines are kept', () => {
    const stack = [
      'Error: s3cret',
      '    at load (/home/s3cret/app/session.ts:12:3)',
      '    at https://s3cret.example/main.js?t=s3cret:1:200',
      '    at async s3cret (node:internal/s3cret:1:2)',
      'load@https://host/chat.mjs:7:9',
      '    at data:text/javascript,s3cret:1:1',
    ].join('\n');
    const { cause } = describeCause(Object.assign(new Error('failed'), { stack }));
    expect((cause as Error).stack).toBe(
      'Error: failed\n    at session.ts:12:3\n    at main.js:1:200\n    at chat.mjs:7:9',
    );
  });

  /** Lower case, so that what is left of the token can't hide behind its spelling. */
  const lettersOf = (text: string) => text.replace(/[^A-Za-z0-9]/g, '').toLowerCase();

  it.each(forms.flatMap(([form, make]) => secrets.map(([name, secret]) => [name, form, secret, make] as const)))(
    '%s as %s',
    (_, __, secret, make) => {
      const { text, cause } = describeCause(make(secret));
      const printed = lettersOf(`${text} ${inspect(cause, { depth: 9, showHidden: true })}`);
      const raw = Buffer.from(secret);
      const encodings = [secret, raw.toString('base64'), raw.toString('hex'), [...raw].join('')];
      for (const encoding of encodings.flatMap((each) => [each, [...each].reverse().join('')])) {
        const letters = lettersOf(encoding);
        const parts = Array.from({ length: Math.max(0, letters.length - 11) }, (_, at) => letters.slice(at, at + 12));
        expect(parts.filter((part) => printed.includes(part))).toEqual([]);
      }
    },
  );
});
