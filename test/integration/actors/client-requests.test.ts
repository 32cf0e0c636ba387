import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { RequestOptions } from '../../../src/actors/dependencies.ts';
import type { Result } from '../../../src/errors.ts';
import { streamChat } from '../../../src/protocol/stream-chat/index.ts';
import type { TokenSource } from '../../../src/token/source.ts';
import { TokenSourceRegistry } from '../../../src/token/source-registry.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import type { Identity } from '../../../src/user.ts';
import { collectGarbage } from '../../kit/garbage.ts';
import { jwt } from '../../unit/token/jwt.ts';
import { type Backend, fakeBackend } from './backends.ts';
import { alice, bob, type Client, load, open, startClient, turn, until } from './harness.ts';

/*
 * HTTP in the session user's name, and guests, against the development server.
 */

async function setUp(makeSource?: (server: DevServer) => TokenSource) {
  const server = await startDevServer();
  const backend: Backend = {
    baseUrl: server.url,
    sockets: ({ url }) => new WebSocket(url),
    peers: [],
    stop: () => server.close(),
  };
  const tokens: string[] = [];
  const issue: TokenSource = async ({ id }) => {
    const token = await server.createToken(id);
    tokens.push(token);
    return token;
  };
  const client = startClient({
    backend,
    source: makeSource?.(server) ?? issue,
    overrides: { protocol: streamChat({ apiKey: server.apiKey, baseUrl: server.url }), fetch: globalThis.fetch },
  });
  const request = (path: string, init: RequestOptions = {}, identity = alice): Promise<Result<Response>> =>
    client.dependencies.dataPlane.request?.({ path, init, identity, sourceKey: 0 }) ??
    Promise.reject(new Error('The data plane is gone.'));
  const query = (init: RequestOptions = {}) => request('/channels/messaging/general/query', { body: '{}', ...init });
  return { server, client, request, query, tokens };
}

async function connect(client: Client, identity: Identity = alice): Promise<void> {
  if (identity.kind !== 'anonymous') {
    client.send(load(1, identity));
    await until(() => client.factsOf('token.loaded').length > 0);
  }
  client.send(open(2, identity));
  await until(() => client.factsOf('hello.received').length > 0);
}

const codeOf = (result: Result<Response>) => (result.success ? 'success' : result.error.message);

describe('requests', () => {
  it('carry key, user, connection and token; the answer is the response', async () => {
    const { server, client, request } = await setUp();
    await connect(client);
    const result = await request('/channels/messaging/general/query', { body: '{"watch":true}' });
    expect(result).toMatchObject({ success: true, value: { status: 201 } });
    expect(server.counts('alice').httpCalls).toBe(1);
  });

  describe('law 9: leave no token in what is quoted from the server', () => {
    const token = 'ab+cd/ef-opaque';
    const escaped = token.replace('+', '\\u002B').replaceAll('/', '\\/');

    async function bodyOf(text: string, meanwhile?: (client: Client) => Promise<void>): Promise<unknown> {
      const { checkToken: _, ...protocol } = streamChat({ apiKey: 'key', baseUrl: 'http://fake.example' });
      const tokenSources = new TokenSourceRegistry(token);
      tokenSources.put('another-token');
      const client: Client = startClient({
        backend: fakeBackend(),
        overrides: {
          protocol,
          tokenSources,
          fetch: async () => {
            await meanwhile?.(client);
            return new Response(text, { status: 400 });
          },
        },
      });
      const { request } = client.dependencies.dataPlane;
      const result = await request?.({ path: '/x', init: {}, identity: alice, sourceKey: 0 });
      return result?.success === false ? result.error.body : expect.fail('the request fails');
    }

    it('in JSON that spells it with escapes', async () => {
      const body = `{"message":"no ${escaped}","list":["${escaped}",null,1],"${escaped}":{"a":true}}`;
      expect(await bodyOf(body)).toEqual({ message: 'no [token]', list: ['[token]', null, 1], '[token]': { a: true } });
    });

    it('and changes nothing else: a body is data', async () => {
      const message = 'two\nlines, \u{1f468}\u200d\u{1f469}, \u202e';
      expect(await bodyOf(JSON.stringify({ message }))).toEqual({ message });
      expect(await bodyOf(message)).toBe(message);
    });

    it.each(['x', '\u20ac', '\u{1f468}'])('at the end of a page of %s that is cut off', async (character) => {
      for (const bytes of [65_530, 131_060]) {
        const page = character.repeat(Math.floor(bytes / Buffer.byteLength(character)));
        expect(`${await bodyOf(`${page} ${token} ${page}`)}`).not.toContain('ab+c');
      }
      expect(await bodyOf(`${'x'.repeat(65_530)} ${token}`)).not.toContain('ab+c');
    });

    it('after the session got another one', async () => {
      const renew = async (client: Client) => {
        client.send({ type: 'token.load', attempt: 1, identity: alice, sourceKey: 1, reason: 'login' });
        await until(() => client.factsOf('token.loaded').length > 0);
      };
      expect(await bodyOf(`no ${token}`, renew)).toBe('no [token]');
    });
  });

  it('need no socket: the token is loaded for them where none is held', async () => {
    const { client, query, server, tokens } = await setUp();
    expect(codeOf(await query())).toBe('success');
    expect(tokens).toHaveLength(1);
    client.send(load(1));
    await until(() => client.factsOf('token.loaded').length > 0);
    expect(tokens).toHaveLength(1);
    expect(server.counts('alice')).toMatchObject({ opened: 0, httpCalls: 1 });
  });

  it('wait for the token that is being loaded, up to the token time-out', async () => {
    const { client, query, server } = await setUp();
    client.send(load(1));
    expect(codeOf(await query())).toBe('success');
    expect(server.counts('alice').opened).toBe(0);

    const hanging = await setUp(() => () => new Promise(() => undefined));
    hanging.client.send(load(1));
    const answer = hanging.query();
    await turn();
    await hanging.client.clock.advance(15_000);
    expect(await answer).toMatchObject({ success: false, error: { code: 'tokenTimedOut' } });
  });

  it('B10: ten that are answered 40 make one provider call, and all succeed', async () => {
    const { server, client, query, tokens } = await setUp();
    client.send(load(1));
    await until(() => client.factsOf('token.loaded').length > 0);
    server.faults.cause({ type: 'revokeTokens', userId: 'alice' });
    const results = await Promise.all(Array.from({ length: 10 }, () => query()));
    expect(results.map(codeOf)).toEqual(Array(10).fill('success'));
    expect(tokens).toHaveLength(2);
    expect(server.counts('alice').httpCalls).toBe(20);
  });

  it('a second 40 is an answer: nothing is repeated twice', async () => {
    const { server, client, query, tokens } = await setUp();
    await connect(client);
    server.faults.cause({ type: 'failHttp', path: '/channels', status: 401, code: 40, times: 'untilLifted' });
    expect(await query()).toMatchObject({ success: false, error: { code: 'tokenRejected', serverCode: 40 } });
    expect(server.counts('alice').httpCalls).toBe(2);
    expect(tokens).toHaveLength(2);
  });

  it('B10: a late 40 for a token that was asked for again meanwhile makes no further call', async () => {
    const token = jwt({ user_id: 'alice' });
    const replies: ((response: Response) => void)[] = [];
    let calls = 0;
    const client = startClient({
      backend: fakeBackend(),
      source: () => {
        calls += 1;
        return token;
      },
      overrides: { fetch: () => new Promise((answer) => replies.push(answer)) },
    });
    client.send(load(1));
    await turn();
    const request = () =>
      client.dependencies.dataPlane.request?.({ path: '/any', init: {}, identity: alice, sourceKey: 0 });
    const expired = () => new Response('{"code":40,"message":"expired"}', { status: 401 });
    const [early, late] = [request(), request()];
    await turn();
    replies[0]?.(expired());
    expect(await early).toMatchObject({ success: false, error: { code: 'tokenRejected' } });
    replies[1]?.(expired());
    expect(await late).toMatchObject({ success: false, error: { code: 'tokenRejected' } });
    expect(calls).toBe(2);
    client.send({ type: 'token.load', attempt: 2, identity: alice, sourceKey: 0, reason: 'refused' });
    await turn();
    expect(calls, 'a refused token is no answer').toBe(3);
  });

  it('B9: a static token is not asked for again', async () => {
    const { server, client, query } = await setUp();
    const key = client.dependencies.tokenSources.put(await server.createToken('alice'));
    client.send(load(1, alice, key));
    await until(() => client.factsOf('token.loaded').length > 0);
    server.faults.cause({ type: 'failHttp', path: '/channels', status: 401, code: 40 });
    expect(await query()).toMatchObject({ success: false, error: { code: 'tokenRejected', serverCode: 40 } });
    expect(server.counts('alice').httpCalls).toBe(1);
  });

  it.each([
    [{ status: 403, code: 17 }, 'requestFailed', 17],
    [{ status: 401, code: 43 }, 'tokenRejected', 43],
    [{ status: 401, code: 42 }, 'tokenTooEarly', 42],
    [{ status: 429, code: 9, retryAfterSeconds: 7 }, 'rateLimited', 9],
    [{ status: 502, text: '<html>Bad gateway</html>' }, 'requestFailed', undefined],
  ] as const)('%j is a failure that says so', async (fault, code, serverCode) => {
    const { server, client, query } = await setUp();
    await connect(client);
    server.faults.cause({ type: 'failHttp', path: '/channels', ...fault });
    const result = await query();
    expect(result).toMatchObject({ success: false, error: { code, serverCode } });
    const message = result.success ? '' : result.error.message;
    expect(message).toContain(`returned ${fault.status}`);
    if (code === 'rateLimited') expect(message).toContain('asks to wait 7 s');
  });

  it('a call that does not get through says why, and law 9: without the token', async () => {
    const { server, client, query, tokens } = await setUp();
    await connect(client);
    server.faults.cause({ type: 'failHttp', path: '/channels' });
    const result = await query();
    expect(result).toMatchObject({ success: false, error: { code: 'requestFailed', cause: expect.anything() } });
    for (const token of tokens) expect(inspect(result, { depth: 9, showHidden: true })).not.toContain(token);
  });

  it('A12, law 4: one that runs when the session ends is over, and never runs for the next user', async () => {
    const { server, client, query } = await setUp();
    await connect(client);
    const held = server.faults.cause({ type: 'holdHttp', path: '/channels' });
    const answer = query();
    await until(() => held.state.held === 1);
    client.send({ type: 'session.end' });
    expect(await answer).toMatchObject({ success: false, error: { code: 'loggedOut' } });
  });

  it('A12: one that waits for another token when the session ends is over, too', async () => {
    const { client, server, query } = await setUp((of) => {
      let calls = 0;
      return ({ id }) => {
        calls += 1;
        return calls === 1 ? of.createToken(id) : new Promise(() => undefined);
      };
    });
    await connect(client);
    server.faults.cause({ type: 'failHttp', path: '/channels', status: 401, code: 40 });
    const answer = query();
    await server.waitFor(({ type }) => type === 'http');
    await turn();
    client.send({ type: 'session.end' });
    expect(await answer).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    expect(client.clock.running).toBe(0);
  });

  it('stopped, it settles what is under way', async () => {
    const { server, client, query } = await setUp();
    await connect(client);
    const held = server.faults.cause({ type: 'holdHttp', path: '/channels' });
    const answer = query();
    await until(() => held.state.held === 1);
    client.stop();
    expect(await answer).toMatchObject({ success: false, error: { code: 'disposed' } });
  });

  it('is cancelled by its signal, before and while it runs', async () => {
    const { server, client, query } = await setUp();
    await connect(client);
    expect(await query({ signal: AbortSignal.abort() })).toMatchObject({ error: { code: 'cancelled' } });
    const held = server.faults.cause({ type: 'holdHttp', path: '/channels' });
    const controller = new AbortController();
    const answer = query({ signal: controller.signal });
    await until(() => held.state.held === 1);
    controller.abort();
    expect(await answer).toMatchObject({ success: false, error: { code: 'cancelled' } });
  });

  describe('that fail have the status in any case', () => {
    /** The failure of a call to a server that sends the head of a 503, and a body as `write` does. */
    async function failureBy(
      write: (response: ServerResponse) => void,
      {
        ends = true,
        wrap = (response) => response,
      }: { readonly ends?: boolean; readonly wrap?: (response: Response) => Response } = {},
    ) {
      let closed = false;
      const server = createServer((_, response) => {
        response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '7' });
        response.on('close', () => {
          closed = true;
        });
        write(response);
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      onTestFinished(() => {
        server.closeAllConnections();
        server.close();
      });
      const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      let isReading = false;
      const client = startClient({
        backend: { ...fakeBackend(), baseUrl },
        overrides: {
          fetch: async (url, init) => {
            const response = await globalThis.fetch(url, init);
            isReading = true;
            return wrap(response);
          },
        },
      });
      const call = client.dependencies.dataPlane.request?.({ path: '/x', init: {}, identity: alice, sourceKey: 0 });
      await until(() => isReading);
      if (!ends) {
        await turn();
        await client.clock.advance(2_000);
      }
      const result = await call;
      expect(result).toMatchObject({
        success: false,
        error: { code: 'requestFailed', status: 503, retryAfterMs: 7_000, retryable: true },
      });
      await until(() => closed);
      client.stop();
      expect(client.clock.running).toBe(0);
      return result?.success === false ? result.error.body : undefined;
    }

    it('where the body does not end', async () => {
      expect(await failureBy((response) => response.write('{"code":'), { ends: false })).toBeUndefined();
    });

    it('where nothing of the body comes', async () => {
      expect(await failureBy((response) => response.flushHeaders(), { ends: false })).toBeUndefined();
    });

    it('where the body goes on for ever, of which only the first 65,536 characters are kept', async () => {
      const goOn = (response: ServerResponse) => {
        while (!response.destroyed && response.write('x'.repeat(100_000)));
        response.once('drain', () => goOn(response));
      };
      expect(await failureBy(goOn)).toBe('x'.repeat(65_536));
    });

    it('where the connection breaks in the middle of the body', async () => {
      const breaks = (response: ServerResponse) => response.write('{"a', () => setImmediate(() => response.destroy()));
      expect(await failureBy(breaks)).toBeUndefined();
    });

    it('where the text of characters is cut in two', async () => {
      const bytes = Buffer.from('{"message":"\u{1f468}"}');
      const inTwo = (response: ServerResponse) => {
        response.write(bytes.subarray(0, 14));
        setImmediate(() => response.end(bytes.subarray(14)));
      };
      expect(await failureBy(inTwo)).toEqual({ message: '\u{1f468}' });
    });

    it('without a stream, as in React Native: the whole text, or none where it does not end', async () => {
      const withoutStream = (response: Response) =>
        Object.assign(Object.create(null), {
          status: response.status,
          headers: response.headers,
          ok: false,
          text: () => response.text(),
        }) as Response;
      expect(await failureBy((response) => response.end('{"code":4}'), { wrap: withoutStream })).toEqual({ code: 4 });
      const never = (response: Response) => {
        void response.body?.cancel();
        return Object.assign(withoutStream(response), { text: () => new Promise<never>(() => {}) });
      };
      expect(await failureBy((response) => response.write('{'), { ends: false, wrap: never })).toBeUndefined();
    });

    it('where the app has read it already', async () => {
      const used = (response: Response) => {
        void response.text();
        return response;
      };
      expect(await failureBy((response) => response.end('{}'), { wrap: used })).toBeUndefined();
    });
  });

  it('A25: an anonymous user calls without a token', async () => {
    const { client, request } = await setUp();
    const anonymous: Identity = { kind: 'anonymous', id: 'a-uuid', user: { id: 'a-uuid' } };
    await connect(client, anonymous);
    expect(await request('/hi', {}, anonymous)).toMatchObject({ success: true });
  });
});

describe('law 4: an answer ends with its session', () => {
  /** Responds with a body that goes on until someone breaks it off. */
  async function streaming() {
    const server = createServer((_, response) => {
      response.write('private to alice');
      response.on('close', () => {
        http.closed += 1;
      });
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const http = { closed: 0 };
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = startClient({ backend: { ...fakeBackend(), baseUrl: url }, overrides: { fetch: globalThis.fetch } });
    client.send(load(1));
    await until(() => client.factsOf('token.loaded').length > 0);
    const request = async (init: RequestOptions = {}): Promise<Response> => {
      const result = await client.dependencies.dataPlane.request?.({
        path: '/export',
        init: init,
        identity: alice,
        sourceKey: 0,
      });
      if (result?.success !== true) throw new Error('There is no answer.');
      return result.value;
    };
    return { client, request, http };
  }

  const ends = {
    'the session ends': ({ client }: { client: Client }) => client.send({ type: 'session.end' }),
    'another user logs in': ({ client }: { client: Client }) => client.send(load(2, bob)),
    'the actor is stopped': ({ client }: { client: Client }) => client.stop(),
    'its signal is aborted': ({ controller }: { controller: AbortController }) => controller.abort(),
  };

  it.each(Object.entries(ends))('%s: what is being read is broken off, and so is the connection', async (_, end) => {
    const { client, request, http } = await streaming();
    const controller = new AbortController();
    const reader = (await request({ signal: controller.signal })).body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    const next = reader?.read();
    end({ client, controller });
    await expect(next).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => http.closed === 1);
  });

  it.each(Object.entries(ends))('law 2: %s: the connection of an unread answer is closed', async (_, end) => {
    const { client, request, http } = await streaming();
    const controller = new AbortController();
    const response = await request({ signal: controller.signal });
    end({ client, controller });
    await until(() => http.closed === 1);
    await expect(response.text()).rejects.toThrow();
  });

  it('law 11: a signal that throws costs no one but its own call', async () => {
    const { client, request, http } = await streaming();
    const boom = () => {
      throw new Error('no listeners');
    };
    const signal = Object.assign(new AbortController().signal, { addEventListener: boom, removeEventListener: boom });
    const result = await client.dependencies.dataPlane.request?.({
      path: '/export',
      init: { signal },
      identity: alice,
      sourceKey: 0,
    });
    expect(result).toMatchObject({ success: true });
    await request();
    client.send({ type: 'session.end' });
    await until(() => http.closed === 2);
  });

  it('a reader holds its answer after everything else of it was let go', async () => {
    const { client, request, http } = await streaming();
    const readerOf = async () => (await request()).body?.getReader();
    const reader = await readerOf();
    await reader?.read();
    await collectGarbage();
    client.send({ type: 'session.end' });
    await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' });
    await until(() => http.closed === 1);
  });

  it.each<readonly [string, (answer: Response) => unknown]>([
    ['read', (answer) => answer.text()],
    ['never read', () => undefined],
    ['without a body', () => undefined],
  ])('nothing is kept of calls whose replies were %s, in a session that goes on', async (how, use) => {
    const signals: WeakRef<AbortSignal>[] = [];
    const client = startClient({
      backend: fakeBackend(),
      overrides: {
        fetch: async (_, init) => {
          if (init?.signal) signals.push(new WeakRef(init.signal));
          return new Response(how === 'without a body' ? null : '{}');
        },
      },
    });
    client.send(load(1));
    await until(() => client.factsOf('token.loaded').length > 0);
    const { signal } = new AbortController();
    const onSignal = vi.spyOn(signal, 'addEventListener');
    const offSignal = vi.spyOn(signal, 'removeEventListener');
    const callOnce = async () => {
      const result = await client.dependencies.dataPlane.request?.({
        path: '/any',
        init: { signal },
        identity: alice,
        sourceKey: 0,
      });
      await (result?.success === true ? use(result.value) : Promise.reject(new Error('There is no answer.')));
    };
    for (let call = 0; call < 30; call += 1) await callOnce();
    expect(signals).toHaveLength(30);
    await vi.waitFor(async () => {
      await collectGarbage();
      expect(signals.filter((held) => held.deref() !== undefined)).toEqual([]);
    });
    expect(onSignal).toHaveBeenCalled();
    expect(offSignal).toHaveBeenCalledTimes(onSignal.mock.calls.length);
  });
});

describe('guests', () => {
  const guest: Identity = { kind: 'guest', id: 'bender', user: { id: 'bender', name: 'Bender' } };

  it('are made by the server, connect as who it made of them, and keep that on reconnects', async () => {
    const { server, client, request } = await setUp();
    client.send(load(1, guest));
    await until(() => client.factsOf('token.loaded').length > 0);
    const user = client.factsOf('token.loaded')[0]?.user;
    expect(user).toMatchObject({ id: expect.stringMatching(/^guest-.+-bender$/), role: 'guest', name: 'Bender' });
    if (user === undefined) throw new Error('There is no user.');
    client.send(open(2, { ...guest, user }));
    await until(() => client.factsOf('hello.received').length === 1);
    expect(await request('/channels/messaging/general/query', { body: '{}' }, guest)).toMatchObject({ success: true });
    server.faults.cause({ type: 'dropSockets' });
    await until(() => client.factsOf('socket.lost').length === 1);
    client.send(open(3, { ...guest, user }));
    await until(() => client.factsOf('hello.received').length === 2);
    expect(server.connects(user.id)).toHaveLength(2);
  });

  it('cannot be renewed: another guest would be made', async () => {
    const { server, client } = await setUp();
    client.send(load(1, guest));
    await until(() => client.factsOf('token.loaded').length > 0);
    const user = client.factsOf('token.loaded')[0]?.user ?? guest.user;
    server.faults.cause({ type: 'refuseConnect', code: 40 });
    client.send(open(2, { ...guest, user }));
    await until(() => client.factsOf('token.refused').length > 0);
    expect(client.factsOf('token.refused')).toMatchObject([{ renewable: false }]);
  });

  it('keep a token that looks expired to the device, because no other can be had', async () => {
    const { server, client } = await setUp();
    client.send(load(1, guest));
    await until(() => client.factsOf('token.loaded').length > 0);
    client.wall.offsetMs = Date.now() + 2 * 3_600_000;
    const held = server.faults.cause({ type: 'withholdHello' });
    client.send(open(2, { ...guest, user: client.factsOf('token.loaded')[0]?.user ?? guest.user }));
    await until(() => held.state.held === 1);
    server.faults.cause({ type: 'dropSockets' });
    await until(() => client.facts.length === 3);
    expect(client.facts.at(-1)).toMatchObject({ type: 'socket.lost', attempt: 2 });
  });

  it('a server that fails can be asked again; one that refuses the app or the user cannot', async () => {
    const { server, client } = await setUp();
    server.faults.cause({ type: 'failHttp', path: '/guest', status: 500 });
    client.send(load(1, guest));
    await until(() => client.factsOf('token.failed').length === 1);
    server.faults.cause({ type: 'failHttp', path: '/guest' });
    client.send(load(2, guest));
    await until(() => client.factsOf('token.failed').length === 2);
    server.faults.cause({ type: 'failHttp', path: '/guest', status: 401, code: 2 });
    client.send(load(3, guest));
    await until(() => client.factsOf('token.failed').length === 3);
    server.faults.cause({ type: 'failHttp', path: '/guest', status: 403, code: 17 });
    client.send(load(4, guest));
    await until(() => client.factsOf('token.failed').length === 4);
    expect(client.factsOf('token.failed')).toMatchObject([
      { permanent: false, failure: { code: 'serverUnavailable' } },
      { permanent: false, failure: { code: 'tokenUnavailable' } },
      { permanent: true, failure: { code: 'appRejected', serverCode: 2 } },
      { permanent: true, failure: { code: 'userRejected', serverCode: 17 } },
    ]);
  });

  it('law 2: creating one is aborted with the session', async () => {
    const { server, client } = await setUp();
    const held = server.faults.cause({ type: 'holdHttp', path: '/guest' });
    client.send(load(1, guest));
    await until(() => held.state.held === 1);
    client.send({ type: 'session.end' });
    await until(() => held.state.held === 0);
    await turn();
    expect(client.facts.map(({ type }) => type)).toEqual(['client.started']);
  });
});
