import { describe, expect, it } from 'vitest';
import type { Peer } from './backends.ts';
import {
  aliceToken,
  backends,
  bob,
  bobToken,
  connect,
  hello,
  load,
  open,
  openSocket,
  startClient,
  turn,
  until,
} from './harness.ts';

describe.each(backends)('the client actor on %s', (_, makeBackend) => {
  const start = async (options: Partial<Parameters<typeof startClient>[0]> = {}) =>
    startClient({ backend: await makeBackend(), ...options });

  describe('from command to hello', () => {
    it('announces itself, and holds nothing', async () => {
      const client = await start();
      expect(client.facts).toEqual([{ type: 'client.started' }]);
      expect(client.clock.running).toBe(0);
    });

    it('loads a token, opens a socket with it, and reports the hello', async () => {
      const client = await start();
      const peer = await openSocket(client);
      expect(Object.fromEntries(peer.query)).toMatchObject({
        api_key: 'key',
        authorization: aliceToken,
        'stream-auth-type': 'jwt',
      });
      expect(client.factsOf('hello.received')).toEqual([]);
      peer.say(hello());
      await until(() => client.factsOf('hello.received').length > 0);
      expect(client.facts).toEqual([
        { type: 'client.started' },
        { type: 'token.loaded', attempt: 1 },
        { type: 'hello.received', attempt: 2, connectionId: 'c1' },
      ]);
    });

    it('no fact is reported while a command is handled', async () => {
      const client = await start();
      await turn();
      const before = client.facts.length;
      client.send(load(1));
      client.send({ type: 'socket.close', attempt: 2 });
      expect(client.facts.length).toBe(before);
      await turn();
      expect(client.facts.slice(before)).toEqual([{ type: 'socket.closed', attempt: 2 }]);
    });

    it('takes connection.ok for the hello, and a newer hello later', async () => {
      const client = await start();
      const peer = await openSocket(client);
      peer.say({ ...hello(), type: 'connection.ok' });
      peer.say(hello('alice', 'c1'));
      peer.say(hello('alice', 'c2'));
      await until(() => client.factsOf('hello.received').length === 3);
      expect(client.factsOf('hello.received').map(({ connectionId }) => connectionId)).toEqual(['c1', 'c1', 'c2']);
    });

    it('D9: a hello for another user is refused, and the socket closed; a second one as well', async () => {
      const client = await start();
      const peer = await openSocket(client);
      peer.say(hello('bob'));
      await until(() => client.factsOf('socket.lost').length > 0 && peer.isGone());
      expect(client.factsOf('socket.lost')[0]?.failure.code).toBe('helloForAnotherUser');
      expect(client.factsOf('hello.received')).toEqual([]);
      const second = await connect(client, 4);
      second.say(hello('bob', 'c9'));
      await until(() => client.factsOf('socket.lost').length === 2 && second.isGone());
      expect(client.factsOf('hello.received')).toHaveLength(1);
    });

    it('A24: an anonymous user needs no token, and is greeted as !anon', async () => {
      let calls = 0;
      const client = await start({
        source: () => {
          calls += 1;
          return aliceToken;
        },
      });
      const peer = await openSocket(client, 2, { kind: 'anonymous', id: 'a-uuid', user: { id: 'a-uuid' } });
      expect(peer.query.get('stream-auth-type')).toBe('anonymous');
      expect(peer.query.get('authorization')).toBe('');
      peer.say(hello('!anon'));
      await until(() => client.factsOf('hello.received').length > 0);
      expect(calls).toBe(0);
    });

    it('A5: without a token nothing is opened, and the chart is asked to load one', async () => {
      const client = await start();
      await connect(client);
      client.send({ type: 'session.end' });
      client.send({ type: 'socket.close', attempt: 3 });
      await until(() => client.factsOf('socket.closed').length > 0);
      client.send(open(4));
      await until(() => client.factsOf('token.refused').length > 0);
      expect(client.factsOf('token.refused')[0]).toMatchObject({ attempt: 4, renewable: true });
      expect(client.backend.peers).toHaveLength(1);
    });
  });

  describe('how a connection ends', () => {
    it.each([
      [{ error: { code: 40, message: 'expired', StatusCode: 401 } }, 'token.refused', 'tokenRejected'],
      [{ error: { code: 42, message: 'iat' } }, 'token.notValidNow', 'tokenTooEarly'],
      [{ type: 'connection.error', error: { code: 2, message: 'no such key' } }, 'app.refused', 'appRejected'],
      [{ error: { code: 17, message: 'banned' } }, 'user.refused', 'userRejected'],
      [{ error: { code: 9, message: 'slow down', retry_after: 7 } }, 'socket.lost', 'rateLimited'],
      ['token invalid', 'token.refused', 'tokenRejected'],
      ['<html>Welcome to the airport</html>', 'socket.lost', 'badFrame'],
      ['Internal error: token bucket exhausted, retry later', 'socket.lost', 'badFrame'],
      [new Uint8Array(5), 'socket.lost', 'badFrame'],
    ] as const)('C11, C12, D4, D10: %j ends the attempt with %s', async (frame, type, code) => {
      const client = await start();
      const peer = await openSocket(client);
      peer.say(frame);
      if (typeof frame === 'object' && 'error' in frame) peer.close(1000);
      await until(() => client.factsOf(type).length > 0 && peer.isGone());
      expect(client.factsOf(type)[0]).toMatchObject({ attempt: 2, failure: { code } });
      if (code === 'rateLimited') expect(client.factsOf('socket.lost')[0]?.retryAfterMs).toBe(7_000);
      await turn();
      expect(client.facts).toHaveLength(3);
    });

    it('D10: an error in the middle of a session ends it, once', async () => {
      const client = await start();
      const peer = await connect(client);
      peer.say({ type: 'connection.error', error: { code: 40, message: 'expired' } });
      peer.say({ type: 'connection.error', error: { code: 40, message: 'expired' } });
      await until(() => client.factsOf('token.refused').length > 0 && peer.isGone());
      await turn();
      expect(client.factsOf('token.refused')).toHaveLength(1);
      expect(client.factsOf('socket.lost')).toHaveLength(0);
      expect(client.clock.running).toBe(0);
    });

    it.each([
      [1000, 'server.ended', 'endedByServer'],
      [1012, 'socket.lost', 'serverUnavailable'],
      [1011, 'socket.lost', 'connectionLost'],
    ] as const)('D7, D16: the close code %d is %s', async (closeCode, type, code) => {
      const client = await start();
      const peer = await connect(client);
      peer.close(closeCode, 'for a reason');
      await until(() => client.factsOf(type).length > 0);
      expect(client.factsOf(type)[0]).toMatchObject({ failure: { code, closeCode } });
      expect(client.factsOf(type)[0]?.failure.message).toContain('for a reason');
      expect(client.clock.running).toBe(0);
    });

    it('a broken connection is lost', async () => {
      const client = await start();
      const peer = await connect(client);
      peer.drop();
      await until(() => client.factsOf('socket.lost').length > 0);
      expect(client.factsOf('socket.lost')[0]).toMatchObject({
        retryAfterMs: 0,
        failure: { code: 'connectionLost', closeCode: 1006 },
      });
    });

    it('a bad frame later is reported and survived', async () => {
      const client = await start();
      const peer = await connect(client);
      peer.say('nonsense');
      peer.say(new Uint8Array(3));
      peer.say({ type: 'message.new' });
      await until(() => client.delivered.length > 0);
      const report = {
        source: 'server',
        failure: { code: 'badFrame', message: expect.stringContaining('cannot be understood') },
      };
      expect(client.reports).toMatchObject([report, report]);
      expect(client.factsOf('socket.lost')).toEqual([]);
    });

    it('law 11: a factory that throws loses the attempt, and law 9: its words lose the token', async () => {
      const client = await start({
        overrides: {
          sockets: ({ url }) => {
            throw new SyntaxError(`The URL '${url}' is invalid.`);
          },
        },
      });
      client.send(load(1));
      await until(() => client.factsOf('token.loaded').length > 0);
      client.send(open(2));
      await until(() => client.factsOf('socket.lost').length > 0);
      const fact = client.factsOf('socket.lost')[0];
      expect(fact?.failure).toMatchObject({
        code: 'protocolFailed',
        message: expect.stringContaining('The URL … is invalid'),
      });
      expect(fact && client.causes.get(fact.failure)).toMatchObject({ name: 'SyntaxError' });
      expect(String(fact && client.causes.get(fact.failure))).not.toContain(aliceToken);
    });
  });

  describe('law 4: what is on its way when it is over', () => {
    it('a hello that comes with the end of its time is not reported', async () => {
      const client = await start();
      const peer = await openSocket(client);
      peer.say(hello());
      client.send({ type: 'socket.close', attempt: 2 });
      await until(() => client.factsOf('socket.closed').length > 0);
      expect(client.factsOf('hello.received')).toEqual([]);
    });
  });

  describe('law 4: chat events', () => {
    it('come after the hello only, and after its fact when they arrive with it', async () => {
      const order: string[] = [];
      const client = await start({
        onFact: ({ type }) => order.push(type),
        overrides: { deliver: ({ type }) => order.push(type) },
      });
      const peer = await openSocket(client);
      peer.say({ type: 'too.early' });
      peer.say(hello());
      peer.say({ type: 'first' });
      peer.say({ type: 'second' });
      await until(() => order.includes('second'));
      expect(order).toEqual(['client.started', 'token.loaded', 'hello.received', 'first', 'second']);
    });

    it.each<[string, (peer: Peer) => void, string]>([
      ['an error', (peer) => peer.say({ error: { code: 17, message: 'banned' } }), 'user.refused'],
      ['a close', (peer) => peer.close(1011), 'socket.lost'],
    ])('law 8: that are followed by %s in the turn of the hello are delivered before it', async (_, end, last) => {
      const order: string[] = [];
      const client = await start({
        onFact: ({ type }) => order.push(type),
        overrides: { deliver: ({ type }) => order.push(type) },
      });
      const peer = await openSocket(client);
      peer.say(hello());
      peer.say({ type: 'first' });
      peer.say({ type: 'second' });
      end(peer);
      await until(() => order.includes(last));
      await turn();
      expect(order.slice(2)).toEqual(['hello.received', 'first', 'second', last]);
    });

    it('that follow the hello closely are all delivered, however many', async () => {
      const client = await start();
      const peer = await openSocket(client);
      peer.say(hello());
      for (let number = 0; number < 3_000; number += 1) peer.say({ type: 'missed', number });
      await until(() => client.delivered.length > 2_999);
      expect(client.delivered.map(({ number }) => number)).toEqual(Array.from({ length: 3_000 }, (_, index) => index));
    });

    it.each([
      ['session.end', { type: 'session.end' }],
      ['socket.close', { type: 'socket.close', attempt: 3 }],
      ['socket.open', open(3)],
    ] as const)('are delivered no more after %s', async (_, command) => {
      const client = await start();
      const peer = await connect(client);
      peer.ignoreClose();
      client.send(command);
      peer.say({ type: 'late' });
      await turn();
      expect(client.delivered).toEqual([]);
    });

    it('stop as soon as a listener ends the session', async () => {
      const client = await start({
        overrides: {
          deliver: ({ type }) => {
            order.push(type);
            client.send({ type: 'session.end' });
          },
        },
      });
      const order: string[] = [];
      const peer = await openSocket(client);
      peer.say(hello());
      peer.say({ type: 'first' });
      peer.say({ type: 'second' });
      await until(() => order.length > 0);
      await turn();
      expect(order).toEqual(['first']);
    });
  });

  describe('law 1: one socket', () => {
    it('the next opens when the one before is closed', async () => {
      const client = await start();
      const first = await connect(client);
      client.send(open(3));
      await until(() => client.backend.peers.length === 2);
      expect(first.isGone()).toBe(true);
      expect(first.closeCode()).toBe(1000);
      await turn();
      expect(client.facts.filter((fact) => 'attempt' in fact && fact.attempt === 2)).toHaveLength(1);
    });

    it('one that does not close is given up after a second', async () => {
      const client = await start();
      const first = await connect(client);
      first.ignoreClose();
      client.send(open(3));
      await turn();
      expect(client.backend.peers).toHaveLength(1);
      await client.clock.advance(999);
      await turn();
      expect(client.backend.peers).toHaveLength(1);
      await client.clock.advance(1);
      await until(() => client.backend.peers.length === 2);
      expect(client.clock.running).toBe(0);
    });

    it('of many orders in one turn only the last is carried out', async () => {
      const client = await start();
      client.send(load(1));
      await until(() => client.factsOf('token.loaded').length > 0);
      for (let attempt = 2; attempt < 20; attempt += 2) {
        client.send(open(attempt));
        client.send({ type: 'socket.close', attempt: attempt + 1 });
      }
      client.send(open(20));
      await until(() => client.backend.peers.length > 0);
      await turn();
      expect(client.backend.peers).toHaveLength(1);
      expect(client.factsOf('socket.closed')).toEqual([]);
    });
  });

  describe('laws 2 and 5: the end', () => {
    it('closes with 1000, says when nothing is open, and leaves no timer', async () => {
      const client = await start();
      const peer = await connect(client);
      client.send({ type: 'session.end' });
      expect(peer.isGone()).toBe(false);
      client.send({ type: 'socket.close', attempt: 3 });
      await until(() => client.factsOf('socket.closed').length > 0 && peer.isGone());
      expect(peer.closeCode()).toBe(1000);
      expect(client.facts.at(-1)).toEqual({ type: 'socket.closed', attempt: 3 });
      expect(client.clock.running).toBe(0);
    });

    it('A20: a close that without a response is over after a second', async () => {
      const client = await start();
      const peer = await connect(client);
      peer.ignoreClose();
      client.send({ type: 'socket.close', attempt: 3 });
      await turn();
      expect(client.factsOf('socket.closed')).toEqual([]);
      await client.clock.advance(1_000);
      await turn();
      expect(client.factsOf('socket.closed')).toHaveLength(1);
      expect(client.clock.running).toBe(0);
    });

    it('F13: stopped in any state, it leaves neither socket nor timer, and reports nothing more', async () => {
      const client = await start();
      const peer = await connect(client);
      const before = client.facts.length;
      peer.say({ error: { code: 40 } });
      client.stop();
      await until(() => peer.isGone() || peer.closeCode() !== null);
      await turn();
      expect(client.facts).toHaveLength(before);
      expect(client.clock.running).toBe(0);
      expect(client.dependencies.dataPlane.request).toBeNull();
    });

    it('A7, A16: alice’s late hello and bob’s session', async () => {
      const client = await start({ source: ({ id }) => (id === 'bob' ? bobToken : aliceToken) });
      const first = await openSocket(client);
      first.ignoreClose();
      client.send({ type: 'session.end' });
      client.send({ type: 'socket.close', attempt: 3 });
      await client.clock.advance(1_000);
      const second = await openSocket(client, 5, bob);
      expect(second.query.get('authorization')).toBe(bobToken);
      expect(JSON.parse(second.query.get('json') ?? '')).toMatchObject({ user_id: 'bob' });
      first.say(hello());
      first.say({ type: 'for.alice' });
      await turn();
      expect(client.factsOf('hello.received')).toEqual([]);
      expect(client.delivered).toEqual([]);
    });
  });
});
