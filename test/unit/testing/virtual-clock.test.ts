import { expect, it } from 'vitest';
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
