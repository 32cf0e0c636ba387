import { describe, expect, it } from 'vitest';
import { memoryRepository, type User } from '../../src/index.ts';
import { deferred, startWorld, until } from '../kit/world.ts';

/* scenarios of races between connect, disconnect and switch; the numbers are those of the list they were collected in */

const alice: User = { id: 'alice', name: 'Alice' };
const bob: User = { id: 'bob', name: 'Bob' };

describe('A: connect, disconnect, switch', () => {
  it('A1: a token that comes after the logout opens no socket', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const token = deferred<string>();
    const connecting = client.connectUser(alice, () => token.promise);
    await until(client, 'connecting');
    expect(await client.disconnect()).toEqual({ success: true, value: undefined });
    expect(await connecting).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    token.resolve(await server.createToken('alice'));
    // A later login proves that everything before it has had its time.
    await client.connectUser(bob).orThrow();
    expect(server.counts('alice').opened).toBe(0);
    expect(server.counts('bob').opened).toBe(1);
  });

  it("A2: alice's late token never travels for bob", async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const token = deferred<string>();
    const connecting = client.connectUser(alice, () => token.promise);
    const left = client.disconnect();
    const bobs = client.connectUser(bob);
    token.resolve(await server.createToken('alice'));
    expect(await connecting).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    expect(await left).toMatchObject({ success: true });
    expect(await bobs).toMatchObject({ success: true, value: { user: bob } });
    expect(server.connects().map(({ userId }) => userId)).toEqual(['bob']);
    expect(server.connects('bob')[0]?.tokenProblem).toBeNull();
  });

  it('A3: of two loads for the same user the older answer is dropped', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const older = deferred<string>();
    const newer = deferred<string>();
    void client.connectUser(alice, () => older.promise);
    await until(client, 'connecting');
    await client.disconnect();
    const second = client.connectUser(alice, () => newer.promise);
    await until(client, 'connecting');
    older.resolve(await server.createToken('alice', { issuedAt: 1 }));
    const expected = await server.createToken('alice', { issuedAt: 2 });
    newer.resolve(expected);
    expect(await second).toMatchObject({ success: true });
    expect(server.connects('alice').map(({ token }) => token)).toEqual([expected]);
  });

  it('A5: a logout that no one awaits takes nothing from the next user', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    void client.disconnect();
    await client.connectUser(bob).orThrow();
    const response = await client.request('/channels/messaging/general/message', {
      method: 'POST',
      body: { message: { text: 'hello' } },
    });
    expect(response).toMatchObject({ success: true });
    await server.until(() => server.counts('alice').openNow === 0);
    expect(server.counts().highestOpen).toBe(1);
  });

  it('A6: suspended during a backoff, no socket is opened until the app resumes', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000 } });
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'closeSockets', closeCode: 1011 });
    await until(client, 'waiting');
    expect(await client.suspend()).toMatchObject({ success: true });
    expect(client.getSnapshot()).toMatchObject({ status: 'suspended', nextAttemptAt: null });
    await client.resume();
    await until(client, 'online');
    expect(server.counts('alice').opened).toBe(2);
    expect(server.counts('alice').highestOpen).toBe(1);
  });

  it('A7: a backoff that ran for alice opens nothing for bob', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
    await until(client, 'waiting');
    void client.disconnect();
    await client.connectUser(bob).orThrow();
    expect(server.counts('alice').opened).toBe(1);
    expect(server.counts('bob')).toMatchObject({ opened: 1, openNow: 1 });
    await client.disconnect().orThrow();
    await server.until(() => server.counts().openNow === 0);
  });

  it('A8: dispose during a backoff opens no socket', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await client.dispose();
    expect(client.getSnapshot().status).toBe('disposed');
    await create().connectUser(bob).orThrow();
    expect(server.counts('alice').opened).toBe(1);
  });

  it('A10: disconnect and connect in the same tick, ten times: never two sockets', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    for (let round = 0; round < 10; round++) {
      const connected = client.connectUser(alice);
      await connected.orThrow();
      void client.disconnect();
    }
    await client.connectUser(alice).orThrow();
    expect(server.counts('alice')).toMatchObject({ opened: 11, openNow: 1, highestOpen: 1 });
  });

  it('A12: a waiting request runs on the new connection, and never as another user', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    const request = { method: 'POST', body: { message: { text: 'hello' } } };
    const path = '/channels/messaging/general/message';
    expect(await client.request(path, request)).toMatchObject({ success: true });

    const hold = server.faults.cause({ type: 'withholdHello', userId: 'alice' });
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    const lost = client.request(path, request);
    const bobs = client.switchUser(bob);
    expect(await lost).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    expect(await bobs).toMatchObject({ success: true });
    expect(server.counts('bob').httpCalls).toBe(0);
    hold.lift();
  });

  it('A13: two logins of the same user share one socket and one provider call', async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    const [first, second] = await Promise.all([client.connectUser(alice), client.connectUser(alice)]);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ success: true, value: { user: alice } });
    expect(server.counts('alice').opened).toBe(1);
    expect(tokenProvider.calls()).toBe(1);
  });

  it('A14: a token given while connected is used for the next load', async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    await client.connectUser(alice).orThrow();
    const fresh = await server.createToken('alice');
    expect(await client.connectUser(alice, fresh)).toMatchObject({ success: true });
    server.faults.cause({ type: 'sendError', code: 40 });
    await until(client, ({ status, failedAttempts }) => status === 'online' && failedAttempts === 0);
    await server.until(() => server.connects('alice').length === 2);
    expect(server.connects('alice')[1]?.token).toBe(fresh);
    expect(tokenProvider.calls()).toBe(1);
  });

  it('A15: another user is refused, and the one who is connected stays connected', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const { connectionId } = await client.connectUser(alice).orThrow();
    expect(await client.connectUser(bob)).toMatchObject({ success: false, error: { code: 'otherUserConnected' } });
    expect(client.getSnapshot()).toMatchObject({ status: 'online', user: alice, connectionId });
    expect(server.counts('bob').opened).toBe(0);
    expect(server.counts('alice')).toMatchObject({ opened: 1, openNow: 1 });
  });

  it("A16: alice's late hello does not reach bob's session", async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const heard: string[] = [];
    client.on('*', ({ type }) => heard.push(type));
    const held = server.faults.cause({ type: 'withholdHello', userId: 'alice' });
    server.faults.cause({ type: 'ignoreClose', userId: 'alice', on: 'next' });
    const connecting = client.connectUser(alice);
    await server.until(() => held.state.held === 1);
    const bobs = client.switchUser(bob);
    held.lift();
    server.push({ type: 'message.new', text: 'for alice' }, 'alice');
    expect(await connecting).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    expect(await bobs).toMatchObject({ success: true, value: { user: bob } });
    expect(client.getSnapshot().user).toEqual(bob);
    expect(heard).toEqual([]);
  });

  it('A20: a close that is never answered is left within a bound', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'ignoreClose', on: 'open' });
    expect(await client.disconnect()).toMatchObject({ success: true });
    expect(client.getSnapshot().status).toBe('loggedOut');
    await server.until(() => server.counts('alice').openNow === 0);
  });

  it('A21: restore and login at the same moment make one session', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({ userRepository });
    const [restored, connected] = await Promise.all([client.restore(), client.connectUser(alice)]);
    expect(restored).toMatchObject({ success: true, value: alice });
    expect(connected).toMatchObject({ success: true, value: { user: alice } });
    expect(server.counts('alice')).toMatchObject({ opened: 1, openNow: 1 });
  });

  it('A22, B22: a token that arrives when the session is over reopens nothing', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const replies = [deferred<string>(), deferred<string>()];
    const signals: AbortSignal[] = [];
    void client.connectUser(alice, (_, { signal }) => {
      signals.push(signal);
      return replies[signals.length - 1]?.promise ?? '';
    });
    await until(client, 'connecting');
    await client.disconnect();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    replies[0]?.resolve(await server.createToken('alice'));
    await create().connectUser(bob).orThrow();
    expect(client.getSnapshot().status).toBe('loggedOut');
    expect(server.counts('alice').opened).toBe(0);
  });

  it("A23: an anonymous login does not ask the last user's provider", async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create();
    await client.connectUser(alice, tokenProvider).orThrow();
    await client.disconnect().orThrow();
    await client.connectAnonymousUser().orThrow();
    expect(tokenProvider.calls()).toBe(1);
    expect(server.connects().at(-1)).toMatchObject({ authType: 'anonymous', outcome: 'hello' });
  });

  it('A24: an anonymous session stays anonymous on a reconnect', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectAnonymousUser().orThrow();
    server.faults.cause({ type: 'dropSockets' });
    await until(client, 'waiting');
    await until(client, 'online');
    expect(server.connects().map(({ authType, outcome }) => [authType, outcome])).toEqual([
      ['anonymous', 'hello'],
      ['anonymous', 'hello'],
    ]);
  });

  it('A25: while a guest is being created, requests are not sent anonymously', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const held = server.faults.cause({ type: 'holdHttp', path: '/guest' });
    const connecting = client.connectGuestUser({ id: 'bender' });
    const request = client.request('/channels/messaging/general/message', {
      method: 'POST',
      body: { message: { text: 'hello' } },
    });
    await server.until(() => held.state.held === 1);
    held.lift();
    const { user } = await connecting.orThrow();
    expect(user.id).toMatch(/^guest-.+-bender$/);
    expect(await request).toMatchObject({ success: true });
    expect(server.counts(user.id).httpCalls).toBe(1);
  });
});
