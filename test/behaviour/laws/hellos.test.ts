import { describe, expect, it } from 'vitest';
import { type ChatClient, createProtocolClient, jwtTokens, type Protocol } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { alice, Stage } from '../harness.ts';

const LOST = { meaning: 'unavailable', message: 'No.' };

/** A session whose server sends several frames in one message, `welcome` for a hello, and a count of the pongs. */
async function sessionWith(welcome: (userId: string) => readonly object[]) {
  const received: unknown[] = [];
  const backend = new Backend(null, {
    readToken: (_, url) => new URL(url).searchParams.get('token'),
    hello: (userId) => JSON.stringify(welcome(userId)),
    error: () => '[]',
    reply: (data) => {
      received.push(data);
      return null;
    },
  });
  const protocol = {
    name: 'mine',
    checkToken: jwtTokens({ userClaim: 'sub' }),
    connect: ({ token }) => ({
      url: `ws://backend.test/?token=${token}`,
      decode: (data) => JSON.parse(String(data)),
    }),
  } satisfies Protocol<object>;
  const client = createProtocolClient({ ...backend.options(), protocol });
  const events: unknown[] = [];
  client.on('*', (event) => void events.push(event));
  void client.connectUser(alice);
  await backend.clock.advance(100);
  return { backend, client, events, received, now: () => client.getSnapshot() };
}

const event = (type: string) => ({ kind: 'event', event: { type } });

describe('frames that arrive in one message', () => {
  it('law 10: an event before the hello belongs to no session, a ping is replied to once', async () => {
    const { client, events, received, now } = await sessionWith((userId) => [
      event('too.early'),
      { kind: 'ping', reply: 'pong' },
      { kind: 'hello', userId },
      event('first'),
      { kind: 'ping', reply: 'pong' },
      event('second'),
    ]);
    expect(now().status).toBe('online');
    expect([events, received]).toEqual([
      [{ type: 'first' }, { type: 'second' }],
      ['pong', 'pong'],
    ]);
    await client.dispose();
  });

  it('law 4: what follows the error that ends the attempt changes nothing', async () => {
    const { client, events, now } = await sessionWith((userId) => [
      { kind: 'error', verdict: LOST },
      { kind: 'hello', userId, me: { unread: 1 } },
      event('late'),
    ]);
    expect(now()).toMatchObject({ status: 'waiting', connectionId: null, me: null });
    expect(events).toEqual([]);
    await client.dispose();
  });
});

describe('law 10: a hello after the first one', () => {
  it('changes what it names, and leaves the rest', async () => {
    const { backend, client, now } = await sessionWith((userId) => [
      { kind: 'hello', userId, connectionId: 'one', me: { unread: 1 } },
    ]);
    const steps: readonly (readonly [hello: object, connectionId: string, unread: number])[] = [
      [{}, 'one', 1],
      [{ connectionId: 'two' }, 'two', 1],
      [{ me: { unread: 2 } }, 'two', 2],
      [{ connectionId: 'two', me: { unread: 3 } }, 'two', 3],
    ];
    for (const [hello, connectionId, unread] of steps) {
      backend.push(JSON.stringify([{ kind: 'hello', ...hello }]));
      await backend.clock.advance(10);
      expect(now()).toMatchObject({ status: 'online', connectionId, me: { unread } });
    }
    await client.dispose();
  });
});

describe('law 10: a hello for another user is none', () => {
  it.each<[who: string, greeted: string, connect: (client: ChatClient) => unknown]>([
    ['a user', '!anon', (client) => client.connectUser(alice)],
    ['an anonymous user', 'alice', (client) => client.connectAnonymousUser()],
  ])('%s, greeted as %s', async (_, userId, connect) => {
    const s = new Stage({ machine: undefined });
    s.backend.welcome = { kind: 'helloFor', userId };
    void connect(s.client);
    await s.until(({ error }) => error?.code === 'helloForAnotherUser', 1_000);
    expect(s.statuses).not.toContain('online');
    await s.value(s.client.disconnect(), 2_000);
  });
});
