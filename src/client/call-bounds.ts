import { boundReply, type Clock } from '../clock.ts';
import { invalidArgument } from '../errors.ts';
import { follow } from '../follow-signal.ts';
import { assertFit, DURATION, hasMethods, knownMembers, readInput } from '../input.ts';

/** How long a call may wait, and what cuts it short. Both bound the call, never the session. */
export interface CallOptions {
  /**
   * Default 30,000. Left out, a first login whose attempts fail is settled after 5,000, with `stillConnecting` and the
   * reason; at once, if the address serves no WebSocket.
   */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface CallBounds {
  readonly timeoutMs: number;
  /** Whether the caller has chosen it. */
  readonly hasOwnTimeout: boolean;
  readonly signal: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * @param others The options that the call has besides these.
 * @throws SessionError `invalidArgument` that names the field.
 */
export function parseCallOptions(options: CallOptions, others: readonly string[] = []): CallBounds {
  return readInput('options', () => {
    knownMembers(options, [...others, 'timeoutMs', 'signal']);
    const { timeoutMs: given, signal } = options;
    const timeoutMs = given === undefined ? DEFAULT_TIMEOUT_MS : given;
    assertFit('timeoutMs', timeoutMs, DURATION);
    if (signal !== undefined) readInput('signal', () => checkSignal(signal));
    return { timeoutMs, hasOwnTimeout: given !== undefined, signal };
  });
}

function checkSignal(signal: AbortSignal): void {
  const { aborted } = Object(signal) as AbortSignal;
  if (typeof aborted !== 'boolean' || !hasMethods(signal, 'addEventListener', 'removeEventListener')) {
    throw invalidArgument('signal', 'expected an AbortSignal');
  }
  // A signal that throws is refused now, while nothing is started.
  signal.addEventListener('abort', ignore);
  signal.removeEventListener('abort', ignore);
}

/** To be asked once the call has begun: what it starts may abort the signal before the call listens to it. */
export function isAborted({ signal }: CallBounds): boolean {
  try {
    return signal?.aborted === true;
  } catch {
    // It may be the app's own object. The time-out bounds the call in any case.
    return false;
  }
}

/** Calls back at the bound that is reached first; returns what stops that. */
export function startBounds(
  { timeoutMs, signal }: CallBounds,
  clock: Clock,
  onTimeout: () => void,
  onAbort: () => void,
): () => void {
  const stopTimer = boundReply(clock, onTimeout, timeoutMs);
  const stopFollowing = signal && follow(signal, onAbort);
  return () => {
    stopTimer();
    stopFollowing?.();
  };
}

function ignore(): void {}
