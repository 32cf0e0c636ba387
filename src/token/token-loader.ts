import { boundReply, type Clock, later } from '../clock.ts';
import { TOKEN_TIMED_OUT } from '../errors.ts';
import { type Identity, isSame } from '../user.ts';
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

/** A caller who waits for a token. Called once, in a later microtask. */
export type TokenWaiter = (result: TokenResult) => void;

interface CurrentLoad {
  readonly load: TokenLoad;
  readonly controller: AbortController;
  readonly waiters: Set<TokenWaiter>;
  /** Set from the moment the source is asked. */
  stopTimer?: () => void;
}

/**
 * Runs one load at a time and shares it: a caller who needs a token while one is being loaded waits for that one. A load
 * from another source takes over those who wait; the result of a load that was superseded or aborted is dropped. A load
 * is bounded by itself, also when others join it: one that hangs is aborted, and the next caller asks the source again.
 */
export class TokenLoader {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #current: CurrentLoad | null = null;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  get underWay(): TokenLoad | null {
    return this.#current?.load ?? null;
  }

  load(load: TokenLoad, waiter: TokenWaiter): void {
    const before = this.#current;
    if (before !== null && isSameLoad(before.load, load)) return void before.waiters.add(waiter);
    const waiters = (before?.waiters ?? new Set()).add(waiter);
    const current: CurrentLoad = { load, controller: new AbortController(), waiters };
    this.#current = current;
    later(() => this.#run(current));
    // Last: the provider's listener may ask for a token in turn.
    if (before !== null) cancel(before);
  }

  /** The caller no longer waits; when no other one does, the load is aborted. */
  leave(waiter: TokenWaiter): void {
    const current = this.#current;
    if (current?.waiters.delete(waiter) === true && current.waiters.size === 0) this.#drop(current);
  }

  /** Aborts the load; those who still wait receive `result`. */
  abort(result: TokenResult): void {
    const current = this.#current;
    if (current === null) return;
    this.#drop(current);
    for (const waiter of current.waiters) waiter(result);
  }

  #drop(current: CurrentLoad): void {
    this.#current = null;
    cancel(current);
  }

  async #run(current: CurrentLoad): Promise<void> {
    if (this.#current !== current) return;
    const { load, controller } = current;
    const stopTimer = boundReply(this.#clock, () => this.abort(TIMED_OUT), this.#timeoutMs);
    current.stopTimer = stopTimer;
    // The app's clock, which was asked for a timer, may have ended the session.
    if (this.#current !== current) return stopTimer();
    const result = await load.ask({ signal: controller.signal, reason: load.reason }).catch(() => ASKING_FAILED);
    if (this.#current !== current) return;
    this.#current = null;
    stopTimer();
    for (const waiter of current.waiters) waiter(result);
  }
}

function cancel({ controller, stopTimer }: CurrentLoad): void {
  stopTimer?.();
  controller.abort();
}

const TIMED_OUT: TokenResult = { ok: false, permanent: false, failure: TOKEN_TIMED_OUT };
const ASKING_FAILED = noToken('internal', 'Asking the token source failed.');

const isSameLoad = (a: TokenLoad, b: TokenLoad) => a.sourceKey === b.sourceKey && isSame(a.identity, b.identity);
