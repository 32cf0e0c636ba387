import type { Clock } from '../../clock.ts';

export interface HeartbeatOptions {
  readonly clock: Clock;
  readonly pingIntervalMs: number;
  readonly sendPing: () => void;
  /** Nothing was heard for a whole interval; told again for each further interval of silence. */
  readonly onSilent: () => void;
  /** Something was heard after `onSilent`, or after a ping that was asked for. */
  readonly onHeard: () => void;
  /** Every few seconds, for whatever else depends on the wall clock. */
  readonly onTick: () => void;
}

/** Watches one greeted socket for silence, by the wall clock and with a single timer. */
export interface Heartbeat {
  /** A frame came, whichever. */
  heard(): void;
  /** Ping now, and tell whatever is heard next. */
  ask(): void;
  stop(): void;
}

/** An hour of sleep is noticed at the latest that long after waking. */
const LONGEST_TICK_MS = 5_000;
const TICKS_PER_INTERVAL = 5;

export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { clock, pingIntervalMs } = options;
  const tickMs = Math.max(1, Math.min(LONGEST_TICK_MS, Math.floor(pingIntervalMs / TICKS_PER_INTERVAL)));
  /** One tick early, so that the answer to a ping on an idle socket comes before silence is called. */
  const pingEveryMs = pingIntervalMs - tickMs;
  let quietSinceMs = clock.now();
  let pingedAtMs = quietSinceMs;
  let isAwaited = false;
  let timer = clock.setTimeout(tick, tickMs);
  let isStopped = false;

  function tick(): void {
    timer = clock.setTimeout(tick, tickMs);
    const nowMs = clock.now();
    // After the wall clock was set back, neither would be due for as long as that.
    pingedAtMs = Math.min(pingedAtMs, nowMs);
    quietSinceMs = Math.min(quietSinceMs, nowMs);
    if (nowMs - pingedAtMs >= pingEveryMs) ping(nowMs);
    if (isStopped) return;
    if (nowMs - quietSinceMs >= pingIntervalMs) {
      quietSinceMs = nowMs;
      isAwaited = true;
      options.onSilent();
    }
    if (!isStopped) options.onTick();
  }

  function ping(nowMs: number): void {
    pingedAtMs = nowMs;
    options.sendPing();
  }

  return {
    heard() {
      quietSinceMs = clock.now();
      if (!isAwaited) return;
      isAwaited = false;
      options.onHeard();
    },
    ask() {
      isAwaited = true;
      ping(clock.now());
    },
    stop() {
      isStopped = true;
      clock.clearTimeout(timer);
    },
  };
}
