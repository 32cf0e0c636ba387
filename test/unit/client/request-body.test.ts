import { Readable } from 'node:stream';
import vm from 'node:vm';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { contentOf } from '../../../src/client/requests/body.ts';
import { checkPath } from '../../../src/client/requests/path.ts';
import { SessionError } from '../../../src/index.ts';
import { alice, Stage } from '../../behaviour/harness.ts';

const realm = vm.createContext({});

const cycle: unknown[] = [];
cycle.push(cycle);

/** Not in the types of this version of ECMAScript. */
const growing = (length: number) =>
  new Uint8Array(Reflect.construct(ArrayBuffer, [length, { maxByteLength: 2 * length }]) as ArrayBuffer);

function transferred(): Uint8Array {
  const bytes = new Uint8Array(4);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function withReader(): ReadableStream {
  const stream = new Blob(['x']).stream();
  stream.getReader();
  return stream;
}

/** What the platform's `fetch` sends for it. */
async function sent(body: unknown): Promise<string> {
  const content = contentOf(body);
  const request = new Request('http://x/', { method: 'POST', ...content } as RequestInit);
  return request.text();
}

describe('a body is sent right, or refused', () => {
  const bytes = () => Buffer.alloc(5_000, 7);

  it.each<[string, () => unknown]>([
    ['a stream of Node', () => Readable.from([bytes()])],
    ['a stream of strings', () => Readable.from(['\u0007'.repeat(2_500), '\u0007'.repeat(2_500)])],
    [
      'an async generator',
      async function* () {
        yield new Uint8Array(bytes());
      },
    ],
    ['an ArrayBuffer of another realm', () => vm.runInContext('new Uint8Array(5000).fill(7).buffer', realm)],
    ['a typed array of another realm', () => vm.runInContext('new Uint8Array(5000).fill(7)', realm)],
    ['a Buffer', bytes],
    ['a web stream', () => new Blob([bytes()]).stream()],
    [
      'an object literal that yields bytes',
      () => ({
        name: 'export',
        async *[Symbol.asyncIterator]() {
          yield bytes();
        },
      }),
    ],
    ['a SharedArrayBuffer', () => new Uint8Array(new SharedArrayBuffer(5_000)).fill(7).buffer],
    ['shared memory', () => new Uint8Array(new SharedArrayBuffer(5_000)).fill(7)],
    ['a part of shared memory', () => new Uint8Array(new SharedArrayBuffer(5_100), 50, 5_000).fill(7)],
    ['memory that may grow', () => growing(5_000).fill(7).buffer],
    ['a view of memory that may grow', () => growing(5_000).fill(7)],
  ])('%s', async (_, make) => {
    const made = make();
    expect(await sent(made)).toBe('\u0007'.repeat(5_000));
  });

  it('an error of a stream is the failure of the call, not the end of the body', async () => {
    const broken = (async function* () {
      yield 'half';
      throw new Error('disk');
    })();
    await expect(sent(broken)).rejects.toThrow('disk');
    await expect(sent(Readable.from([{ not: 'bytes' }]))).rejects.toThrow();
  });

  it('law 2: an iterator that is no longer read ends, and frees what it holds', async () => {
    let isFree = false;
    async function* lines() {
      try {
        for (;;) yield 'line';
      } finally {
        isFree = true;
      }
    }
    const reader = (contentOf(lines()).body as ReadableStream).getReader();
    await reader.read();
    await reader.cancel();
    expect(isFree).toBe(true);
    const withoutReturn = { [Symbol.asyncIterator]: () => ({ next: async () => ({ value: 'line' }) }) };
    await (contentOf(withoutReturn).body as ReadableStream).cancel();
  });

  it.each<[string, unknown, string]>([
    ['an object of another realm', vm.runInContext('({ a: [1, { b: null }] })', realm), '{"a":[1,{"b":null}]}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['dates', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['what is undefined', { a: undefined }, '{}'],
    ['null', null, 'null'],
    [
      'fields that are named as those of a stream',
      { locked: true, destroyed: true },
      '{"locked":true,"destroyed":true}',
    ],
    ['a field that is named as a method of form-data', { getHeaders: 'no' }, '{"getHeaders":"no"}'],
  ])('%s is JSON', async (_, body, json) => {
    expect(contentOf(body)).toEqual({ body: json, contentType: 'application/json' });
  });

  it.each<[string, unknown]>([
    ['a Map', new Map([['a', 1]])],
    ['a Set', new Set([1])],
    ['a Map inside', { items: new Map() }],
    ['bytes inside', { file: Buffer.from('x') }],
    ['an instance of a class', new (class Message {})()],
    ['a function inside', { run: () => {} }],
    ['a symbol inside', { of: Symbol('x') }],
    ['a number that JSON does not have', { at: Number.NaN }],
    ['a promise', Promise.resolve(1)],
    ['a date that is none', { at: new Date(Number.NaN) }],
    ['what is undefined in an array', { items: [1, undefined] }],
    ['an array with a hole', new Array(2)],
    ['what can be iterated, as an object literal', { *[Symbol.iterator]() {} }],
    ['the same inside', { items: { async *[Symbol.asyncIterator]() {} } }],
    ['bytes that were transferred', transferred()],
    ['the buffer of them', transferred().buffer],
    ['a stream with a reader', withReader()],
    ['a stream that was destroyed', Readable.from(['x']).destroy()],
    ['a BigInt', 1n],
    ['a cycle', cycle],
    ['the form-data package', { getHeaders: () => ({}), pipe: () => {}, [Symbol.toStringTag]: 'FormData' }],
    [
      'a FormData of another implementation',
      new (class FormData {
        readonly [Symbol.toStringTag] = 'FormData';
      })(),
    ],
    [
      'a Blob of another implementation, at which fetch throws: that of jsdom has no stream()',
      new (class Blob {
        readonly [Symbol.toStringTag] = 'Blob';
        readonly arrayBuffer = () => {};
      })(),
    ],
  ])('%s is refused', (_, body) => {
    expect(() => contentOf(body)).toThrow(SessionError);
    expect(() => contentOf(body)).toThrow(/^body: /);
  });
});

describe('where the app gives a fetch', () => {
  class FormData {
    readonly [Symbol.toStringTag] = 'FormData';
  }

  it('a body of classes that the platform does not have is that of this fetch, as with npm’s undici', async () => {
    const form = new FormData();
    expect(contentOf(form, fetch).body).toBe(form);
    const sent: unknown[] = [];
    const own: typeof globalThis.fetch = async (_, init) => {
      sent.push(init?.body);
      return new Response('{}');
    };
    const stage = new Stage({ machine: undefined }, { fetch: own });
    onTestFinished(() => void stage.client.dispose());
    await stage.online(alice);
    await stage.result(stage.client.request('/x', { body: form }), 1_000);
    expect(sent).toEqual([form]);
  });

  it('the form-data package, and what the platform itself refuses, are still refused', () => {
    expect(() => contentOf({ getHeaders: () => ({}), [Symbol.toStringTag]: 'FormData' }, fetch)).toThrow('form-data');
    vi.stubGlobal('FormData', FormData);
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(() => contentOf(new FormData(), fetch)).toThrow('this FormData does not belong to the fetch');
  });
});

describe('a path stays below the base URL', () => {
  it.each([
    '/',
    '/channels/a%20b?x=1',
    '/a/../b',
    '/a/./b',
    '/a/..',
    '/..a/b',
    '/a//b',
    '/a%2Fb',
    '/ä',
    '/100%',
    '/a;x=1/b',
    '/a%252Fb',
    `/%${'25'.repeat(100_000)}2e`,
    '/...',
    '/a?next=/../x',
  ])('%j may be asked for', (path) => {
    expect(() => checkPath(path, [])).not.toThrow();
  });

  it.each([
    '/../admin',
    '/..',
    '/a/../../admin',
    '/%2e%2e/admin',
    '/.%2E/admin',
    '/%2E./admin?x=1',
    '/a/%2e%2e/%2e%2e/admin',
    '/..\\admin',
    '/\\..\\admin',
    '/.\t./admin',
    '/.\n./admin',
    '/.\r./admin',
    '/a/..%2f..%2fadmin',
    '/a%5c..%5c..%5cadmin',
    '//../../admin',
    '/%252e%252e/admin',
    '/a/..%252f..%252fadmin',
    '/%25252e%25252e%25252fadmin',
    '/..;/admin',
    '/a/..;x=1/..;y/admin',
    '/%c0%ae%c0%ae/admin',
    '/%c1%9c..%c1%9cadmin',
    '/%%32%65%%32%65/admin',
    '/..%c0%afadmin',
    'channels',
    '@evil.example/',
    'https://evil.example/',
    // A URL parser that gets it alone takes the first part for a host.
    '//evil.example/',
    '/a#b',
    '',
    7,
    null,
  ])('%j is refused', (path) => {
    expect(() => checkPath(path, [])).toThrow(/^path: must /);
  });

  const isBelow = (path: string) => {
    const { origin, pathname } = new URL(`https://host/base${path}`);
    return origin === 'https://host' && pathname.startsWith('/base/');
  };

  it.each(['/a/../b', '/x/%2e%2e/y', '/x//y', '/a?b=../..'])('%j means what fetch makes of it', (path) => {
    expect(() => checkPath(path, [])).not.toThrow();
    expect(isBelow(path)).toBe(true);
  });

  it('whatever is allowed, a URL parser leaves below', () => {
    const parts = fc.constantFrom(
      '/',
      '//',
      '.',
      '..',
      '%2e',
      '%2E',
      '%2f',
      '%5c',
      '%',
      'a',
      ';',
      '@',
      ':',
      '?',
      '\\',
      '\t',
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (chosen) => {
        const path = `/${chosen.join('')}`;
        if (!isBelow(path)) expect(() => checkPath(path, []), path).toThrow(/^path: must /);
      }),
      { numRuns: 5_000 },
    );
  });
});
