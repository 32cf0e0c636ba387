import type { AnyActorRef } from 'xstate';
import type { SessionContext } from '../machines/types.ts';
import type { Timing } from '../timing.ts';

/*
 * When the statechart's timers are due. XState keeps how long each takes; when it was started is noted here, by the
 * client's own clock.
 */

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

interface Scheduled {
  readonly id: string;
  readonly delay: number;
  readonly source: unknown;
}

export class Deadlines {
  readonly #dueAt = new WeakMap<Scheduled, number>();

  /**
   * When the timer of `state` fires, in milliseconds since the epoch; `null` where there is none. To be called after
   * each transition, so that no start of a timer is missed.
   */
  of(state: string, root: AnyActorRef, nowMs: number): number | null {
    const scheduled: Readonly<Record<string, Scheduled>> = root.system.getSnapshot()._scheduledEvents;
    let dueAt: number | null = null;
    for (const timer of Object.values(scheduled)) {
      const known = this.#dueAt.get(timer) ?? nowMs + timer.delay;
      this.#dueAt.set(timer, known);
      if (timer.source === root && timer.id === TIMERS[state]) dueAt = known;
    }
    return dueAt;
  }
}

/** The same for a session that runs elsewhere, or did run: reckoned from when its state was entered. */
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
