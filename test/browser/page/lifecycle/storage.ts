import { browserRepository, type User } from '../../../../src/index.ts';
import { encodeRecord } from '../../../../src/repository/record.ts';
import { HeldRepository, type HeldWork } from '../../../model/real/held-repository.ts';

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
export class PageRepository extends HeldRepository {
  readonly #key: string;
  readonly #otherTab: HTMLIFrameElement;
  #watchers = 0;
  #writes = 0;

  constructor(attemptNow: () => number, called: () => void) {
    lastKey += 1;
    const key = `paths-${lastKey}`;
    super(browserRepository({ apiKey: API_KEY, key }), attemptNow, called);
    this.#key = key;
    this.#otherTab = document.createElement('iframe');
    document.body.append(this.#otherTab);
  }

  override get watchers(): number {
    return this.#watchers;
  }

  override subscribe(listener: (user: User | null) => void): () => void {
    const stop = this.inner.subscribe?.(listener);
    this.#watchers += 1;
    return () => {
      this.#watchers -= 1;
      stop?.();
    };
  }

  /** The record as a page before has left it. */
  override async put(user: User | null): Promise<void> {
    this.record = user;
    if (user === null) localStorage.removeItem(this.#key);
    else localStorage.setItem(this.#key, encodeRecord(API_KEY, user));
  }

  /** Another tab stores or removes the user. */
  override async changeElsewhere(user: User | null): Promise<void> {
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

  protected override async fail<Value>(kind: HeldWork['kind'], act: () => Promise<Value>): Promise<Value> {
    const heal = spoil(SPOILED[kind], this.#key);
    return act().finally(heal);
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
