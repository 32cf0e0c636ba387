import { describe, expect, it } from 'vitest';
import { memoryRepository } from '../../../src/index.ts';
import { startWorld } from '../../kit/world.ts';

describe('a user as the server describes them', () => {
  it('is in the snapshot and in the result of the login, until the session ends', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const { me } = await client.connectUser({ id: 'alice', name: 'Alice' }).orThrow();
    expect(me).toMatchObject({ id: 'alice', name: 'Alice', role: 'user' });
    expect(client.getSnapshot().me).toBe(me);
    await client.disconnect().orThrow();
    expect(client.getSnapshot().me).toBeNull();
  });
});

describe('a profile that changes', () => {
  it('is sent by a new login on one socket, and the stored user follows', async () => {
    const { client: create, server } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    const first = await client.connectUser({ id: 'alice', name: 'Alice' }).orThrow();
    const second = await client.connectUser({ id: 'alice', name: 'Alice B.' }).orThrow();
    expect(second.connectionId).not.toBe(first.connectionId);
    expect(second.me).toMatchObject({ name: 'Alice B.' });
    expect(client.getSnapshot().user).toEqual({ id: 'alice', name: 'Alice B.' });
    expect(server.counts('alice')).toMatchObject({ opened: 2, highestOpen: 1, openNow: 1 });
    await expect.poll(() => userRepository.getCurrentUser()).toEqual({ id: 'alice', name: 'Alice B.' });
  });

  it('is in the result also where the next socket is to send it, a little later', async () => {
    const { client: create, server } = await startWorld();
    const client = create({ timing: { stableAfterMs: 300 } });
    await client.connectUser({ id: 'alice', name: 'A' }).orThrow();
    await client.connectUser({ id: 'alice', name: 'B' }).orThrow();
    const { user, me } = await client.connectUser({ id: 'alice', name: 'C' }).orThrow();
    expect([user, me]).toEqual([{ id: 'alice', name: 'C' }, null]);
    expect(client.getSnapshot()).toMatchObject({ user, me });
    await expect.poll(() => server.user('alice')?.name).toBe('C');
  });

  it('is no change where the same values come in another order', async () => {
    const { client: create, server } = await startWorld();
    const client = create();
    await client.connectUser({ id: 'alice', address: { city: 'Delft', lines: [{ a: 1, b: 2 }] } }).orThrow();
    await client.connectUser({ address: { lines: [{ b: 2, a: 1 }], city: 'Delft' }, id: 'alice' }).orThrow();
    expect(server.counts('alice')).toMatchObject({ opened: 1 });
    await client.connectUser({ id: 'alice', address: { city: 'Delft', lines: [{ a: 2, b: 1 }] } }).orThrow();
    expect(server.counts('alice')).toMatchObject({ opened: 2 });
  });

  it('is no change without another value: the call joins the session', async () => {
    const { client: create, server } = await startWorld();
    const client = create();
    const first = await client.connectUser({ id: 'alice', name: 'Alice' }).orThrow();
    const second = await client.connectUser({ id: 'alice' }).orThrow();
    expect(second.connectionId).toBe(first.connectionId);
    expect(server.counts('alice')).toMatchObject({ opened: 1 });
  });
});

describe('subscribers', () => {
  it('get one snapshot for each state, also where its timer is started again', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const states: string[] = [];
    client.subscribe(({ state }) => states.push(state));
    await client.restore().orThrow();
    await client.connectUser({ id: 'alice' }).orThrow();
    expect(states).toEqual(['restoring', 'loggedOut', 'loadingToken', 'connecting.opening', 'connected.healthy']);
  });

  it('law 10: are left with the newest one, also where one before them disposes of the client', async () => {
    const { client: create } = await startWorld();
    const client = create();
    const seen: string[] = [];
    client.subscribe(({ status }) => status === 'online' && void client.dispose());
    client.subscribe(({ status }) => seen.push(status));
    await client.connectUser({ id: 'alice' });
    expect(seen.at(-1)).toBe('disposed');
    expect(seen).not.toContain('online');
  });
});
