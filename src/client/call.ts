import type { DiagnosticSource, SendReport } from '../diagnostics.ts';
import { failure, isSessionError, type Result, SessionError } from '../errors.ts';
import { callSafely } from '../input.ts';
import { describeCause } from '../token/redact.ts';
import { reportMistake, unreadFailure } from './reporter.ts';

/**
 * What every method of the client returns: an eager promise of a {@link Result} that never rejects (law 3), with the
 * three ways an app may want to take it: `await`, a callback, or a value that throws. It is a thenable and not an
 * instance of `Promise`: subclasses of built-ins do not work on every engine (Hermes has no `Symbol.species`).
 */
export interface Call<Value> extends Promise<Result<Value>> {
  /** Calls `listener` with the result once it is there. A listener that throws is reported to `onDiagnostic`. */
  enqueue(listener: (result: Result<Value>) => void): Call<Value>;
  /**
   * Stops waiting. The call settles with `stillConnecting` or `cancelled`, unless it has settled; the session goes on:
   * only `disconnect()` ends it. Of `request()` it also breaks off a response whose body is still being read.
   */
  cancel(): void;
  /** The value itself; rejects with the {@link SessionError} of a failure. For callers who prefer exceptions. */
  orThrow(): Promise<Value>;
}

/**
 * How a call is started: it gets a function that settles it, and returns one that is called when it is cancelled. A
 * {@link SessionError} that it throws is the result of the call.
 */
export type StartCall<Value> = (settle: (result: Result<Value>) => void) => (() => void) | undefined;

/** Where a call reports that a listener given to `enqueue` has thrown, or that nothing looks at its failure. */
export interface CallReports {
  readonly report: SendReport;
  readonly faultsOf: (source: DiagnosticSource) => (thrown: unknown) => void;
  readonly warnings: boolean;
}

/** How the React bindings, which may be another copy of this package, look at a result without counting as the app. */
export const PEEK: unique symbol = Symbol.for('sessionchart.peek');

export interface PeekableCall<Value> extends Call<Value> {
  [PEEK](listener: (result: Result<Value>) => void): void;
}

export function createCall<Value>(start: StartCall<Value>, reports: CallReports): Call<Value> {
  let isRead = false;
  let onCancel: (() => void) | undefined;
  const promise = new Promise<Result<Value>>((resolve) => {
    try {
      onCancel = start(resolve);
    } catch (thrown) {
      resolve(failure(toSessionError(thrown)));
    }
  });
  const read = () => {
    isRead = true;
    return promise;
  };
  promise.then(async (result) => {
    if (result.success || IS_ASKED_FOR.includes(result.error.code)) return;
    // The statement that made the call may take its result a little later: an `await` does one turn after it.
    for (let turn = 0; turn < TURNS_TO_READ && !isRead; turn += 1) await undefined;
    if (!isRead) reportMistake(reports, unreadFailure(result.error), result.error.remedy);
  });
  const call: PeekableCall<Value> = {
    // biome-ignore lint/suspicious/noThenProperty: a call is awaited
    then: (onFulfilled, onRejected) => read().then(onFulfilled, onRejected),
    catch: (onRejected) => read().catch(onRejected),
    finally: (onFinally) => read().finally(onFinally),
    enqueue(listener) {
      read().then((result) => callSafely(listener, reports.faultsOf('listener'), result));
      return call;
    },
    cancel() {
      isRead = true;
      onCancel?.();
    },
    orThrow() {
      const caller = callerOf(call.orThrow);
      return read().then((result) => {
        if (result.success) return result.value;
        throw result.error.thrownAt(caller);
      });
    },
    [PEEK]: (listener) => void promise.then(listener),
    [Symbol.toStringTag]: 'Call',
  };
  return call;
}

/** Whatever else is thrown is a fault of this library. */
function toSessionError(thrown: unknown): SessionError {
  if (isSessionError(thrown)) return thrown;
  const { text, cause } = describeCause(thrown);
  return new SessionError({ code: 'internal', message: `The call threw: ${text}`, cause });
}

/** Enough for an `await` behind two or three functions that hand the call on. */
const TURNS_TO_READ = 10;

/** What the app's own `dispose()`, `disconnect()` and `cancel()` do to calls that wait. */
const IS_ASKED_FOR: readonly string[] = ['disposed', 'loggedOut', 'cancelled'];

/** The stack of the caller of `method`, so that an exception begins in the app and not in this library. */
function callerOf(method: () => unknown): string | undefined {
  const here = new Error();
  (Error as { captureStackTrace?(error: Error, below: unknown): void }).captureStackTrace?.(here, method);
  return here.stack;
}
