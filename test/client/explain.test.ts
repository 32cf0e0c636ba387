import { describe, expect, it } from 'vitest';
import type { User } from '../../src/index.ts';
import { manualEnvironment, startWorld, until } from '../support/world.ts';

const alice: User = { id: 'alice' };

describe('explain(): why, what next, and what would change it', () => {
  it('before, during and after a session', async () => {
    const { server, client: create } = await startWorld();
    const environment = manualEnvironment();
    const client = create({
      environment,
      timing: { backoffBaseMs: 40_000, backoffCapMs: 40_000, slowRetryMs: 40_000 },
    });
    expect(client.explain().text).toContain('not used yet');

    await client.connectUser(alice).orThrow();
    expect(client.explain()).toMatchObject({ where: expect.stringContaining('(connected.healthy)') });
    expect(client.explain().why).toBe('The app logs somebody in.');

    server.faults.cause({ type: 'closeSockets', closeCode: 1011 });
    const { nextAttemptAt } = await until(client, 'waiting');
    const waiting = client.explain();
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
    expect(client.explain().changes.map(({ event }) => event)).toContain('network.cameOnline');
    expect(client.explain().why).toContain('no network');
    await client.suspend();
    expect(client.explain()).toMatchObject({ next: 'Nothing happens before the app returns.' });
    expect(client.explain().changes[0]).toMatchObject({ event: 'session.resume' });

    await client.disconnect().orThrow();
    expect(client.explain()).toMatchObject({
      why: 'disconnect() was called.',
      next: 'Nothing happens before a login.',
    });
    await client.dispose();
    expect(client.explain().text).toContain('disposed');
  });

  it('says what the server asked for, and what a person can do', async () => {
    const { server, client: create } = await startWorld();
    const client = create();
    server.faults.cause({ type: 'refuseConnect', code: 9, retryAfterSeconds: 30 });
    void client.connectUser(alice);
    await until(client, 'waiting');
    expect(client.explain().next).toContain('the server asked to wait that long');
    await client.disconnect().orThrow();
    await client.connectUser(alice, await server.createToken('alice')).orThrow();
    server.faults.cause({ type: 'expireTokens' });
    await until(client, 'signInAgain');
    expect(client.explain()).toMatchObject({ next: 'Nothing happens before somebody logs in again.' });
    expect(client.explain().why).toContain('Log in again with a new token');
  });
});
