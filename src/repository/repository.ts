import type { AnyUser, User } from '../user.ts';

/**
 * Keeps the logged-in user across restarts, so that the session is restored after the process died. An app may bring
 * its own: any object with these methods, synchronous or asynchronous. It is never given anything secret.
 *
 * Each method may throw, reject or hang: the session goes on and reports it. Methods are called one at a time, in the
 * order of the commands; no call is made while an earlier one has not settled. The one exception: while a read or a removal
 * takes longer than the client waits for it, a removal may be tried.
 */
export interface UserRepository {
  /** The API key that its records are bound to. Where it differs from the client's, that is reported. */
  readonly apiKey?: string | undefined;
  /**
   * The stored user, or `null` when no user is stored. A record that cannot be understood reads as `null`; the problem
   * can be passed to `report`.
   */
  getCurrentUser(report?: ReportCorruptRecord): User | null | Promise<User | null>;
  /**
   * Stores `user` in place of the one stored before. Resolves when that is durable.
   *
   * A repository that several tabs, processes or clients share can take the second parameter: with `onlyIfStored` it stores
   * `user`, who has a new profile, only while they are the one stored, and returns `false` otherwise. Where it ignores
   * that, a logout elsewhere in the very moment between the client's look at storage and the write is undone.
   */
  setCurrentUser(user: User, options?: SaveOptions): Saved | Promise<Saved>;
  /** Removes the stored user. Resolves when that is durable; it is no error when no user was stored. */
  clearCurrentUser(): void | Promise<void>;
  /**
   * Optional: calls `listener` when the stored user was changed elsewhere (in another tab, by another repository over
   * the same place), with the user now stored; never for its own writes. Returns a function that stops it.
   */
  subscribe?(listener: (user: User | null) => void): () => void;
}

/** How a user is to be stored. */
export interface SaveOptions {
  readonly onlyIfStored?: boolean;
}

/** `false` where nothing was written; nothing else counts. */
// biome-ignore lint/suspicious/noConfusingVoidType: most repositories return nothing
export type Saved = boolean | void;

/** A repository of this package: it also stores a user of an app's own type. */
export interface ProvidedRepository extends UserRepository {
  setCurrentUser(user: AnyUser, options?: SaveOptions): Saved | Promise<Saved>;
}

/** Called with a problem that a repository found and survived, for instance a corrupt record that reads as no user. */
export type ReportCorruptRecord = (problem: { readonly message: string; readonly cause?: unknown }) => void;
