import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import type { Protocol } from '../../../src/protocol/protocol.ts';
import { streamChat } from '../../../src/protocol/stream-chat/index.ts';
import { DEFAULT_TIMING } from '../../../src/timing.ts';
import type { TokenRequest } from '../../../src/token/source.ts';
import { jwt } from '../../unit/token/jwt.ts';
import { type Backend, fakeBackend } from './backends.ts';
import { alice, type Client, connect, hello, load, open, openSocket, startClient, turn, until } from './harness.ts';

/*
 * Gateways stand before the server: they refuse the upgrade, or close before any frame.
 */

/** A gateway that responds to every upgrade with `head`. */
async function refusingGateway(head: string): Promise<Backend> {
  const server = createServer();
  server.on('upgrade', (_, socket) => socket.end(`HTTP/1.1 ${head}\r\ncontent-length: 2\r\n\r\n{}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => new Promise<void>((resolve) => server.close(() => resolve()));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets: ({ url }) => new WebSocket(url),
    peers: [],
    stop,
  };
}

async function refused(head: string, identity = alice, more: Partial<Protocol> = {}): Promise<Client> {
  const backend = await refusingGateway(head);
  const protocol = { ...streamChat({ apiKey: 'key', baseUrl: backend.baseUrl }), ...more };
  const client = startClient({ backend, overrides: { protocol } });
  client.send(load(1, identity));
  await until(() => client.factsOf('token.loaded').length > 0);
  client.send(open(2, identity));
  await until(() => client.facts.length > 2);
  return client;
}

describe('a gateway that refuses the upgrade', () => {
  it.each([
    ['401 Unauthorized', 'token.refused', 'tokenRejected'],
    ['403 Forbidden', 'token.notValidNow', 'connectionRefused'],
    ['404 Not Found', 'socket.lost', 'connectionRefused'],
    ['502 Bad Gateway', 'socket.lost', 'serverUnavailable'],
    ['503 Service Unavailable\r\nretry-after: 7', 'socket.lost', 'serverUnavailable'],
    ['429 Too Many Requests\r\nretry-after: 7', 'socket.lost', 'rateLimited'],
    ['414 URI Too Long', 'app.refused', 'loginTooLarge'],
    ['431 Request Header Fields Too Large', 'app.refused', 'loginTooLarge'],
  ] as const)('with %s: %s', async (head, type, code) => {
    const client = await refused(head);
    const status = Number(head.slice(0, 3));
    expect(client.factsOf(type)).toMatchObject([{ attempt: 2, failure: { code, status } }]);
    const message = client.factsOf(type)[0]?.failure.message;
    expect(message).toContain(`The server refused the upgrade with ${status}`);
    expect(message?.includes('characters is too large')).toBe(code === 'loginTooLarge');
    if (head.includes('retry-after')) expect(client.factsOf('socket.lost')[0]?.retryAfterMs).toBe(7_000);
    expect(client.facts).toHaveLength(3);
    expect(client.clock.running).toBe(0);
  });

  it.each([
    ['what the protocol makes of it', 'x-reason: banned', 'user.refused', 'userRejected'],
    [
      'what its status means, where the protocol has no word on it',
      'x-reason: none',
      'socket.lost',
      'serverUnavailable',
    ],
  ] as const)('means %s', async (_, header, type, code) => {
    const client = await refused(`503 Service Unavailable\r\n${header}`, alice, {
      refused: ({ status, header: read }) =>
        status === 503 && read('X-Reason') === 'banned' ? { meaning: 'user' } : undefined,
    });
    expect(client.factsOf(type)).toMatchObject([{ failure: { code, status: 503 } }]);
  });

  it('because of its size is reported what was too large', async () => {
    const user = { id: 'alice', biography: 'x'.repeat(1_000) };
    const client = await refused('431 Request Header Fields Too Large', { kind: 'user', id: 'alice', user });
    expect(client.factsOf('app.refused')[0]?.failure.message).toMatch(/the user of 10\d\d characters is too large/);
    const other = await refused('431 Request Header Fields Too Large');
    expect(other.factsOf('app.refused')[0]?.failure.message).toMatch(/the token of \d+ characters is too large/);
  });

  const messages = [
    'Unexpected server response: 401',
    'Handshake with wss://s3-eu-west-1.example/b2b/x1y2 failed, status 401',
    "Expected HTTP 101 response but was '401 Unauthorized'",
    'Received bad response code from server: 401.',
  ];

  /** An attempt on a platform that shows no response, whose socket ends with this event of an error. */
  async function endedByEvent(event: object, isOpen = false, reason = ''): Promise<Client> {
    const backend = fakeBackend();
    backend.opensLater = true;
    const client = startClient({ backend, source: jwt({ user_id: 'alice' }) });
    client.send(load(1));
    await turn();
    client.send(open(2));
    await turn();
    const socket = backend.made[0];
    if (isOpen) socket?.open();
    (socket?.onerror as ((event: object) => void) | null)?.(event);
    socket?.end(1006, reason);
    await turn();
    return client;
  }
  const endedBy = (message: string, isOpen?: boolean) => endedByEvent({ message }, isOpen);

  it.each(messages)('on a platform that shows only a message: %s', async (message) => {
    const client = await endedBy(message);
    expect(client.factsOf('token.refused')).toMatchObject([{ failure: { code: 'tokenRejected', status: 401 } }]);
  });

  it.each(messages)('or has it as the reason of the close, as in React Native: %s', async (message) => {
    const client = await endedByEvent({}, false, message);
    expect(client.factsOf('token.refused')).toMatchObject([{ failure: { code: 'tokenRejected', status: 401 } }]);
    const open = await endedByEvent({}, true, message);
    expect(open.factsOf('socket.lost')).toHaveLength(1);
  });

  it.each([
    ['connect ECONNREFUSED 127.0.0.1:443', false],
    ['Unexpected server response: 101', false],
    ["Expected HTTP 101 response but was '101 Switching Protocols'", false],
    ['the stream was reset with status 401', true],
  ])('what is no refusal is not taken for one: %s', async (message, isOpen) => {
    const client = await endedBy(message, isOpen);
    const [fact] = client.factsOf('socket.lost');
    expect(fact?.failure).not.toHaveProperty('status');
    expect(fact?.failure.message).not.toContain('refused the upgrade');
  });

  it('the text of the error is in the message, where the close has no reason', async () => {
    const client = await endedBy('connect ECONNREFUSED 127.0.0.1:443');
    expect(client.factsOf('socket.lost')[0]?.failure.message).toContain('connect ECONNREFUSED 127.0.0.1:443');
  });

  it.each([
    ['has neither text nor code, as on Node, nothing of it', new TypeError(''), 'the connection broke off).'],
    [
      'has a code alone, as where a host has several addresses, its code',
      Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
      'the connection broke off: ECONNREFUSED).',
    ],
  ])('where the error %s', async (_, error, end) => {
    for (const isOpen of [false, true]) {
      const client = await endedByEvent({ error, message: '' }, isOpen);
      const [fact] = client.factsOf('socket.lost');
      expect(fact?.failure.message).toContain(`(code 1006, ${end}`);
      expect(fact && client.causes.get(fact.failure)).toMatchObject({ name: error.name });
    }
  });
});

describe('law 9: a server that quotes an opaque token', () => {
  const opaque = (use: number) => `opaque/TOKEN+8f2k1x${use}`;

  function start(expiresAtMs: number): Client {
    const { checkToken: _, ...protocol } = streamChat({ apiKey: 'key', baseUrl: 'http://fake.example' });
    let uses = 0;
    return startClient({
      backend: fakeBackend(),
      source: () => {
        uses += 1;
        return { token: opaque(uses), expiresAtMs: uses * expiresAtMs };
      },
      overrides: { protocol },
    });
  }

  it('which has expired, is dropped and is not known any more', async () => {
    const client = start(10_000);
    await client.clock.advance(11_000);
    const peer = await openSocket(client);
    peer.close(1013, `busy, session ${opaque(1)} dropped`);
    await turn();
    const [fact] = client.factsOf('token.notValidNow');
    expect(fact?.failure.message).toContain('busy, session [token] dropped');
  });

  it('which was replaced since the socket was opened with it', async () => {
    const client = start(300_000);
    const peer = await connect(client);
    for (let tick = 0; tick < 20; tick += 1) {
      await client.clock.advance(15_000);
      peer.say({ type: 'health.check' });
      await turn();
    }
    peer.close(1013, `busy, session ${opaque(1)} dropped`);
    await turn();
    expect(client.factsOf('socket.lost')[0]?.failure.message).toContain('busy, session [token] dropped');
  });
});

describe('law 8: an attempt that fails before the hello with an expired token', () => {
  const start = (expiresAtSeconds: number) => {
    const loads: string[] = [];
    const client = startClient({
      backend: fakeBackend(),
      source: (_, { reason }) => {
        loads.push(reason);
        return jwt({ user_id: 'alice', iat: -60, exp: expiresAtSeconds, n: loads.length });
      },
    });
    return { client, loads };
  };

  async function closedEarly(client: Client, attempt: number, code: number): Promise<void> {
    client.send(load(attempt));
    await turn();
    client.send(open(attempt + 1));
    await turn();
    client.backend.peers.at(-1)?.close(code);
    await turn();
  }

  it.each([4401, 4001, 1008, 3000, 1006, 1000])(
    'asks the source again after the ordinary wait (close %d)',
    async (code) => {
      const { client, loads } = start(10);
      await client.clock.advance(11_000);
      await closedEarly(client, 1, code);
      const failure = {
        closeCode: code,
        message: expect.stringMatching(/ The token has expired by this device's clock\.$/),
      };
      expect(client.factsOf('token.notValidNow')).toMatchObject([{ attempt: 2, failure }]);
      expect(client.factsOf('token.refused'), 'no refusal is counted: an outage logs no one out').toEqual([]);
      await closedEarly(client, 3, code);
      expect(loads).toHaveLength(2);
    },
  );

  it.each([
    ['says nothing', (_: Client) => {}],
    ['sends a page', (client: Client) => client.backend.peers.at(-1)?.say('<html>')],
  ])('asks the source again when the server %s', async (_, respond) => {
    const { client, loads } = start(10);
    await client.clock.advance(11_000);
    for (const attempt of [1, 3, 5]) {
      client.send(load(attempt));
      await turn();
      client.send(open(attempt + 1));
      await turn();
      respond(client);
      await turn();
      await client.clock.advance(DEFAULT_TIMING.helloTimeoutMs);
      client.send({ type: 'socket.close', attempt: attempt + 1 });
      await turn();
    }
    expect(client.factsOf('token.notValidNow')).toMatchObject([{ attempt: 4 }]);
    expect(client.factsOf('token.refused')).toEqual([]);
    expect(loads).toHaveLength(2);
  });

  it('an attempt that was cut off at once says nothing about the token', async () => {
    const { client, loads } = start(10);
    await client.clock.advance(11_000);
    for (const attempt of [1, 3]) {
      client.send(load(attempt));
      await turn();
      client.send(open(attempt + 1));
      await turn();
      client.send({ type: 'socket.close', attempt: attempt + 1 });
      await turn();
    }
    expect(client.factsOf('token.notValidNow')).toEqual([]);
    expect([loads.length, client.backend.peers.length]).toEqual([1, 2]);
  });

  it("the server's advice to wait stays a floor", async () => {
    const backend = await refusingGateway('503 Service Unavailable\r\nretry-after: 60');
    onTestFinished(() => backend.stop());
    const client = startClient({ backend, source: () => jwt({ user_id: 'alice', iat: -60, exp: -10 }) });
    client.send(load(1));
    await until(() => client.factsOf('token.loaded').length > 0);
    client.send(open(2));
    await until(() => client.facts.length > 2);
    expect(client.factsOf('token.notValidNow')).toMatchObject([{ attempt: 2, retryAfterMs: 60_000 }]);
  });

  it('a token that is refused twice is refused at once: nothing is in doubt', async () => {
    const client = startClient({ backend: fakeBackend(), source: () => jwt({ user_id: 'alice', iat: -60, exp: 10 }) });
    await client.clock.advance(11_000);
    for (const attempt of [1, 3]) {
      client.send(load(attempt));
      await turn();
      client.send(open(attempt + 1));
      await turn();
      client.backend.peers.at(-1)?.say({ error: { code: 40, message: 'token is expired' } });
      await turn();
    }
    expect(client.factsOf('token.refused')).toMatchObject([{ attempt: 2 }, { attempt: 4 }]);
  });

  it.each([4401, 1008, 1006])('keeps a token that is still valid (close %d)', async (code) => {
    const { client, loads } = start(3_600);
    await closedEarly(client, 1, code);
    expect(client.factsOf('socket.lost')).toMatchObject([
      { failure: { message: expect.not.stringContaining('expired') } },
    ]);
    await closedEarly(client, 3, code);
    expect(loads).toHaveLength(1);
  });
});

describe('law 8: a token that a gateway refuses without a word, long before it expires', () => {
  function start(provide = (use: number): string => jwt({ user_id: 'alice', n: use })) {
    const loads: string[] = [];
    const source = (_: unknown, { reason }: TokenRequest) => {
      loads.push(reason);
      return provide(loads.length);
    };
    const client = startClient({ backend: fakeBackend(), source });
    let attempt = 1;
    client.send(load(attempt));
    /** Attempts that are closed with this code before the hello. */
    const fail = async (times: number, code: number) => {
      for (let time = 0; time < times; time += 1) {
        attempt += 1;
        client.send(open(attempt));
        await turn();
        client.backend.peers.at(-1)?.close(code);
        await turn();
      }
    };
    const sentTokens = () => client.backend.peers.map(({ query }) => query.get('authorization'));
    return { client, loads, fail, sentTokens };
  }

  it.each([
    ['a code of a policy', 1008, 4],
    ['a registered code', 3000, 4],
    ['a code of an app', 4401, 4],
    ['no code, as in a browser', 1006, 32],
    ['a fault of its own', 1011, 32],
  ])('with %s: another one is asked for now and then', async (_, code, many) => {
    const { client, loads, fail, sentTokens } = start();
    await turn();
    await fail(many - 1, code);
    expect(loads).toEqual(['login']);
    await fail(1, code);
    expect(loads).toEqual(['login', 'refused']);
    await fail(many - 1, code);
    expect(loads).toHaveLength(2);
    await fail(2, code);
    expect(loads).toHaveLength(3);
    expect(new Set(sentTokens()).size).toBe(3);
    expect(client.factsOf('socket.lost')).toHaveLength(2 * many + 1);
  });

  /** Closes a connection so long after its hello. */
  async function connectAndLose(client: Client, attempt: number, afterMs: number, code: number): Promise<void> {
    client.send(open(attempt));
    await turn();
    client.backend.peers.at(-1)?.say(hello());
    await turn();
    for (let passedMs = 0; passedMs < afterMs; passedMs += 1_000) {
      await client.clock.advance(1_000);
      client.backend.peers.at(-1)?.say({ type: 'health.check' });
      await turn();
    }
    client.backend.peers.at(-1)?.close(code);
    await turn();
  }

  it('a stable connection ends the count', async () => {
    const { client, loads, fail } = start();
    await turn();
    await fail(3, 4401);
    await connectAndLose(client, 90, DEFAULT_TIMING.stableAfterMs, 4401);
    await fail(3, 4401);
    expect(loads).toEqual(['login']);
    await fail(1, 4401);
    expect(loads).toEqual(['login', 'refused']);
  });

  it.each([0, 2_000])('nor does a hello prove it, where the server closes %d ms after each one', async (afterMs) => {
    const { client, loads, sentTokens } = start();
    await turn();
    for (let time = 0; time < 6; time += 1) await connectAndLose(client, 10 + time, afterMs, 4401);
    expect(loads).toEqual(['login', 'refused']);
    expect(new Set(sentTokens()).size).toBe(2);
  });

  it('an app that cuts its attempts off after the hello accuses no token', async () => {
    const { client, loads } = start();
    await turn();
    for (let time = 0; time < 40; time += 1) {
      client.send(open(10 + time));
      await turn();
      client.backend.peers.at(-1)?.say(hello());
      await turn();
      await client.clock.advance(DEFAULT_TIMING.helloTimeoutMs / 2);
      client.send({ type: 'socket.close', attempt: 100 + time });
      await turn();
    }
    expect(loads).toEqual(['login']);
  });

  it('the held one is used where no other can be had, which is reported', async () => {
    const { client, loads, fail, sentTokens } = start((use) => (use === 1 ? jwt({ user_id: 'alice' }) : ''));
    await turn();
    await fail(6, 4401);
    expect(loads).toHaveLength(2);
    expect(client.reports).toMatchObject([{ source: 'provider', failure: { code: 'tokenUnavailable' } }]);
    expect(new Set(sentTokens()).size).toBe(1);
    expect(client.clock.running).toBe(0);
  });

  it('law 2: a logout in the moment in which it would be due asks no provider', async () => {
    const { client, loads, fail } = start();
    await turn();
    await fail(31, 1006);
    client.send(open(90));
    await turn();
    await client.clock.advance(DEFAULT_TIMING.helloTimeoutMs);
    client.send({ type: 'session.end' });
    await turn();
    expect([loads, client.reports, client.clock.running]).toEqual([['login'], [], 0]);
  });

  it('a string is never asked for again', async () => {
    const client = startClient({ backend: fakeBackend(), source: jwt({ user_id: 'alice' }) });
    client.send(load(1));
    await turn();
    for (let attempt = 2; attempt < 10; attempt += 1) {
      client.send(open(attempt));
      await turn();
      client.backend.peers.at(-1)?.close(4401);
      await turn();
    }
    expect([client.reports, client.factsOf('socket.lost').length]).toEqual([[], 8]);
  });
});

it('the server may end a refused upgrade before it is read', async () => {
  const backend = await refusingGateway('401 Unauthorized');
  onTestFinished(() => backend.stop());
  const client = startClient({ backend });
  client.send(load(1));
  await until(() => client.factsOf('token.loaded').length > 0);
  client.send(open(2));
  client.send({ type: 'socket.close', attempt: 3 });
  await until(() => client.factsOf('socket.closed').length > 0);
  expect(client.factsOf('token.refused')).toEqual([]);
});
