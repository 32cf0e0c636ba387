import { describe, expect, it, onTestFinished } from 'vitest';
import { inactiveSnapshot, liveSnapshot } from '../../../src/client/client-snapshot.ts';
import { explain, explainChart } from '../../../src/client/explain.ts';
import { type Clock, createChatClient, SessionError, sessionMachine, type User } from '../../../src/index.ts';
import { Device } from '../../../src/testing/backend/device.ts';
import { Backend } from '../../../src/testing/index.ts';
import { startWorld, until } from '../../kit/world.ts';

const alice: User = { id: 'alice' };

describe('explain(): why, what next, and what would change it', () => {
  it.each([86_400_000, -86_400_000])(
    'says when the next attempt is due by a clock that was set by %d ms meanwhile',
    async (setByMs) => {
      const backend = new Backend({ id: 'alice' });
      backend.welcome = { kind: 'refuse' };
      const { clock: still } = backend;
      let offsetMs = 0;
      const clock: Clock = {
        setTimeout: (callback, delayMs) => still.setTimeout(callback, delayMs),
        clearTimeout: (handle) => still.clearTimeout(handle),
        now: () => still.now() + offsetMs,
        elapsedMs: () => still.now(),
      };
      const client = createChatClient({
        ...backend.options(),
        clock,
        timing: { backoffBaseMs: 40_000, backoffCapMs: 40_000 },
      });
      onTestFinished(() => void client.dispose());
      const dueInMs = () => (client.getSnapshot().nextAttemptAt ?? Number.NaN) - client.now();
      client.restore();
      await backend.clock.advance(30_000);
      expect(client.getSnapshot().status).toBe('waiting');
      const beforeMs = dueInMs();
      let calls = 0;
      client.subscribe(() => {
        calls += 1;
      });
      offsetMs = setByMs;
      client.getSnapshot();
      expect(calls).toBe(0);
      await backend.clock.advance(10);
      expect(dueInMs()).toBe(beforeMs - 10);
      expect(calls).toBe(1);
      expect(explain(client).dueAt).toBe(client.getSnapshot().nextAttemptAt);
      expect(client.getSnapshot()).toBe(client.getSnapshot());
    },
  );

  it('before, during and after a session', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const client = create({
      environment,
      timing: { backoffBaseMs: 40_000, backoffCapMs: 40_000, offlineRetryMs: 40_000 },
    });
    expect(explain(client).text).toContain('not been used yet');

    await client.connectUser(alice).orThrow();
    expect(explain(client)).toMatchObject({ where: expect.stringContaining('(connected.healthy)') });
    expect(explain(client).why).toBe('The server has accepted alice.');

    server.faults.cause({ type: 'closeSockets', closeCode: 1011 });
    const { nextAttemptAt } = await until(client, 'waiting');
    const waiting = explain(client);
    expect(waiting.where).toContain('the next one is not due yet');
    expect(waiting.why).toContain('1011');
    const time = new Date(nextAttemptAt ?? 0).toTimeString().slice(0, 8);
    expect(waiting.next).toContain(`at ${time}.`);
    expect(waiting.changes.map(({ event }) => event)).toEqual([
      'session.retryNow',
      'session.connect',
      'network.wentOffline',
      'session.suspend',
      'user.changedElsewhere',
      'session.disconnect',
    ]);

    environment.change('offline');
    expect(explain(client).changes.map(({ event }) => event)).toContain('network.cameOnline');
    expect(explain(client).why).toContain('no network');
    await client.suspend();
    expect(explain(client)).toMatchObject({ next: 'Nothing happens until the session is resumed.' });
    expect(explain(client).changes[0]).toMatchObject({ event: 'session.resume' });

    await client.disconnect().orThrow();
    expect(explain(client)).toMatchObject({
      why: 'disconnect() was called.',
      next: 'Nothing happens until a user logs in.',
    });
    await client.dispose();
    expect(explain(client).text).toContain('disposed');
  });

  it('says what the server asked for, and what a person can do', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    server.faults.cause({ type: 'refuseConnect', code: 9, retryAfterSeconds: 30 });
    void client.connectUser(alice);
    await until(client, 'waiting');
    expect(explain(client).next).toContain('After this failure the wait is at least 30 s.');
    await client.disconnect().orThrow();
    await client.connectUser(alice, await server.createToken('alice')).orThrow();
    server.faults.cause({ type: 'expireTokens' });
    await until(client, 'signInAgain');
    expect(explain(client)).toMatchObject({ next: 'Nothing happens until a user logs in again.' });
    expect(explain(client).why).toContain('otherwise log in again');
  });

  it('in sentences, a line for each change', async () => {
    const backend = new Backend();
    const client = createChatClient(backend.options());
    onTestFinished(() => void client.dispose());
    void client.connectUser(alice);
    await backend.clock.advance(1_000);
    backend.welcome = { kind: 'error', code: 9, retryAfterSeconds: 30 };
    backend.closeSockets();
    await backend.clock.advance(5_000);
    const { nextAttemptAt } = client.getSnapshot();
    const leftS = Math.round(((nextAttemptAt ?? Number.NaN) - client.now()) / 1_000);
    const time = new Date(nextAttemptAt ?? Number.NaN).toTimeString().slice(0, 8);
    expect(explain(client).text.split('\n')).toEqual([
      'The last attempt failed, and the next one is not due yet. (connecting.waiting)',
      expect.stringMatching(
        /^The server refuses .*: error 9\. 2 attempts in a row have failed\. A session that goes on waits .*\.$/,
      ),
      `The next attempt is due in ${leftS} s, at ${time}. After this failure the wait is at least 30 s.`,
      '- If retryNow() is called: the wait is shortened to a moment, even a wait that the server asked for.',
      '- If connectUser() is called: the same user logs in: the wait is shortened to a moment.',
      '- If the device reports that it has no network: no attempt can succeed without a network.',
      '- If suspend() is called or the app is put to sleep: no attempt is made until the session is resumed.',
      '- If the user logs out elsewhere, for instance in another tab: the session ends here too.',
      '- If disconnect() is called: the session ends, and the stored user is removed first.',
    ]);
    backend.welcome = { kind: 'refuse' };
    await backend.clock.advance(60_000);
    backend.change('background');
    expect(explain(client).changes).toContainEqual(
      expect.objectContaining({ event: 'app.cameToForeground', when: 'the app comes to the foreground' }),
    );
  });

  it('counts attempts and seconds as one reads them, and offers no remedy while one is under way', async () => {
    const backend = new Backend();
    const client = createChatClient(backend.options());
    onTestFinished(() => void client.dispose());
    void client.connectUser(alice);
    await backend.clock.advance(1_000);
    const failAndConnect = async (times: number) => {
      backend.welcome = { kind: 'refuse' };
      backend.closeSockets();
      while (client.getSnapshot().failedAttempts < times) await backend.clock.advance(100);
      const waiting = explain(client);
      backend.welcome = { kind: 'silence' };
      while (client.getSnapshot().state !== 'connecting.opening') await backend.clock.advance(100);
      const opening = explain(client);
      backend.heal();
      backend.closeSockets();
      while (client.getSnapshot().status !== 'online') await backend.clock.advance(100);
      return { waiting, opening, online: explain(client).why };
    };
    const once = await failAndConnect(1);
    expect(once.waiting.why).not.toContain('in a row');
    expect(once.waiting.next).not.toContain('at least');
    expect(once.waiting.why).toBe(`${once.opening.why} Nothing to do: the session reconnects by itself.`);
    expect(once.opening.next).toMatch(/^The server has 1[45] s to say hello;/);
    await backend.clock.advance(11_000);
    expect(explain(client).why).toBe('The server has accepted alice.');
    const { online, waiting } = await failAndConnect(3);
    expect(waiting.why).toContain('3 attempts in a row have failed.');
    expect(online).toBe('The server has accepted alice. 4 attempts failed before.');

    const slow = new Backend(alice);
    slow.welcome = { kind: 'silence' };
    const other = createChatClient({ ...slow.options(), timing: { helloTimeoutMs: 9_600 } });
    onTestFinished(() => void other.dispose());
    void other.restore();
    while (other.getSnapshot().state !== 'connecting.opening') await slow.clock.advance(1);
    expect(explain(other).next).toMatch(/^The server has 9\.6 s to say/);
    await slow.clock.advance(600);
    expect(explain(other).next).toMatch(/^The server has 9 s to say/);
    await slow.clock.advance(9_000);
    while (other.getSnapshot().status !== 'waiting') await slow.clock.advance(1);
    slow.heal();
    while (other.getSnapshot().status !== 'online') await slow.clock.advance(100);
    expect(explain(other).why).toBe('The server has accepted alice. One attempt failed before.');
  });

  it.each([
    [true, 'connectUser() is called'],
    [false, 'connectUser() is called with a new token or token source'],
  ])('logged out, a login needs a token where the client has no source of its own (it has: %s)', async (has, when) => {
    const { tokenProvider, ...options } = new Backend().options();
    const client = createChatClient({ ...options, ...(has && { tokenProvider }) });
    onTestFinished(() => void client.dispose());
    await client.disconnect();
    const [login] = explain(client).changes.filter(({ event }) => event === 'session.connect');
    expect(login?.when).toBe(when);
  });

  it.each([
    [{ code: 'connectionLost', closeCode: 1011 }, 'Failure: connectionLost, close code 1011.'],
    [{ code: 'rateLimited', serverCode: 9 }, 'Failure: rateLimited, server code 9.'],
    [{ code: 'networkOffline' }, 'Failure: networkOffline.'],
  ] as const)('a failure without words, as journals keep it, is reported by its codes: %j', async (codes, words) => {
    const { client: create } = await startWorld();
    const client = create();
    await client.connectUser(alice).orThrow();
    const { context } = client.actor.getSnapshot();
    const failure = { ...codes, message: '' };
    const chart = sessionMachine.resolveState({
      value: { connecting: 'waiting' },
      context: {
        ...context,
        reason: codes.code,
        failure,
        device: { ...context.device, online: codes.code !== 'networkOffline' },
        pacing: { ...context.pacing, failedAttempts: 2 },
      },
    });
    const snapshot = liveSnapshot(chart as Parameters<typeof explainChart>[0], inactiveSnapshot('idle', null), {
      timers: { lastDueAtMs: 0 },
      clock: { now: () => 0 },
      me: null,
      toError: (info) => new SessionError(info),
    });
    const { why } = explainChart(chart as Parameters<typeof explainChart>[0], snapshot, 0);
    expect(why).toContain(words);
    expect(why).toContain('2 attempts in a row have failed.');
  });
});
