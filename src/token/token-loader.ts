import type { Clock } from '../clock.ts';
import type { FailureInfo } from '../errors.ts';
import type { Identity } from '../user.ts';
import type { TokenResult } from './load-token.ts';
import type { TokenReason, TokenRequest } from './source.ts';

/** What is to be loaded. Loads for the same user from the same source are one load. */
export interface TokenLoad {
  readonly identity: Identity;
  readonly sourceKey: number;
  readonly reason: TokenReason;
  /** Asks once, in a later microtask, so that no app code runs inside of a transition. */
  readonly ask: (request: TokenRequest) => Promise<TokenResult>;
}

/** A caller who waits for a token. */
export interface TokenWaiter {
  readonly onResult: (result: TokenResult) => void;
  timer: unknown;
}

interface CurrentLoad {
  readonly load: TokenLoad;
  readonly controller: AbortController;
  readonly waiters: Set<TokenWaiter>;
}

/**
 * Runs one load at a time and shares it: a caller who needs a token while one is being loaded waits for that one. A load
 * from another source takes over those who wait; the result of a load that was superseded or aborted is dropped.
 */
export class TokenLoader {
  readonly #clock: Clock;
  #current: CurrentLoad | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isLoading(): boolean {
    return this.#current !== null;
  }

  /**
   * Calls `onResult` once, in a later microtask, at the latest after `timeoutMs`; `null` leaves the time-out to the
   * caller. Returns the waiter, with which the caller can {@link leave}.
   */
  load(load: TokenLoad, timeoutMs: number | null, onResult: TokenWaiter['onResult']): TokenWaiter {
    const current =
      this.#current !== null && isSame(this.#current.load, load) ? this.#current : this.#supersede(this.#current, load);
    return this.#wait(current, timeoutMs, onResult);
  }

  /** Waits for the load under way, from whichever source. Only while {@link isLoading}. */
  join(timeoutMs: number, onResult: TokenWaiter['onResult']): void {
    if (this.#current !== null) this.#wait(this.#current, timeoutMs, onResult);
  }

  /** The caller no longer waits; when no other one does, the load is aborted. */
  leave(waiter: TokenWaiter): void {
    this.#clock.clearTimeout(waiter.timer);
    const current = this.#current;
    if (current === null || !current.waiters.delete(waiter) || current.waiters.size > 0) return;
    this.#current = null;
    current.controller.abort();
  }

  /** Aborts the load; those who still wait receive `failure`. */
  abort(failure: FailureInfo): void {
    const current = this.#current;
    if (current === null) return;
    this.#current = null;
    current.controller.abort();
    this.#resolve(current, { ok: false, permanent: false, failure });
  }

  #supersede(previous: CurrentLoad | null, load: TokenLoad): CurrentLoad {
    const current: CurrentLoad = { load, controller: new AbortController(), waiters: previous?.waiters ?? new Set() };
    this.#current = current;
    queueMicrotask(() => this.#run(current));
    previous?.controller.abort();
    return current;
  }

  async #run(current: CurrentLoad): Promise<void> {
    if (this.#current !== current) return;
    const { load, controller } = current;
    const result = await load.ask({ signal: controller.signal, reason: load.reason }).catch(() => ASKING_FAILED);
    if (this.#current !== current) return;
    this.#current = null;
    this.#resolve(current, result);
  }

  #resolve({ waiters }: CurrentLoad, result: TokenResult): void {
    const waiting = [...waiters];
    waiters.clear();
    for (const waiter of waiting) {
      this.#clock.clearTimeout(waiter.timer);
      waiter.onResult(result);
    }
  }

  #wait({ waiters }: CurrentLoad, timeoutMs: number | null, onResult: TokenWaiter['onResult']): TokenWaiter {
    const waiter: TokenWaiter = { onResult, timer: undefined };
    waiters.add(waiter);
    if (timeoutMs !== null) {
      waiter.timer = this.#clock.setTimeout(() => {
        this.leave(waiter);
        onResult(TIMED_OUT);
      }, timeoutMs);
    }
    return waiter;
  }
}

const TIMED_OUT: TokenResult = {
  ok: false,
  permanent: false,
  failure: { code: 'tokenTimedOut', message: 'The token provider did not answer in time.' },
};
const ASKING_FAILED: TokenResult = {
  ok: false,
  permanent: false,
  failure: { code: 'internal', message: 'Asking the token source failed.' },
};

function isSame(a: TokenLoad, b: TokenLoad): boolean {
  return a.sourceKey === b.sourceKey && a.identity.kind === b.identity.kind && a.identity.id === b.identity.id;
}
