import { fromCallback, setup } from 'xstate';
import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import type { Identity } from '../user.ts';
import type { SessionContext, SessionEmitted, SessionEvent, SessionInput, SessionTag, TimerFact } from './types.ts';

/* The types of the statechart, its actors, delays and timers: what guards and actions are built on. All of it is pure. */

/** The chart alone runs with actors that do nothing; `createSessionActor` provides the real ones. */
const clientPlaceholder = fromCallback<ClientCommand>(() => {});
const persistencePlaceholder = fromCallback<PersistenceCommand>(() => {});

export const base = setup({
  types: {} as {
    context: SessionContext;
    events: SessionEvent;
    input: SessionInput;
    emitted: SessionEmitted;
    children: { client: 'client'; persistence: 'persistence' };
    tags: SessionTag;
  },
  actors: { client: clientPlaceholder, persistence: persistencePlaceholder },
  delays: {
    restoreTimeout: ({ context }) => context.timing.restoreTimeoutMs,
    tokenTimeout: ({ context }) => context.timing.tokenTimeoutMs,
    helloTimeout: ({ context }) => context.timing.helloTimeoutMs,
    retryDelay: ({ context }) => context.pacing.delayMs,
    probeTimeout: ({ context }) => context.timing.probeTimeoutMs,
    stableAfter: ({ context }) => context.timing.stableAfterMs,
    clearTimeout: ({ context }) => context.timing.storageWriteTimeoutMs,
    closeTimeout: ({ context }) => context.timing.closeTimeoutMs,
  },
});

type TimerId = 'restore' | 'token' | 'hello' | 'retry' | 'probe' | 'stable' | 'clear' | 'close';

type Delay = `${'restore' | 'token' | 'hello' | 'probe' | 'clear' | 'close'}Timeout` | 'retryDelay' | 'stableAfter';

const startTimer = (id: TimerId, event: TimerFact, delay: Delay) => base.raise(event, { id, delay });
const cancelTimer = (id: TimerId) => base.cancel(id);

/** The timers that the statechart starts and stops: each is a delayed event with an id. */
export const timers = {
  startRestoreTimer: startTimer('restore', { type: 'restore.timedOut' }, 'restoreTimeout'),
  cancelRestoreTimer: cancelTimer('restore'),
  startTokenTimer: startTimer('token', { type: 'token.timedOut' }, 'tokenTimeout'),
  cancelTokenTimer: cancelTimer('token'),
  startHelloTimer: startTimer('hello', { type: 'hello.timedOut' }, 'helloTimeout'),
  cancelHelloTimer: cancelTimer('hello'),
  startRetryTimer: startTimer('retry', { type: 'retry.due' }, 'retryDelay'),
  cancelRetryTimer: cancelTimer('retry'),
  startProbeTimer: startTimer('probe', { type: 'probe.timedOut' }, 'probeTimeout'),
  cancelProbeTimer: cancelTimer('probe'),
  startStableTimer: startTimer('stable', { type: 'connection.becameStable' }, 'stableAfter'),
  cancelStableTimer: cancelTimer('stable'),
  startClearTimer: startTimer('clear', { type: 'clear.timedOut' }, 'clearTimeout'),
  cancelClearTimer: cancelTimer('clear'),
  startCloseTimer: startTimer('close', { type: 'close.timedOut' }, 'closeTimeout'),
  cancelCloseTimer: cancelTimer('close'),
};

export interface Moment {
  readonly context: SessionContext;
  readonly event: SessionEvent;
}

const NO_IDENTITY: Identity = { kind: 'anonymous', id: '', user: { id: '' } };

/** The chart uses this only where a session runs, so there is an identity; guards and actions must not throw (law 11). */
export const identityOf = (context: SessionContext): Identity => context.identity ?? NO_IDENTITY;
