import type { Clock, PatientTimers } from '../clock.ts';
import type { SessionActor } from './session-parts.ts';

/** What a session waits for, by the app's clock. */
export interface Waits {
  /** `null` where no attempt is planned. */
  nextAttemptAtMs(): number | null;
  nowMs(): number;
}

/** From the statechart itself: what an app sees of it is a little older while that is being reported. */
export function waitsOf(actorOf: () => SessionActor | null, timers: PatientTimers, clock: Clock): Waits {
  return {
    nextAttemptAtMs: () => {
      const chart = actorOf()?.getSnapshot();
      const isWaiting = chart?.matches({ connecting: 'waiting' }) || chart?.matches({ connecting: 'offline' });
      return isWaiting ? timers.lastDueAtMs : null;
    },
    nowMs: () => clock.now(),
  };
}
