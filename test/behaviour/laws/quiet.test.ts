import { describe, expect, it } from 'vitest';
import { memoryRepository, systemClock, type User } from '../../../src/index.ts';
import { CountedClock } from '../../../src/testing/backend/counted-clock.ts';
import { Device } from '../../../src/testing/backend/device.ts';
import { deferred, startWorld, until } from '../../kit/world.ts';

const alice: User = { id: 'alice' };

describe('law 2: quiet when out', () => {
  const ends = {
    'a logout while connected': async () => {},
    'a logout while waiting': async ({ server, client }: Stage) => {
      server.faults.cause({ type: 'dropSockets' });
      await until(client, 'waiting');
    },
    'a logout while offline': async ({ environment, server, client }: Stage) => {
      environment.change('offline');
      server.faults.cause({ type: 'dropSockets' });
      await until(client, 'offline');
    },
    'a logout while suspended': async ({ client }: Stage) => {
      await client.suspend();
    },
    'a logout while a socket opens': async ({ server, client }: Stage) => {
      const held = server.faults.cause({ type: 'withholdHello' });
      server.faults.cause({ type: 'dropSockets' });
      await server.until(() => held.state.held === 1);
      expect(client.getSnapshot().status).toBe('reconnecting');
    },
    'a logout with a close that is never answered': async ({ server }: Stage) => {
      server.faults.cause({ type: 'ignoreClose', on: 'open' });
    },
    'a logout with a silent server': async ({ server, client }: Stage) => {
      server.faults.cause({ type: 'goSilent', on: 'open' });
      await until(client, ({ state }) => state === 'connected.probing');
    },
  };

  interface Stage {
    readonly server: Awaited<ReturnType<typeof startWorld>>['server'];
    readonly client: ReturnType<Awaited<ReturnType<typeof startWorld>>['client']>;
    readonly environment: Device;
  }

  it.each(Object.entries(ends))('%s leaves no socket, timer, listener or load', async (_, prepare) => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const clock = new CountedClock(systemClock);
    const memory = memoryRepository();
    let watchers = 0;
    const client = create({
      environment,
      clock,
      userRepository: {
        ...memory,
        subscribe: () => {
          watchers += 1;
          return () => {
            watchers -= 1;
          };
        },
      },
    });
    expect(clock.running).toBe(0);
    await client.connectUser(alice).orThrow();
    expect([environment.listeners, watchers]).toEqual([1, 1]);
    await prepare({ server, client, environment });
    expect(await client.disconnect()).toMatchObject({ success: true });
    expect(client.getSnapshot().status).toBe('loggedOut');
    expect([environment.listeners, watchers, clock.running]).toEqual([0, 0, 0]);
    await server.until(() => server.counts().openNow === 0);
  });

  it('dispose aborts a load and leaves nothing, also in the middle of everything', async () => {
    const { server, client: create } = await startWorld();
    const environment = new Device();
    const clock = new CountedClock(systemClock);
    const asked = deferred<AbortSignal>();
    const client = create({
      environment,
      clock,
      tokenProvider: (_, { signal }) => {
        asked.resolve(signal);
        return new Promise<never>(() => {});
      },
    });
    void client.connectUser(alice);
    const signal = await asked.promise;
    expect(signal.aborted).toBe(false);
    await client.dispose();
    expect(signal.aborted).toBe(true);
    expect([environment.listeners, clock.running]).toEqual([0, 0]);
    expect(server.counts().opened).toBe(0);
  });

  it('law 5: a logout wins within its bound over a hanging provider, socket and repository', async () => {
    const { server, client: create } = await startWorld();
    const never = new Promise<never>(() => {});
    const memory = memoryRepository();
    const clock = new CountedClock(systemClock);
    const client = create({
      clock,
      userRepository: { ...memory, clearCurrentUser: () => never },
      timing: { storageWriteTimeoutMs: 60, closeTimeoutMs: 40, probeTimeoutMs: 5_000 },
    });
    await client.connectUser(alice).orThrow();
    server.faults.cause({ type: 'goSilent', on: 'open' });
    server.faults.cause({ type: 'ignoreClose', on: 'open' });
    expect(await client.disconnect()).toMatchObject({ success: false, error: { code: 'userNotForgotten' } });
    expect(client.getSnapshot()).toMatchObject({ status: 'loggedOut', storageError: { code: 'userNotForgotten' } });
    expect(clock.running).toBe(0);
  });
});
