import type { ChatClient } from '../client/builder.ts';
import { type Call, PEEK, type PeekableCall } from '../client/call.ts';
import { type ClientSnapshot, inactiveSnapshot } from '../client/client-snapshot.ts';
import type { ErrorCode, SessionError } from '../errors.ts';
import type { TokenSource } from '../token/source.ts';
import type { AnyUser } from '../user.ts';

/** Whose session a provider asks for: not known yet, no one's, or this user's. */
export type WantedUser = AnyUser | null | undefined;

/** Where the provider's client comes from. A given one is the app's; a created one lives and dies with the provider. */
export type ClientOrigin =
  | { readonly kind: 'given'; readonly client: ChatClient }
  | { readonly kind: 'created'; readonly create: () => ChatClient; readonly source: TokenSource | undefined };

/** What a server renders, and a page until it is hydrated: no session was started there. */
export const IDLE: ClientSnapshot = inactiveSnapshot('idle', null);

/** Refusals before anything was started, or about a session that is over: no snapshot of the client has them. */
const ONLY_IN_RESULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalidArgument',
  'tokenSourceMissing',
  'userNotForgotten',
]);

/**
 * Connects one provider to its client, without React: the provider reports when it is mounted and which user it wants,
 * the hooks read and subscribe.
 */
export class SessionStore {
  readonly #origin: ClientOrigin;
  readonly #listeners = new Set<() => void>();
  #client: ChatClient;
  #unfollow: (() => void) | null = null;
  #disposal: ReturnType<typeof setTimeout> | undefined;
  #wanted: Wanted | null = null;
  #asks = 0;
  /** What the last call was refused for, and whose session it was then: with another one it is history. */
  #refusal: { readonly error: SessionError; readonly userId: string | undefined } | null = null;
  #shown: { readonly from: ClientSnapshot; readonly snapshot: ClientSnapshot } | null = null;

  constructor(origin: ClientOrigin) {
    this.#origin = origin;
    this.#client = origin.kind === 'given' ? origin.client : origin.create();
  }

  readonly getClient = (): ChatClient => this.#client;

  /** The client's snapshot, with the error that only the result of the provider's own call has. */
  readonly getSnapshot = (): ClientSnapshot => {
    const snapshot = this.#client.getSnapshot();
    if (this.#refusal === null || this.#refusal.userId !== snapshot.user?.id) return snapshot;
    if (this.#shown?.from !== snapshot) {
      this.#shown = { from: snapshot, snapshot: { ...snapshot, error: this.#refusal.error } };
    }
    return this.#shown.snapshot;
  };

  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    this.#unfollow ??= this.#client.subscribe(this.#notify);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#stopFollowing();
    };
  };

  /** The provider is mounted. Returns what is called when it no longer is. */
  hold(): () => void {
    clearTimeout(this.#disposal);
    if (this.#origin.kind === 'given') return () => {};
    if (this.#client.getSnapshot().status === 'disposed') this.#replaceClient(this.#origin.create());
    return () => {
      // StrictMode and a hot reload mount again within the same task, and keep client and socket.
      this.#disposal = setTimeout(() => this.#client.dispose(), 0);
    };
  }

  /** Has the client do what the provider's props ask for, once for each change. A `null` at the start asks for nothing. */
  want(user: WantedUser, source: TokenSource | undefined): void {
    const before = this.#wanted;
    this.#wanted = { user, source };
    // A first `null` is what most apps begin with, before they know who their user is: it removes nothing.
    if (before === null ? user !== null : !isSameWanted(before, this.#wanted)) this.#ask(this.#wanted);
  }

  /** Tries at once: cuts a wait short, or asks again for what the props want where that has come to nothing. */
  readonly retryNow = (): void => {
    const { status, can } = this.getSnapshot();
    const hasEnded = status === 'loggedOut' || status === 'signInAgain' || status === 'idle';
    if (can.retryNow) this.#client.retryNow();
    else if (hasEnded && this.#wanted !== null && this.#asks > 0) this.#ask(this.#wanted);
  };

  #ask({ user, source }: Wanted): void {
    this.#asks += 1;
    this.#setRefusal(null);
    if (user === undefined) this.#watch(this.#client.restore());
    else if (user === null) this.#watch(this.#client.disconnect());
    else this.#watch(this.#client.switchUser(user, this.#isConfigured(source) ? undefined : source));
  }

  #isConfigured(source: TokenSource | undefined): boolean {
    return this.#origin.kind === 'created' && this.#origin.source === source;
  }

  /** Looks at the result without counting as the app: an unread failure is reported, whatever the hooks show. */
  #watch(call: Call<unknown>): void {
    const asked = this.#asks;
    (call as PeekableCall<unknown>)[PEEK]((result) => {
      if (this.#asks !== asked || result.success || !ONLY_IN_RESULTS.has(result.error.code)) return;
      this.#setRefusal(result.error);
    });
  }

  #setRefusal(error: SessionError | null): void {
    if (error === null && this.#refusal === null) return;
    this.#refusal = error === null ? null : { error, userId: this.#client.getSnapshot().user?.id };
    this.#shown = null;
    this.#notify();
  }

  #replaceClient(client: ChatClient): void {
    this.#stopFollowing();
    this.#client = client;
    this.#wanted = null;
    if (this.#listeners.size > 0) this.#unfollow = client.subscribe(this.#notify);
    this.#notify();
  }

  #stopFollowing(): void {
    this.#unfollow?.();
    this.#unfollow = null;
  }

  readonly #notify = (): void => {
    for (const listener of [...this.#listeners]) listener();
  };
}

interface Wanted {
  readonly user: WantedUser;
  readonly source: TokenSource | undefined;
}

/** A user object made anew with every render is the same user; another profile or a new token asks for something new. */
function isSameWanted(a: Wanted, b: Wanted): boolean {
  if (!a.user || !b.user) return a.user === b.user;
  return a.source === b.source && (a.user === b.user || JSON.stringify(a.user) === JSON.stringify(b.user));
}
