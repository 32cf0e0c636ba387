import { createActor } from 'xstate';
import type { ChartSnapshot, ClientSnapshot } from '../client/client-snapshot.ts';
import type { StatusSource } from '../client/steady-status.ts';
import { sessionMachine } from '../machines/session.ts';
import { DEFAULT_TIMING } from '../timing.ts';
import { IDLE, type SessionStore } from './session-store.ts';

export interface View<Snapshot> {
  getSnapshot(): Snapshot;
  subscribe(observer: { next?(snapshot: Snapshot): void } | ((snapshot: Snapshot) => void)): { unsubscribe(): void };
}

export function sessionView({ getSnapshot, subscribe }: SessionStore): View<ClientSnapshot> {
  return {
    getSnapshot,
    subscribe: (observer) => {
      const next = typeof observer === 'function' ? observer : (snapshot: ClientSnapshot) => observer.next?.(snapshot);
      return { unsubscribe: subscribe(() => next(getSnapshot())) };
    },
  };
}

export function statusSource({ getSnapshot, subscribe, getClient }: SessionStore): StatusSource {
  return {
    getSnapshot,
    subscribe,
    now: () => getClient().now(),
    startTimer: (callback, delayMs) => getClient().startTimer(callback, delayMs),
  };
}

export const idleSession: View<ClientSnapshot> = still(() => IDLE);

let unstarted: ChartSnapshot | undefined;

export const idleChart: View<ChartSnapshot> = still(() => {
  unstarted ??= createActor(sessionMachine, {
    input: { timing: DEFAULT_TIMING, restorable: false, seed: 0, online: true, foreground: true },
  }).getSnapshot();
  return unstarted;
});

function still<Snapshot>(getSnapshot: () => Snapshot): View<Snapshot> {
  return { getSnapshot, subscribe: () => ({ unsubscribe: () => {} }) };
}
