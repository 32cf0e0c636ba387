import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { inactiveSnapshot } from '../../../src/client/client-snapshot.ts';
import { type ClientSnapshot, createChatClient, type Status, steadyStatus } from '../../../src/index.ts';
import { Backend } from '../../../src/testing/index.ts';

/** A client of which only the snapshot changes. */
function source() {
  let snapshot: ClientSnapshot = { ...inactiveSnapshot('idle', null), status: 'online' };
  const listeners = new Set<() => void>();
  return {
    getSnapshot: () => snapshot,
    now: () => Date.now(),
    subscribe(listener: () => void) {
      const own = () => listener();
      listeners.add(own);
      return () => listeners.delete(own);
    },
    set(status: Status, lostAt: number | null = null) {
      snapshot = { ...snapshot, status, lostAt };
      for (const listener of [...listeners]) listener();
    },
    listeners,
  };
}

describe('a status for a banner', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function watch(graceMs = 2_000) {
    const client = source();
    const steady = steadyStatus(client, { graceMs });
    const seen: Status[] = [];
    const stop = steady.subscribe((status) => seen.push(status));
    return { client, steady, seen, stop };
  }

  it('one restart of a server is one thing: shown late, hidden at once', () => {
    const { client, seen, steady } = watch();
    const lostAt = Date.now();
    for (const status of ['waiting', 'reconnecting', 'waiting', 'reconnecting', 'waiting'] as const) {
      client.set(status, lostAt);
      vi.advanceTimersByTime(500);
    }
    expect(seen).toEqual(['reconnecting']);
    client.set('online');
    expect(seen).toEqual(['reconnecting', 'online']);
    expect(steady.getStatus()).toBe('online');
  });

  it('a connection that is back within the grace was never gone', () => {
    const { client, seen } = watch();
    client.set('waiting', Date.now());
    vi.advanceTimersByTime(1_999);
    client.set('online');
    vi.advanceTimersByTime(10_000);
    expect(seen).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('each outage has a grace of its own', () => {
    const { client, seen } = watch();
    client.set('waiting', Date.now());
    vi.advanceTimersByTime(2_000);
    client.set('online');
    vi.advanceTimersByTime(100);
    client.set('offline', Date.now());
    vi.advanceTimersByTime(1_999);
    expect(seen).toEqual(['reconnecting', 'online']);
    vi.advanceTimersByTime(1);
    expect(seen).toEqual(['reconnecting', 'online', 'offline']);
  });

  it('a banner that appears in an outage waits for the rest of its grace', () => {
    const client = source();
    client.set('waiting', Date.now());
    vi.advanceTimersByTime(1_500);
    const seen: Status[] = [];
    steadyStatus(client).subscribe((status) => seen.push(status));
    vi.advanceTimersByTime(500);
    expect(seen).toEqual(['reconnecting']);
  });

  it.each<Status>(['loggedOut', 'signInAgain', 'suspended', 'failed', 'loggingOut'])(
    '%s is shown at once',
    (status) => {
      const { client, seen } = watch();
      client.set(status, status === 'suspended' ? Date.now() : null);
      expect(seen).toEqual([status]);
    },
  );

  it('a first login is connecting, also while it waits', () => {
    const { client, seen } = watch();
    client.set('connecting');
    client.set('waiting');
    client.set('reconnecting');
    expect(seen).toEqual(['connecting']);
  });

  it.each([2 ** 31, Number.POSITIVE_INFINITY])('a grace of %d ms, which no timer can take, is long', (graceMs) => {
    const { client, seen } = watch(graceMs);
    client.set('waiting', Date.now());
    vi.advanceTimersByTime(3_600_000);
    expect(seen).toEqual([]);
  });

  it('is made of a client of a class, whose methods use it', () => {
    class Own {
      readonly inner = source();
      getSnapshot() {
        return this.inner.getSnapshot();
      }
      subscribe(listener: () => void) {
        return this.inner.subscribe(listener);
      }
      now() {
        return this.inner.now();
      }
      startTimer(callback: () => void, delayMs: number) {
        const timer = setTimeout(callback, this.now() - Date.now() + delayMs);
        return () => clearTimeout(timer);
      }
    }
    const client = new Own();
    const seen: Status[] = [];
    const stop = steadyStatus(client).subscribe((status) => seen.push(status));
    client.inner.set('offline', Date.now());
    vi.advanceTimersByTime(2_000);
    expect(seen).toEqual(['offline']);
    stop();
  });

  it('without subscribers it listens to nothing and has no timer, and is right anyway', () => {
    const { client, steady, stop } = watch();
    client.set('waiting', Date.now());
    stop();
    expect([client.listeners.size, vi.getTimerCount()]).toEqual([0, 0]);
    expect(steady.getStatus()).toBe('online');
    vi.advanceTimersByTime(2_000);
    expect(steady.getStatus()).toBe('reconnecting');
  });

  it('a grace of 0 ms shows an outage at once', () => {
    const { client, seen } = watch(0);
    client.set('waiting', Date.now());
    expect(seen).toEqual(['reconnecting']);
  });

  it('shows an outage whose timer the platform fires a little early', () => {
    const client = source();
    const startTimer = (callback: () => void, delayMs: number) => {
      const timer = setTimeout(callback, delayMs - 1);
      return () => clearTimeout(timer);
    };
    const seen: Status[] = [];
    steadyStatus({ ...client, startTimer }).subscribe((status) => seen.push(status));
    client.set('waiting', Date.now());
    vi.advanceTimersByTime(1_999);
    expect(seen).toEqual(['reconnecting']);
  });

  it('a banner that goes leaves the others their changes; the last one takes the subscription along', () => {
    const { client, steady, seen, stop } = watch();
    const others: Status[] = [];
    const stopOther = steady.subscribe((status) => others.push(status));
    expect(client.listeners.size).toBe(1);
    stop();
    stop();
    client.set('suspended');
    expect([seen, others]).toEqual([[], ['suspended']]);
    stopOther();
    stopOther();
    expect(client.listeners.size).toBe(0);
  });

  describe('law 11: the faults of a listener stay its own', () => {
    const faulty: Readonly<Record<string, () => void | Promise<void>>> = {
      throws: () => {
        throw new Error('a fault in the app');
      },
      rejects: () => Promise.reject(new Error('a fault in the app')),
    };

    it.each(Object.entries(faulty))(
      'one that %s keeps no change from the others, nor from the timer',
      (_, listener) => {
        const client = source();
        const steady = steadyStatus(client);
        const seen: Status[] = [];
        steady.subscribe(listener);
        steady.subscribe((status) => seen.push(status));
        client.set('waiting', Date.now());
        vi.advanceTimersByTime(2_000);
        client.set('suspended', Date.now());
        expect(seen).toEqual(['reconnecting', 'suspended']);
      },
    );

    it('one that was removed inside of a notification is not called any more', () => {
      const { client, steady, seen } = watch();
      const stops = [steady.subscribe(() => stops[1]?.()), steady.subscribe((status) => seen.push(status))];
      client.set('suspended');
      expect(seen).toEqual(['suspended']);
    });

    it('after a change inside of a notification no listener is left with the older status', () => {
      const client = source();
      const steady = steadyStatus(client);
      const seen: Status[] = [];
      steady.subscribe((status) => status === 'suspended' && client.set('loggedOut'));
      steady.subscribe((status) => seen.push(status));
      client.set('suspended');
      expect(seen).toEqual(['loggedOut']);
    });
  });
});

describe('a status for a banner, by the clock of the client', () => {
  it('shows an outage on the virtual clock of a test', async () => {
    const backend = new Backend();
    const client = createChatClient(backend.options());
    onTestFinished(() => void client.dispose());
    const login = client.connectUser({ id: 'alice' });
    await backend.clock.advance(1_000);
    await login;
    const steady = steadyStatus(client);
    const seen: Status[] = [];
    const stop = steady.subscribe((status) => seen.push(status));
    backend.change('offline');
    backend.closeSockets();
    await backend.clock.advance(1_900);
    expect([steady.getStatus(), ...seen]).toEqual(['online']);
    await backend.clock.advance(200);
    expect([steady.getStatus(), ...seen]).toEqual(['offline', 'offline']);
    stop();
  });

  it('startTimer() calls back by that clock, once, unless it is stopped', async () => {
    const backend = new Backend();
    const client = createChatClient(backend.options());
    onTestFinished(() => void client.dispose());
    const called: number[] = [];
    const startedAt = client.now();
    client.startTimer(() => called.push(client.now() - startedAt), 2_000);
    client.startTimer(() => called.push(0), 2_000)();
    await backend.clock.advance(10_000);
    expect(called).toEqual([2_000]);
  });

  it('shows an outage at once where the clock was set back meanwhile', () => {
    const client = source();
    client.set('waiting', Date.now() + 3_600_000);
    expect(steadyStatus(client).getStatus()).toBe('reconnecting');
    const seen: Status[] = [];
    steadyStatus(client).subscribe((status) => seen.push(status))();
    expect(seen).toEqual([]);
  });
});
