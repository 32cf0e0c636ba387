import type { Result } from '../../../../src/index.ts';
import type { Backend, BackendEvent } from '../../../../src/testing/backend/backend.ts';
import { must } from './law-violation.ts';

/** The users who are stored once they are connected. */
const REGISTERED: ReadonlySet<string> = new Set(['alice', 'bob']);

/** Logins of one user with no logout between them: when the first was asked for, and how many writes they may still have. */
interface UnwrittenLogins {
  readonly since: number;
  readonly writes: number;
}

/** Follows who is stored, and who asked for that: laws 6 and 7. Moments are numbered, since many things happen at one time. */
export class StorageOracle {
  readonly #backend: Backend;
  /** Users that the server refused for good, who may be removed. */
  readonly #refused = new Set<string>();
  #moment = 0;
  #seenLog = 0;
  /** When the login of the record that is there was asked for, and when the newest write was ordered. */
  #storedAt = 0;
  #saveOrderedAt = 0;
  #forgetAskedAt = 0;
  #loginAskedAt = 0;
  /** Of each user, the logins between two logouts, from the oldest ones whose writes may still be under way. */
  readonly #unwritten = new Map<string, readonly UnwrittenLogins[]>();
  /** The newest login of each user. */
  readonly #newestLogin = new Map<string, number>();
  /** When the session that ends was first asked to, and when another tab has last stored someone. */
  #endingAt = 0;
  #muddledAt = 0;
  /** Stored by another tab since this client has stored or restored a user: its logout is not about this one. */
  #sparedId: string | null = null;
  #isForgotten = false;
  #hasLoggedOut = false;

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** A logout has answered that no one is stored, and no one has logged in since. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  /** A logout has succeeded, and no one has logged in since. */
  get hasLoggedOut(): boolean {
    return this.#hasLoggedOut;
  }

  refuse(userId: string): void {
    this.#refused.add(userId);
  }

  /** @param isNew The session that it makes, or the profile that it gives to the one that runs, has not been written yet. */
  askedToLogIn(who: string, isNew: boolean): void {
    this.#nextMoment();
    const unwritten = this.#unwritten.get(who) ?? [];
    const newest = unwritten.at(-1);
    if (newest === undefined || newest.since < this.#forgetAskedAt) {
      this.#unwritten.set(who, [...unwritten, { since: this.#moment, writes: 1 }]);
    } else if (isNew) {
      this.#unwritten.set(who, [...unwritten.slice(0, -1), { ...newest, writes: newest.writes + 1 }]);
    }
    this.#newestLogin.set(who, this.#moment);
    this.#loginAskedAt = this.#moment;
    this.#isForgotten = false;
    this.#hasLoggedOut = false;
  }

  askedToLogOut(forgetUser: boolean, isEnding: boolean): void {
    this.#nextMoment();
    if (!isEnding) this.#endingAt = this.#moment;
    if (forgetUser) this.#forgetAskedAt = this.#moment;
  }

  /** The repository is asked to store someone; that may take a while. */
  saveOrdered(): void {
    this.#nextMoment();
    this.#saveOrderedAt = this.#moment;
  }

  /** The app knows who is stored, unless the restore returned the user of a session that runs, or of a login that waits. */
  restored(userId: string): void {
    const hasLoggedIn = (this.#newestLogin.get(userId) ?? 0) > this.#muddledAt;
    if (userId === this.#sparedId && !hasLoggedIn) this.#sparedId = null;
  }

  storedElsewhere(userId: string | null): void {
    this.#nextMoment();
    this.#sparedId = userId;
    this.#storedAt = -1;
    this.#loginAskedAt = this.#moment;
    this.#muddledAt = this.#moment;
    this.#isForgotten = false;
  }

  /** Follows a logout: who is stored by another tab while it runs may have come before or after the removal. */
  loggedOut(): (result: Result<void>) => void {
    const askedAt = this.#moment;
    const endingAt = this.#endingAt;
    return ({ success }) => {
      if (!success) return;
      this.#hasLoggedOut = true;
      this.#readLog();
      for (const [who, unwritten] of this.#unwritten) {
        this.#unwritten.set(
          who,
          unwritten.filter(({ since }) => since >= askedAt),
        );
      }
      const isSpared = this.#sparedId !== null && this.#backend.stored?.id === this.#sparedId;
      if (this.#loginAskedAt < askedAt && this.#muddledAt < endingAt && !isSpared) this.#isForgotten = true;
    };
  }

  check(): void {
    this.#readLog();
    if (this.#isForgotten) must(6, this.#backend.stored === null, 'a user who was forgotten is stored again');
  }

  /** What happened before is before. */
  #nextMoment(): void {
    this.#readLog();
    this.#moment += 1;
  }

  #readLog(): void {
    const { log } = this.#backend;
    while (this.#seenLog < log.length) {
      const event = log[this.#seenLog];
      this.#seenLog += 1;
      this.#moment += 1;
      if (event?.type === 'stored') this.#noteStored(event);
      if (event?.type === 'cleared') this.#checkCleared(event);
    }
  }

  #noteStored({ userId }: BackendEvent): void {
    // What is written late, of a login before a logout, is removed by that logout too.
    const [oldest, ...later] = this.#unwritten.get(userId) ?? [];
    const loginAt = oldest?.since ?? this.#newestLogin.get(userId) ?? this.#saveOrderedAt;
    this.#storedAt = Math.min(this.#saveOrderedAt, loginAt);
    if (oldest !== undefined) {
      const rest = oldest.writes > 1 ? [{ ...oldest, writes: oldest.writes - 1 }] : [];
      this.#unwritten.set(userId, [...rest, ...later]);
    }
    this.#sparedId = null;
    must(7, REGISTERED.has(userId), `${userId} is stored, who is not registered`);
  }

  #checkCleared({ userId }: BackendEvent): void {
    if (userId === '') return;
    const isAsked = this.#forgetAskedAt > this.#storedAt;
    must(7, isAsked || this.#refused.has(userId), `${userId} is removed, and no one asked for that`);
  }
}
