import { describe, expect, it } from 'vitest';
import { type ChatClient, type ClientSnapshot, memoryRepository, type User } from '../../src/index.ts';
import { startWorld, until } from '../kit/world.ts';

/* scenarios of what a server may do; the numbers are those of the list they were collected in */

const alice: User = { id: 'alice', name: 'Alice' };

const firstWait = (client: ChatClient) =>
  new Promise<ClientSnapshot>((resolve) => {
    client.subscribe((snapshot) => {
      if (snapshot.status === 'waiting') resolve(snapshot);
    });
  });

describe('D: server', () => {
  it('D1: after a restart (1012) first retries are spread over seconds', async () => {
    const { server, client: create } = await startWorld();
    // Thirty of them on a busy machine reply late: none may take that for a dead connection.
    const calm = { helloTimeoutMs: 60_000, pingIntervalMs: 60_000, probeTimeoutMs: 60_000 };
    const timing = { ...calm, backoffBaseMs: 3_000, backoffCapMs: 30_000 };
    const clients = Array.from({ length: 30 }, (_, seed) => create({ timing, seed: seed * 7919 }));
    await Promise.all(clients.map((client, index) => client.connectUser({ id: `user-${index}` }).orThrow()));
    // On a busy machine, the first wait may be over before all clients have begun to wait.
    const waits = clients.map(firstWait);
    server.faults.cause({ type: 'closeSockets', closeCode: 1012 });
    const snapshots = await Promise.all(waits);
    const dueInMs = snapshots.map(({ nextAttemptAt, lostAt }) => (nextAttemptAt ?? 0) - (lostAt ?? 0));
    expect(Math.max(...dueInMs) - Math.min(...dueInMs)).toBeGreaterThan(1_500);
    expect(Math.min(...dueInMs)).toBeGreaterThan(300);
    // No two of them at the same moment, as with a fixed delay.
    expect(new Set(dueInMs).size).toBeGreaterThan(25);
  });

  it('D2: in a long outage the waits stay random, at their longest too', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { backoffBaseMs: 20, backoffCapMs: 60 } });
    const waits: number[] = [];
    const down = server.faults.cause({ type: 'refuseUpgrade', times: 'untilLifted' });
    client.subscribe(({ status, nextAttemptAt, failedAttempts }) => {
      if (status === 'waiting' && failedAttempts > 3 && nextAttemptAt !== null) waits.push(nextAttemptAt - Date.now());
    });
    const connecting = client.connectUser(alice);
    await until(client, ({ failedAttempts }) => failedAttempts === 18);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60);
    // The delays are spread over four fifths of the window, so fourteen of them cannot lie close together.
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(15);
    expect(new Set(waits).size).toBeGreaterThan(5);
    down.lift();
    expect(await connecting).toMatchObject({ success: true });
  });

  it('D3: a server that accepts and then closes makes the waits grow', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { stableAfterMs: 5_000, backoffBaseMs: 10, backoffCapMs: 400 } });
    const fault = server.faults.cause({ type: 'closeOnConnect', when: 'afterHello', closeCode: 1011, times: 5 });
    const waits: number[] = [];
    client.subscribe(({ status, nextAttemptAt }) => {
      if (status === 'waiting' && nextAttemptAt !== null) waits.push(nextAttemptAt - Date.now());
    });
    void client.connectUser(alice);
    await until(client, ({ failedAttempts, status }) => failedAttempts === 5 && status === 'waiting');
    expect(fault.state.hits).toBe(5);
    // From the fourth failure on, a wait is at least half of the largest window.
    expect(waits[0]).toBeLessThan(50);
    expect(waits.at(-1)).toBeGreaterThan(190);
    await until(client, 'online');
    expect(client.getSnapshot().failedAttempts).toBe(5);
  });

  it('D4, D5: a rate limit on a login and on a reconnect is waited out, as long as the server asks', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    for (const opened of [2, 4]) {
      server.faults.cause({ type: 'refuseConnect', code: 9, retryAfterSeconds: 1 });
      const connecting = client.connectUser(alice);
      if (opened === 4) server.faults.cause({ type: 'dropSockets' });
      const waiting = await until(client, ({ error }) => error?.code === 'rateLimited');
      expect((waiting.nextAttemptAt ?? 0) - Date.now()).toBeGreaterThan(800);
      expect(await connecting).toMatchObject({ success: true });
      await until(client, 'online');
      expect(server.counts('alice').opened).toBe(opened);
    }
  });

  it('D7, D16: a close with 1000 means do not come back: logged out, and the stored user stays', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    await client.connectUser(alice).orThrow();
    await expect.poll(() => userRepository.getCurrentUser()).toEqual(alice);
    server.faults.cause({ type: 'closeSockets', closeCode: 1000 });
    const ended = await until(client, 'loggedOut');
    expect(ended.error).toMatchObject({ code: 'endedByServer', closeCode: 1000 });
    expect(userRepository.getCurrentUser()).toEqual(alice);
    expect(server.counts('alice').opened).toBe(1);
  });

  it.each([1001, 1006, 1009, 1011, 1012, 1013, 4000])(
    'D12, D16: a close with %i means come back',
    async (closeCode) => {
      const { server, client: create } = await startWorld();
      const client = create();
      await client.connectUser(alice).orThrow();
      if (closeCode === 1006) server.faults.cause({ type: 'dropSockets' });
      else server.faults.cause({ type: 'closeSockets', closeCode });
      const waiting = await until(client, 'waiting');
      expect(waiting).toMatchObject({ failedAttempts: 1, error: { closeCode } });
      await client.retryNow();
      await until(client, 'online');
      expect(server.counts('alice')).toMatchObject({ opened: 2, highestOpen: 1 });
    },
  );

  it('D9: a hello for another user is refused', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    server.faults.cause({ type: 'wrongHello', asUserId: 'mallory' });
    const connecting = client.connectUser(alice);
    const waiting = await until(client, 'waiting');
    expect(waiting).toMatchObject({ connectionId: null, error: { code: 'helloForAnotherUser' } });
    expect(await connecting).toMatchObject({ success: true, value: { user: alice } });
    expect(server.counts('alice').highestOpen).toBe(1);
  });

  it.each(['error', 'connection.error'] as const)(
    'D10: a token error in the middle of a session, as `%s`, reloads',
    async (as) => {
      const { server, client: create, provider } = await startWorld();
      const tokenProvider = provider();
      const client = create({ tokenProvider });
      await client.connectUser(alice).orThrow();
      server.faults.cause({ type: 'sendError', code: 40, as });
      await until(client, 'reconnecting');
      await until(client, 'online');
      expect(tokenProvider.calls()).toBe(2);
      expect(server.counts('alice')).toMatchObject({ opened: 2, highestOpen: 1 });
    },
  );

  it('D10: a second hello with another connection id is adopted', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const { connectionId } = await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'secondHello' });
    const changed = await until(client, (snapshot) => snapshot.connectionId !== connectionId);
    expect(changed.status).toBe('online');
    expect(changed.connectionId).toBe(server.connects('alice')[0]?.connectionId);
  });

  it.each([
    [2, 'appRejected'],
    [69, 'appRejected'],
    [99, 'appRejected'],
  ])('code %i is about the app: the session ends, and the stored user stays', async (code, expected) => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({ userRepository });
    server.faults.cause({ type: 'refuseConnect', code });
    await client.restore().orThrow();
    const ended = await until(client, 'loggedOut');
    expect(ended.error).toMatchObject({ code: expected, serverCode: code });
    expect(userRepository.getCurrentUser()).toEqual(alice);
  });

  it('code 17 is about the user: the session ends, and the user is forgotten', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({ userRepository });
    server.faults.cause({ type: 'refuseConnect', code: 17 });
    expect(await client.connectUser(alice)).toMatchObject({
      success: false,
      error: { code: 'userRejected', serverCode: 17 },
    });
    await until(client, 'loggedOut');
    expect(userRepository.getCurrentUser()).toBeNull();
  });

  it('law 7: a refusal of bob does not forget alice, who is stored', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({ userRepository });
    server.faults.cause({ type: 'refuseConnect', code: 17, userId: 'bob' });
    expect(await client.connectUser({ id: 'bob' })).toMatchObject({ success: false, error: { code: 'userRejected' } });
    await until(client, 'loggedOut');
    expect(userRepository.getCurrentUser()).toEqual(alice);
  });

  it.each([71, 3, 23, -1, 46])('code %i passes: it is tried again', async (code) => {
    const { server, client: create } = await startWorld();
    const client = create();
    server.faults.cause({ type: 'refuseConnect', code });
    expect(await client.connectUser(alice)).toMatchObject({ success: true });
    expect(server.counts('alice').opened).toBe(2);
  });

  it.each([41, 42])('code %i is a matter of clocks: never terminal', async (code) => {
    const { server, client: create } = await startWorld();
    const client = create();
    server.faults.cause({ type: 'refuseConnect', code, times: 4 });
    expect(await client.connectUser(alice, await server.createToken('alice'))).toMatchObject({ success: true });
    expect(server.counts('alice').opened).toBe(5);
  });
});
