/**
 * Every duration of a session, in milliseconds. All are options; tests set them, apps rarely need to.
 * Durations above 2^31 − 1 ms are refused, because platform timers fire them at once.
 */
export const DEFAULT_TIMING = {
  /** How long the stored user may take to be read. Default 3,000. */
  restoreTimeoutMs: 3_000,
  /** How long a token provider may take. Default 15,000. */
  tokenTimeoutMs: 15_000,
  /** From opening a socket to the hello. Default 15,000. */
  helloTimeoutMs: 15_000,
  /**
   * How long silence may last before the client asks for a sign of life. A keep-alive ping goes out a little earlier
   * (by a fifth of it, at most 5 s), whatever else was received. Default 25,000.
   */
  pingIntervalMs: 25_000,
  /** How long the reply to a probe may take before the socket counts as half-open. Default 10,000. */
  probeTimeoutMs: 10_000,
  /** After being connected for that long, a session counts as stable and its backoff starts afresh. Default 10,000. */
  stableAfterMs: 10_000,
  /** The window of the first retry; it grows in three equal steps to `backoffCapMs`. Default 3,000. */
  backoffBaseMs: 3_000,
  /** The largest window, from the fourth failure in a row on. Default 25,000. */
  backoffCapMs: 25_000,
  /**
   * The longest time that a server can ask the client to wait, by Retry-After for instance: longer than any rate limit
   * window in use, and short enough that an absurd value does not lock a session. Default 300,000.
   */
  maxRetryAfterMs: 300_000,
  /** The longest wait once the network or the app is back, or after `retryNow()`. Default 1,000. */
  quickRetryMs: 1_000,
  /** The longest wait between attempts while the device reports that it is offline. Default 60,000. */
  offlineRetryMs: 60_000,
  /** The longest wait between attempts while the app is in the background. Default 60,000. */
  backgroundRetryMs: 60_000,
  /**
   * How long a change in storage may take. A logout waits that long for the removal of the stored user; a user who is
   * not stored within that time after a login is reported as not stored. Default 3,000.
   */
  storageWriteTimeoutMs: 3_000,
  /** How long a close handshake may take, at most half of `helloTimeoutMs`. Default 1,000. */
  closeTimeoutMs: 1_000,
} as const;

/** Every duration of a session, in milliseconds. */
export type Timing = { readonly [Name in keyof typeof DEFAULT_TIMING]: number };
