import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { connect, open } from './clients.ts';

let server: DevServer;
beforeAll(async () => {
  server = await startDevServer({ secret: 'a secret of the app' });
});
afterAll(() => server.close());

function codeOf(frame: unknown): unknown {
  return (frame as { error?: { code?: number } }).error?.code;
}

describe('connect', () => {
  it('responds to a good token with the hello', async () => {
    const token = await server.createToken('alice', { notBefore: Date.now() / 1000 - 1 });
    const alice = await connect(server, 'alice', { token, userDetails: { id: 'alice', name: 'Alice' } });
    const hello = await alice.next();
    expect(hello).toMatchObject({
      type: 'health.check',
      connection_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      cid: '*',
      me: { id: 'alice', name: 'Alice', role: 'user', devices: [], mutes: [], unread_count: 0 },
    });
    expect(server.counts('alice')).toMatchObject({ opened: 1, openNow: 1, hellos: 1 });
    alice.socket.close(1000);
    expect((await alice.closed).code).toBe(1000);
    await server.until(() => server.counts('alice').openNow === 0);
    expect(server.connects('alice')).toMatchObject([
      { outcome: 'hello', isOpen: false, clientCloseCode: 1000, userDetails: { id: 'alice', name: 'Alice' } },
    ]);
  });

  it.each([
    ['the array form', [{ type: 'health.check', client_id: 'bea--1' }]],
    ['the object form', { type: 'health.check', client_id: 'bea--1' }],
  ])('responds to a health check in %s without me, and to no other frame', async (_, ping) => {
    const bea = await connect(server, 'bea');
    const hello = await bea.next();
    for (const frame of ['{"type":"typing.start"}', 'ping', Buffer.from(JSON.stringify(ping)), JSON.stringify(ping)])
      bea.socket.send(frame);
    const answer = await bea.next();
    expect(answer).toMatchObject({
      type: 'health.check',
      connection_id: (hello as { connection_id: string }).connection_id,
    });
    expect(answer).not.toHaveProperty('me');
    bea.socket.close(1000);
    await bea.closed;
    expect(bea.frames).toHaveLength(2);
  });

  it('identifies an anonymous client as !anon', async () => {
    const anonymous = await connect(server, 'f00', {
      token: '',
      authType: 'anonymous',
      userDetails: { id: 'f00', anon: true },
    });
    expect(await anonymous.next()).toMatchObject({ me: { id: '!anon', role: 'anonymous' } });
    anonymous.socket.close(1000);
    await anonymous.closed;
  });

  it('keeps a profile when a reconnect sends the id alone', async () => {
    const first = await connect(server, 'carol', { userDetails: { id: 'carol', name: 'Carol' } });
    await first.next();
    first.socket.close(1000);
    await first.closed;
    server.updateUser('carol', { name: 'Carola' });
    const second = await connect(server, 'carol');
    expect(await second.next()).toMatchObject({ me: { id: 'carol', name: 'Carola' } });
    second.socket.close(1000);
    await second.closed;
  });
});

describe('connects that are refused', () => {
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3_600;
  const unsigned = (payload: object) =>
    `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(payload))}.`.replaceAll('=', '');

  it.each<[string, number, () => Promise<Parameters<typeof connect>[2]>]>([
    ['an unknown api key', 2, async () => ({ apiKey: 'other' })],
    ['no token', 5, async () => ({ token: '' })],
    ['a malformed token', 5, async () => ({ token: 'a.b.c' })],
    ['an unsigned token', 5, async () => ({ token: unsigned({ user_id: 'dan' }) })],
    ["another user's token", 5, async () => ({ token: await server.createToken('eve') })],
    ['a token without a user', 5, async () => ({ token: await server.createToken('') })],
    ['an unknown auth type', 5, async () => ({ authType: 'basic' })],
    ['a bad signature', 43, async () => ({ token: await server.createToken('dan', { secret: 'another secret' }) })],
    ['an expired token', 40, async () => ({ token: await server.createToken('dan', { expiresInSeconds: -1 }) })],
    ['a token not valid yet', 41, async () => ({ token: await server.createToken('dan', { notBefore: inAnHour() }) })],
    [
      'a token issued in the future',
      42,
      async () => ({ token: await server.createToken('dan', { issuedAt: inAnHour() }) }),
    ],
    ['no user_details', 4, async () => ({ json: JSON.stringify({ user_id: 'dan' }) })],
    ['details of another user', 4, async () => ({ userDetails: { id: 'eve' } })],
    ['broken json', 4, async () => ({ json: '{"user_id":' })],
  ])('%s: code %i after the socket opened, then a close', async (_, code, options) => {
    const dan = await connect(server, 'dan', await options());
    const frame = await dan.next();
    expect(codeOf(frame)).toBe(code);
    expect(frame).toMatchObject({
      error: { StatusCode: expect.any(Number), message: expect.any(String), duration: '' },
    });
    expect((await dan.closed).code).toBe(1000);
    expect(dan.frames).toHaveLength(1);
    expect(server.connects().at(-1)).toMatchObject({
      outcome: 'refused',
      errorCode: code,
      tokenProblem: [5, 40, 41, 42, 43].includes(code) ? code : null,
    });
  });

  it('a path that is not /connect: 404', async () => {
    const lost = open(`${server.url.replace('http', 'ws')}/elsewhere`);
    await lost.closed;
    expect(lost.refusedStatus()).toBe(404);
  });
});

it('sends error 40 and closes when the token expires while connected', async () => {
  // The server's clock stands still, so that the token is good for as long as connecting takes.
  let nowMs = Date.now();
  const frozen = await startDevServer({ now: () => nowMs });
  const token = await frozen.createToken('fay', { expiresInSeconds: 0.1 });
  const fay = await connect(frozen, 'fay', { token });
  const hello = (await fay.next()) as { connection_id: string };
  expect(hello).toMatchObject({ type: 'health.check' });
  expect(await fay.next()).toMatchObject({
    type: 'connection.error',
    connection_id: hello.connection_id,
    error: { code: 40, StatusCode: 401 },
  });
  expect((await fay.closed).code).toBe(1008);
  nowMs += 100;
  const again = await connect(frozen, 'fay', { token });
  expect(codeOf(await again.next())).toBe(40);
  await again.closed;
  await frozen.close();
});
