import type { ConnectRecord, Counts, DevServerEvent, WaitOptions } from './types.ts';

/** What the server itself writes into a {@link ConnectRecord}. */
export type OpenRecord = { -readonly [Field in keyof ConnectRecord]: ConnectRecord[Field] };

type MutableCounts = { -readonly [Field in keyof Counts]: Counts[Field] };

/** What happened: counters, connection attempts, and events for listeners and waits. */
export interface EventLog {
  /** Changes the counts in all, and those of the user. */
  count(userId: string | null, change: (counts: MutableCounts) => void): void;
  enter(
    attempt: Pick<ConnectRecord, 'userId' | 'authType' | 'userDetails' | 'token'>,
    outcome: ConnectRecord['outcome'],
  ): OpenRecord;
  emit(event: DevServerEvent): void;
  counts(userId?: string): Counts;
  users(): Readonly<Record<string, Counts>>;
  connects(userId?: string): readonly ConnectRecord[];
  on(listener: (event: DevServerEvent) => void): () => void;
  waitFor(predicate: (event: DevServerEvent) => boolean, options?: WaitOptions): Promise<DevServerEvent>;
  until(condition: () => boolean, options?: WaitOptions): Promise<void>;
  /** Rejects every wait that is left. */
  close(): void;
}

const KEPT_CONNECTS = 10_000;
const DEFAULT_WAIT_MS = 5_000;

export function createEventLog(now: () => number): EventLog {
  const total = zeroCounts();
  const countsByUser = new Map<string, MutableCounts>();
  const connects: OpenRecord[] = [];
  const listeners = new Set<(event: DevServerEvent) => void>();
  const waiting = new Set<(reason: Error) => void>();
  let lastNumber = 0;

  function on(listener: (event: DevServerEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  function wait<Value>(
    read: (event: DevServerEvent | null) => Value | undefined,
    options: WaitOptions = {},
  ): Promise<Value> {
    const { timeoutMs = DEFAULT_WAIT_MS } = options;
    // Made here, so that its stack leads to the wait and not to a timer.
    const timedOut = new Error(`The development server saw no such event within ${timeoutMs} ms`);
    const promise = new Promise<Value>((resolve, reject) => {
      const check = (event: DevServerEvent | null) => {
        try {
          const value = read(event);
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
      const timer = setTimeout(() => fail(timedOut), timeoutMs);
      const off = on(check);
      const stop = () => {
        clearTimeout(timer);
        off();
        waiting.delete(fail);
      };
      waiting.add(fail);
      check(null);
    });
    // A wait that is no longer awaited must not end the process.
    promise.catch(() => undefined);
    return promise;
  }

  return {
    on,

    count(userId, change) {
      change(total);
      if (userId === null) return;
      const counts = countsByUser.get(userId) ?? zeroCounts();
      countsByUser.set(userId, counts);
      change(counts);
    },

    enter(attempt, outcome) {
      lastNumber += 1;
      const record: OpenRecord = {
        number: lastNumber,
        ...attempt,
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
          // The listener's owner sees its error, and the server goes on.
          queueMicrotask(() => {
            throw error;
          });
        }
      }
    },

    counts: (userId) => ({ ...(userId === undefined ? total : (countsByUser.get(userId) ?? zeroCounts())) }),

    users: () => Object.fromEntries([...countsByUser].map(([userId, counts]) => [userId, { ...counts }])),

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

function zeroCounts(): MutableCounts {
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
