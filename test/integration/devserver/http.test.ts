import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { call, connect } from './clients.ts';

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer({ maxPayloadBytes: 10_000, allowedOrigins: [PAGE] });
});
afterAll(() => server.close());

const GENERAL = '/channels/messaging/general';
const JSON_TYPE = { 'Content-Type': 'application/json' };
const PAGE = 'http://localhost:5173';

function post(path: string, body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.url}${path}`, { method: 'POST', body, headers });
}

describe('messages', () => {
  it('reach every connected member, the sender too, on all sockets', async () => {
    const clients = [await connect(server, 'alice'), await connect(server, 'alice'), await connect(server, 'bob')];
    for (const client of clients) await client.next();
    const accepted = server.waitFor((event) => event.type === 'message');
    const response = await call(server, 'alice', `${GENERAL}/message`, { message: { text: 'Hi', mood: 'good' } });
    expect(response.status).toBe(201);
    const { message } = (await response.json()) as { message: { id: string } };
    expect(await accepted).toMatchObject({ cid: 'messaging:general', userId: 'alice', message: { text: 'Hi' } });
    for (const client of clients) {
      expect(await client.next()).toMatchObject({
        type: 'message.new',
        cid: 'messaging:general',
        message: { id: message.id, text: 'Hi', mood: 'good' },
        user: { id: 'alice' },
        created_at: expect.stringMatching(/Z$/),
      });
      client.socket.close();
      await client.closed;
    }
  });

  it('are kept for users who query the channel later', async () => {
    const response = await call(server, 'carol', '/channels/messaging/club/query', {
      data: { members: ['dan', { user_id: 'eve' }] },
    });
    expect(await response.json()).toMatchObject({
      channel: { cid: 'messaging:club', member_count: 3 },
      members: [{ user_id: 'carol' }, { user_id: 'dan' }, { user_id: 'eve' }],
      messages: [],
    });
    await call(server, 'carol', '/channels/messaging/club/message', { message: { text: 'first' } });
    const later = await call(server, 'dan', '/channels/messaging/club/query');
    expect(await later.json()).toMatchObject({ messages: [{ text: 'first', user: { id: 'carol' } }] });
    const all = await call(server, 'eve', '/channels', { filter_conditions: { cid: { $in: ['messaging:club'] } } });
    expect(await all.json()).toMatchObject({ channels: [{ channel: { id: 'club' } }] });
  });

  it.each([
    ['an unknown channel', '/channels/messaging/nowhere/message', { message: { text: 'x' } }, 404, 16],
    ['a user who is no member', '/channels/messaging/closed/message', { message: { text: 'x' } }, 403, 17],
    ['no message', `${GENERAL}/message`, {}, 400, 4],
    ['no text', `${GENERAL}/message`, { message: { text: 7 } }, 400, 4],
    ['another path', `${GENERAL}/elsewhere`, {}, 404, 16],
    ['a path with a broken escape', '/channels/messaging/%zz/message', {}, 400, 4],
    ['watching without a connection', `${GENERAL}/query`, { watch: true }, 400, 46],
  ])('refused: %s', async (_, path, body, status, code) => {
    await call(server, 'owner', '/channels/messaging/closed/query');
    await call(server, 'zoe', `${GENERAL}/query`);
    const response = await call(server, 'zoe', path, body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      code,
      StatusCode: status,
      message: expect.any(String),
      more_info: '',
    });
  });
});

describe('authentication responds with 401', () => {
  it.each<[string, number, () => Promise<{ authorization?: string; query?: string }>]>([
    ['an unknown key', 2, async () => ({ query: '?api_key=other&user_id=fay' })],
    ['no token', 5, async () => ({})],
    ['a malformed token', 5, async () => ({ authorization: 'Bearer x' })],
    ['a bad signature', 43, async () => ({ authorization: await server.createToken('fay', { secret: 'guess' }) })],
    [
      'an expired token',
      40,
      async () => ({ authorization: await server.createToken('fay', { expiresInSeconds: -1 }) }),
    ],
    ["another user's token", 5, async () => ({ authorization: await server.createToken('gil') })],
  ])('%s: code %i', async (_, code, credentials) => {
    const { authorization, query = `?api_key=${server.apiKey}&user_id=fay` } = await credentials();
    const response = await post(`${GENERAL}/message${query}`, '{}', {
      'stream-auth-type': 'jwt',
      ...(authorization === undefined ? {} : { authorization }),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({
      code,
      StatusCode: 401,
      message: expect.any(String),
      duration: '',
      more_info: '',
    });
  });

  it('anonymous users may not post: 17', async () => {
    const response = await post(`${GENERAL}/message?api_key=${server.apiKey}`, '{}', {
      'stream-auth-type': 'anonymous',
    });
    expect(await response.json()).toMatchObject({ code: 17, StatusCode: 403 });
  });
});

describe('guests and tokens', () => {
  it('makes a guest whose token connects', async () => {
    const response = await post(`/guest?api_key=${server.apiKey}`, '{"user":{"id":"bender","name":"Bender"}}');
    const guest = (await response.json()) as { user: { id: string }; access_token: string };
    expect(guest.user).toMatchObject({ role: 'guest', name: 'Bender' });
    const { exp, iat } = JSON.parse(atob(guest.access_token.split('.')[1] ?? '')) as { exp: number; iat: number };
    expect(exp - iat).toBeCloseTo(3_600, 0);
    const client = await connect(server, guest.user.id, { token: guest.access_token });
    expect(await client.next()).toMatchObject({ me: { id: guest.user.id, role: 'guest', name: 'Bender' } });
    client.socket.close();
    await client.closed;
  });

  it('makes no guest for another app', async () => {
    const response = await post('/guest?api_key=other', '{"user":{"id":"bender"}}');
    expect(await response.json()).toMatchObject({ code: 2, StatusCode: 401 });
  });

  it('GET /dev/token gives a token with a time to live', async () => {
    const response = await fetch(`${server.url}/dev/token?user_id=hal&ttl=0.5`);
    const { token } = (await response.json()) as { token: string };
    const claims = JSON.parse(atob(token.split('.')[1] ?? '')) as Record<string, number>;
    expect(claims.user_id).toBe('hal');
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBeCloseTo(0.5, 1);
    expect(server.counts('hal')).toMatchObject({ tokenCalls: 1, httpCalls: 0 });
  });

  it.each(['/dev/token', '/dev/token?user_id=', '/dev/token?user_id=hal&ttl=long'])('%s is refused', async (path) => {
    const response = await fetch(`${server.url}${path}`);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 4 });
  });
});

describe('bad input', () => {
  it.each([
    ['a body that is not JSON', '{"message"', 400, 4],
    ['a body that is too big', JSON.stringify({ message: { text: 'x'.repeat(20_000) } }), 413, 22],
    ['a body of another shape', '[1,2]', 400, 4],
    ['a body that is null', 'null', 400, 4],
  ])('%s', async (_, body, status, code) => {
    const path = `${GENERAL}/message?api_key=${server.apiKey}&user_id=ida`;
    const response = await post(path, body, { authorization: await server.createToken('ida') });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code });
  });

  it('lets an allowed page read responses, and send a preflight request', async () => {
    const preflight = await fetch(`${server.url}${GENERAL}/message`, {
      method: 'OPTIONS',
      headers: {
        Origin: PAGE,
        'Access-Control-Request-Headers': 'authorization,x-client-request-id',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toBe('authorization,x-client-request-id');
    const response = await fetch(`${server.url}/nowhere`, { headers: { Origin: PAGE } });
    expect(response.status).toBe(404);
    expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(response.headers.get('access-control-expose-headers')).toContain('Retry-After');
  });
});

describe('faults on HTTP', () => {
  it('rateLimit responds with 429, code 9, Retry-After and x-ratelimit-reset, and leaves connects alone if asked to', async () => {
    server.faults.cause({ type: 'rateLimit', userId: 'jan', on: 'http', retryAfterSeconds: 30 });
    const client = await connect(server, 'jan');
    expect(await client.next()).toMatchObject({ me: { id: 'jan' } });
    client.socket.terminate();
    const response = await call(server, 'jan', `${GENERAL}/query`);
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('30');
    const resetsInSeconds = Number(response.headers.get('x-ratelimit-reset')) - Date.now() / 1000;
    expect(Math.abs(resetsInSeconds - 30)).toBeLessThan(5);
    expect(await response.json()).toMatchObject({ code: 9, StatusCode: 429 });
    expect((await call(server, 'jan', `${GENERAL}/query`)).status).toBe(201);
  });

  it('rateLimit of connects sends error 9 with retry_after in the frame', async () => {
    server.faults.cause({ type: 'rateLimit', userId: 'kim', on: 'connect', retryAfterSeconds: 3 });
    expect((await call(server, 'kim', `${GENERAL}/query`)).status).toBe(201);
    const client = await connect(server, 'kim');
    expect(await client.next()).toMatchObject({ error: { code: 9, StatusCode: 429, retry_after: 3 } });
    await client.closed;
  });

  it.each([
    ['500', { status: 500 }, 500, /"code":-1/],
    ['429', { status: 429, code: 9, retryAfterSeconds: 2 }, 429, /"code":9/],
    ["a captive portal's 200", { status: 200, text: '<html>Log in</html>' }, 200, /^<html>/],
  ])('failHttp: the token endpoint responds %s', async (_, failure, status, text) => {
    server.faults.cause({ type: 'failHttp', userId: 'leo', path: '/dev/token', ...failure });
    expect((await call(server, 'leo', `${GENERAL}/query`)).status).toBe(201);
    const response = await fetch(`${server.url}/dev/token?user_id=leo`);
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(text);
    expect((await fetch(`${server.url}/dev/token?user_id=leo`)).ok).toBe(true);
  });

  it('never meet the calls that lift them, and do not count those', async () => {
    await using failing = await startDevServer();
    const { state } = failing.faults.cause({ type: 'failHttp', times: 'untilLifted' });
    await expect(fetch(`${failing.url}/dev/token?user_id=leo`)).rejects.toThrow();
    expect((await fetch(`${failing.url}/dev/state`)).status).toBe(200);
    expect((await fetch(`${failing.url}/dev/faults/${state.id}`, { method: 'DELETE' })).status).toBe(200);
    expect((await fetch(`${failing.url}/dev/token?user_id=leo`)).status).toBe(200);
    expect(failing.counts()).toMatchObject({ tokenCalls: 2, httpCalls: 0 });
  });

  it('failHttp without a status cuts the socket', async () => {
    server.faults.cause({ type: 'failHttp', userId: 'mia', path: '/dev/token' });
    const cut = server.waitFor((event) => event.type === 'http' && event.userId === 'mia' && event.status === 0);
    await expect(fetch(`${server.url}/dev/token?user_id=mia`)).rejects.toThrow();
    await cut;
  });

  it('holdHttp holds the token endpoint until it is released', async () => {
    const fault = server.faults.cause({ type: 'holdHttp', userId: 'ned', path: '/dev/token' });
    let answered = false;
    const answer = fetch(`${server.url}/dev/token?user_id=ned`).then((response) => {
      answered = true;
      return response;
    });
    await server.until(() => fault.state.held === 1);
    expect((await fetch(`${server.url}/dev/token?user_id=olga`)).ok).toBe(true);
    expect(answered).toBe(false);
    fault.release();
    expect(await (await answer).json()).toEqual({ token: expect.any(String) });
  });

  it('holdHttp forgets a caller who went away', async () => {
    const fault = server.faults.cause({ type: 'holdHttp', userId: 'pia', path: '/dev/token' });
    const aborter = new AbortController();
    const answer = fetch(`${server.url}/dev/token?user_id=pia`, { signal: aborter.signal });
    await server.until(() => fault.state.held === 1);
    aborter.abort();
    await expect(answer).rejects.toThrow();
    await server.until(() => fault.state.held === 0);
    expect(fault.release()).toBe(0);
  });
});

describe('faults over HTTP', () => {
  it('are caused, listed, released and lifted by the same names', async () => {
    const send = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${server.url}${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: JSON_TYPE }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const fault = { type: 'withholdHello', userId: 'quin', times: 'untilLifted' };
    const caused = await send('POST', '/dev/faults', fault);
    expect(caused).toMatchObject({ status: 201, body: { fault, isActive: true, hits: 0, held: 0 } });
    const { id } = caused.body;
    const client = await connect(server, 'quin');
    await server.until(() => server.faults.list().some((state) => state.held === 1));
    expect((await send('GET', `/dev/faults/${id}`)).body).toMatchObject({ held: 1, hits: 1 });
    expect((await send('POST', `/dev/faults/${id}/release`)).body).toMatchObject({ released: 1, held: 0 });
    expect(await client.next()).toMatchObject({ me: { id: 'quin' } });
    expect((await send('GET', '/dev/faults')).body).toMatchObject({ faults: [{ id, fault }] });
    expect((await send('DELETE', `/dev/faults/${id}`)).body).toMatchObject({ isActive: false });
    expect((await send('DELETE', `/dev/faults/${id}`)).status).toBe(404);
    expect((await send('POST', '/dev/faults', { type: 'dropSockets', userId: 'quin' })).body).toMatchObject({
      hits: 1,
    });
    expect((await client.closed).code).toBe(1006);
    await send('POST', '/dev/faults', fault);
    expect(await send('DELETE', '/dev/faults?user_id=quin')).toMatchObject({ status: 200, body: { faults: [] } });
  });

  it.each([
    ['POST', '/dev/faults', '{"type":"dropSockets","userId":5}', 400],
    ['POST', '/dev/faults', '{', 400],
    ['POST', '/dev/faults', undefined, 400],
    ['GET', '/dev/faults/none', undefined, 404],
    ['PUT', '/dev/faults', undefined, 404],
    ['GET', '/dev/other', undefined, 404],
  ])('%s %s with %s responds with %i %i', async (method, path, body, status) => {
    const response = await fetch(`${server.url}${path}`, { method, body: body ?? null, headers: JSON_TYPE });
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ message: expect.any(String) });
  });

  it('GET /dev/state reports counters and connects, and no token', async () => {
    const token = await server.createToken('rob');
    const client = await connect(server, 'rob', { token, userDetails: { id: 'rob', name: 'Rob' } });
    await client.next();
    const text = await (await fetch(`${server.url}/dev/state`)).text();
    const state = JSON.parse(text) as Record<string, never>;
    expect(state).toMatchObject({ apiKey: server.apiKey, users: { rob: { opened: 1, openNow: 1 } } });
    expect(text).toContain('"name":"Rob"');
    expect(server.connects('rob')).toMatchObject([{ token }]);
    for (const secret of [token, token.split('.')[2] ?? token, server.secret]) expect(text).not.toContain(secret);
    client.socket.close();
    await client.closed;
  });
});
