import { StreamChat } from 'stream-chat';
import { afterAll, beforeAll, describe, expect, it, type TestContext, vi } from 'vitest';
import { type DevServer, startDevServer } from '../../../src/tools/devserver/index.ts';

/*
 * The unmodified npm client shows that the server speaks the protocol correctly.
 */

let server: DevServer;

beforeAll(async () => {
  // Its reconnects wait a random part of a window; the shortest will do.
  vi.spyOn(Math, 'random').mockReturnValue(0);
  server = await startDevServer();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await server.close();
});

function createClient(finished: TestContext['onTestFinished']): StreamChat {
  const client = new StreamChat(server.apiKey, { baseURL: server.url, allowServerSideConnect: true });
  finished(() => client.disconnectUser(100));
  return client;
}

type ChatEvent = Parameters<Parameters<StreamChat['on']>[1]>[0];

function nextEvent(client: StreamChat, fits: (event: ChatEvent) => boolean): Promise<ChatEvent> {
  return new Promise((resolve) => {
    const { unsubscribe } = client.on((event) => {
      if (!fits(event)) return;
      unsubscribe();
      resolve(event);
    });
  });
}

const nextMessage = (client: StreamChat, text: string) =>
  nextEvent(client, (event) => event.type === 'message.new' && event.message?.text === text);

describe.concurrent('stream-chat 9.53', () => {
  it('connects a user, and disconnects', async ({ onTestFinished }) => {
    const client = createClient(onTestFinished);
    const hello = await client.connectUser({ id: 'ada', name: 'Ada' }, await server.createToken('ada'));
    expect(hello).toMatchObject({ type: 'health.check', me: { id: 'ada', name: 'Ada' } });
    expect(client.user).toMatchObject({ id: 'ada', role: 'user', online: true });
    await client.disconnectUser();
    await server.until(() => server.counts('ada').openNow === 0);
    expect(server.connects('ada')).toMatchObject([{ clientCloseCode: 1000, authType: 'jwt' }]);
  });

  it('watches a channel, sends a message, and both members get message.new', async ({ onTestFinished }) => {
    const [alice, bob] = [createClient(onTestFinished), createClient(onTestFinished)];
    await alice.connectUser({ id: 'alice' }, () => server.createToken('alice'));
    await bob.connectUser({ id: 'bob' }, () => server.createToken('bob'));
    const channel = alice.channel('messaging', 'general');
    const answer = await channel.watch();
    expect(answer.members.map((member) => member.user_id)).toEqual(expect.arrayContaining(['alice', 'bob']));
    const bobs = bob.channel('messaging', 'general');
    await bobs.watch();

    const heard = Promise.all([nextMessage(alice, 'Hello, Bob'), nextMessage(bob, 'Hello, Bob')]);
    const sent = await channel.sendMessage({ text: 'Hello, Bob' });
    expect(sent.message).toMatchObject({ text: 'Hello, Bob', user: { id: 'alice' } });
    for (const event of await heard) {
      expect(event).toMatchObject({
        cid: 'messaging:general',
        user: { id: 'alice' },
        message: { id: sent.message.id, text: 'Hello, Bob' },
      });
    }
    expect(bobs.state.messages.map((message) => message.text)).toContain('Hello, Bob');
  });

  it('makes a channel of its own, which others do not receive', async ({ onTestFinished }) => {
    const [gina, carol] = [createClient(onTestFinished), createClient(onTestFinished)];
    await gina.connectUser({ id: 'gina' }, () => server.createToken('gina'));
    await carol.connectUser({ id: 'carol' }, () => server.createToken('carol'));
    const channel = gina.channel('messaging', 'a-secret', { members: ['gina', 'hugo'] });
    await channel.watch();
    const heard: unknown[] = [];
    carol.on('message.new', (event) => heard.push(event.cid));
    await channel.sendMessage({ text: 'between us' });
    const general = carol.channel('messaging', 'general');
    await general.watch();
    const answered = nextMessage(carol, 'hello?');
    await general.sendMessage({ text: 'hello?' });
    await answered;
    expect(new Set(heard)).toEqual(new Set(['messaging:general']));
  });

  it('is refused with 43 for a bad signature', async ({ onTestFinished }) => {
    const client = createClient(onTestFinished);
    const token = await server.createToken('mallory', { secret: 'a guess' });
    await expect(client.connectUser({ id: 'mallory' }, token)).rejects.toThrow(/"code":43,"StatusCode":401/);
    expect(server.counts('mallory')).toMatchObject({ opened: 1, refused: 1, hellos: 0 });
  });

  it.for([2, 4, 6, 17, 69, 99])('is refused with %i', async (code, { onTestFinished }) => {
    const userId = `refused-${code}`;
    server.faults.cause({ type: 'refuseConnect', userId, code });
    const client = createClient(onTestFinished);
    await expect(client.connectUser({ id: userId }, await server.createToken(userId))).rejects.toThrow(
      `"code":${code}`,
    );
    expect(server.counts(userId)).toMatchObject({ opened: 1, refused: 1, hellos: 0 });
  });

  it('reloads its token at 40 when it connects', async ({ onTestFinished }) => {
    const client = createClient(onTestFinished);
    let loads = 0;
    const hello = await client.connectUser({ id: 'dora' }, () => {
      loads += 1;
      return server.createToken('dora', loads === 1 ? { expiresInSeconds: -1 } : {});
    });
    expect(hello).toMatchObject({ me: { id: 'dora' } });
    expect(loads).toBe(2);
    expect(server.connects('dora').map(({ outcome, tokenProblem }) => [outcome, tokenProblem])).toEqual([
      ['refused', 40],
      ['hello', null],
    ]);
  });

  it('reloads its token at 40 on HTTP', async ({ onTestFinished }) => {
    const client = createClient(onTestFinished);
    let loads = 0;
    await client.connectUser({ id: 'emil' }, () => {
      loads += 1;
      return server.createToken('emil');
    });
    const channel = client.channel('messaging', 'general');
    await channel.watch();
    server.faults.cause({ type: 'failHttp', userId: 'emil', status: 401, code: 40 });
    await channel.sendMessage({ text: 'at the second attempt' });
    expect(loads).toBe(2);
  });

  it('comes back with a new token when its own expires while it is connected', async ({ onTestFinished }) => {
    const client = createClient(onTestFinished);
    let loads = 0;
    await client.connectUser({ id: 'ivo' }, () => {
      loads += 1;
      return server.createToken('ivo');
    });
    const recovered = nextEvent(client, (event) => event.type === 'connection.recovered');
    server.faults.cause({ type: 'expireTokens', userId: 'ivo' });
    await recovered;
    expect(loads).toBe(2);
    expect(server.connects('ivo').map(({ outcome, errorCode }) => [outcome, errorCode])).toEqual([
      ['hello', 40],
      ['refused', 40],
      ['hello', null],
    ]);
  });

  it('comes back after a drop, and recovers its channel', async ({ onTestFinished }) => {
    const client = createClient(onTestFinished);
    await client.connectUser({ id: 'finn' }, () => server.createToken('finn'));
    await client.channel('messaging', 'general').watch();
    const recovered = nextEvent(client, (event) => event.type === 'connection.recovered');
    server.faults.cause({ type: 'dropSockets', userId: 'finn' });
    await recovered;
    expect(server.counts('finn')).toMatchObject({ opened: 2, openNow: 1, highestOpen: 1 });
  });

  it('connects as an anonymous user and as a guest', async ({ onTestFinished }) => {
    const anonymous = createClient(onTestFinished);
    await anonymous.connectAnonymousUser();
    const connect = server.connects(anonymous.userID).at(-1);
    expect(connect).toMatchObject({ authType: 'anonymous', outcome: 'hello', userDetails: { anon: true } });
    const guest = createClient(onTestFinished);
    await guest.setGuestUser({ id: 'bender', name: 'Bender' });
    expect(guest.user).toMatchObject({ name: 'Bender', role: 'guest' });
    expect(guest.userID).toMatch(/^guest-[0-9a-f-]{36}-bender$/);
  });
});
