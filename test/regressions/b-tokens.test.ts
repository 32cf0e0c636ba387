import { describe, expect, it } from 'vitest';
import { createChatClient, memoryRepository, type User } from '../../src/index.ts';
import { deferred, startWorld, until } from '../kit/world.ts';

/* scenarios of tokens and token providers; the numbers are those of the list they were collected in */

const alice: User = { id: 'alice', name: 'Alice' };
const never = new Promise<never>(() => {});

describe('B: tokens', () => {
  it('B1: a provider that fails once during a reconnect is asked again, paced', async () => {
    const { server, client: create } = await startWorld();
    let calls = 0;
    const client = create({
      tokenProvider: (user) => {
        calls += 1;
        if (calls === 2) throw new Error('the token endpoint is down');
        return server.createToken(user.id);
      },
    });
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'sendError', code: 40 });
    const waiting = await until(client, ({ error }) => error?.code === 'tokenUnavailable');
    expect(waiting).toMatchObject({ status: 'waiting', error: { retryable: true } });
    await until(client, 'online');
    expect(calls).toBe(3);
    expect(server.counts('alice')).toMatchObject({ opened: 2, openNow: 1 });
  });

  it('B2, B3: a provider that never responds is bounded, and its signal is aborted', async () => {
    const { server, client: create } = await startWorld({}, { tokenTimeoutMs: 500 });
    const signals: AbortSignal[] = [];
    const client = create({
      tokenProvider: (_, { signal }) => {
        signals.push(signal);
        return never;
      },
    });
    expect(await client.connectUser(alice)).toMatchObject({ success: false, error: { code: 'tokenTimedOut' } });
    await until(client, 'loggedOut');
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    expect(server.counts().opened).toBe(0);
  });

  it('B4: a provider that rejects fails a first login and loses no call', async () => {
    const { client: create } = await startWorld();
    const client = create({ tokenProvider: () => Promise.reject(new Error('no network at the token endpoint')) });
    const result = await client.connectUser(alice);
    expect(result).toMatchObject({ success: false, error: { code: 'tokenUnavailable', retryable: true } });
    expect(!result.success && result.error.message).toContain('no network at the token endpoint');
    expect(client.getSnapshot().error).toMatchObject({ code: 'tokenUnavailable' });
  });

  it.each([
    ['an empty string', '', 'tokenUnavailable'],
    ['undefined', undefined, 'tokenInvalid'],
    ['null', null, 'tokenInvalid'],
    ['the word "undefined"', 'undefined', 'tokenInvalid'],
    ['the JSON of an endpoint', '{"token":"abc"}', 'tokenInvalid'],
  ])('B5: a provider that returns %s gets an error that names it', async (_, answer, code) => {
    const { server, client: create } = await startWorld();
    const client = create({ tokenProvider: () => answer as string });
    const result = await client.connectUser(alice);
    expect(result).toMatchObject({ success: false, error: { code } });
    expect(server.counts().opened).toBe(0);
  });

  it("B6: another user's token is refused before a socket opens", async () => {
    const { server, client: create } = await startWorld();
    const client = create({ tokenProvider: () => server.createToken('bob') });
    expect(await client.connectUser(alice)).toMatchObject({ success: false, error: { code: 'tokenInvalid' } });
    expect(server.counts().opened).toBe(0);
  });

  it('B8: tokens with a bad signature end the session at the third, and keep the stored user', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    userRepository.setCurrentUser(alice);
    const client = create({
      userRepository,
      tokenProvider: () => server.createToken('alice', { secret: 'x'.repeat(32) }),
    });
    await client.restore().orThrow();
    const ended = await until(client, 'signInAgain');
    expect(ended.error).toMatchObject({ code: 'tokenRejected', serverCode: 43 });
    expect(server.counts('alice').opened).toBe(3);
    expect(await userRepository.getCurrentUser()).toEqual(alice);
  });

  it('B9: a static token that expires while connected ends in signInAgain', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    const client = create({ userRepository });
    await client.connectUser(alice, await server.createToken('alice')).orThrow();
    server.faults.cause({ type: 'expireTokens', userId: 'alice' });
    const ended = await until(client, 'signInAgain');
    expect(ended).toMatchObject({ user: null, lastUser: alice, error: { code: 'tokenRejected', serverCode: 40 } });
    await server.until(() => server.counts('alice').openNow === 0);
    expect(await userRepository.getCurrentUser()).toEqual(alice);
  });

  it('B10: ten requests answered with 40 make one provider call', async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    await client.connectUser(alice).orThrow();
    const path = '/channels/messaging/general/message';
    const held = server.faults.cause({ type: 'holdHttp', path, times: 10 });
    server.faults.cause({ type: 'failHttp', path, status: 401, code: 40, times: 10 });
    const requests = Array.from({ length: 10 }, () =>
      client.request(path, { method: 'POST', body: { message: { text: 'hello' } } }),
    );
    await server.until(() => held.state.held === 10);
    held.lift();
    const results = await Promise.all(requests);
    expect(results.map(({ success }) => success)).toEqual(Array(10).fill(true));
    expect(tokenProvider.calls()).toBe(2);
    await until(client, 'online');
  });

  it('B11: a flapping network with a good token asks the provider once', async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({ tokenProvider });
    await client.connectUser(alice).orThrow();
    for (let flap = 0; flap < 4; flap++) {
      server.faults.cause({ type: 'dropSockets' });
      await until(client, 'waiting');
      await until(client, 'online');
    }
    expect(server.counts('alice').opened).toBe(5);
    expect(tokenProvider.calls()).toBe(1);
  });

  it('B12: a revoked token that the provider gives again ends in signInAgain', async () => {
    const { server, client: create } = await startWorld();
    const revoked = await server.createToken('alice');
    const client = create({ tokenProvider: () => revoked });
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'revokeTokens', userId: 'alice' });
    const ended = await until(client, 'signInAgain');
    expect(ended.error).toMatchObject({ code: 'tokenRejected', serverCode: 40 });
    expect(ended.error?.message).toContain('revoked');
  });

  it('B14: of two logins at once both settle, and the token given last is used', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    const older = deferred<string>();
    const newest = await server.createToken('alice');
    const first = client.connectUser(alice, () => older.promise);
    const second = client.connectUser(alice, newest);
    expect(await first).toMatchObject({ success: true });
    expect(await second).toMatchObject({ success: true });
    expect(server.connects('alice').map(({ token }) => token)).toEqual([newest]);
  });

  it('B15: a device clock two hours ahead makes no refresh', async () => {
    const { server, client: create, provider } = await startWorld();
    const tokenProvider = provider();
    const client = create({
      tokenProvider: Object.assign(
        (user: User) => {
          void tokenProvider(user);
          return server.createToken(user.id, { expiresInSeconds: 3600 });
        },
        { calls: tokenProvider.calls },
      ),
      clock: {
        setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
        clearTimeout: (handle) => clearTimeout(handle as NodeJS.Timeout),
        now: () => Date.now() + 2 * 3600 * 1000,
      },
    });
    await client.connectUser(alice).orThrow();
    for (let count = 0; count < 10; count++) {
      await client
        .request('/channels/messaging/general/message', { method: 'POST', body: { message: { text: 'hello' } } })
        .orThrow();
    }
    expect(tokenProvider.calls()).toBe(1);
  });

  it('B16, B17, E19: a refresh answered with 429, 500 or HTML keeps session and stored user, and is tried again', async () => {
    const { server, client: create } = await startWorld();
    const userRepository = memoryRepository();
    const tokenProvider = async (user: User) => {
      const response = await fetch(`${server.url}/dev/token?user_id=${user.id}`);
      if (!response.ok) throw new Error(`The token endpoint answered ${response.status}`);
      return ((await response.json()) as { token: string }).token;
    };
    const client = create({ userRepository, tokenProvider });
    await client.connectUser(alice).orThrow();
    for (const failing of [
      { status: 429 },
      { status: 500 },
      { status: 200, text: '<html>log in to the network</html>' },
      {},
    ]) {
      server.faults.cause({ type: 'failHttp', path: '/dev/token', ...failing });
      server.faults.cause({ type: 'sendError', code: 40 });
      await until(client, 'waiting');
      expect(await userRepository.getCurrentUser()).toEqual(alice);
      await until(client, 'online');
      await until(client, ({ failedAttempts }) => failedAttempts === 0);
    }
    expect(server.counts('alice')).toMatchObject({ opened: 5, openNow: 1 });
  });

  it('B18: a failing background refresh leaves the session connected while the token works', async () => {
    const { server, client: create } = await startWorld();
    let calls = 0;
    const failed = deferred<void>();
    const client = create({
      tokenProvider: async (user) => {
        calls += 1;
        // Long enough to be connected with, short enough to be refreshed at once.
        if (calls === 1) return server.createToken(user.id, { expiresInSeconds: 2 });
        failed.resolve();
        throw new Error('the token endpoint is down');
      },
    });
    await client.connectUser(alice).orThrow();
    await failed.promise;
    expect(client.getSnapshot().status).toBe('online');
    expect(server.counts('alice')).toMatchObject({ opened: 1, openNow: 1 });
  });

  it("B23: the next user does not inherit a token: bob's login without a source of his own asks for bob", async () => {
    const { server, client: create } = await startWorld();
    const asked: string[] = [];
    const client = create({
      tokenProvider: ({ id }) => {
        asked.push(id);
        return server.createToken(id);
      },
    });
    await client.connectUser(alice, await server.createToken('alice')).orThrow();
    await client.disconnect().orThrow();
    await client.connectUser({ id: 'bob' }).orThrow();
    expect(asked).toEqual(['bob']);
  });

  it('B23: without any source the next user is refused before anything starts', async () => {
    const { server } = await startWorld();
    const { WebSocket } = await import('ws');
    const client = createChatClient({ apiKey: server.apiKey, baseUrl: server.url, WebSocket });
    await client.connectUser(alice, await server.createToken('alice')).orThrow();
    await client.disconnect().orThrow();
    expect(await client.connectUser(alice)).toMatchObject({ success: false, error: { code: 'tokenSourceMissing' } });
    expect(server.counts('alice').opened).toBe(1);
    await client.dispose();
  });
});
