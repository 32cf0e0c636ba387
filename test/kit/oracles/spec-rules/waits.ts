import { FAILURES, hasTimer, isIn, retryOf } from './reading.ts';
import type { Manner } from './rule.ts';
import { asksNewSource, isByPerson, isCut } from './spec-state.ts';

/** How long waits are, and what cuts them short. */
export const WAIT_MANNERS: readonly Manner[] = [
  [
    'a wait has a timer, and a timer belongs to a wait',
    ({ after }) => {
      const waits =
        after.snapshot.matches({ connecting: 'waiting' }) || after.snapshot.matches({ connecting: 'offline' });
      if (hasTimer(after, 'retry.due') !== waits) return waits ? 'none runs' : 'it runs on';
      const isAway = after.snapshot.matches({ connecting: 'suspended' });
      return isAway && after.work.timers.size > 0 ? 'a timer runs while the app is away' : null;
    },
  ],
  [
    'failed attempts are counted, and forgotten when a connection is stable or a login new',
    ({ after, has, event }) => {
      if (!isIn(after, 'connecting') && !isIn(after, 'connected') && !after.snapshot.matches('loadingToken'))
        return null;
      const { failedAttempts } = after.snapshot.context.pacing;
      return failedAttempts === has.failures ? null : `${failedAttempts}, not ${has.failures}, after ${event.type}`;
    },
  ],
  [
    'waits are drawn anew, and as long as the design says',
    (b) => {
      const retry = retryOf(b);
      if (retry === undefined || b.event.type === 'client.started') return null;
      const { timing, pacing } = b.after.snapshot.context;
      const { retryAfterMs } = pacing;
      const { delayMs } = retry;
      if (delayMs === b.had.waitMs) return 'the wait before is used again';
      const isFailed = b.event.type in FAILURES || b.event.type === 'token.refused';
      const isOffline = b.after.snapshot.matches({ connecting: 'offline' });
      if (isOffline && delayMs < timing.offlineRetryMs * 0.2) return `${delayMs} ms, offline`;
      if (isFailed && !isOffline && delayMs < timing.backoffBaseMs * 0.2) return `${delayMs} ms after a failure`;
      const isHurried = ['session.retryNow', 'device.woke', 'session.resume'].includes(b.event.type);
      const usual = b.has.presence === 'background' ? timing.backgroundRetryMs : timing.backoffCapMs;
      const most = isOffline ? timing.offlineRetryMs : isHurried && retryAfterMs === 0 ? usual : null;
      if (most !== null && retryAfterMs === 0 && delayMs > most) return `${delayMs} ms after ${b.event.type}`;
      return null;
    },
  ],
  [
    'a wait is cut short once, and one that the server asked for by a person only',
    (b) => {
      const { event, before, after, had } = b;
      const retry = retryOf(b);
      const isWaiting = before.snapshot.matches({ connecting: 'waiting' });
      const isOffline = before.snapshot.matches({ connecting: 'offline' });
      const mayCut = had.pace === 'available';
      const isForbidden = had.owesFloor && !isByPerson(event);
      const isAsked =
        event.type === 'device.woke' || event.type === 'app.cameToForeground' || event.type === 'session.retryNow';
      if (isWaiting && (isAsked || event.type === 'network.cameOnline')) {
        const isCutShort = retry !== undefined;
        if (isCutShort !== (mayCut && !isForbidden)) return isCutShort ? `by ${event.type}` : `not by ${event.type}`;
      }
      if (isOffline && isAsked && !mayCut && retry !== undefined) return `by ${event.type}`;
      const isBack =
        (event.type === 'session.resume' && before.snapshot.matches({ connecting: 'suspended' })) ||
        (isOffline && (event.type === 'network.cameOnline' || isByPerson(event))) ||
        isWaiting;
      if (isBack && (isCut(event) || isAsked) && retry !== undefined && mayCut && !isForbidden) {
        const isSlow = after.snapshot.matches({ connecting: 'offline' });
        if (!isSlow && retry.delayMs > after.snapshot.context.timing.quickRetryMs) return `${retry.delayMs} ms`;
      }
      return null;
    },
  ],
  [
    'a report of no network puts off once what is under way or planned',
    ({ event, before, after, had }) => {
      if (event.type !== 'network.wentOffline' || had.pace === 'available' || had.suspended) return null;
      const { value } = before.snapshot;
      const isUnderWay = before.snapshot.matches('loadingToken') || isIn(before, 'connecting');
      return !isUnderWay || after.snapshot.matches(value) ? null : 'again';
    },
  ],
  [
    'a new token source is asked at once by a session that waits for a usable token, once',
    (b) => {
      const { event, before, had, known } = b;
      if (event.type !== 'session.connect' || !before.snapshot.matches({ connecting: 'waiting' })) return null;
      const isSame = known.user?.kind === event.identity.kind && known.user.id === event.identity.id;
      const may = isSame && event.sourceKey !== null && event.online && !had.hasToken && had.pace === 'available';
      if (asksNewSource(b) === may) return null;
      return may ? 'it is not' : 'it is asked';
    },
  ],
  [
    'a session that returns after failures waits at least a moment',
    ({ event, before, after, had, has, effects }) => {
      const isBack = event.type === 'session.resume' && before.snapshot.matches({ connecting: 'suspended' });
      if (!isBack || had.failures === 0 || !has.online) return null;
      return after.snapshot.matches({ connecting: 'waiting' }) ? null : `${effects.length} effects at once`;
    },
  ],
  [
    'a login of the same user cuts a wait short, once, and ends the one for a network that is there',
    (b) => {
      const { event, before, after, had, known } = b;
      if (event.type !== 'session.connect' || !event.online || asksNewSource(b)) return null;
      const isOffline = before.snapshot.matches({ connecting: 'offline' });
      const isWait = isOffline || before.snapshot.matches({ connecting: 'waiting' });
      const isSame = known.user?.kind === event.identity.kind && known.user.id === event.identity.id;
      if (!isWait || !isSame) return null;
      const retry = retryOf(b);
      const isCutShort = retry !== undefined && after.snapshot.matches({ connecting: 'waiting' });
      if (isOffline) {
        if (!isCutShort) return 'it goes on';
        const isTooShort = retry.delayMs < after.snapshot.context.timing.backoffBaseMs * 0.2;
        return had.pace !== 'available' && isTooShort ? 'again' : null;
      }
      if (isCutShort === (had.pace === 'available')) return null;
      return isCutShort ? 'again' : 'it does not';
    },
  ],
  [
    'a network that returns gives an attempt up that may hang, once',
    ({ event, before, after, had }) => {
      if (event.type !== 'network.cameOnline' || !before.snapshot.matches({ connecting: 'opening' })) return null;
      const isGivenUp = after.snapshot.matches({ connecting: 'waiting' });
      if (isGivenUp === (had.pace === 'available' && !had.owesFloor)) return null;
      return isGivenUp ? 'it is given up again' : 'it hangs on';
    },
  ],
  [
    'a wait is within its window where the server asked for nothing',
    (b) => {
      const retry = retryOf(b);
      if (retry === undefined || b.has.owesFloor || !(b.event.type in FAILURES)) return null;
      const { timing } = b.after.snapshot.context;
      const { backoffBaseMs, backoffCapMs, offlineRetryMs, backgroundRetryMs } = timing;
      const windowMs = backoffBaseMs + ((backoffCapMs - backoffBaseMs) * Math.min(b.has.failures - 1, 3)) / 3;
      const isOffline = b.after.snapshot.matches({ connecting: 'offline' });
      const mostMs = isOffline ? offlineRetryMs : b.has.presence === 'background' ? backgroundRetryMs : windowMs;
      return retry.delayMs <= Math.ceil(mostMs) ? null : `${retry.delayMs} ms`;
    },
  ],
];
