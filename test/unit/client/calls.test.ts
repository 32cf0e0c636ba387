import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { type ChatClient, memoryRepository, SessionError, type User } from '../../../src/index.ts';
import { deferred, startWorld, until } from '../../kit/world.ts';

const alice: User = { id: 'alice', name: 'Alice' };
const bob: User = { id: 'bob' };

describe('law 3: every call settles, once', () => {
  it('a call is a promise, takes a callback, and can throw', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const call = client.connectUser(alice);
    const byCallback = deferred<unknown>();
    expect(call.enqueue((result) => byCallback.resolve(result))).toBe(call);
    const result = await call;
    expect(await byCallback.promise).toBe(result);
    expect(await call.orThrow()).toMatchObject({ user: alice, connectionId: client.getSnapshot().connectionId });
    await expect(client.connectUser(bob).orThrow()).rejects.toBeInstanceOf(SessionError);
    const seen: string[] = [];
    expect(await client.connectUser(alice).catch(() => seen.push('caught'))).toMatchObject({ success: true });
    expect(await client.connectUser(alice).finally(() => seen.push('over'))).toMatchObject({ success: true });
    expect(seen).toEqual(['over']);
  });

  it('timeoutMs, cancel() and a signal bound the call; the session goes on, visibly', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { helloTimeoutMs: 5_000 } });
    const held = server.faults.cause({ type: 'withholdHello' });
    const controller = new AbortController();
    const bounded = client.connectUser(alice, undefined, { timeoutMs: 20 });
    const cancelled = client.connectUser(alice);
    const aborted = client.connectUser(alice, undefined, { signal: controller.signal });
    const early = client.connectUser(alice, undefined, { signal: AbortSignal.abort() });
    cancelled.cancel();
    controller.abort();
    for (const call of [bounded, cancelled, aborted, early]) {
      expect(await call).toMatchObject({ success: false, error: { code: 'stillConnecting', retryable: true } });
    }
    expect(client.getSnapshot().status).toBe('connecting');
    await server.until(() => held.state.held === 1);
    held.lift();
    await until(client, 'online');
    cancelled.cancel();
    expect(await cancelled).toMatchObject({ success: false });
    expect(server.counts('alice').opened).toBe(1);
  });

  it('law 7: switchUser() with a signal that is aborted already logs no one out', async () => {
    const { client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    const before = client.getSnapshot();
    expect(await client.switchUser(bob, undefined, { signal: AbortSignal.abort() })).toMatchObject({
      success: false,
      error: { code: 'cancelled' },
    });
    expect(client.getSnapshot()).toBe(before);
  });

  it('a restore or a logout that is cancelled says so; what it asked for goes on', async () => {
    const { client: create } = await startWorld();
    const never = new Promise<never>(() => {});
    const cancelled = { success: false, error: { code: 'cancelled' } };
    const restoring = create({ userRepository: { ...memoryRepository(), getCurrentUser: () => never } });
    const restore = restoring.restore();
    restore.cancel();
    expect(await restore).toMatchObject(cancelled);
    expect(restoring.getSnapshot().status).toBe('restoring');

    const client = create();
    await client.connectUser(alice).orThrow();
    const logout = client.disconnect();
    logout.cancel();
    expect(await logout).toMatchObject(cancelled);
    await until(client, 'loggedOut');
  });

  it('a login that is refused leaves a suspended session to be resumed', async () => {
    const { client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    await client.suspend().orThrow();
    expect(await client.connectUser(bob)).toMatchObject({ success: false, error: { code: 'otherUserConnected' } });
    await client.resume().orThrow();
    await until(client, 'online');
    expect(client.getSnapshot().user).toEqual(alice);
  });

  it('dispose settles whatever is pending, and everything after it', async () => {
    const { server, client: create } = await startWorld();
    const never = new Promise<never>(() => {});
    const client = create({
      timing: { tokenTimeoutMs: 60_000, restoreTimeoutMs: 60_000 },
      userRepository: { ...memoryRepository(), getCurrentUser: () => never },
      tokenProvider: () => never,
    });
    const restoring = client.restore();
    const disposed = { success: false, error: { code: 'disposed' } };
    await client.dispose();
    expect(await restoring).toMatchObject(disposed);

    const other = create({ timing: { tokenTimeoutMs: 60_000 }, tokenProvider: () => never });
    const pending = [other.connectUser(alice), other.request('/x')];
    await other.dispose();
    for (const call of pending) expect(await call).toMatchObject(disposed);
    for (const call of [
      other.restore(),
      other.connectUser(alice),
      other.connectAnonymousUser(),
      other.connectGuestUser(alice),
      other.switchUser(alice),
      other.disconnect(),
      other.suspend(),
      other.resume(),
      other.retryNow(),
      other.request('/x'),
    ]) {
      expect(await call).toMatchObject(disposed);
    }
    const snapshot = other.getSnapshot();
    expect(await other.dispose()).toEqual({ success: true, value: undefined });
    expect(other.getSnapshot()).toBe(snapshot);
    expect(server.counts().opened).toBe(0);
  });

  it.each<[string, (client: ChatClient) => PromiseLike<{ readonly success: boolean }>]>([
    ['restore', (client) => client.restore()],
    ['connectUser', (client) => client.connectUser(alice)],
    ['switchUser', (client) => client.switchUser(alice)],
    ['disconnect', (client) => client.disconnect()],
  ])('a subscriber that disposes while %s begins: the call is disposed', async (_, start) => {
    const { client: create } = await startWorld();
    const client = create();
    client.subscribe(() => void client.dispose());
    expect(await start(client)).toMatchObject({ success: false, error: { code: 'disposed' } });
  });

  it('law 10: a client that is disposed of while a failure is reported stays disposed', async () => {
    const { client: create } = await startWorld();
    const client: ChatClient = create({
      tokenProvider: () => Promise.reject(new Error('none')),
      onDiagnostic: () => void client.dispose(),
    });
    expect(await client.connectUser(alice)).toMatchObject({ success: false });
    expect(client.getSnapshot()).toMatchObject({ status: 'disposed', state: '', user: null });
  });

  it('await using disposes', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    {
      await using used = client;
      await used.connectUser(alice).orThrow();
    }
    expect(client.getSnapshot().status).toBe('disposed');
    await server.until(() => server.counts('alice').openNow === 0);
  });

  it('disconnect is idempotent, joins, and upgrades one that kept the user', async () => {
    const { client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    expect(await client.disconnect()).toMatchObject({ success: true });
    await client.connectUser(alice).orThrow();
    await expect.poll(() => userRepository.getCurrentUser()).toEqual(alice);
    const kept = client.disconnect({ forgetUser: false });
    const forgotten = client.disconnect();
    const joined = client.disconnect({ forgetUser: false });
    for (const call of [kept, forgotten, joined]) expect(await call).toEqual({ success: true, value: undefined });
    expect(userRepository.getCurrentUser()).toBeNull();
  });

  it('disconnect({ forgetUser: false }) keeps the user for the next start', async () => {
    const { client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    await client.connectUser(alice).orThrow();
    await expect.poll(() => userRepository.getCurrentUser()).toEqual(alice);
    await client.disconnect({ forgetUser: false }).orThrow();
    expect(client.getSnapshot()).toMatchObject({ status: 'loggedOut', user: null, lastUser: alice, error: null });
    expect(await client.restore()).toEqual({ success: true, value: alice });
    await until(client, 'online');
  });

  it('during disconnecting one user may wait; a third is refused, and a disconnect drops the one who waits', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    const left = client.disconnect();
    const bobs = client.connectUser(bob);
    const bobsToo = client.connectUser(bob);
    const carols = client.connectUser({ id: 'carol' });
    expect(await carols).toMatchObject({ success: false, error: { code: 'otherUserConnected' } });
    expect(await left).toMatchObject({ success: true });
    for (const call of [bobs, bobsToo]) expect(await call).toMatchObject({ success: true, value: { user: bob } });

    const again = client.disconnect();
    const dropped = client.connectUser(alice);
    const last = client.disconnect();
    expect(await dropped).toMatchObject({ success: false, error: { code: 'loggedOut' } });
    for (const call of [again, last]) expect(await call).toMatchObject({ success: true });
    expect(client.getSnapshot().status).toBe('loggedOut');
    await server.until(() => server.counts().openNow === 0);
  });

  it('switchUser is serialised: out completely, then in', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    const results = await Promise.all([
      client.switchUser(alice),
      client.switchUser(bob),
      client.switchUser({ id: 'carol' }),
    ]);
    expect(results.map(({ success }) => success)).toEqual([false, false, true]);
    expect(client.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'carol' } });
    await expect.poll(() => userRepository.getCurrentUser()).toEqual({ id: 'carol' });
    expect(server.counts().highestOpen).toBe(1);

    server.faults.cause({ type: 'refuseConnect', code: 2, userId: 'alice' });
    expect(await client.switchUser(alice)).toMatchObject({ success: false, error: { code: 'appRejected' } });
    await until(client, 'loggedOut');
    expect(userRepository.getCurrentUser()).toBeNull();
  });

  it('restore responds with the user at once where a session runs', async () => {
    const { client: create } = await startWorld();
    const client = create();
    expect(await client.restore()).toEqual({ success: true, value: null });
    await client.connectUser(alice).orThrow();
    expect(await client.restore()).toEqual({ success: true, value: alice });
  });

  it('retryNow cuts a wait short, once', async () => {
    const { server, client: create } = await startWorld();
    const client = create({ timing: { backoffBaseMs: 60_000, backoffCapMs: 60_000, quickRetryMs: 20 } });
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'dropSockets' });
    const before = await until(client, 'waiting');
    expect(before.can.retryNow).toBe(true);
    await client.retryNow();
    const after = client.getSnapshot();
    expect(after.nextAttemptAt).toBeLessThan(before.nextAttemptAt ?? 0);
    expect(after.can.retryNow).toBe(false);
    await client.retryNow();
    expect(client.getSnapshot()).toBe(after);
    await until(client, 'online');
  });
});

describe('law 10: no lies', () => {
  it('what an app gets hold of cannot state facts', async () => {
    const { client: create } = await startWorld();
    const refs: object[] = [];
    const client = create({ inspect: ({ actorRef }) => void refs.push(actorRef) });
    await client.connectUser(alice).orThrow();
    const { children } = client.actor.getSnapshot();
    for (const ref of [client.actor, children.client, children.persistence, ...refs]) {
      expect(ref).toBeDefined();
      for (const power of ['send', '_send', 'stop', 'start', 'system']) {
        expect((ref as unknown as Record<string, unknown>)[power]).toBeUndefined();
      }
    }
    expect(() => Object.assign(client.actor, { getSnapshot: () => null })).toThrow(TypeError);
  });

  it('the snapshot is the same object until something changes', async () => {
    const { client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    const online = client.getSnapshot();
    let changes = 0;
    client.subscribe(() => {
      changes += 1;
    });
    await client.connectUser(alice).orThrow();
    expect(client.getSnapshot()).toBe(online);
    expect(changes).toBe(0);
  });
});

it('a socket that never closes takes no attempt’s time to receive a hello, however long it may take to close', async () => {
  const { server, client: create } = await startWorld();
  const client = create({ timing: { closeTimeoutMs: 60_000, helloTimeoutMs: 2_000 } });
  await client.connectUser(alice).orThrow();
  server.faults.cause({ type: 'ignoreClose', on: 'open' });
  const errors: unknown[] = [];
  client.subscribe(({ error }) => errors.push(error?.code));
  client.suspend();
  await until(client, 'suspended');
  client.resume();
  await until(client, 'online');
  expect(errors).not.toContain('helloTimedOut');
  expect(client.getSnapshot().failedAttempts).toBe(0);
});

it('twelve calls with one signal put one listener on it, which all of them take off again', async () => {
  const { client: create } = await startWorld();
  const client = create();
  const { signal } = new AbortController();
  const count = () => getEventListeners(signal, 'abort').length;
  const calls = Array.from({ length: 12 }, () => client.connectUser(alice, undefined, { signal }));
  expect(count()).toBe(1);
  for (const call of calls) await call.orThrow();
  expect(count()).toBe(0);
});
