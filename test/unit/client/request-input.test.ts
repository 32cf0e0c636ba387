import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { parseRequest } from '../../../src/client/requests/input.ts';
import type { ClientRequest } from '../../../src/index.ts';
import { alice, Stage } from '../../behaviour/harness.ts';

interface Sent {
  readonly url: URL;
  readonly init: RequestInit & { readonly duplex?: string };
  /** As the platform's `fetch` would make it of what it was given. */
  readonly request: Request;
}

/** A client that is online, and what reaches `fetch`; `responses` are given in turn, then 200. */
async function online(...responses: readonly Response[]) {
  const sent: Sent[] = [];
  const left = [...responses];
  const stage = new Stage(
    { machine: undefined },
    {
      fetch: async (input, init = {}) => {
        sent.push({ url: new URL(String(input)), init, request: new Request(String(input), init) });
        return left.shift() ?? new Response('{}');
      },
    },
  );
  onTestFinished(async () => {
    await stage.client.dispose();
  });
  await stage.online(alice);
  const request = (options?: unknown, path = '/x') =>
    stage.result(stage.client.request(path, options as ClientRequest), 40_000);
  const send = async (options?: unknown, path?: string): Promise<Sent> => {
    const result = await request(options, path);
    if (!result.success) throw result.error;
    const last = sent.at(-1);
    if (last === undefined) throw new Error('nothing was sent');
    return last;
  };
  return { stage, sent, request, send };
}

const refusal = (field: string) => ({ success: false, error: { code: 'invalidArgument', field } });

describe('a request that could not be meant is refused, and nothing is sent', () => {
  it.each<[string, unknown, string?]>([
    ['path', {}, 'channels'],
    // `new URL(path, base)`, as many protocols join them, goes to another host.
    ['path', {}, '//evil.test/x'],
    ['path', {}, '///evil.test/x'],
    ['path', {}, '/x#part'],
    ['path', {}, '/x?user_id=bob'],
    ['path', {}, '/x?limit=1&%61pi_key=other'],
    ['query.user_id', { query: { user_id: 'bob' } }],
    ['query.connection_id', { query: { connection_id: undefined } }],
    ['query.Authorization', { query: { Authorization: 'mine' } }],
    ['headers.authorization', { headers: { Authorization: 'mine' } }],
    ['headers.stream-auth-type', { headers: [['Stream-Auth-Type', 'anonymous']] }],
    ['headers.api_key', { headers: { API_KEY: 'other' } }],
    ['query', { query: null }],
    ['query', { query: 'a=1' }],
    ['query', { query: new URLSearchParams({ a: '1' }) }],
    ['query.a', { query: { a: null } }],
    ['query.a', { query: { a: {} } }],
    ['query.a', { query: { a: 1n } }],
    ['headers', { headers: null }],
    ['headers', { headers: { a: null } }],
    ['headers', { headers: { a: null, b: '1' } }],
    ['headers', { headers: 'a: 1' }],
    ['headers', { headers: 7 }],
    ['headers', { headers: ['a: 1'] }],
    ['headers', { headers: [['a', '1', '2']] }],
    ['headers', { headers: { 'a b': '1' } }],
    ['headers', { headers: { a: '1\r\nb: 2' } }],
    ['headers', { headers: { a: Symbol('x') } }],
    ['method', { method: 7 }],
    ['method', { method: '' }],
    ['method', { method: 'GET /y' }],
    ['method', { method: 'TRACE' }],
    ['method', { method: 'connect' }],
    ['body', { method: 'get', body: {} }],
    ['body', { body: () => {} }],
    ['body', { body: Symbol('x') }],
    ['body', { body: { toJSON: () => undefined } }],
    ['body', { body: { big: 1n } }],
    [
      'options',
      {
        get body() {
          throw new Error('boom');
        },
      },
    ],
    ['options', 7],
    ['options', null],
    ['signal', { signal: { aborted: false, addEventListener() {} } }],
  ])('%s (%#)', async (field, options, path) => {
    const { request, sent } = await online();
    const result = await request(options, path);
    expect(result).toMatchObject(refusal(field));
    expect(sent).toEqual([]);
  });

  it('it says which name the path must not hold', async () => {
    const { request } = await online();
    const result = await request({}, '/x?a=1&user%5Fid=bob');
    expect(result.success ? '' : result.error.message).toContain('user_id');
  });
});

describe('a request is sent as it was meant', () => {
  it.each<[string, unknown, string]>([
    ['an object', { a: [1] }, '{"a":[1]}'],
    ['null', null, 'null'],
    ['false', false, 'false'],
    ['a string, which is JSON as well', 'text', '"text"'],
    ['what toJSON gives', { toJSON: () => 7 }, '7'],
  ])('JSON: %s', async (_, body, text) => {
    const { send } = await online();
    const { request } = await send({ body });
    expect(request.method).toBe('POST');
    expect(request.headers.get('content-type')).toBe('application/json');
    expect(await request.text()).toBe(text);
  });

  it('JSON is what the body was at the call, not what the app made of it while it waited', async () => {
    const { stage, sent } = await online();
    await stage.value(stage.client.suspend());
    const body = { text: 'before' };
    const call = stage.client.request('/x', { body });
    body.text = 'after';
    await stage.value(stage.client.resume());
    await stage.value(call, 40_000);
    expect(await sent[0]?.request.text()).toBe('{"text":"before"}');
  });

  const form = new FormData();
  form.set('file', new Blob(['data']), 'a.txt');
  it.each<[string, object, string | RegExp | null]>([
    ['FormData', form, /^multipart\/form-data; boundary=/],
    ['a Blob', new Blob(['data'], { type: 'image/png' }), 'image/png'],
    ['a Blob of text', new Blob(['data'], { type: 'text/plain' }), 'text/plain'],
    ['a Blob of text in UTF-8', new Blob(['data'], { type: 'text/plain;charset=utf-8' }), 'text/plain;charset=utf-8'],
    ['URLSearchParams', new URLSearchParams({ a: '1' }), 'application/x-www-form-urlencoded;charset=UTF-8'],
    ['an ArrayBuffer', new ArrayBuffer(3), null],
    ['a typed array', new Uint8Array([1, 2, 3]), null],
    ['a DataView', new DataView(new ArrayBuffer(3)), null],
    ['a stream', new Blob(['data']).stream(), null],
  ])('%s goes to fetch as it is, which knows its type', async (_, body, type) => {
    const { send } = await online();
    const { init, request } = await send({ body });
    expect(init.method).toBe('POST');
    expect(init.body).toBe(body);
    const sentType = request.headers.get('content-type');
    if (type instanceof RegExp) expect(sentType).toMatch(type);
    else expect(sentType).toBe(type);
  });

  it('what React Native has under these names goes as it is: classes without a tag', () => {
    class Native {
      readonly type = '';
    }
    class NativeResponse {
      readonly headers = new Headers();
    }
    for (const name of ['FormData', 'Blob', 'URLSearchParams']) {
      const Class = class extends Native {};
      vi.stubGlobal(name, Class);
      vi.stubGlobal('Response', NativeResponse);
      onTestFinished(() => void vi.unstubAllGlobals());
      const body = new Class();
      expect(parseRequest('/x', { body }, { protocol: {} }).init.body, name).toBe(body);
      vi.unstubAllGlobals();
      expect(() => parseRequest('/x', { body }, { protocol: {} }), name).toThrow('body');
    }
  });

  it('a string goes as it is where its type is given, and as JSON otherwise', async () => {
    const { send } = await online();
    const xml = await send({ body: '<a/>', headers: { 'Content-Type': 'application/xml' } });
    expect([xml.init.body, xml.request.headers.get('content-type')]).toEqual(['<a/>', 'application/xml']);
    const json = await send({ body: 'text' });
    expect([json.init.body, json.request.headers.get('content-type')]).toEqual(['"text"', 'application/json']);
  });

  it('a stream that does not consist of bytes or strings is refused by name', async () => {
    // As that of Node is in Jest.
    const TypeErrorOfFetch: typeof TypeError = runInNewContext('TypeError');
    for (const wrap of [
      (error: unknown) => error,
      (cause: unknown) => new TypeErrorOfFetch('fetch failed', { cause }),
    ]) {
      const fetch: typeof globalThis.fetch = async (input, init) => {
        const text = new Request(String(input), init).text();
        return new Response(await text.catch((error: unknown) => Promise.reject(wrap(error))));
      };
      const stage = new Stage({ machine: undefined }, { fetch });
      onTestFinished(() => void stage.client.dispose());
      await stage.online(alice);
      const call = stage.client.request('/x', { body: Readable.from([{ a: 1 }]) });
      expect(await stage.result(call, 40_000)).toMatchObject(refusal('body'));
    }
  });

  it.each([{}, { headers: {} }, { json: async () => ({}) }])(
    'a double of fetch whose failed response has little more than a status: %j',
    async (little) => {
      const { request } = await online({ ok: false, status: 503, ...little } as unknown as Response);
      const error = { code: 'requestFailed', status: 503, retryable: true, message: 'GET /x returned 503.' };
      expect(await request()).toMatchObject({ success: false, error });
    },
  );

  it('a realm that lacks these classes sends JSON', () => {
    for (const name of ['FormData', 'Blob', 'URLSearchParams', 'ReadableStream']) vi.stubGlobal(name, undefined);
    onTestFinished(() => void vi.unstubAllGlobals());
    expect(parseRequest('/x', { body: { a: 1 } }, { protocol: {} })).toMatchObject({ init: { body: '{"a":1}' } });
  });

  it.each<[string, unknown]>([
    ['a record', { 'X-One': '1', 'X-Two': 2, 'Content-Type': 'text/x' }],
    ['Headers', new Headers({ 'X-One': '1', 'X-Two': '2', 'Content-Type': 'text/x' })],
    [
      'pairs',
      [
        ['X-One', '1'],
        ['X-Two', '2'],
        ['content-type', 'text/x'],
      ],
    ],
    [
      'a map',
      new Map([
        ['X-One', '1'],
        ['X-Two', '2'],
        ['content-type', 'text/x'],
      ]),
    ],
  ])('headers as fetch takes them: %s', async (_, headers) => {
    const { send } = await online();
    const { request } = await send({ headers, body: {} });
    expect(Object.fromEntries(request.headers)).toMatchObject({ 'x-one': '1', 'x-two': '2', 'content-type': 'text/x' });
  });

  it('headers that are undefined are left out', async () => {
    const { send } = await online();
    const { request } = await send({ headers: { 'X-One': '1', 'X-Two': undefined } });
    expect([request.headers.get('x-one'), request.headers.get('x-two')]).toEqual(['1', null]);
  });

  it('headers that are given twice are joined', async () => {
    const { send } = await online();
    const { request } = await send({
      headers: [
        ['X-A', '1'],
        ['x-a', '2'],
      ],
    });
    expect(request.headers.get('x-a')).toBe('1, 2');
  });

  it('numbers and booleans in a query, and one in the path', async () => {
    const { send } = await online();
    const { url } = await send({ query: { n: 5, yes: true, text: 'a b', none: undefined } }, '/x?limit=1');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      limit: '1',
      n: '5',
      yes: 'true',
      text: 'a b',
      user_id: 'alice',
    });
    expect(url.searchParams.has('none')).toBe(false);
  });

  it('an object is JSON, also with a type of its own', async () => {
    const { send } = await online();
    const { request } = await send({ body: { a: 1 }, headers: { 'Content-Type': 'application/vnd.api+json' } });
    expect(request.headers.get('content-type')).toBe('application/vnd.api+json');
    expect(await request.text()).toBe('{"a":1}');
  });

  it('without options it is a GET', async () => {
    const { send } = await online();
    expect((await send()).init.method).toBe('GET');
  });

  it.each([
    ['get', 'GET'],
    ['Head', 'HEAD'],
    // `fetch` sends `patch` as it is, which servers do not take.
    ['patch', 'PATCH'],
    ['retrace', 'RETRACE'],
    ['TRACKED', 'TRACKED'],
  ])('the method %s is sent as %s', async (method, sent) => {
    const { send } = await online();
    expect((await send({ method })).init.method).toBe(sent);
  });
});

describe('a body that is sent again with another token', () => {
  const refused = () => new Response('{"code":40,"message":"expired"}', { status: 401 });

  it('JSON and forms are', async () => {
    for (const body of [{ a: 1 }, form()]) {
      const { send, sent } = await online(refused());
      await send({ body });
      expect(sent).toHaveLength(2);
    }
  });

  it('a stream is read once: the answer is the refusal, and the next call has another token', async () => {
    const { stage, request, sent, send } = await online(refused());
    const tokens = stage.tokens;
    expect(await request({ body: new Blob(['data']).stream() })).toMatchObject({ error: { code: 'tokenRejected' } });
    expect(sent).toHaveLength(1);
    expect(sent[0]?.init.duplex).toBe('half');
    expect(stage.tokens).toBe(tokens + 1);
    const { request: next } = await send();
    expect(next.headers.get('authorization')).not.toBe(sent[0]?.request.headers.get('authorization'));
  });

  function form(): FormData {
    const data = new FormData();
    data.set('a', '1');
    return data;
  }
});

it('law 4: a name that a protocol reserves is refused, however the two are spelt', () => {
  const http = { reserved: ['Authorization', 'tenantId'], address: () => ({ url: '', headers: {} }) };
  const refused = (path: string, options: ClientRequest) => () => parseRequest(path, options, { protocol: { http } });
  expect(refused('/x', { headers: { authorization: 'mine' } })).toThrow('the session sets it');
  expect(refused('/x', { headers: { Authorization: 'mine' } })).toThrow('the session sets it');
  expect(refused('/x', { query: { tenantId: 'mine' } })).toThrow('the session sets it');
  expect(refused('/x?TENANTID=mine', {})).toThrow('the session sets it');
});
