import type { ConnectRecord, Counts, DevServerEvent, WaitOptions } from './types.ts';

/** What the server itself writes into a {@link ConnectRecord}. */
export type OpenRecord = { -readonly [Field in keyof ConnectRecord]: ConnectRecord[Field] };

type BranchCoverage = { -readonly [Field in keyof Counts]: Counts[Field] };

/** What happened: counters, connects, and events for those who wait. */
export interface Ledger {
  /** The tallies a thing counts in: the total, and the user's. */
  tally(userId: string | null, change: (tally: BranchCoverage) => void): void;
  enter(
    seen: Pick<ConnectRecord, 'userId' | 'authType' | 'userDetails' | 'token'>,
    outcome: ConnectRecord['outcome'],
  ): OpenRecord;
  emit(event: DevServerEvent): void;
  counts(userId?: string): Counts;
  users(): Readonly<Record<string, Counts>>;
  connects(userId?: string): readonly ConnectRecord[];
  on(listener: (event: DevServerEvent) => void): () => void;
  waitFor(predicate: (event: DevServerEvent) => boolean, options?: WaitOptions): Promise<DevServerEvent>;
  until(condition: () => boolean, options?: WaitOptions): Promise<void>;
  /** Rejects who still waits. */
  close(): void;
}

const KEPT_CONNECTS = 10_000;
const DEFAULT_WAIT_MS = 5_000;

export function createLedger(now: () => number): Ledger {
  const total = newTally();
  const tallies = new Map<string, BranchCoverage>();
  const connects: OpenRecord[] = [];
  const listeners = new Set<(event: DevServerEvent) => void>();
  const waiting = new Set<(reason: Error) => void>();
  let lastNumber = 0;

  function on(listener: (event: DevServerEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  function wait<Value>(
    look: (event: DevServerEvent | null) => Value | undefined,
    options: WaitOptions = {},
  ): Promise<Value> {
    const { timeoutMs = DEFAULT_WAIT_MS } = options;
    const asked = new Error(`The development server saw nothing of the kind within ${timeoutMs} ms`);
    const promise = new Promise<Value>((resolve, reject) => {
      const attempt = (event: DevServerEvent | null) => {
        try {
          const value = look(event);
          if (value === undefined) return;
          stop();
          resolve(value);
        } catch (error) {
          fail(error);
        }
      };
      const fail = (reason: unknown) => {
        stop();
        reject(reason);
      };
      const timer = setTimeout(() => fail(asked), timeoutMs);
      const off = on(attempt);
      const stop = () => {
        clearTimeout(timer);
        off();
        waiting.delete(fail);
      };
      waiting.add(fail);
      attempt(null);
    });
    // Who started a wait and lost interest is not to be killed by its end.
    promise.catch(() => undefined);
    return promise;
  }

  return {
    on,

    tally(userId, change) {
      change(total);
      if (userId === null) return;
      const tally = tallies.get(userId) ?? newTally();
      tallies.set(userId, tally);
      change(tally);
    },

    enter(seen, outcome) {
      lastNumber += 1;
      const record: OpenRecord = {
        number: lastNumber,
        ...seen,
        tokenProblem: null,
        outcome,
        errorCode: null,
        connectionId: null,
        isOpen: outcome !== 'upgradeRefused',
        framesReceived: 0,
        clientCloseCode: null,
        openedAtMs: now(),
        closedAtMs: null,
      };
      connects.push(record);
      if (connects.length > KEPT_CONNECTS) connects.shift();
      return record;
    },

    emit(event) {
      for (const listener of [...listeners]) {
        try {
          listener(event);
        } catch (error) {
          // A listener's fault is its owner's to see, and nothing the server stumbles over.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },

    counts: (userId) => ({ ...(userId === undefined ? total : (tallies.get(userId) ?? newTally())) }),

    users: () => Object.fromEntries([...tallies].map(([userId, tally]) => [userId, { ...tally }])),

    connects: (userId) => connects.filter((connect) => userId === undefined || connect.userId === userId),

    waitFor: (predicate, options) => wait((event) => (event !== null && predicate(event) ? event : undefined), options),

    until: async (condition, options) => {
      await wait(() => (condition() ? true : undefined), options);
    },

    close() {
      for (const fail of [...waiting]) fail(new Error('The development server was closed'));
      listeners.clear();
    },
  };
}

function newTally(): BranchCoverage {
  return {
    opened: 0,
    openNow: 0,
    highestOpen: 0,
    upgradesRefused: 0,
    hellos: 0,
    refused: 0,
    framesReceived: 0,
    tokenCalls: 0,
    httpCalls: 0,
  };
}
