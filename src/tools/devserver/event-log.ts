import { DURATION, readMembers } from '../../input.ts';
import { BoundedMap } from './bounded-map.ts';
import type { ConnectRecord, Counts, DevServerEvent, WaitOptions } from './types.ts';

type Mutable<Type> = { -readonly [Field in keyof Type]: Type[Field] };

/** What the server itself writes into a {@link ConnectRecord}. */
export type OpenRecord = Mutable<ConnectRecord>;

type Attempt = Pick<ConnectRecord, 'userId' | 'authType' | 'userDetails' | 'token'>;

const KEPT_CONNECTS = 10_000;
const KEPT_USERS = 10_000;
const DEFAULT_WAIT_MS = 5_000;

/** Before anything has happened. */
export const NO_COUNTS = {
  /** Sockets ever upgraded. */
  opened: 0,
  /** Sockets upgraded whose TCP connection is not gone yet. */
  openNow: 0,
  /** The highest value that `openNow` ever had. */
  highestOpen: 0,
  /** Upgrades refused. */
  upgradesRefused: 0,
  /** Hellos sent. */
  hellos: 0,
  /** Connects answered with an error frame. */
  refused: 0,
  /** Data frames received. */
  framesReceived: 0,
  /** Calls of `GET /dev/token`, failed and held ones included. */
  tokenCalls: 0,
  /** All other HTTP calls, those to `/dev/…` excluded. */
  httpCalls: 0,
};

export type EventLog = ReturnType<typeof createEventLog>;

/** What happened: counters, connection attempts, and events for listeners and waits. */
export function createEventLog(now: () => number) {
  const total = { ...NO_COUNTS };
  const countsByUser = new BoundedMap<string, Mutable<Counts>>(KEPT_USERS);
  const connects: OpenRecord[] = [];
  const listeners = new Set<(event: DevServerEvent) => void>();
  const waiting = new Set<(reason: Error) => void>();
  let lastNumber = 0;

  function countsOf(userId: string): Mutable<Counts> {
    const counts = countsByUser.get(userId) ?? { ...NO_COUNTS };
    countsByUser.set(userId, counts);
    return counts;
  }

  function on(listener: (event: DevServerEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  /** Resolves with the first event that fits; `null` when it fits at once, before any event. */
  function wait(
    fits: (event: DevServerEvent | null) => boolean,
    options: WaitOptions = {},
  ): Promise<DevServerEvent | null> {
    const { timeoutMs = DEFAULT_WAIT_MS } = readMembers(options, { timeoutMs: DURATION });
    // Made here, so that its stack leads to the wait and not to a timer.
    const timedOut = new Error(`The development server saw no such event within ${timeoutMs} ms`);
    const promise = new Promise<DevServerEvent | null>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        off();
        waiting.delete(fail);
      };
      const fail = (reason: unknown) => {
        stop();
        reject(reason);
      };
      const check = (event: DevServerEvent | null) => {
        try {
          if (!fits(event)) return;
          stop();
          resolve(event);
        } catch (error) {
          fail(error);
        }
      };
      const timer = setTimeout(fail, timeoutMs, timedOut);
      const off = on(check);
      waiting.add(fail);
      check(null);
    });
    // A wait that is no longer awaited must not end the process.
    promise.catch(() => undefined);
    return promise;
  }

  return {
    on,

    count(userId: string | null, name: keyof Counts, by = 1): void {
      for (const counts of userId === null ? [total] : [total, countsOf(userId)]) {
        counts[name] += by;
        counts.highestOpen = Math.max(counts.highestOpen, counts.openNow);
      }
    },

    enter({ userId, authType, userDetails, token }: Attempt, outcome: ConnectRecord['outcome']): OpenRecord {
      lastNumber += 1;
      const record: OpenRecord = {
        number: lastNumber,
        userId,
        authType,
        userDetails,
        token,
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

    emit(event: DevServerEvent): void {
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

    counts: (userId?: string): Counts => ({
      ...(userId === undefined ? total : (countsByUser.get(userId) ?? NO_COUNTS)),
    }),
    users: () => Object.fromEntries([...countsByUser].map(([userId, counts]) => [userId, { ...counts }])),
    connects: (userId?: string) => connects.filter((connect) => userId === undefined || connect.userId === userId),
    waitFor: (predicate: (event: DevServerEvent) => boolean, options?: WaitOptions) =>
      wait((event) => event !== null && predicate(event), options) as Promise<DevServerEvent>,
    until: async (condition: () => boolean, options?: WaitOptions) => void (await wait(condition, options)),

    close(): void {
      for (const fail of [...waiting]) fail(new Error('The development server was closed'));
      listeners.clear();
    },
  };
}
