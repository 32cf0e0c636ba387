import { expect, it, onTestFinished, vi } from 'vitest';
import { VirtualClock } from '../../../src/testing/index.ts';

it.each([[undefined], [Number.NaN], ['100'], [{}], [-5], [Number.POSITIVE_INFINITY]])(
  'time moves on by milliseconds only: %j is refused, and spoils nothing',
  async (durationMs) => {
    const clock = new VirtualClock(1_000);
    const refusal = expect.objectContaining({ code: 'invalidArgument', field: 'durationMs' });
    await expect(clock.advance(durationMs as number)).rejects.toEqual(refusal);
    expect(() => clock.sleep(durationMs as number)).toThrowError(refusal);
    await clock.advance(100);
    expect(clock.now()).toBe(1_100);
  },
);

it.each([true, false])(
  'time moves on under fake timers, too (the platform has setImmediate: %s)',
  async (hasImmediate) => {
    onTestFinished(() => {
      vi.useRealTimers();
      vi.unstubAllGlobals();
    });
    if (!hasImmediate) vi.stubGlobal('setImmediate', undefined);
    vi.resetModules();
    const { VirtualClock: Clock } = await import('../../../src/testing/virtual-clock.ts');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'Date'] });
    const clock = new Clock(0);
    const fired = vi.fn();
    clock.setTimeout(fired, 50);
    await clock.advance(100);
    expect(fired).toHaveBeenCalledTimes(1);
  },
);

it('law 8: a session on it moves on where fake timers were there first, as a setup of Jest or Vitest can have it', async () => {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers();
  vi.resetModules();
  const { Backend } = await import('../../../src/testing/index.ts');
  const { createChatClient } = await import('../../../src/index.ts');
  const backend = new Backend();
  const client = createChatClient(backend.options());
  const login = client.connectUser({ id: 'alice' });
  await backend.clock.advance(1_000);
  backend.closeSockets();
  await backend.clock.advance(30_000);
  const { status } = client.getSnapshot();
  const logout = client.disconnect();
  await backend.clock.advance(1_000);
  expect([(await login).success, status, (await logout).success]).toEqual([true, 'online', true]);
  await client.dispose();
}, 5_000);
