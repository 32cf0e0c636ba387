import type { Clock } from '../clock.ts';
import type { FailureInfo } from '../errors.ts';
import type { Identity } from '../user.ts';
import type { TokenResult } from './load-token.ts';
import type { TokenReason, TokenRequest } from './source.ts';

/** What is to be loaded. Loads for the same user from the same source are one load. */
export interface TokenLoad {
  readonly identity: Identity;
  /** The source, as a key into the tokenSources. */
  readonly key: number;
  readonly reason: TokenReason;
  /** Asks once. It is called in a later microtask, so that no app code runs inside of a transition. */
  readonly ask: (request: TokenRequest) => Promise<TokenResult>;
  /** Called once with what was asked for, before those who wait; not when the load was superseded or aborted. */
  readonly settled: (answer: TokenResult) => void;
}

/**
 * Runs one load at a time and shares it: whoever needs a token while one is being loaded waits for that one. A load for
 * another source takes over those who wait; the answer of a load that was superseded or aborted is dropped.
 */
export interface TokenLoader {
  /**
   * Calls `onAnswer` once, in a later microtask, at the latest after `timeoutMs`; `null` leaves time-outs to the caller.
   * The answered function stops waiting; when nobody waits any more, the load is aborted.
   */
  load(wanted: TokenLoad, timeoutMs: number | null, onAnswer: (answer: TokenResult) => void): () => void;
  /** Whether a load is under way. */
  readonly isLoading: boolean;
  /** Waits for the load under way, of whatever source. Only while `isLoading`. */
  join(timeoutMs: number, onAnswer: (answer: TokenResult) => void): void;
  /** Aborts the load; those who still wait are answered `failure`. */
  abort(failure: FailureInfo): void;
}

interface Load {
  readonly wanted: TokenLoad;
  readonly controller: AbortController;
  readonly waiters: Set<Waiter>;
}

interface Waiter {
  readonly onAnswer: (answer: TokenResult) => void;
  timer: unknown;
}

const TIMED_OUT: TokenResult = {
  ok: false,
  permanent: false,
  failure: { code: 'tokenTimedOut', message: 'The token provider did not answer in time.' },
};

export function createTokenLoader(clock: Clock): TokenLoader {
  let current: Load | null = null;

  function begin(wanted: TokenLoad): Load {
    const load: Load = { wanted, controller: new AbortController(), waiters: new Set() };
    const { signal } = load.controller;
    queueMicrotask(() => {
      if (current !== load) return;
      wanted.ask({ signal, reason: wanted.reason }).then(
        (answer) => settle(load, answer),
        () => settle(load, { ok: false, permanent: false, failure: ASKING_FAILED }),
      );
    });
    return load;
  }

  function settle(load: Load, answer: TokenResult): void {
    if (current !== load) return;
    current = null;
    load.wanted.settled(answer);
    answerAll(load, answer);
  }

  function answerAll(load: Load, answer: TokenResult): void {
    const waiters = [...load.waiters];
    load.waiters.clear();
    for (const waiter of waiters) {
      clock.clearTimeout(waiter.timer);
      waiter.onAnswer(answer);
    }
  }

  function supersede(wanted: TokenLoad): Load {
    const previous = current;
    const load = begin(wanted);
    current = load;
    if (previous !== null) {
      for (const waiter of previous.waiters) load.waiters.add(waiter);
      previous.waiters.clear();
      previous.controller.abort();
    }
    return load;
  }

  function wait(load: Load, timeoutMs: number | null, onAnswer: (answer: TokenResult) => void): () => void {
    const waiter: Waiter = { onAnswer, timer: undefined };
    load.waiters.add(waiter);
    if (timeoutMs !== null) {
      waiter.timer = clock.setTimeout(() => {
        leave(waiter);
        onAnswer(TIMED_OUT);
      }, timeoutMs);
    }
    return () => leave(waiter);
  }

  function leave(waiter: Waiter): void {
    clock.clearTimeout(waiter.timer);
    const load = current;
    if (load === null || !load.waiters.delete(waiter) || load.waiters.size > 0) return;
    current = null;
    load.controller.abort();
  }

  return {
    get isLoading() {
      return current !== null;
    },
    load(wanted, timeoutMs, onAnswer) {
      const load = current !== null && isSame(current.wanted, wanted) ? current : supersede(wanted);
      return wait(load, timeoutMs, onAnswer);
    },
    join(timeoutMs, onAnswer) {
      if (current !== null) wait(current, timeoutMs, onAnswer);
    },
    abort(failure) {
      const load = current;
      if (load === null) return;
      current = null;
      load.controller.abort();
      answerAll(load, { ok: false, permanent: false, failure });
    },
  };
}

const ASKING_FAILED: FailureInfo = { code: 'internal', message: 'Asking the token source failed.' };

function isSame(a: TokenLoad, b: TokenLoad): boolean {
  return a.key === b.key && a.identity.kind === b.identity.kind && a.identity.id === b.identity.id;
}
