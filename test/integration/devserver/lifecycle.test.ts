import { connect as connectTcp, createServer } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { createEventLog } from '../../../src/tools/devserver/event-log.ts';
import { type DevServerEvent, startDevServer } from '../../../src/tools/devserver/index.ts';
import { call, connect } from './clients.ts';

describe('restart', () => {
  it('closes all sockets with 1012, is unreachable, and comes back on the same port when lifted', async () => {
    await using server = await startDevServer();
    const [alice, bob] = [await connect(server, 'alice'), await connect(server, 'bob')];
    await alice.next();
    await bob.next();
    const restart = server.faults.cause({ type: 'restart' });
    expect((await alice.closed).code).toBe(1012);
    expect((await bob.closed).code).toBe(1012);
    const refused = await connect(server, 'alice');
    expect((await refused.closed).code).toBe(1006);
    await expect(call(server, 'alice', '/channels/messaging/general/query')).rejects.toThrow();
    expect((await fetch(`${server.url}/dev/token?user_id=alice`)).ok).toBe(true);
    restart.lift();
    const again = await connect(server, 'alice');
    expect(await again.next()).toMatchObject({ me: { id: 'alice' } });
    expect(server.counts('alice')).toMatchObject({ opened: 2, upgradesRefused: 1 });
  });

  it('comes back by itself after downMs', async () => {
    await using server = await startDevServer();
    const restart = server.faults.cause({ type: 'restart', downMs: 30 });
    expect(restart.state.isActive).toBe(true);
    await server.until(() => !restart.state.isActive);
    const alice = await connect(server, 'alice');
    expect(await alice.next()).toMatchObject({ me: { id: 'alice' } });
    expect(server.faults.list()).toEqual([]);
  });
});

describe('counters and events', () => {
  it('count per user and in all, until the TCP socket is really gone', async () => {
    await using server = await startDevServer();
    const seen: DevServerEvent['type'][] = [];
    const off = server.on((event) => seen.push(event.type));
    const first = await connect(server, 'alice');
    const second = await connect(server, 'alice');
    const third = await connect(server, 'bob');
    for (const client of [first, second, third]) await client.next();
    expect(server.counts('alice')).toMatchObject({ opened: 2, openNow: 2, highestOpen: 2, hellos: 2 });
    expect(server.counts()).toMatchObject({ opened: 3, openNow: 3, highestOpen: 3, hellos: 3 });
    server.faults.cause({ type: 'ignoreClose', userId: 'alice' });
    const closing = server.waitFor((event) => event.type === 'closing');
    first.socket.close(1000);
    await closing;
    expect(server.counts('alice').openNow).toBe(2);
    first.socket.terminate();
    await server.until(() => server.counts('alice').openNow === 1);
    const fourth = await connect(server, 'alice');
    await fourth.next();
    expect(server.counts('alice')).toMatchObject({ opened: 3, openNow: 2, highestOpen: 2 });
    expect(server.counts('nobody')).toMatchObject({ opened: 0, highestOpen: 0 });
    expect(seen.filter((type) => type === 'closed')).toHaveLength(1);
    off();
    const before = seen.length;
    second.socket.terminate();
    await server.until(() => server.counts('alice').openNow === 1);
    expect(seen).toHaveLength(before);
  });

  it.each(['closes', 'terminates', 'is closed', 'gives up a silent socket'])(
    'law 1 can be seen here: a client that %s before it opens the next never counts as two',
    async (how) => {
      await using server = await startDevServer();
      const token = await server.createToken('alice');
      for (let round = 0; round < 50; round += 1) {
        const client = await connect(server, 'alice', { token });
        await client.next();
        if (how === 'closes') client.socket.close(1000);
        if (how === 'is closed') server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
        if (how === 'gives up a silent socket') {
          server.faults.cause({ type: 'goSilent' });
          client.socket.close(1000);
          client.socket.terminate();
        }
        if (how === 'terminates') client.socket.terminate();
        await client.closed;
      }
      expect(server.counts('alice')).toMatchObject({ opened: 50, highestOpen: 1 });
    },
  );

  it('waitFor and until time out, and survive a predicate that throws', async () => {
    await using server = await startDevServer();
    await expect(server.waitFor(() => true, { timeoutMs: 5 })).rejects.toThrow(/within 5 ms/);
    await expect(server.until(() => false, { timeoutMs: 5 })).rejects.toThrow(/within 5 ms/);
    await expect(server.until(() => JSON.parse('{'))).rejects.toThrow(SyntaxError);
    const waiting = server.waitFor(() => true);
    await server.close();
    await expect(waiting).rejects.toThrow(/closed/);
  });

  it('survive a listener that throws; its error is thrown where its owner sees it', () => {
    const received: string[] = [];
    vi.stubGlobal('queueMicrotask', (task: () => void) => expect(task).toThrow('the page is gone'));
    onTestFinished(() => void vi.unstubAllGlobals());
    const log = createEventLog(() => 0);
    log.on(() => {
      throw new Error('the page is gone');
    });
    log.on(({ type }) => received.push(type));
    log.emit({ type: 'httpCall', userId: null, method: 'GET', path: '/' });
    expect(received).toEqual(['httpCall']);
    expect.assertions(2);
  });

  it('host many users at once and apart', async () => {
    await using server = await startDevServer();
    const names = Array.from({ length: 100 }, (_, index) => `user-${index}`);
    const clients = await Promise.all(names.map((name) => connect(server, name)));
    await Promise.all(clients.map((client) => client.next()));
    for (const [index, name] of names.entries()) {
      if (index % 2 === 0) server.faults.cause({ type: 'dropSockets', userId: name });
    }
    await Promise.all(clients.filter((_, index) => index % 2 === 0).map((client) => client.closed));
    await server.until(() => server.counts().openNow === 50);
    expect(names.map((name) => server.counts(name).openNow)).toEqual(names.map((_, index) => index % 2));
    expect(server.counts().highestOpen).toBe(100);
  });
});

describe('broken clients', () => {
  const exchange = (port: number, bytes: string | Buffer) =>
    new Promise<string>((resolve) => {
      const chunks: Buffer[] = [];
      const socket = connectTcp(port, '127.0.0.1', () => socket.end(bytes));
      socket.on('data', (chunk) => chunks.push(chunk));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    });

  it('do not harm it', async () => {
    await using server = await startDevServer({ maxPayloadBytes: 1_000 });
    const upgrade = 'Host: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n';
    await Promise.all([
      exchange(server.port, 'nonsense\r\n\r\n'),
      exchange(server.port, 'GET // HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      exchange(server.port, 'GET http://[ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      exchange(server.port, 'GET *%%% HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
      exchange(server.port, `GET /connect HTTP/1.1\r\n${upgrade}\r\n`),
      exchange(
        server.port,
        `GET /connect?json=%zz HTTP/1.1\r\n${upgrade}Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n`,
      ),
      exchange(server.port, 'POST /guest HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"user"'),
    ]);
    const big = await connect(server, 'alice');
    await big.next();
    big.socket.send('x'.repeat(2_000));
    expect((await big.closed).code).toBe(1009);
    const odd = await connect(server, 'alice');
    await odd.next();
    for (const frame of ['{', '[]', 'null', '[null]', '7', '']) odd.socket.send(frame);
    odd.socket.send(Buffer.from([0, 1, 2]));
    odd.socket.send('[{"type":"health.check"}]');
    expect(await odd.next()).toMatchObject({ type: 'health.check' });
    expect(server.connects('alice').at(-1)?.framesReceived).toBe(8);
    const broken = await connect(server, 'alice');
    await broken.next();
    const closed = server.waitFor((event) => event.type === 'closed' && event.connect.number === 3);
    // An unmasked frame, which no client may send.
    (broken.socket as unknown as { _socket: { write(data: Buffer): void } })._socket.write(Buffer.from([0x81, 1, 65]));
    await closed;
    expect(server.connects('alice').at(-1)?.clientCloseCode).toBeNull();
  });
});

describe('close', () => {
  it('ends every socket, silent and held ones too, and frees the port', async () => {
    const server = await startDevServer();
    const silent = await connect(server, 'alice');
    await silent.next();
    server.faults.cause({ type: 'goSilent', userId: 'alice' });
    const fault = server.faults.cause({ type: 'withholdHello', times: 'untilLifted', forMs: 3_600_000 });
    const held = await connect(server, 'bob');
    await server.until(() => fault.state.held === 1);
    server.faults.cause({ type: 'holdHttp', path: '/dev/token' });
    const waiting = fetch(`${server.url}/dev/token?user_id=carol`);
    await server.waitFor((event) => event.type === 'httpCall');
    const ended = Promise.all([silent.closed, held.closed, expect(waiting).rejects.toThrow()]);
    await Promise.all([server.close(), server.close()]);
    await ended;
    await new Promise<void>((resolve, reject) => {
      const successor = createServer().once('error', reject);
      successor.listen(server.port, '127.0.0.1', () => successor.close(() => resolve()));
    });
  });

  it.each([
    ['port', { port: 70_000 }],
    ['port', { port: '80' }],
    ['apiKey', { apiKey: '' }],
    ['secret', { secret: '' }],
    ['helloDelayMs', { helloDelayMs: Number.NaN }],
    ['now', { now: 5 }],
    ['options', { prot: 80 }],
  ])('rejects a start with a bad %s', async (name, options) => {
    await expect(startDevServer(options as never)).rejects.toThrow(new RegExp(`startDevServer: ${name}: `));
  });

  it('rejects a start on a port that is taken', async () => {
    await using server = await startDevServer();
    await expect(startDevServer({ port: server.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it('leaves no timer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const server = await startDevServer();
    for (let count = 0; count < 100; count += 1) {
      server.faults.cause({ type: 'withholdHello', forMs: 3_600_000 });
      await server.until(() => true, { timeoutMs: 3_600_000 });
    }
    expect(timers()).toBeGreaterThanOrEqual(100);
    await server.close();
    expect(timers()).toBeLessThan(50);
  });

  it('leaves nothing that keeps the process alive', async () => {
    const before = process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout').length;
    const server = await startDevServer({ helloDelayMs: 60_000 });
    const client = new WebSocket(`${server.url.replace('http', 'ws')}/connect`);
    client.on('error', () => undefined);
    await server.waitFor((event) => event.type === 'opened');
    const gone = new Promise((resolve) => client.once('close', resolve));
    await server.close();
    await gone;
    await expect
      .poll(() => process.getActiveResourcesInfo().filter((kind) => kind !== 'Timeout').length)
      .toBeLessThanOrEqual(before);
  });
});
