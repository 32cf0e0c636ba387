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
    expect(explain(client).why).toContain('Log in again with a new token');
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
