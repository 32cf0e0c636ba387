import { SessionError } from '../errors.ts';
import type { Result } from '../result.ts';
import { callSafely } from './call-safely.ts';

/** How a call is started: it gets a function that settles it, and answers one that is called when it is cancelled. */
export type StartCall<Value> = (settle: (result: Result<Value>) => void) => (() => void) | undefined;

/**
 * The answer of every method of the client: an eager promise of a {@link Result} that never rejects (law 3), with the
 * three ways an app may want to take it: `await`, a callback, or a value that throws.
 */
export class Call<Value> extends Promise<Result<Value>> {
  /** `then` and friends answer plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #cancel: () => void;
  readonly #report: (cause: unknown) => void;

  constructor(start: StartCall<Value>, report: (cause: unknown) => void) {
    let resolve: (result: Result<Value>) => void = () => {};
    super((resolvePromise) => {
      resolve = resolvePromise;
    });
    const onCancel = start((result) => resolve(result));
    this.#cancel = () => onCancel?.();
    this.#report = report;
  }

  /** Calls `listener` with the result once it is there. A listener that throws is reported to `onDiagnostic`. */
  enqueue(listener: (result: Result<Value>) => void): this {
    this.then((result) => callSafely(() => listener(result), this.#report));
    return this;
  }

  /**
   * Stops waiting. The call settles with `stillConnecting` or `cancelled`, unless it has settled; the session goes on:
   * only `disconnect()` ends it. Of `request()` it also breaks off an answer whose body is still being read.
   */
  cancel(): void {
    this.#cancel();
  }

  /** The value itself; rejects with the {@link SessionError} of a failure. For callers who prefer exceptions. */
  orThrow(): Promise<Value> {
    return this.then((result) => {
      if (result.success) return result.value;
      throw result.error;
    });
  }
}

/** A call that is settled already. */
export function settledCall<Value>(result: Result<Value>, report: (cause: unknown) => void): Call<Value> {
  return new Call<Value>((settle) => {
    settle(result);
    return undefined;
  }, report);
}

export const DISPOSED = (): SessionError => new SessionError({ code: 'disposed', message: 'The client was disposed.' });
