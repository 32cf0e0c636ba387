import type { Clock } from '../../clock.ts';

export interface HeartbeatOwner {
  /** Sends a ping; not called where the protocol has none. */
  sendPing(): void;
  /** Nothing arrived for a whole interval. Called again for each further interval of silence. */
  onSilent(): void;
  /**
   * The connection is alive: a frame arrived after {@link onSilent} or {@link Heartbeat.probe}, or (without `byFrame`) there
   * is nothing to ask with, and silence proves nothing yet.
   */
  onAlive(byFrame: boolean): void;
  /** Every few seconds, for what else depends on the wall clock. */
  onTick(): void;
}

/** Who pings: the client at an interval, the server within an interval, or neither, which means that silence proves nothing. */
export interface PingRules {
  readonly clientPings: boolean;
  readonly serverPingIntervalMs: number | null;
}

/** An hour of sleep is noticed at the latest this long after waking. */
const LONGEST_TICK_MS = 5_000;
const TICKS_PER_INTERVAL = 5;
const NEVER = Number.POSITIVE_INFINITY;
const STOPPED = {};

/** Watches one established connection for silence, by the wall clock and with a single timer. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #owner: HeartbeatOwner;
  readonly #clientPings: boolean;
  readonly #tickMs: number;
  readonly #pingAfterMs: number;
  readonly #silenceMs: number;
  #silentSinceMs: number;
  #pingedAtMs: number;
  #isAwaited = false;
  /** The handle of the next tick. */
  #timer: unknown;

  constructor(
    clock: Clock,
    pingIntervalMs: number,
    { clientPings, serverPingIntervalMs }: PingRules,
    owner: HeartbeatOwner,
  ) {
    this.#clock = clock;
    this.#owner = owner;
    this.#clientPings = clientPings;
    this.#tickMs = Math.max(1, Math.min(LONGEST_TICK_MS, Math.floor(pingIntervalMs / TICKS_PER_INTERVAL)));
    // One tick early, so that the answer to a ping on an idle socket arrives before the interval of silence is over.
    this.#pingAfterMs = clientPings ? pingIntervalMs - this.#tickMs : NEVER;
    const isPinged = clientPings || serverPingIntervalMs !== null;
    this.#silenceMs = isPinged ? Math.max(pingIntervalMs, serverPingIntervalMs ?? 0) : NEVER;
    this.#silentSinceMs = clock.now();
    this.#pingedAtMs = this.#silentSinceMs;
    this.#schedule();
  }

  onFrame(): void {
    this.#silentSinceMs = this.#clock.now();
    if (!this.#isAwaited) return;
    this.#isAwaited = false;
    this.#owner.onAlive(true);
  }

  /** Pings now, and reports the next frame. */
  probe(): void {
    const nowMs = this.#clock.now();
    // Within the time that the server has for its next ping, its silence proves nothing.
    if (!this.#clientPings && !this.#isAwaited && !this.#isOverdue(nowMs)) return this.#owner.onAlive(false);
    this.#isAwaited = true;
    if (this.#clientPings) this.#ping(nowMs);
  }

  stop(): void {
    const timer = this.#timer;
    this.#timer = STOPPED;
    if (timer !== STOPPED) this.#clock.clearTimeout(timer);
  }

  #schedule(): void {
    const timer = this.#clock.setTimeout(() => this.#tick(), this.#tickMs);
    // The app's own clock may end the session while it is asked.
    if (this.#timer === STOPPED) this.#clock.clearTimeout(timer);
    else this.#timer = timer;
  }

  #tick(): void {
    this.#schedule();
    if (this.#timer === STOPPED) return;
    const nowMs = this.#clock.now();
    // After the wall clock was set back, neither would be due for as long as that.
    this.#pingedAtMs = Math.min(this.#pingedAtMs, nowMs);
    this.#silentSinceMs = Math.min(this.#silentSinceMs, nowMs);
    if (nowMs - this.#pingedAtMs >= this.#pingAfterMs) this.#ping(nowMs);
    if (this.#timer === STOPPED) return;
    if (this.#isOverdue(nowMs)) {
      this.#silentSinceMs = nowMs;
      this.#isAwaited = true;
      this.#owner.onSilent();
    }
    if (this.#timer !== STOPPED) this.#owner.onTick();
  }

  #isOverdue(nowMs: number): boolean {
    return nowMs - this.#silentSinceMs >= this.#silenceMs;
  }

  #ping(nowMs: number): void {
    this.#pingedAtMs = nowMs;
    this.#owner.sendPing();
  }
}
