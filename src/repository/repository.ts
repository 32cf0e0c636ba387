import type { User } from '../user.ts';

/**
 * Keeps the logged-in user across restarts, so that the session is restored after the process died. An app may bring
 * its own: any object with these methods, synchronous or asynchronous. Nothing secret is ever given to it.
 *
 * Each method may throw, reject or hang: the session goes on, and says so. Methods are called one at a time, in the
 * order of the commands; a call is not made while an earlier one has not settled. The one exception: past a removal
 * that takes longer than `timing.storageWriteTimeoutMs` another removal may be tried.
 */
export interface UserRepository {
  /**
   * The stored user, or `null` when nobody is stored. A record that cannot be understood is to be read as `null`; what
   * was wrong with it can be told to `report`.
   */
  getCurrentUser(report?: ReportCorruptRecord): User | null | Promise<User | null>;
  /** Stores `user` in place of whoever was stored. Resolves when that is durable. */
  setCurrentUser(user: User): void | Promise<void>;
  /** Removes whoever is stored. Resolves when that is durable; it is no error when nobody was. */
  clearCurrentUser(): void | Promise<void>;
  /**
   * Optional: tells when the stored user was changed by somebody else (another tab), with the user now stored.
   * Own writes are not told. Answers a function that stops it.
   */
  subscribe?(listener: (user: User | null) => void): () => void;
}

/** Called with what a repository found wrong but survived, for instance a corrupt record that reads as nobody. */
export type ReportCorruptRecord = (problem: { readonly message: string; readonly cause?: unknown }) => void;
