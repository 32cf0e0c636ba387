import type { Clock } from '../clock.ts';
import type { FailureInfo } from '../errors.ts';
import { later } from '../later.ts';
import type { Identity } from '../user.ts';
import type { TokenReason, TokenRequest } from './source.ts';
import { noToken, type TokenResult } from './token-result.ts';

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
  /** Called once, in a later microtask. */
  readonly onResult: (result: TokenResult) => void;
  /** Of the loader. */
  timer?: unknown;
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

  get underWay(): TokenLoad | null {
    return this.#current?.load ?? null;
  }

  /** `waiter` gets its result at the latest after `timeoutMs`; without it, the caller bounds its wait by {@link leave}. */
  load(load: TokenLoad, waiter: TokenWaiter, timeoutMs?: number): void {
    const before = this.#current;
    const current = before !== null && isSame(before.load, load) ? before : this.#supersede(before, load);
    current.waiters.add(waiter);
    if (timeoutMs === undefined) return;
    waiter.timer = this.#clock.setTimeout(() => {
      this.leave(waiter);
      waiter.onResult(TIMED_OUT);
    }, timeoutMs);
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
    this.#settle(current, { ok: false, permanent: false, failure });
  }

  #supersede(before: CurrentLoad | null, load: TokenLoad): CurrentLoad {
    const current: CurrentLoad = { load, controller: new AbortController(), waiters: before?.waiters ?? new Set() };
    this.#current = current;
    later(() => this.#run(current));
    before?.controller.abort();
    return current;
  }

  async #run(current: CurrentLoad): Promise<void> {
    if (this.#current !== current) return;
    const { load, controller } = current;
    const result = await load.ask({ signal: controller.signal, reason: load.reason }).catch(() => ASKING_FAILED);
    if (this.#current !== current) return;
    this.#current = null;
    this.#settle(current, result);
  }

  #settle({ waiters }: CurrentLoad, result: TokenResult): void {
    for (const waiter of waiters) {
      this.#clock.clearTimeout(waiter.timer);
      waiter.onResult(result);
    }
  }
}

const TIMED_OUT = noToken('tokenTimedOut', 'The token provider did not answer in time.');
const ASKING_FAILED = noToken('internal', 'Asking the token source failed.');

function isSame(a: TokenLoad, b: TokenLoad): boolean {
  return a.sourceKey === b.sourceKey && a.identity.kind === b.identity.kind && a.identity.id === b.identity.id;
}
