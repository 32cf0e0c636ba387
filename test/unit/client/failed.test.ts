import { expect, it } from 'vitest';
import { liveSessionMachine } from '../../../src/client/running-chart.ts';
import { Backend } from '../../../src/testing/backend/backend.ts';
import { createTestClient, sessionOf } from '../../kit/session-of.ts';

/** A statechart with a bug: what an action throws ends it. */
const broken = liveSessionMachine.provide({
  actions: {
    setConnection: () => {
      throw new TypeError('undefined is not a function');
    },
  },
});

it('law 3: a statechart that throws shows what it threw, in the snapshot and to every call', async () => {
  const backend = new Backend();
  const client = createTestClient(backend.options(), broken);
  const statuses: string[] = [];
  client.subscribe(({ status }) => statuses.push(status));
  const call = client.connectUser({ id: 'alice' });
  await backend.clock.advance(1_000);
  const thrown = { code: 'internal', message: 'The statechart threw: undefined is not a function' };
  expect(await call).toMatchObject({ success: false, error: thrown });
  const { status, reason, error } = client.getSnapshot();
  expect({ status, reason, error }).toMatchObject({ status: 'failed', reason: 'internal', error: thrown });
  expect(error?.cause).toMatchObject({ name: 'TypeError' });
  expect(backend.diagnostics).toContainEqual(
    expect.objectContaining({ source: 'internal', level: 'error', failure: thrown }),
  );
  expect(client.actor.getSnapshot().error).toEqual({ name: 'TypeError', message: 'undefined is not a function' });
  expect(await client.disconnect()).toMatchObject({ success: false, error: thrown });
  expect(await client.suspend()).toMatchObject({ success: false, error: thrown });
  await client.dispose();
  expect(client.getSnapshot()).toMatchObject({ status: 'disposed', reason: null, error: null });
  expect(statuses.slice(-2)).toEqual(['failed', 'disposed']);
  expect(client.actor.getSnapshot()).toMatchObject({ status: 'stopped', value: 'loggedOut' });
});

it.each([
  ['that fails', broken, 'error undefined is not a function'],
  ['that is disposed', undefined, 'complete'],
])('an observer of the actor of a client %s gets snapshots without power, then the end', async (_, machine, end) => {
  const backend = new Backend();
  const client = createTestClient(backend.options(), machine);
  const seen: string[] = [];
  client.actor.subscribe({
    next: (snapshot) => {
      expect(snapshot).toBe(client.actor.getSnapshot());
      seen.push(JSON.stringify(snapshot.value));
    },
    error: (cause) => seen.push(`error ${(cause as Error).message}`),
    complete: () => seen.push('complete'),
  });
  void client.connectUser({ id: 'alice' });
  await backend.clock.advance(1_000);
  await client.dispose();
  expect(seen).toContain('{"connecting":"opening"}');
  expect(seen.at(-1)).toBe(end);
});

it('laws 2, 3: a request that is under way then settles, and its fetch is aborted', async () => {
  const backend = new Backend();
  const signals: (AbortSignal | null | undefined)[] = [];
  const fetch: typeof globalThis.fetch = (_, init) => {
    signals.push(init?.signal);
    return new Promise(() => {});
  };
  const client = createTestClient({ ...backend.options(), fetch }, broken);
  backend.change('offline');
  void client.connectUser({ id: 'alice' });
  await backend.clock.advance(100);
  const request = client.request('/x');
  await backend.clock.advance(100);
  expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
  backend.change('online');
  await backend.clock.advance(5_000);
  expect(client.getSnapshot().status).toBe('failed');
  expect(await request).toMatchObject({ success: false });
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  expect([backend.openNow, backend.clientTimers, backend.listeners]).toEqual([0, 0, 0]);
});

it.each(['restore', 'disconnect'] as const)('law 3: %s() settles where the statechart does not start', async (call) => {
  const client = createTestClient(new Backend().options());
  sessionOf(client).actor.start = () => {
    throw new RangeError('Maximum call stack size exceeded');
  };
  const error = { code: 'internal', message: 'The statechart threw: Maximum call stack size exceeded' };
  expect(await client[call]()).toMatchObject({ success: false, error });
  expect(await client[call]()).toMatchObject({ success: false, error });
  expect(client.getSnapshot()).toMatchObject({ status: 'failed', error });
});
