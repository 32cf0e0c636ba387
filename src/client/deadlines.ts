import type { SessionContext } from '../machines/types.ts';
import type { Timing } from '../timing.ts';

/* When the present state of the statechart ends by a timer of its own. */

/** The timer that ends each state. `connecting.suspended`, `connected.healthy` and `loggedOut` have none. */
const TIMERS: Readonly<Record<string, keyof typeof DURATIONS | 'retry'>> = {
  restoring: 'restore',
  loadingToken: 'token',
  'connecting.opening': 'hello',
  'connecting.waiting': 'retry',
  'connecting.offline': 'retry',
  'connected.probing': 'probe',
  'disconnecting.forgetting': 'clear',
  'disconnecting.closing': 'close',
};

/** Whether `state` ends by a timer, which is then the one that the statechart has started last. */
export const hasTimer = (state: string): boolean => TIMERS[state] !== undefined;

/** When the timer of `state` fires in a session that runs elsewhere, or did run: reckoned from when it was entered. */
export function deadlineOf(state: string, { timing, pacing }: SessionContext, enteredAtMs: number): number | null {
  const timer = TIMERS[state];
  if (timer === undefined) return null;
  return enteredAtMs + (timer === 'retry' ? pacing.delayMs : timing[DURATIONS[timer]]);
}

const DURATIONS = {
  restore: 'restoreTimeoutMs',
  token: 'tokenTimeoutMs',
  hello: 'helloTimeoutMs',
  probe: 'probeTimeoutMs',
  clear: 'storageWriteTimeoutMs',
  close: 'closeTimeoutMs',
} as const satisfies Record<string, keyof Timing>;
