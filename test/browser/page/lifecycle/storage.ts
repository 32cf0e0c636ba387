import { browserRepository, type User, type UserRepository } from '../../../../src/index.ts';
import { encodeRecord } from '../../../../src/repository/record.ts';
import type { Change, HeldWork } from '../../../model/real/held-repository.ts';
import type { SlowRepository } from '../../../model/real/session-world.ts';

const API_KEY = 'paths';

type Method = 'getItem' | 'setItem' | 'removeItem';

const SPOILED: Readonly<Record<HeldWork['kind'], readonly Method[]>> = {
  read: ['getItem'],
  store: ['setItem'],
  remove: ['removeItem', 'setItem'],
};

let lastKey = 0;

/**
 * The page's `localStorage` by `browserRepository`, on a slow disk: every operation waits until it is let go. One that is
 * to fail is carried out anyway, on a storage that throws. The other tab is a frame of the same origin, so what it
 * writes comes here as the browser's own `storage` event.
 */
export class PageRepository implements SlowRepository {
  readonly pending: HeldWork[] = [];
  /** What the session has done to the record. */
  readonly changes: Change[] = [];
  /** Who has to be stored, by what was done. */
  record: User | null = null;
  watchers = 0;
  readonly #key: string;
  readonly #inner: UserRepository;
  readonly #attemptNow: () => number;
  readonly #called: () => void;
  readonly #otherTab: HTMLIFrameElement;
  #writes = 0;

  constructor(attemptNow: () => number, called: () => void) {
    lastKey += 1;
    this.#key = `paths-${lastKey}`;
    this.#inner = browserRepository({ apiKey: API_KEY, key: this.#key });
    this.#attemptNow = attemptNow;
    this.#called = called;
    this.#otherTab = document.createElement('iframe');
    document.body.append(this.#otherTab);
  }

  getCurrentUser(): Promise<User | null> {
    return this.#hold('read', async () => this.#inner.getCurrentUser());
  }

  setCurrentUser(user: User): Promise<void> {
    return this.#hold('store', async () => {
      await this.#inner.setCurrentUser(user);
      this.record = user;
      this.changes.push({ kind: 'stored', user });
    });
  }

  clearCurrentUser(): Promise<void> {
    return this.#hold('remove', async () => {
      await this.#inner.clearCurrentUser();
      if (this.record !== null) this.changes.push({ kind: 'removed', was: this.record });
      this.record = null;
    });
  }

  subscribe(listener: (user: User | null) => void): () => void {
    const stop = this.#inner.subscribe?.(listener);
    this.watchers += 1;
    return () => {
      this.watchers -= 1;
      stop?.();
    };
  }

  /** The record as a page before has left it. */
  async put(user: User | null): Promise<void> {
    this.record = user;
    if (user === null) localStorage.removeItem(this.#key);
    else localStorage.setItem(this.#key, encodeRecord(API_KEY, user));
  }

  /** Another tab stores or removes the user. */
  async changeElsewhere(user: User | null): Promise<void> {
    const storage = this.#otherTab.contentWindow?.localStorage;
    if (storage === undefined) throw new Error('The other tab is gone.');
    this.#writes += 1;
    this.record = user;
    // A tab that writes what is there already notifies no other tab.
    if (user === null) {
      storage.setItem(this.#key, encodeRecord(API_KEY, null));
    } else {
      storage.setItem(this.#key, encodeRecord(API_KEY, { ...user, tab: this.#writes }));
    }
  }

  /** Who is stored, read past everything that holds up or fails. */
  stored(): string | null {
    const text = localStorage.getItem(this.#key);
    return text === null ? null : ((JSON.parse(text) as { user: User | null }).user?.id ?? null);
  }

  remove(): void {
    localStorage.removeItem(this.#key);
    this.#otherTab.remove();
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
        fail: async () => {
          leave();
          const heal = spoil(SPOILED[kind], this.#key);
          await act().then(resolve, reject);
          heal();
        },
      };
      this.pending.push(work);
      this.#called();
    });
  }
}

/** The page's storage throws for this key, as one that is full or blocked does. */
function spoil(methods: readonly Method[], key: string): () => void {
  const prototype = Storage.prototype as unknown as Record<Method, (this: Storage, ...values: string[]) => unknown>;
  const sound = methods.map((method) => [method, prototype[method]] as const);
  for (const [method, real] of sound) {
    prototype[method] = function (this: Storage, ...values) {
      if (this === localStorage && values[0] === key) {
        throw new DOMException(`The storage refuses ${method}.`, 'QuotaExceededError');
      }
      return real.apply(this, values);
    };
  }
  return () => {
    for (const [method, real] of sound) prototype[method] = real;
  };
}
