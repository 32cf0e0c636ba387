import { describe, expect, it, vi } from 'vitest';
import { type ChatClient, createChatClient, type Status, type TokenSource } from '../../../src/index.ts';
import { sessionCommands } from '../../../src/react/commands.ts';
import { SessionStore, type WantedUser } from '../../../src/react/session-store.ts';
import { Backend } from '../../../src/testing/index.ts';

/*
 * What a provider asks its client for when its props change: the store without React, driven as the provider's effects
 * drive it.
 */

const alice = { id: 'alice', name: 'Alice' };
const bob = { id: 'bob' };

/** A provider that creates its client. Without `first`, its token source is the backend's. */
function createdIn(backend: Backend, first?: { readonly source: TokenSource | undefined }) {
  const { tokenProvider, ...options } = backend.options();
  const create = (own: TokenSource | undefined) =>
    createChatClient({ ...options, ...(own !== undefined && { tokenProvider: own }) });
  const source = first === undefined ? tokenProvider : first.source;
  return provided(backend, new SessionStore(create(source), create, source), tokenProvider);
}

function givenIn(backend: Backend, client: ChatClient) {
  return provided(backend, new SessionStore(client), undefined);
}

/** The props of a provider, set as React's effects set them. */
function provided(backend: Backend, store: SessionStore, own: TokenSource | undefined) {
  let release = store.hold();
  const set = (user: WantedUser, source: TokenSource | undefined = own) => {
    store.want(user, source);
    return backend.clock.advance(10_000);
  };
  return {
    store,
    set,
    /** `<Activity mode="hidden">`: the effects are undone, and a client that holds something is disposed a macrotask later. */
    hide: async () => {
      const client = store.getClient();
      release();
      await new Promise((resolve) => setTimeout(resolve, 0));
      await vi.waitFor(() =>
        expect(['disposed', 'loggedOut', 'signInAgain', 'idle']).toContain(client.getSnapshot().status),
      );
    },
    show: (...wanted: Parameters<typeof set>) => {
      release = store.hold();
      return set(...wanted);
    },
  };
}

describe('users are compared by what the client takes of them', () => {
  class Model {
    readonly #id: string;
    constructor(id: string) {
      this.#id = id;
    }
    get id() {
      return this.#id;
    }
  }

  it('law 4: another user of a class with getters is another user, and the same one starts nothing', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(new Model('alice'));
    await set(new Model('alice'));
    expect(backend.requests.map(({ userId }) => userId)).toEqual(['alice']);
    await set(new Model('bob'));
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'bob' } });
  });

  const cycle = (): WantedUser => {
    const user: { id: string; self?: unknown } = { id: 'alice' };
    user.self = user;
    return user;
  };
  const throwing = (): WantedUser => ({
    get id(): string {
      throw new Error('not loaded yet');
    },
  });

  it.each<[string, () => WantedUser]>([
    ['a BigInt', () => ({ id: 'alice', balance: 10n })],
    ['a cycle', cycle],
    ['a getter that throws', throwing],
    ['no id at all', () => ({}) as never],
    ['a user that is no object', () => 'alice' as never],
  ])('%s is refused as a value, once, however often it renders', async (_, user) => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(user());
    expect(store.getSnapshot().error).toMatchObject({ code: 'invalidArgument' });
    const reported = backend.diagnostics.length;
    expect(store.getSnapshot().can.retryNow).toBe(false);
    await set(user());
    await set(user());
    expect(store.getSnapshot().error).toMatchObject({ code: 'invalidArgument' });
    expect(backend.diagnostics).toHaveLength(reported);
    await set(alice);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', error: null });
  });

  it('a later change of the object reaches neither the session nor what is asked again', async () => {
    const backend = new Backend();
    backend.provider = 'throws';
    const { store, set } = createdIn(backend);
    const user = { id: 'alice' };
    await set(user);
    user.id = 'mallory';
    backend.provider = 'none';
    store.retryNow();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot().user?.id).toBe('alice');
  });

  it('another name is sent; the same fields in another order, or made anew, are the same user', async () => {
    const backend = new Backend();
    const { set } = createdIn(backend);
    await set(alice);
    await set({ name: 'Alice', id: 'alice' });
    expect(backend.requests).toHaveLength(1);
    await set({ ...alice, name: 'Alicia' });
    expect(backend.requests).toHaveLength(2);
    expect(backend.stored).toMatchObject({ name: 'Alicia' });
  });
});

describe('what has come to nothing is asked for again', () => {
  const ends: readonly [string, (backend: Backend) => Promise<unknown> | unknown, string][] = [
    [
      'the tokens of an online session are refused',
      (backend) => {
        backend.welcome = { kind: 'error', code: 5 };
        backend.closeSockets();
        return backend.clock.advance(120_000);
      },
      'signInAgain',
    ],
    [
      'the user logged out in another tab',
      (backend) => {
        backend.storeElsewhere(null);
        return backend.clock.advance(5_000);
      },
      'loggedOut',
    ],
  ];

  it.each(ends)('%s: no render logs in again, retryNow() does, and can.retryNow says so', async (_, end, status) => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set({ ...alice });
    expect(store.getSnapshot().can.retryNow).toBe(false);
    await end(backend);
    backend.heal();
    await set({ ...alice });
    expect(store.getSnapshot()).toMatchObject({ status, can: { retryNow: true } });
    expect(store.getSnapshot()).toBe(store.getSnapshot());
    store.retryNow();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice, can: { retryNow: false } });
  });

  it('a first login that failed, and the disconnect() of a command, too', async () => {
    const backend = new Backend();
    backend.provider = 'throws';
    const { store, set } = createdIn(backend);
    await set(alice);
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', can: { retryNow: true } });
    backend.heal();
    store.retryNow();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot().status).toBe('online');
    store.getClient().disconnect();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', can: { retryNow: true } });
  });

  it('a login by a command follows the end of a session, whatever the props want', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(undefined);
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', can: { retryNow: false } });
    for (const [, end] of ends) {
      const call = store.getClient().connectUser(alice);
      await backend.clock.advance(10_000);
      expect(await call).toMatchObject({ success: true });
      await end(backend);
      backend.heal();
    }
  });

  it('where nothing was wanted there is nothing to try', async () => {
    const backend = new Backend(alice);
    const { store, set } = createdIn(backend);
    await set(null);
    expect(store.getSnapshot()).toMatchObject({ status: 'idle', can: { retryNow: false } });
    store.retryNow();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot().status).toBe('idle');
    expect(backend.stored).toEqual(alice);
  });
});

describe('the props act when they change, and then alone', () => {
  /** What the client was asked for. */
  function commandsTo(client: ChatClient): string[] {
    const seen: string[] = [];
    client.onTransition(({ event }) => {
      if (/^session\.(?:connect|restore|disconnect)$/.test(event.type)) seen.push(event.type);
    });
    return seen;
  }

  it.each<[string, WantedUser, Status]>([
    ['a user', alice, 'online'],
    ['a user who is not known yet', undefined, 'loggedOut'],
  ])('%s, rendered again: the client is asked for nothing, and stays', async (_, user, status) => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    const client = store.getClient();
    await set(user);
    const asked = commandsTo(client);
    const { length } = backend.log;
    await set(user && { ...user });
    await set(user && { ...user });
    expect([asked, backend.log.length - length, store.getSnapshot().status]).toEqual([[], 0, status]);
    expect(store.getClient()).toBe(client);
    await client.dispose();
  });

  it('a new name needs no new token, and another user no other client', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    const client = store.getClient();
    const tokens = () => backend.log.filter(({ type }) => type === 'token').length;
    await set(alice);
    await set({ ...alice, name: 'New' });
    expect([store.getSnapshot().user?.name, tokens()]).toEqual(['New', 1]);
    await set(bob, () => backend.issue('bob'));
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob });
    expect(store.getClient()).toBe(client);
    await client.dispose();
  });

  it('inside of a notification, too: the name that was set last is sent', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    let isSet = false;
    store.subscribe(() => {
      if (isSet || store.getSnapshot().status !== 'loggedOut') return;
      isSet = true;
      store.want(alice, undefined);
      store.want({ ...alice, name: 'New' }, undefined);
    });
    await set(undefined);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { ...alice, name: 'New' } });
    await store.getClient().dispose();
  });

  it('a new source does not bring a user back after a command has replaced them', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice);
    void store.getClient().switchUser(bob);
    await backend.clock.advance(10_000);
    backend.provider = 'throws';
    backend.revoke();
    backend.closeSockets();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({ user: bob, error: { code: 'tokenUnavailable' } });
    await set(alice, () => backend.issue('alice'));
    expect(store.getSnapshot().user).toEqual(bob);
    await store.getClient().dispose();
  });

  it('law 6: a logout that fails behind the next login is not shown as its error', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice);
    backend.disk.clear = 'hangs';
    store.want(null, undefined);
    await set(bob);
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob, error: null });
    await store.getClient().dispose();
  });

  it('a command may log out before the props have asked for anything', async () => {
    const backend = new Backend(alice);
    const { store } = createdIn(backend);
    const call = store.disconnect();
    await backend.clock.advance(1_000);
    expect(await call).toMatchObject({ success: true });
    expect(backend.stored).toBeNull();
  });

  it('shown again in the same task the client is kept, and one of the app’s own always', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    const release = store.hold();
    await set(alice);
    release();
    store.hold();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(store.getSnapshot().status).toBe('online');
    await store.getClient().dispose();

    const own = createChatClient(backend.options());
    const given = givenIn(backend, own);
    await given.set(alice);
    given.hide();
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(own.getSnapshot().status).toBe('online');
    await own.dispose();
  });

  it('law 7: where nothing is stored, the same user is logged in when the tree is shown again', async () => {
    const backend = new Backend();
    const { tokenProvider, userRepository, ...options } = backend.options();
    const create = (own: TokenSource | undefined) =>
      createChatClient({ ...options, ...(own !== undefined && { tokenProvider: own }) });
    const store = new SessionStore(create(tokenProvider), create, tokenProvider);
    const { set, hide, show } = provided(backend, store, tokenProvider);
    await set(alice);
    await hide();
    await show(alice);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
    await store.getClient().dispose();
  });

  it('law 6: a restored user who logged out by a command, and is still stored, stays out when the tree is shown again', async () => {
    const backend = new Backend(alice);
    const { store, set, hide, show } = createdIn(backend);
    await set(undefined);
    expect(store.getSnapshot().status).toBe('online');
    void store.disconnect({ forgetUser: false });
    await backend.clock.advance(5_000);
    await hide();
    await show(undefined);
    expect(store.getSnapshot().status).toBe('loggedOut');
    await store.getClient().dispose();
  });
});

describe('what is shown next to what the client shows', () => {
  it('each refused user has an error of their own, over the status of the moment', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set({ id: '' });
    const { can } = store.getSnapshot();
    expect(store.getSnapshot()).toMatchObject({ status: 'idle', error: { field: 'user.id' } });
    await set('alice' as never);
    expect(store.getSnapshot()).toMatchObject({ status: 'idle', error: { field: 'user' } });
    void store.getClient().restore();
    await backend.clock.advance(1_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', error: { field: 'user' } });
    expect(store.getSnapshot().can).toEqual(can);
    void store.getClient().connectUser(bob);
    await backend.clock.advance(1_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob, error: null });
    await store.getClient().dispose();
  });

  it('a login that goes on shows why its attempts fail, and retryNow() cuts its waits short', async () => {
    const backend = new Backend();
    backend.welcome = { kind: 'refuse' };
    const { store, set } = createdIn(backend);
    await set(alice);
    const { error, can, nextAttemptAt } = store.getSnapshot();
    expect([error?.code, can.retryNow]).toEqual(['connectionRefused', true]);
    expect(nextAttemptAt).toBeGreaterThan(backend.clock.now() + 1_200);
    backend.heal();
    const { length } = backend.requests;
    store.retryNow();
    await backend.clock.advance(1_200);
    expect([store.getSnapshot().status, backend.requests.length - length]).toEqual(['online', 1]);
    await store.getClient().dispose();
  });

  it('where the props want no one, the failed login of a command is not theirs to try again', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(null);
    backend.provider = 'throws';
    const login = store.getClient().connectUser(bob);
    await backend.clock.advance(1_000);
    expect(await login).toMatchObject({ success: false });
    expect(store.getSnapshot()).toMatchObject({ error: { code: 'tokenUnavailable' }, can: { retryNow: false } });
    await store.getClient().dispose();
  });
});

describe('while the tree is hidden', () => {
  it('law 6: a user who became null is logged out once it is shown again', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(alice);
    await hide();
    await show(null);
    expect(backend.stored).toBeNull();
    await hide();
    await show(undefined);
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', user: null });
  });

  it.each(['throws', 'hangs'] as const)(
    'law 6: a logout that failed before (storage %s) is done once it is shown again',
    async (fault) => {
      const backend = new Backend();
      const { store, set, hide, show } = createdIn(backend);
      await set(alice);
      backend.disk.clear = fault;
      await set(null);
      expect(store.getSnapshot()).toMatchObject({ error: { code: 'userNotForgotten' }, can: { retryNow: true } });
      await hide();
      backend.disk.clear = 'none';
      await show(null);
      expect(backend.stored).toBeNull();
    },
  );

  it.each<[string, WantedUser]>([
    ['of the props', alice],
    ['who was restored', undefined],
  ])('law 6: a disconnect() that comes meanwhile logs the user %s out, for good', async (_, user) => {
    const backend = new Backend(alice);
    const { store, set, hide, show } = createdIn(backend);
    const { disconnect } = sessionCommands(store);
    await set(user);
    expect(store.getSnapshot().status).toBe('online');
    await hide();
    const logout = disconnect();
    await backend.clock.advance(10_000);
    expect(await logout).toMatchObject({ success: true });
    expect(backend.stored).toBeNull();
    expect(backend).toMatchObject({ clientTimers: 0, listeners: 0 });
    await show(user);
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', user: null });
    expect(backend.requests).toHaveLength(1);
  });

  it('law 6: a disconnect() removes the stored user, too, where nothing was asked for before', async () => {
    const backend = new Backend(alice);
    const { store, set, hide } = createdIn(backend);
    await set(null);
    await hide();
    const logout = sessionCommands(store).disconnect();
    await backend.clock.advance(10_000);
    expect(await logout).toMatchObject({ success: true });
    expect(backend).toMatchObject({ stored: null, clientTimers: 0, listeners: 0 });
  });

  it('a tree that is hidden from the start: a login begins no session, a logout removes the stored user', async () => {
    const backend = new Backend(alice);
    const { tokenProvider, ...options } = backend.options();
    const create = () => createChatClient({ ...options, tokenProvider });
    const store = new SessionStore(create(), create, tokenProvider);
    const { connectUser, disconnect } = sessionCommands(store);
    for (const command of [disconnect, () => connectUser(bob), disconnect]) {
      const call = command();
      await backend.clock.advance(10_000);
      expect(await call).toMatchObject(command === disconnect ? { success: true } : { error: { code: 'disposed' } });
    }
    expect(backend).toMatchObject({ stored: null, requests: [], openNow: 0, clientTimers: 0, listeners: 0 });
    const { set } = provided(backend, store, tokenProvider);
    await set(alice);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'alice' } });
  });

  it('law 2: a login that comes meanwhile begins no session, also after a logout', async () => {
    const backend = new Backend();
    const { store, set, hide } = createdIn(backend);
    const { connectUser, disconnect } = sessionCommands(store);
    await set(alice);
    await hide();
    expect(await connectUser(bob)).toMatchObject({ error: { code: 'disposed' } });
    await disconnect();
    const login = connectUser(bob);
    await backend.clock.advance(10_000);
    expect(await login).toMatchObject({ error: { code: 'disposed' } });
    expect(backend).toMatchObject({ openNow: 0, clientTimers: 0, listeners: 0 });
    expect(backend.requests).toHaveLength(1);
  });

  it('a command that is refused says what helps, and is carried out once the tree is shown again', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    const { connectUser, request } = sessionCommands(store);
    await set(alice);
    await hide();
    for (const refused of [connectUser(alice), request('/channels')]) {
      const remedy = expect.stringContaining('show its provider again');
      expect(await refused).toMatchObject({ error: { code: 'disposed', remedy } });
    }
    await show(alice);
    expect(await connectUser(alice)).toMatchObject({ success: true });
    expect(await request('/channels')).toMatchObject({ success: true });
    await store.getClient().dispose();
  });

  it('law 7: null from the start, or after a logout, removes no user who was stored meanwhile', async () => {
    const backend = new Backend(bob);
    const { set, hide, show } = createdIn(backend);
    await set(null);
    await hide();
    await show(null);
    expect(backend.stored).toEqual(bob);
    await set(alice);
    await set(null);
    await hide();
    backend.storeElsewhere(bob);
    await show(null);
    expect(backend.stored).toEqual(bob);
  });

  it('the same user is logged in again, another one instead, and an old refusal is history', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(alice);
    await hide();
    await show({ ...alice });
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
    await hide();
    await show(bob);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob });
    expect(backend.stored).toEqual(bob);
    await set({ id: '' });
    await hide();
    await show(bob);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', error: null });
    expect(backend.highestOpen).toBe(1);
  });
});

describe('the token source of the props', () => {
  const lastToken = (backend: Backend) => backend.requests.at(-1)?.token;

  it.each<[string, WantedUser]>([
    ['of a restored user', undefined],
    ['of the user of the props', alice],
  ])('%s: a new token is adopted for the next load', async (_, user) => {
    const backend = new Backend(alice);
    const [first, second] = [backend.issue('alice'), backend.issue('alice')];
    const { store, set } = createdIn(backend, { source: first });
    await set(user, first);
    await set(user, second);
    expect(backend.requests).toHaveLength(1);
    backend.revoke(1);
    backend.closeSockets();
    await backend.clock.advance(60_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
    expect(lastToken(backend)).toBe(second);
    expect(backend.diagnostics.filter(({ source }) => source === 'app')).toEqual([]);
  });

  it('a new token while storage is still being read is the one of the restored session', async () => {
    const backend = new Backend(alice);
    const [first, second] = [backend.issue('alice'), backend.issue('alice')];
    const { store } = createdIn(backend, { source: first });
    store.want(undefined, first);
    store.want(undefined, second);
    await backend.clock.advance(10_000);
    backend.closeSockets();
    await backend.clock.advance(60_000);
    expect(store.getSnapshot().status).toBe('online');
    expect(lastToken(backend)).toBe(second);
  });

  it('a provider, a token, and the provider again: the provider is asked', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice);
    await set(alice, backend.issue('alice'));
    backend.revoke();
    backend.closeSockets();
    await set(alice);
    await backend.clock.advance(120_000);
    expect(store.getSnapshot().status).toBe('online');
  });

  it('a session that waits for a sign-in begins again with a new token, that of a restored user too', async () => {
    for (const user of [undefined, alice]) {
      const backend = new Backend(alice);
      const first = backend.issue('alice');
      backend.revoke();
      const { store, set } = createdIn(backend, { source: first });
      await set(user, first);
      expect(store.getSnapshot()).toMatchObject({ status: 'signInAgain', can: { retryNow: true } });
      await set(user, backend.issue('alice'));
      expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
      expect(backend.highestOpen).toBe(1);
    }
  });

  it('a new token that comes while a session is being closed over the old one begins it again, too', async () => {
    for (const user of [undefined, alice]) {
      const backend = new Backend(alice);
      const first = backend.issue('alice');
      const { store, set } = createdIn(backend, { source: first });
      await set(user, first);
      expect(store.getSnapshot().status).toBe('online');
      backend.answersClose = false;
      backend.revoke();
      backend.sendError(40);
      await backend.clock.advance(200);
      expect(store.getSnapshot()).toMatchObject({ status: 'loggingOut', error: { code: 'tokenRejected' } });
      await set(user, backend.issue('alice'));
      expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
      expect(backend.highestOpen).toBe(1);
    }
  });

  it('law 2: unless the provider is gone by then; once it is shown again it does', async () => {
    const backend = new Backend(alice);
    const first = backend.issue('alice');
    const { store, set, hide, show } = createdIn(backend, { source: first });
    await set(undefined, first);
    backend.answersClose = false;
    backend.revoke();
    backend.sendError(40);
    await backend.clock.advance(200);
    const second = backend.issue('alice');
    store.want(undefined, second);
    const hidden = hide();
    await new Promise((resolve) => setTimeout(resolve, 0));
    await backend.clock.advance(60_000);
    await hidden;
    expect([backend.openNow, backend.clientTimers]).toEqual([0, 0]);
    await show(undefined, second);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
  });

  it('law 6: a session that ended for another reason stays ended, whatever token comes', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice);
    backend.storeElsewhere(null);
    await backend.clock.advance(5_000);
    await set(alice, backend.issue('alice'));
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', error: { code: 'loggedOutElsewhere' } });
    expect(backend.stored).toBeNull();
  });

  it('a source that comes after the first render restores the stored user', async () => {
    const backend = new Backend(alice);
    const { tokenProvider } = backend.options();
    const { store } = createdIn(backend, { source: undefined });
    store.want(undefined, undefined);
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({
      status: 'signInAgain',
      error: { code: 'tokenSourceMissing' },
    });
    store.want(undefined, tokenProvider);
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice, error: null });
  });

  it("of the app's own client: it is asked for a restored user from the next load on", async () => {
    const backend = new Backend(alice);
    const token = backend.issue('alice');
    const { store, set } = givenIn(backend, createChatClient(backend.options()));
    await set(undefined, token);
    expect(lastToken(backend)).toBe(token);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
  });

  it("the app's own client without a source cannot restore, and is not asked in a loop", async () => {
    const backend = new Backend(alice);
    const { tokenProvider, ...options } = backend.options();
    const { store, set } = givenIn(backend, createChatClient(options));
    await set(undefined, tokenProvider);
    expect(store.getSnapshot()).toMatchObject({ status: 'signInAgain', error: { code: 'tokenSourceMissing' } });
    await set(alice, tokenProvider);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
  });
});

describe('laws 6 and 7: a session that has ended begins again by a person only', () => {
  const ends = {
    'logged out by a command': (store: SessionStore) => store.getClient().disconnect(),
    'followed by another user by a command': (store: SessionStore) => store.getClient().switchUser(bob),
  };
  it.each(Object.entries(ends))('%s: not by a new picture, nor by a new token source', async (_, end) => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice);
    void end(store);
    await backend.clock.advance(10_000);
    const { status, user } = store.getSnapshot();
    await set({ ...alice, image: 'new' });
    await set({ ...alice, image: 'new' }, () => backend.issue('alice'));
    expect(store.getSnapshot()).toMatchObject({ status, user });
    store.retryNow();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot().user).toEqual(user ?? { ...alice, image: 'new' });
    await store.getClient().dispose();
  });

  it('not by being hidden in the moment of the logout, which comes to its end', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(alice);
    const logout = store.getClient().disconnect();
    const hidden = hide();
    await backend.clock.advance(5_000);
    await hidden;
    expect(await logout).toMatchObject({ success: true });
    await show(alice);
    expect(store.getSnapshot().status).toBe('loggedOut');
    await store.getClient().dispose();
  });

  it('law 7: not by a null after it ended by the login of another tab, while it was hidden', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(alice);
    backend.storeElsewhere(bob);
    await backend.clock.advance(10_000);
    expect(store.getSnapshot().error?.code).toBe('loggedOutElsewhere');
    await hide();
    await show(alice);
    await set(null);
    expect(backend.stored).toEqual(bob);
    await store.getClient().dispose();
  });

  it('that of another user, logged in by a command, goes on when it is hidden and shown', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(alice);
    void store.getClient().switchUser(bob);
    await backend.clock.advance(10_000);
    await hide();
    await show(alice);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob });
    await set({ id: 'carol' });
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'carol' } });
    await store.getClient().dispose();
  });

  it('none was found: who was stored meanwhile is restored when it is shown again', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(undefined);
    await hide();
    backend.storeElsewhere(alice);
    await show(undefined);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
    await store.getClient().dispose();
  });

  it('nor by a command that was kept, while it is hidden', async () => {
    const backend = new Backend();
    const { store, set, hide } = createdIn(backend);
    await set(alice);
    void store.getClient().disconnect();
    await backend.clock.advance(5_000);
    await hide();
    const before = backend.requests.length;
    const login = store.getClient().connectUser(alice);
    await backend.clock.advance(10_000);
    expect(await login).toMatchObject({ success: false, error: { code: 'disposed' } });
    expect(backend.requests.length).toBe(before);
  });

  it('law 5: nor by a new name in the same turn as a logout, while the login before it is still pending', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    store.want(alice, undefined);
    void store.disconnect();
    await set({ ...alice, name: 'New' });
    expect(store.getSnapshot()).toMatchObject({ status: 'loggedOut', user: null });
    expect(backend.requests).toHaveLength(0);
    await set(bob);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob });
    await store.getClient().dispose();
  });

  it('a new token and a new picture at once begin one that lacked a token', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice, 'garbage');
    expect(store.getSnapshot().status).toBe('signInAgain');
    await set({ ...alice, image: 'new' }, backend.issue('alice'));
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { image: 'new' } });
    await store.getClient().dispose();
  });

  it('a name that comes while another user is still being logged out is that of the next session', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(bob);
    store.want({ id: 'alice' }, undefined);
    await set(alice);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: alice });
    await store.getClient().dispose();
  });

  it('a name that comes while a login by a command waits for the end of another session, too', async () => {
    const backend = new Backend();
    const { store, set } = createdIn(backend);
    await set(alice);
    void store.getClient().switchUser(bob);
    await backend.clock.advance(10_000);
    void store.getClient().switchUser(alice);
    expect(store.getSnapshot().status).toBe('loggingOut');
    await set({ ...alice, name: 'New' });
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'alice', name: 'New' } });
    await store.getClient().dispose();
  });

  it('not by being hidden and shown, which shows how it ended', async () => {
    const backend = new Backend();
    const { store, set, hide, show } = createdIn(backend);
    await set(alice);
    backend.welcome = { kind: 'error', code: 17 };
    backend.sendError(17);
    await backend.clock.advance(10_000);
    const { status, error } = store.getSnapshot();
    expect([status, error?.code]).toEqual(['loggedOut', 'userRejected']);
    await hide();
    backend.heal();
    const before = backend.requests.length;
    await show({ ...alice, image: 'new' });
    expect(store.getSnapshot()).toMatchObject({ status, error, can: { retryNow: true } });
    expect(backend.requests.length).toBe(before);
    store.retryNow();
    await backend.clock.advance(10_000);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: { id: 'alice', image: 'new' } });
    await hide();
    await show(bob);
    expect(store.getSnapshot()).toMatchObject({ status: 'online', user: bob });
    await store.getClient().dispose();
  });
});

it('each command of the hooks does what it does on the client', async () => {
  const backend = new Backend();
  const { store } = createdIn(backend);
  const commands = sessionCommands(store);
  const lives: unknown[] = [];
  for (const call of [
    () => commands.connectAnonymousUser(),
    () => commands.suspend(),
    () => commands.resume(),
    () => commands.disconnect(),
    () => commands.connectGuestUser(alice),
    () => commands.switchUser(bob),
  ]) {
    const called = call();
    await backend.clock.advance(10_000);
    expect(await called).toMatchObject({ success: true });
    const { status, user } = store.getSnapshot();
    lives.push([status, user?.id]);
  }
  const anonymous = expect.any(String);
  expect(lives).toEqual([
    ['online', anonymous],
    ['suspended', anonymous],
    ['online', anonymous],
    ['loggedOut', undefined],
    ['online', 'guest-alice'],
    ['online', 'bob'],
  ]);
  await store.getClient().dispose();
});
