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
