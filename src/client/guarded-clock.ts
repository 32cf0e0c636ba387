import { type Clock, startTimer, systemClock } from '../clock.ts';
import { callSafely, synchronous } from '../input.ts';

/**
 * A clock of the app, which may throw: that is reported, and the clock of the platform takes its place for the moment (law
 * 11). A timer fires once at the most, and not after it was cleared, whatever became of the clearing.
 */
export function guardedClock(clock: Clock, report: (cause: unknown) => void): Clock {
  const ask = <Value>(read: (asked: Clock) => Value): Value => {
    try {
      return synchronous(() => read(clock));
    } catch (cause) {
      report(cause);
      return read(systemClock);
    }
  };
  return {
    now: () => ask((asked) => asked.now()),
    elapsedMs: () => ask((asked) => asked.elapsedMs?.() ?? asked.now()),
    setTimeout(callback, delayMs) {
      let isPending = true;
      const fire = () => {
        if (!isPending) return;
        isPending = false;
        callback();
      };
      const stop = ask((asked) => startTimer(asked, fire, delayMs));
      return () => {
        isPending = false;
        callSafely(stop, report);
      };
    },
    clearTimeout: (stop) => (stop as (() => void) | undefined)?.(),
  };
}
