import { boundReply, type Clock } from '../clock.ts';
import { follow } from '../follow-signal.ts';
import { type Checks, DURATION, hasMethods, readMembers } from '../input.ts';

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

export const CALL_CHECKS: Checks<CallOptions> = {
  timeoutMs: DURATION,
  signal: [isSignal, 'an AbortSignal'],
};

/** @throws SessionError `invalidArgument` that names the field. */
export function parseCallOptions(options: CallOptions): CallBounds {
  return boundsOf(readMembers(options, CALL_CHECKS));
}

/** The bounds in options that are fit. */
export function boundsOf({ timeoutMs, signal }: CallOptions): CallBounds {
  return { timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS, hasOwnTimeout: timeoutMs !== undefined, signal };
}

/** One that throws is refused now, while nothing is started. */
function isSignal(value: unknown): boolean {
  const { aborted } = Object(value) as { readonly aborted?: unknown };
  if (typeof aborted !== 'boolean' || !hasMethods(value, 'addEventListener', 'removeEventListener')) return false;
  value.addEventListener('abort', ignore);
  value.removeEventListener('abort', ignore);
  return true;
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
