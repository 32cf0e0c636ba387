import { LONGEST_DELAY_MS, startTimer, systemClock } from '../clock.ts';
import { assertFit, type Check, methods, readMembers } from '../input.ts';
import type { ClientSnapshot, Status } from './client-snapshot.ts';
import { Listeners } from './listeners.ts';

/** What a steady status is made of: a client, or anything with these methods of one. */
export interface StatusSource {
  getSnapshot(): ClientSnapshot;
  subscribe(listener: () => void): () => void;
  now(): number;
  /** Starts the timer of a grace; returns what stops it. Default: the platform's timers. */
  startTimer?(callback: () => void, delayMs: number): () => void;
}

export interface SteadyStatusOptions {
  /** How long a lost connection stays `online` for the eye, in milliseconds. Default 2,000; `useSessionStatus` has none. */
  readonly graceMs?: number | undefined;
}

/** A status for a banner: one outage is one thing. */
export interface SteadyStatus {
  getStatus(): Status;
  /**
   * Calls `listener` after every change. Returns what stops that. A timer runs only while subscribed, in a grace. What a
   * listener throws goes no further.
   */
  subscribe(listener: (status: Status) => void): () => void;
}

/**
 * The status of `source`, made steady for a banner that is shown late and hidden at once:
 *
 * - A connection that is lost counts as `online` for `graceMs`; one that is back within that time was never gone.
 * - Attempts and the waits between them are one status: `reconnecting` after a loss, `connecting` before there was a
 *   connection.
 * - Everything else (`offline` after the grace, `suspended`, `loggedOut`, …) is as in the snapshot.
 *
 * @throws SessionError `invalidArgument` that names the option, or `source`.
 */
export function steadyStatus(source: StatusSource, options: SteadyStatusOptions = {}): SteadyStatus {
  const { graceMs = 2_000 } = readMembers(options, { graceMs: GRACE });
  assertFit('source', source, methods('getSnapshot', 'subscribe', 'now'));
  const listeners = new Listeners<Status>();
  /** The outage whose grace is over. */
  let expiredLostAt: number | null = null;
  let stopTimer = () => {};
  let timedLostAt: number | null = null;
  let stop: (() => void) | null = null;
  let last: Status | null = null;
  let changes = 0;

  /** A clock that was set back says nothing of how long the connection is gone. */
  const leftMsOf = (lostAt: number) => {
    const goneMs = source.now() - lostAt;
    return goneMs < 0 ? 0 : graceMs - goneMs;
  };
  const getStatus = () => {
    const snapshot = source.getSnapshot();
    const { status, lostAt } = snapshot;
    const isInGrace = lostAt !== null && lostAt !== expiredLostAt && leftMsOf(lostAt) > 0;
    return isInGrace && CAN_BE_HIDDEN.has(status) ? 'online' : unified(snapshot);
  };
  const notify = () => {
    const status = getStatus();
    if (status === last) return;
    last = status;
    changes += 1;
    const change = changes;
    listeners.call(
      status,
      () => change === changes,
      () => {},
    );
  };
  const update = () => {
    const { lostAt } = source.getSnapshot();
    if (lostAt !== timedLostAt) {
      stopTimer();
      timedLostAt = lostAt;
      if (lostAt !== null) {
        const expire = () => {
          expiredLostAt = lostAt;
          notify();
        };
        const leftMs = leftMsOf(lostAt);
        // Platforms fire a longer timer at once.
        if (leftMs <= LONGEST_DELAY_MS) {
          stopTimer = source.startTimer?.(expire, leftMs) ?? startTimer(systemClock, expire, leftMs);
        }
      }
    }
    notify();
  };
  return {
    getStatus,
    subscribe(listener) {
      const remove = listeners.add(listener);
      if (stop === null) {
        last = getStatus();
        stop = source.subscribe(update);
        update();
      }
      return () => {
        remove();
        if (!listeners.isEmpty || stop === null) return;
        stop();
        stop = null;
        stopTimer();
        timedLostAt = null;
      };
    },
  };
}

const GRACE: Check = [(value) => typeof value === 'number' && value >= 0, 'milliseconds, 0 or more'];

/** What a short outage looks like; whatever else the status is, the user has to see it at once. */
const CAN_BE_HIDDEN: ReadonlySet<Status> = new Set<Status>(['connecting', 'reconnecting', 'waiting', 'offline']);

function unified({ status, lostAt }: ClientSnapshot): Status {
  if (!IS_TRYING.has(status)) return status;
  return lostAt === null ? 'connecting' : 'reconnecting';
}

const IS_TRYING: ReadonlySet<Status> = new Set<Status>(['connecting', 'reconnecting', 'waiting']);
