import type { User, UserRepository } from '../../../src/index.ts';

/** Something that a session asked of its repository and that is under way until it is let go. */
export interface HeldWork {
  readonly kind: 'read' | 'store' | 'remove';
  /** The number of the newest command when it began. */
  readonly attempt: number;
  /** It is done, for real. */
  succeed(): Promise<void>;
  fail(): void | Promise<void>;
}

/** What has really been done to the record, by the session. */
export type Change =
  | { readonly kind: 'stored'; readonly user: User }
  | { readonly kind: 'removed'; readonly was: User };

/** A real repository on a disk that is slow: every call takes until it is let go, or made to fail. */
export class HeldRepository implements UserRepository {
  readonly pending: HeldWork[] = [];
  readonly changes: Change[] = [];
  /** Who is stored now. */
  record: User | null = null;
  protected readonly inner: UserRepository;
  readonly #called: () => void;
  readonly #attemptNow: () => number;
  readonly #watchers = new Set<(user: User | null) => void>();

  constructor(inner: UserRepository, attemptNow: () => number, called: () => void) {
    this.inner = inner;
    this.#attemptNow = attemptNow;
    this.#called = called;
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  getCurrentUser(): Promise<User | null> {
    return this.#hold('read', async () => this.inner.getCurrentUser());
  }

  setCurrentUser(user: User): Promise<void> {
    return this.#hold('store', async () => {
      await this.inner.setCurrentUser(user);
      this.record = user;
      this.changes.push({ kind: 'stored', user });
    });
  }

  clearCurrentUser(): Promise<void> {
    return this.#hold('remove', async () => {
      await this.inner.clearCurrentUser();
      if (this.record !== null) this.changes.push({ kind: 'removed', was: this.record });
      this.record = null;
    });
  }

  subscribe(listener: (user: User | null) => void): () => void {
    const own = (user: User | null) => listener(user);
    this.#watchers.add(own);
    return () => this.#watchers.delete(own);
  }

  /** The record is that of `user`, as an app that ran before has left it. */
  async put(user: User | null): Promise<void> {
    if (user === null) await this.inner.clearCurrentUser();
    else await this.inner.setCurrentUser(user);
    this.record = user;
  }

  /** Another tab stores or removes the user. */
  async changeElsewhere(user: User | null): Promise<void> {
    await this.put(user);
    for (const watcher of [...this.#watchers]) watcher(user);
  }

  /** Who is stored, as the real repository says. */
  async inspect(): Promise<User | null> {
    return this.inner.getCurrentUser();
  }

  /** What a call that is made to fail comes to. */
  protected fail<Value>(_kind: HeldWork['kind'], _act: () => Promise<Value>): Promise<Value> {
    return Promise.reject(new Error('The disk refuses.'));
  }

  #hold<Value>(kind: HeldWork['kind'], act: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const leave = () => this.pending.splice(this.pending.indexOf(work), 1);
      const work: HeldWork = {
        kind,
        attempt: this.#attemptNow(),
        succeed: async () => {
          leave();
          resolve(await act());
        },
        fail: () => {
          leave();
          return this.fail(kind, act).then(resolve, reject);
        },
      };
      this.pending.push(work);
      this.#called();
    });
  }
}
