import { LONGEST_DELAY_MS } from '../clock.ts';
import { invalidArgument, SessionError } from '../errors.ts';
import { failure, type Result, success } from '../result.ts';

/** How long a call may wait, and what cuts it short. Both bound the call, never the session. */
export interface CallOptions {
  /**
   * Default 30,000. Left out, a first login is settled earlier, with `stillConnecting` and the reason, when its first
   * attempts show that nothing serves this address.
   */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** {@link CallOptions} after they were checked. */
export interface CallBounds {
  /** Only a signal of the platform, which is known not to throw. */
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Whether the caller has chosen it. */
  readonly hasOwnTimeout: boolean;
  /** Whether the signal was aborted before the call. */
  readonly isAborted: boolean;
  /** Calls `listener` when the signal is aborted. Returns what stops that. Neither throws, whatever the signal does. */
  onAbort(listener: () => void): () => void;
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** Checks what bounds a call. Never throws. */
export function parseCallOptions(options: CallOptions): Result<CallBounds> {
  return readSafely('options', () => {
    if (typeof options !== 'object' || options === null) return failure(NO_OPTIONS());
    const { timeoutMs: given, signal } = options;
    const timeoutMs = given === undefined ? DEFAULT_TIMEOUT_MS : given;
    if (!(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= LONGEST_DELAY_MS)) {
      return failure(invalidArgument('timeoutMs', `expected milliseconds above 0 and not above ${LONGEST_DELAY_MS}`));
    }
    return readSafely('signal', () =>
      isSignal(signal)
        ? success({
            timeoutMs,
            hasOwnTimeout: given !== undefined,
            signal: platformOnly(signal),
            isAborted: signal?.aborted === true,
            onAbort: (listener) => listen(signal, listener),
          })
        : failure(invalidArgument('signal', 'expected an AbortSignal')),
    );
  });
}

/** What `disconnect` was given; `undefined` and `null` stand for no options. Never throws. */
export function parseForgetUser(
  options: { readonly forgetUser?: boolean | undefined } | null | undefined,
): Result<boolean> {
  return readSafely('options', () => {
    if (options === undefined || options === null) return success(true);
    if (typeof options !== 'object') return failure(NO_OPTIONS());
    const { forgetUser = true } = options;
    return typeof forgetUser === 'boolean'
      ? success(forgetUser)
      : failure(invalidArgument('forgetUser', 'expected true or false'));
  });
}

/**
 * What `read` returns, or the `SessionError` that it throws; or that the field cannot be read, because a getter or a proxy
 * of the app may throw anything (law 3).
 */
export function readSafely<Value>(field: string, read: () => Result<Value>): Result<Value> {
  try {
    return read();
  } catch (thrown) {
    return failure(thrown instanceof SessionError ? thrown : invalidArgument(field, 'cannot be read'));
  }
}

const NO_OPTIONS = () => invalidArgument('options', 'expected an object');

function isSignal(signal: AbortSignal | undefined): boolean {
  if (signal === undefined) return true;
  const { aborted, addEventListener, removeEventListener } = Object(signal) as Partial<AbortSignal>;
  if (typeof aborted !== 'boolean' || typeof addEventListener !== 'function') return false;
  if (typeof removeEventListener !== 'function') return false;
  // A signal that throws is refused now, while nothing is started.
  signal.addEventListener('abort', ignore);
  signal.removeEventListener('abort', ignore);
  return true;
}

function platformOnly(signal: AbortSignal | undefined): AbortSignal | undefined {
  return typeof AbortSignal === 'function' && signal instanceof AbortSignal ? signal : undefined;
}

function listen(signal: AbortSignal | undefined, listener: () => void): () => void {
  const attempt = (act: () => void) => {
    try {
      act();
    } catch {
      // It was refused at the call if it ever threw there; the time-out bounds the call in any case.
    }
  };
  attempt(() => signal?.addEventListener('abort', listener));
  return () => attempt(() => signal?.removeEventListener('abort', listener));
}

function ignore(): void {}
