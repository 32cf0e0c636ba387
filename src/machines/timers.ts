import { base } from './base.ts';
import type { TimerFact } from './types.ts';

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
