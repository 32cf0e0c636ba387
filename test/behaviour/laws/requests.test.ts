import { describe, expect, it, vi } from 'vitest';
import { type Login, streamChat } from '../../../src/index.ts';
import { alice, Stage, type StageOptions } from '../harness.ts';

/** A client whose HTTP calls are recorded and answered. */
function stageOf(response: () => Response = () => new Response('{}'), options: StageOptions = {}) {
  const sent: { readonly url: URL; readonly authorization: string | null }[] = [];
  const stage = new Stage(
    { machine: undefined },
    {
      fetch: async (input, init) => {
        sent.push({
          url: new URL(String(input)),
          authorization: new Headers(init?.headers as HeadersInit).get('authorization'),
        });
        return response();
      },
      ...options,
    },
  );
  return { s: stage, sent };
}

describe('law 2: the body of a refusal is read no longer', () => {
  it.each<[string, (s: Stage) => unknown]>([
    ['dispose()', ({ client }) => client.dispose()],
    ['disconnect()', ({ client }) => client.disconnect()],
  ])('once the session is over by %s, by a fetch of the app that does not heed its signal', async (_, end) => {
    let isCancelled = false;
    const source = {
      start: (body: ReadableStreamDefaultController) => body.enqueue(new TextEncoder().encode('{"code":')),
      cancel: () => {
        isCancelled = true;
      },
    };
    const { s } = stageOf(() => new Response(new ReadableStream(source), { status: 500 }));
    await s.online();
    const call = s.client.request('/x');
    await s.pass(10);
    void end(s);
    expect((await call).success).toBe(false);
    await s.pass(100);
    expect([isCancelled, s.backend.clientTimers]).toEqual([true, 0]);
  });
});

describe('law 2: what a response brings after the session is over is left alone', () => {
  const ends: readonly (readonly [string, (s: Stage) => unknown])[] = [
    ['dispose()', ({ client }) => client.dispose()],
    ['disconnect()', ({ client }) => client.disconnect()],
  ];
  const expired = '{"code":40,"message":"expired"}';

  /** A session whose provider gives one token, and whose `fetch` responds on `respond()`, aborted or not. */
  function lateStage(options: StageOptions = {}) {
    const respond: ((response: Response) => void)[] = [];
    const asked: AbortSignal[] = [];
    const s: Stage = new Stage(
      { machine: undefined },
      {
        fetch: () => new Promise((resolve) => respond.push(resolve)),
        tokenProvider: ({ id }, { signal }) => {
          asked.push(signal);
          return asked.length === 1 ? s.backend.issue(id) : new Promise<never>(() => {});
        },
        ...options,
      },
    );
    return { s, asked, respond: (response: Response) => respond[0]?.(response) };
  }

  it.each(ends)('an expired token: after %s, no other one is asked for', async (_, end) => {
    const { s, asked, respond } = lateStage();
    await s.online();
    const call = s.client.request('/x');
    await s.settle();
    void end(s);
    expect((await call).success).toBe(false);
    await s.pass(100);
    respond(new Response(expired, { status: 401 }));
    await s.pass(100);
    expect([asked.length, s.backend.clientTimers]).toEqual([1, 0]);
  });

  it.each(ends)('an expired token: none is asked for where %s cuts the response off', async (_, end) => {
    const { s, asked, respond } = lateStage();
    await s.online();
    const call = s.client.request('/x');
    await s.settle();
    const start = (body: ReadableStreamDefaultController) => body.enqueue(new TextEncoder().encode(expired));
    respond(new Response(new ReadableStream({ start }), { status: 401 }));
    await s.pass(10);
    void end(s);
    expect((await call).success).toBe(false);
    await s.pass(100);
    expect([asked.length, s.backend.clientTimers]).toEqual([1, 0]);
  });

  it.each(ends)('a success: after %s, its connection is not held', async (_, end) => {
    const { s, respond } = lateStage();
    await s.online();
    const call = s.client.request('/x');
    await s.settle();
    void end(s);
    expect((await call).success).toBe(false);
    let isCancelled = false;
    const cancel = () => {
      isCancelled = true;
    };
    respond(new Response(new ReadableStream({ cancel })));
    await s.pass(100);
    expect(isCancelled).toBe(true);
  });

  it.each(ends)('a guest that the server refuses: after %s, no timer runs', async (_, end) => {
    const { s, respond } = lateStage();
    void s.client.connectGuestUser({ id: 'guest' });
    await s.settle();
    void end(s);
    await s.pass(100);
    respond(new Response(new ReadableStream(), { status: 500 }));
    await s.pass(100);
    expect(s.backend.clientTimers).toBe(0);
  });
});

it('law 3: a request that is cancelled while its token is loaded is not sent', async () => {
  const { s, sent } = stageOf();
  s.backend.change('offline');
  s.backend.provider = 'hangs';
  void s.client.connectUser(alice).cancel();
  await s.until('offline', 100);
  const controller = new AbortController();
  const calls = [s.client.request('/x', { signal: controller.signal }), s.client.request('/y')];
  await s.settle();
  controller.abort();
  expect(await s.error(calls[0] as (typeof calls)[number])).toBe('cancelled');
  s.backend.heal();
  await s.value(calls[1] as (typeof calls)[number]);
  expect(sent.map(({ url }) => url.pathname)).toEqual(['/y']);
  await s.value(s.client.disconnect(), 2_000);
});

it('law 3: a request from inside of the abort of a provider call settles with the others', async () => {
  const { s, sent } = stageOf(undefined, { tokenProvider: undefined });
  const codes: string[] = [];
  const request = () =>
    s.client.request('/x').enqueue((result) => codes.push(result.success ? 'sent' : result.error.code));
  void s.client.connectUser(alice, (_, { signal }) => {
    signal.addEventListener('abort', request);
    return new Promise<never>(() => {});
  });
  await s.settle();
  void s.client.connectUser(alice, ({ id }) => s.backend.issue(id));
  await s.until('online', 100);
  expect([codes, sent.length]).toEqual([['sent'], 1]);
  await s.value(s.client.disconnect(), 2_000);
});

it.each(['disconnect', 'dispose'] as const)(
  'law 2: %s() inside of the protocol, which addresses a request: it is not sent',
  async (end) => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const address: typeof base.http.address = (call) => {
      void s.client[end]();
      return base.http.address(call);
    };
    const { s, sent } = stageOf(undefined, { protocol: { ...base, http: { ...base.http, address } } });
    await s.online();
    expect(await s.error(s.client.request('/x'))).toBe(end === 'dispose' ? 'disposed' : 'loggedOut');
    await s.pass(2_000);
    expect(sent).toEqual([]);
  },
);

it('law 4: a request that waited while the client actor was restarted is sent on the new connection', async () => {
  const { s, sent } = stageOf();
  s.backend.welcome = { kind: 'silence' };
  void s.client.connectUser(alice);
  await s.until(({ state }) => state === 'connecting.opening', 1_000);
  const call = s.client.request('/x', { needsConnection: true });
  s.restart('client');
  s.backend.welcome = { kind: 'hello' };
  await s.until('online', 60_000);
  await s.value(call);
  expect([sent[0]?.url.searchParams.get('connection_id'), s.tokens]).toEqual([s.now.connectionId, 2]);
  await s.value(s.client.disconnect(), 2_000);
});

it('law 4: a request that waited for the connection leaves the session its newest profile', async () => {
  const asked: unknown[] = [];
  let isExpired = true;
  const respond = () => {
    const status = isExpired ? 401 : 200;
    isExpired = false;
    return new Response('{"code":40,"message":"expired"}', { status });
  };
  const { s } = stageOf(respond, {
    tokenProvider: (user) => {
      asked.push(user);
      return s.backend.issue(user.id);
    },
  });
  s.backend.welcome = { kind: 'silence' };
  void s.client.connectUser({ id: 'alice' }).cancel();
  await s.until(({ state }) => state === 'connecting.opening', 1_000);
  const call = s.client.request('/x', { needsConnection: true });
  void s.client.connectUser({ id: 'alice', name: 'Ada' }).cancel();
  s.backend.welcome = { kind: 'hello' };
  await s.until('online', 60_000);
  await s.value(call, 1_000);
  expect(asked.at(-1)).toEqual({ id: 'alice', name: 'Ada' });
  await s.value(s.client.disconnect(), 2_000);
});

describe('law 3: a request is bounded', () => {
  /** The `fetch` of the app neither responds nor heeds its signal. */
  function hanging(options: StageOptions = {}) {
    const signals: (AbortSignal | null | undefined)[] = [];
    const s = stageOf(undefined, {
      fetch: (_, init) => {
        signals.push(init?.signal);
        return new Promise(() => {});
      },
      ...options,
    }).s;
    return { s, areAborted: () => signals.map((signal) => signal?.aborted) };
  }

  it.each([
    [undefined, 30_000],
    [700, 700],
  ])('by timeoutMs: %s', async (timeoutMs, withinMs) => {
    const { s, areAborted } = hanging();
    await s.online();
    const codes: string[] = [];
    s.client.request('/x', { timeoutMs }).enqueue((result) => codes.push(result.success ? '' : result.error.code));
    await s.pass(withinMs - 1);
    expect([codes, areAborted()]).toEqual([[], [false]]);
    await s.pass(1);
    expect([codes, areAborted()]).toEqual([['requestTimedOut'], [true]]);
    expect(s.now.status).toBe('online');
    await s.value(s.client.disconnect(), 2_000);
  });

  it.each(['cancel()', 'its signal'])('by %s', async (by) => {
    const { s, areAborted } = hanging();
    await s.online();
    const controller = new AbortController();
    const call = s.client.request('/x', { signal: controller.signal });
    await s.settle();
    expect(areAborted()).toEqual([false]);
    if (by === 'cancel()') call.cancel();
    else controller.abort();
    expect(await s.error(call, 0)).toBe('cancelled');
    expect([areAborted(), s.now.status]).toEqual([[true], 'online']);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('with a signal that is aborted already nothing is sent, and no token is asked for', async () => {
    const { s, sent } = stageOf();
    s.backend.change('offline');
    void s.client.connectUser({ id: 'alice' }, undefined, { timeoutMs: 1 }).then(() => {});
    await s.until('offline', 100);
    expect(await s.error(s.client.request('/x', { signal: AbortSignal.abort() }), 0)).toBe('cancelled');
    await s.pass(1_000);
    expect([sent, s.tokens]).toEqual([[], 0]);
    await s.value(s.client.disconnect(), 2_000);
  });

  it.each(['timeoutMs', 'cancel()', 'its signal'])(
    'by %s while it waits for a connection, and is not sent later',
    async (by) => {
      const { s, sent } = stageOf();
      await s.online();
      await s.value(s.client.suspend());
      const controller = new AbortController();
      const options = { needsConnection: true, timeoutMs: 500, signal: controller.signal };
      const call = s.client.request('/watch', options);
      await s.pass(400);
      if (by === 'cancel()') call.cancel();
      if (by === 'its signal') controller.abort();
      expect(await s.error(call, 100)).toBe(by === 'timeoutMs' ? 'requestTimedOut' : 'cancelled');
      await s.value(s.client.resume());
      await s.until('online', 5_000);
      await s.pass(1_000);
      expect(sent).toEqual([]);
      await s.value(s.client.disconnect(), 2_000);
    },
  );
});

describe('a request needs a token, and no socket', () => {
  it('suspended, offline by the device’s word, and between attempts it is sent', async () => {
    const { s, sent } = stageOf();
    await s.online();
    await s.value(s.client.suspend());
    await s.value(s.client.request('/suspended'));
    await s.value(s.client.resume());
    await s.until('online', 5_000);
    s.backend.welcome = { kind: 'refuse' };
    s.backend.closeSockets();
    await s.until('waiting', 5_000);
    await s.value(s.client.request('/waiting'));
    s.backend.change('offline');
    await s.until('offline', 120_000);
    await s.value(s.client.request('/offline'));
    expect(sent.map(({ url }) => url.pathname)).toEqual(['/suspended', '/waiting', '/offline']);
    expect(sent.every(({ authorization }) => authorization !== null)).toBe(true);
    expect(sent.some(({ url }) => url.searchParams.has('connection_id'))).toBe(false);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('where no socket was ever had, a token is loaded for it', async () => {
    const { s, sent } = stageOf();
    s.backend.change('offline');
    void s.client.connectUser({ id: 'alice' }, undefined, { timeoutMs: 1 }).then(() => {});
    await s.until('offline', 100);
    await s.value(s.client.request('/offline'));
    expect([sent.length, s.tokens, s.opened]).toEqual([1, 1, 0]);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a provider call that hangs is given up and made again, however many requests wait for it (law 8)', async () => {
    const signals: AbortSignal[] = [];
    const { s } = stageOf(undefined, {
      stored: alice,
      tokenProvider: (user, { signal }) => {
        signals.push(signal);
        return signals.length === 1 ? new Promise<never>(() => {}) : s.backend.issue(user.id);
      },
    });
    s.client.restore();
    await s.settle();
    const codes: string[] = [];
    for (let requests = 0; requests < 12; requests += 1) {
      s.client.request('/messages').enqueue((result) => codes.push(result.success ? 'sent' : result.error.code));
      await s.pass(5_000);
    }
    expect(s.now.status).toBe('online');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(codes).toEqual([...Array(3).fill('tokenTimedOut'), ...Array(9).fill('sent')]);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a 401 that the protocol does not read renews the token, once for each request', async () => {
    const base = streamChat({ apiKey: 'key', baseUrl: 'http://backend.test' });
    const { address } = base.http;
    const protocol = { ...base, connect: (login: Login) => base.connect(login), http: { reserved: [], address } };
    let refused = 0;
    const { s, sent } = stageOf(() => new Response('', { status: sent.length > refused ? 200 : 401 }), { protocol });
    await s.online();
    refused = 1;
    await s.value(s.client.request('/messages'));
    expect([sent.length, s.tokens, new Set(sent.map(({ authorization }) => authorization)).size]).toEqual([2, 2, 2]);
    refused = Number.POSITIVE_INFINITY;
    expect(await s.error(s.client.request('/messages'))).toBe('tokenRejected');
    expect([sent.length, s.tokens]).toEqual([4, 3]);
    await s.value(s.client.disconnect(), 2_000);
  });

  it.each([
    ['nothing', ''],
    ['a page', '<html>Sign in</html>'],
    ['JSON without a code', '{"error":"expired"}'],
  ])('a gateway’s 401 with %s renews the token, once for each request', async (_, body) => {
    let refused = 1;
    const { s, sent } = stageOf(() => new Response(body, { status: sent.length > refused ? 200 : 401 }));
    await s.online();
    await s.value(s.client.request('/messages'));
    expect([sent.length, s.tokens, new Set(sent.map(({ authorization }) => authorization)).size]).toEqual([2, 2, 2]);
    refused = Number.POSITIVE_INFINITY;
    expect(await s.error(s.client.request('/messages'))).toBe('tokenRejected');
    expect([sent.length, s.tokens, s.now.status]).toEqual([4, 3, 'online']);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a failed response of thousands of texts, and bad frames, take a token apart once (law 11)', async () => {
    const errors = Array.from({ length: 2_000 }, (_, index) => `field number ${index}`);
    const { s } = stageOf(() => Response.json({ code: 4, message: 'bad', errors }, { status: 400 }));
    await s.online();
    // Each time that tokens are taken apart, their spellings in base64 are made.
    const spelled = vi.spyOn(globalThis, 'btoa');
    expect(await s.error(s.client.request('/messages'))).toBe('requestFailed');
    for (const error of errors) s.backend.push(error);
    await s.settle();
    expect(s.now.status).toBe('online');
    expect(spelled.mock.calls.length).toBeGreaterThan(0);
    expect(spelled.mock.calls.length).toBeLessThan(20);
    spelled.mockRestore();
    await s.value(s.client.disconnect(), 2_000);
  });

  it('one that needs a connection is sent at once where there is one', async () => {
    const { s, sent } = stageOf();
    await s.online();
    await s.value(s.client.request('/watch', { needsConnection: true }));
    expect(sent[0]?.url.searchParams.get('connection_id')).toBe(s.now.connectionId);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('one that needs a connection waits for it, and ends with its session (law 4)', async () => {
    const { s, sent } = stageOf();
    await s.online();
    await s.value(s.client.suspend());
    const waiting = s.client.request('/watch', { needsConnection: true });
    await s.settle();
    expect(sent).toEqual([]);
    await s.value(s.client.resume());
    await s.value(waiting, 5_000);
    expect(sent[0]?.url.searchParams.get('connection_id')).toBe(s.now.connectionId);
    await s.value(s.client.suspend());
    const ended = s.client.request('/watch', { needsConnection: true });
    await s.value(s.client.disconnect(), 2_000);
    expect(await s.error(ended)).toBe('loggedOut');
    expect(await s.error(s.client.request('/late'))).toBe('notLoggedIn');
    expect(sent).toHaveLength(1);
  });
});

describe('what the server responds is given as facts', () => {
  it.each<[number, unknown, Record<string, string>, object]>([
    [400, { code: 4, message: 'too long', exception_fields: { text: 'x' } }, {}, { retryable: false, serverCode: 4 }],
    [403, { code: 17, message: 'not allowed' }, {}, { retryable: false, serverCode: 17 }],
    [403, '<html>Forbidden</html>', {}, { code: 'requestFailed', retryable: false }],
    [404, { code: 16, message: 'no channel' }, {}, { retryable: false }],
    [408, '', {}, { retryable: true }],
    [409, 'conflict', {}, { retryable: false, body: 'conflict' }],
    [413, '<html>too large</html>', {}, { retryable: false }],
    [422, { errors: [1] }, {}, { retryable: false, body: { errors: [1] } }],
    [425, '', {}, { retryable: true }],
    [429, { code: 9 }, { 'retry-after': '17' }, { retryable: true, retryAfterMs: 17_000, code: 'rateLimited' }],
    [500, { code: -1 }, {}, { retryable: true }],
    [501, '', {}, { retryable: false, body: undefined }],
    [503, '', { 'retry-after': '30' }, { retryable: true, retryAfterMs: 30_000 }],
    [503, '', { 'retry-after': '3, 30' }, { retryable: true, retryAfterMs: 30_000 }],
    [505, '', {}, { retryable: false }],
    // What the server says of the token counts, not what a gateway makes of its status.
    [502, { code: 40, message: 'expired' }, {}, { code: 'tokenRejected', retryable: false, serverCode: 40 }],
    [400, { code: 9 }, {}, { code: 'rateLimited', retryable: true }],
    [400, { code: 41 }, {}, { code: 'tokenTooEarly', retryable: true }],
  ])('%i', async (status, body, headers, expected) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const { s } = stageOf(() => new Response(text, { status, headers }));
    await s.online();
    const result = await s.result(s.client.request('/x'));
    expect(result).toMatchObject({ success: false, error: { status, ...expected } });
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a body is given up to 65,536 characters', async () => {
    const { s } = stageOf(() => new Response('x'.repeat(100_000), { status: 400 }));
    await s.online();
    const result = await s.result(s.client.request('/x'));
    expect(result.success || String(result.error.body).length).toBe(65_536);
    await s.value(s.client.disconnect(), 2_000);
  });

  it('a date is compared with the server’s clock, not with one that is an hour off', async () => {
    const server = Date.UTC(2026, 0, 1);
    const headers = { date: new Date(server).toUTCString(), 'retry-after': new Date(server + 20_000).toUTCString() };
    const { s } = stageOf(() => new Response('{"code":9}', { status: 429, headers }));
    await s.online();
    expect(await s.result(s.client.request('/x'))).toMatchObject({ error: { retryAfterMs: 20_000 } });
    await s.value(s.client.disconnect(), 2_000);
  });

  it('law 9: a token that a server echoes is not in the body of the error', async () => {
    let token = '';
    const { s, sent } = stageOf(() => {
      token = sent.at(-1)?.authorization ?? '';
      return new Response(JSON.stringify({ echoed: token }), { status: 400 });
    });
    await s.online();
    const result = await s.result(s.client.request('/x'));
    expect(token).not.toBe('');
    expect(JSON.stringify(result.success ? null : [result.error.message, result.error.body])).not.toContain(token);
    await s.value(s.client.disconnect(), 2_000);
  });
});
