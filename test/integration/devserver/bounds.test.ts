import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEventLog } from '../../../src/tools/devserver/event-log.ts';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';
import { call } from './clients.ts';

/*
 * Whatever a caller asks for, what the server keeps of it is bounded.
 */

async function open(server: DevServer, request: string): Promise<Socket> {
  const socket = connectTcp({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(request.replaceAll('\n', '\r\n'));
  return socket;
}

describe('what the server keeps', () => {
  it('users, channels and counters: the newest ones', async () => {
    await using server = await startDevServer();
    for (let index = 0; index <= 10_000; index += 1) server.updateUser(`user-${index}`, { index });
    expect(server.user('user-0')).toBeUndefined();
    expect(server.user('user-10000')).toMatchObject({ index: 10_000 });
    const first = await call(server, 'alice', '/channels/messaging/c-0/query');
    expect(first.status).toBe(201);
    for (let index = 1; index <= 200; index += 1) await call(server, 'alice', `/channels/messaging/c-${index}/query`);
    const body = await (await call(server, 'alice', '/channels')).json();
    const cids = (body.channels as { readonly channel: { readonly cid: string } }[]).map(({ channel }) => channel.cid);
    expect(cids).toHaveLength(200);
    expect(cids).not.toContain('messaging:c-0');
  });

  it('connects: the newest 10,000', () => {
    const log = createEventLog(() => 0);
    const attempt = { userId: 'alice', authType: 'jwt', userDetails: null, token: null };
    for (let index = 0; index <= 10_000; index += 1) log.enter(attempt, 'pending');
    expect([log.connects().length, log.connects()[0]?.number]).toEqual([10_000, 2]);
  });

  it('messages: the newest 100 of a channel are shown, and huge ones are refused', async () => {
    await using server = await startDevServer();
    await call(server, 'alice', '/channels/messaging/general/query');
    for (let index = 0; index < 101; index += 1) {
      await call(server, 'alice', '/channels/messaging/general/message', { message: { text: `${index}` } });
    }
    const body = await (await call(server, 'alice', '/channels/messaging/general/query')).json();
    const texts = (body.messages as { readonly text: string }[]).map(({ text }) => text);
    expect([texts.length, texts[0], texts.at(-1)]).toEqual([100, '1', '100']);
    const huge = { message: { text: 'x', extra: 'x'.repeat(20_000) } };
    expect((await call(server, 'alice', '/channels/messaging/general/message', huge)).status).toBe(413);
  });

  it('of a crowded channel the newest 100 members are shown, however many there are', async () => {
    await using server = await startDevServer();
    for (let index = 0; index < 150; index += 1) await call(server, `user-${index}`, '/channels/messaging/crowd/query');
    const body = await (await call(server, 'user-0', '/channels/messaging/crowd/query')).json();
    const ids = (body.members as { readonly user_id: string }[]).map(({ user_id }) => user_id);
    expect([ids.length, ids.at(-1), body.channel.member_count]).toEqual([100, 'user-149', 150]);
    expect(body.membership).toMatchObject({ user_id: 'user-0' });
  });

  it('a response that is not read: for as long as a request may take', async () => {
    await using server = await startDevServer({ requestTimeoutMs: 1_000 });
    server.faults.cause({
      type: 'failHttp',
      path: '/dev/token',
      status: 200,
      text: 'x'.repeat(60_000_000),
      times: 'untilLifted',
    });
    const socket = await open(server, `GET /dev/token?user_id=alice HTTP/1.1\nHost: 127.0.0.1:${server.port}\n\n`);
    socket.pause();
    await server.waitFor(({ type }) => type === 'http', { timeoutMs: 60_000 });
    let received = 0;
    socket.on('data', (chunk) => {
      received += chunk.length;
    });
    socket.resume();
    await Promise.race([once(socket, 'end'), once(socket, 'close')]);
    expect(received).toBeLessThan(60_000_000);
  });

  it('at most 100 members are named at once', async () => {
    await using server = await startDevServer();
    const members = Array.from({ length: 101 }, (_, index) => `member-${index}`);
    const refused = await call(server, 'alice', '/channels/messaging/crowd/query', { data: { members } });
    expect(await refused.json()).toMatchObject({ code: 4, StatusCode: 400 });
  });

  it('a guest has a profile of bounded size', async () => {
    await using server = await startDevServer();
    const response = await fetch(`${server.url}/guest?api_key=${server.apiKey}`, {
      method: 'POST',
      body: JSON.stringify({ user: { id: 'g', filler: 'x'.repeat(20_000) } }),
    });
    expect(response.status).toBe(413);
  });

  it('at most 1,000 faults are armed', async () => {
    await using server = await startDevServer();
    for (let index = 0; index < 1_000; index += 1) server.faults.cause({ type: 'delayHello', delayMs: 1 });
    expect(() => server.faults.cause({ type: 'delayHello', delayMs: 1 })).toThrow(/lift some/);
    server.faults.liftAll();
    expect(server.faults.cause({ type: 'delayHello', delayMs: 1 }).state.isActive).toBe(true);
  });

  it('bodies that are under way: 100 of the largest, then 413', async () => {
    await using server = await startDevServer({ maxPayloadBytes: 1_000 });
    const head =
      'POST /guest?api_key=dev-key HTTP/1.1\nHost: localhost:PORT\nConnection: close\nContent-Length: 1000\n\n';
    const request = head.replace('PORT', String(server.port));
    const sockets = await Promise.all(Array.from({ length: 120 }, () => open(server, request)));
    for (const socket of sockets) socket.write('x'.repeat(999));
    // Once a later call has its response, all that was sent before has arrived.
    await fetch(`${server.url}/hi`);
    for (const socket of sockets) socket.write('x');
    const responses = await Promise.all(sockets.map((socket) => text(socket)));
    const tooBig = responses.filter((response) => response.startsWith('HTTP/1.1 413'));
    expect(tooBig.length).toBeGreaterThanOrEqual(20);
    expect(tooBig.length).toBeLessThan(120);
    expect((await fetch(`${server.url}/guest?api_key=dev-key`, { method: 'POST', body: '{}' })).status).toBe(400);
    const body = JSON.stringify({ type: 'dropSockets', filler: 'x'.repeat(1_000) });
    const headers = { 'Content-Type': 'application/json' };
    expect((await fetch(`${server.url}/dev/faults`, { method: 'POST', body, headers })).status).toBe(413);
  });
});

describe('a socket whose upgrade was refused', () => {
  it.each([
    ['a foreign page', 'Origin: https://evil.example', '/connect'],
    ['another path', 'X-Nothing: 1', '/elsewhere'],
  ])('%s: is cut, even when the other end keeps its side open', async (_, header, path) => {
    await using server = await startDevServer();
    const socket = await open(
      server,
      `GET ${path} HTTP/1.1
Host: localhost:${server.port}
${header}
Connection: Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

`,
    );
    socket.resume();
    await once(socket, 'end');
    // Nothing is closed on this side: writing fails once the server has let go.
    const failed = once(socket, 'error');
    const writing = setInterval(() => socket.write('x'), 50);
    onTestFinished(() => clearInterval(writing));
    const [error] = await failed;
    expect((error as NodeJS.ErrnoException).code).toMatch(/EPIPE|ECONNRESET/);
  });
});
