import type { ChatClient } from '../client/builder.ts';
import { type Call, PEEK, type PeekableCall } from '../client/call.ts';
import { parseIdentity } from '../client/call-input.ts';
import { type ClientSnapshot, inactiveSnapshot, isShallowEqual, type Status } from '../client/client-snapshot.ts';
import type { ErrorCode, Result, SessionError } from '../errors.ts';
import type { TokenSource } from '../token/source.ts';
import { type AnyUser, type Identity, isNewProfile } from '../user.ts';

/** Whose session a provider asks for: not known yet, no one's, or this user's. */
export type WantedUser = AnyUser | null | undefined;

/** Creates a client with `source` as its own token source. */
export type CreateClient = (source: TokenSource | undefined) => ChatClient;

/** What a server renders, and a page until it is hydrated: no session was started there. */
export const IDLE: ClientSnapshot = inactiveSnapshot('idle', null);

/** Refusals before anything was started, or about a session that is over: no snapshot of the client has them. */
const ONLY_IN_RESULTS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'invalidArgument',
  'tokenSourceMissing',
  'userNotForgotten',
]);

/** Where no session runs, and none is about to. */
const ENDED: ReadonlySet<Status> = new Set<Status>(['idle', 'loggedOut', 'signInAgain']);

/**
 * Connects one provider to its client, without React: the provider reports when it is mounted and which user it wants,
 * the hooks read and subscribe.
 *
 * The client is asked for something when the props want something else than it was asked for last; users are compared by
 * the values that the client takes of them. What has ended is asked for again by {@link SessionStore.retryNow} alone: an
 * object made anew with every render looks just like a user who was set again.
 */
export class SessionStore {
  readonly #create: CreateClient | null;
  readonly #listeners = new Set<() => void>();
  #client: ChatClient;
  #unfollow: (() => void) | null = null;
  /** Takes back that the client is disposed once it holds something. */
  #keep = () => {};
  #isMounted = false;
  /** A new token source waits for a socket that is still being closed. */
  #stopAwaitingEnd = () => {};
  /** What the props want; it outlives the client. */
  #wanted: Wanted | null = null;
  /** What this client was asked for last. */
  #asked: Asked | null = null;
  /** The token source that a created client has as its own. */
  #configured: TokenSource | undefined;
  /** The token source that this client got last. */
  #given: TokenSource | undefined;
  /** What the last call was refused for, and whose session it was then: with another one it is history. */
  #refusal: { readonly error: SessionError; readonly userId: string | undefined } | null = null;
  #shown: { readonly from: ClientSnapshot; readonly snapshot: ClientSnapshot } | null = null;

  /** @param create By which `client` was created; without it, the client is the app's, and lives on. */
  constructor(client: ChatClient, create: CreateClient | null = null, source?: TokenSource) {
    this.#client = client;
    this.#create = create;
    this.#configured = source;
    this.#given = source;
    // A tree that is hidden from the start is never mounted.
    if (create !== null) this.#keep = client.subscribe(() => this.#dispose());
  }

  readonly getClient = (): ChatClient => this.#client;

  /** The client's snapshot, with what only this provider knows: the error of its own call, and what it can try again. */
  readonly getSnapshot = (): ClientSnapshot => {
    const from = this.#client.getSnapshot();
    const error = this.#refusal?.userId === from.user?.id ? (this.#refusal?.error ?? from.error) : from.error;
    const retryNow = from.can.retryNow || this.#canAskAgain(error);
    if (error === from.error && retryNow === from.can.retryNow) return from;
    const before = this.#shown?.snapshot;
    if (before?.error === error && before.can.retryNow === retryNow && this.#shown?.from === from) return before;
    const can = Object.freeze({ ...from.can, retryNow });
    const kept = before && isShallowEqual(before.can, can) ? before.can : can;
    const snapshot = Object.freeze({ ...from, error, can: kept });
    this.#shown = { from, snapshot };
    return snapshot;
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

  /** The provider is shown: a client that was disposed while it was hidden is replaced. */
  revive(): void {
    this.#keep();
    if (this.#replaceDisposed() && this.#asked !== null) this.#watch(this.#asked, this.#client.restore());
  }

  /** The provider is mounted. Returns what is called when it no longer is. */
  hold(): () => void {
    this.revive();
    if (this.#create === null) return () => {};
    this.#isMounted = true;
    return () => {
      this.#isMounted = false;
      // StrictMode and a hot reload mount again within the same task, and keep client and socket.
      const timer = setTimeout(() => this.#release(), 0);
      this.#keep = () => clearTimeout(timer);
    };
  }

  /** Logs out, also while the provider is hidden: then a new client removes the stored user (law 6). */
  readonly disconnect: ChatClient['disconnect'] = (options) => {
    if (this.#replaceDisposed()) this.#asked = this.#wanted && { ...this.#wanted, isPending: false };
    // It ends what the props have asked for, too.
    else if (this.#asked !== null) this.#asked.isPending = false;
    // A client that was never started begins as if it restored.
    this.#keep();
    const call = this.#client.disconnect(options);
    if (this.#create !== null && !this.#isMounted) this.#release();
    return call;
  };

  #replaceDisposed(): boolean {
    return this.#client.getSnapshot().status === 'disposed' && this.#replaceClient(this.#wanted?.source);
  }

  #release(): void {
    this.#stopAwaitingEnd();
    this.#keep = this.#client.subscribe(() => this.#dispose());
    this.#dispose();
  }

  /**
   * Disposes the client once it holds something that is not a logout under way: after the end of a session it holds
   * nothing, and what it knows of that end counts when the tree is shown again (laws 6 and 7).
   */
  #dispose(): void {
    const { status, user, lastUser } = this.#client.getSnapshot();
    const asked = this.#asked?.user;
    if (this.#hasEnded()) {
      // No one was stored; someone may be by then.
      if (asked === undefined && lastUser === null) this.#asked = null;
      return;
    }
    if (status === 'loggingOut') return;
    this.#keep();
    // The next client is asked anew, unless a command has logged another user in than the props want.
    if (!asked || user === null || user.id === asked.given.id) this.#asked = null;
    this.#client.dispose();
  }

  /** Has the client do what the provider's props ask for, once for each change. A `null` at the start asks for nothing. */
  want(user: WantedUser, source: TokenSource | undefined): void {
    const before = this.#wanted;
    const wanted: Wanted = { user: readUser(user), source };
    this.#wanted = wanted;
    if (wanted.user === null) {
      // A first `null` is what most apps begin with, before they know who their user is: it removes nothing.
      if (before !== null && before.user !== null) this.#ask(wanted);
    } else if (this.#asked === null || !isSameUser(this.#asked.user, wanted.user)) this.#ask(wanted);
    else if (wanted.user === undefined) this.#handSourceOn();
    else if (this.#isRunning(wanted.user)) {
      if (!this.#isGiven(source) || isNewProfileOf(this.#asked.user, wanted.user)) this.#ask(wanted);
    } else if (!this.#isGiven(source) && this.#needsToken()) this.#ask(wanted);
  }

  /** Tries at once: cuts a wait short, or asks again for what the props want where that has come to nothing. */
  readonly retryNow = (): void => {
    if (this.#client.getSnapshot().can.retryNow) this.#client.retryNow();
    else if (this.#asked !== null && this.getSnapshot().can.retryNow) {
      const { user, source } = this.#wanted ?? this.#asked;
      this.#ask({ user: isSameUser(this.#asked.user, user) ? user : this.#asked.user, source });
    }
  };

  #canAskAgain(error: SessionError | null): boolean {
    const { user } = this.#asked ?? {};
    // A user who was refused for what they are is refused again.
    const isPossible = user ? user.identity !== null : error !== null;
    return this.#asked !== null && isPossible && this.#hasEnded();
  }

  /**
   * Whether the session of this user runs, or is about to. One that has ended, or was followed by another user's, does not
   * begin again by a new picture.
   */
  #isRunning({ identity }: GivenUser): boolean {
    if (this.#asked?.isPending === true) return true;
    const { user, status } = this.#client.getSnapshot();
    // A login by a command may wait for the end of the session.
    const current = status === 'loggingOut' ? this.#client.actor.getSnapshot().context.next?.identity : user;
    return identity !== null && current?.id === identity.id;
  }

  #hasEnded(): boolean {
    return ENDED.has(this.#client.getSnapshot().status);
  }

  /** A session that ends because of its tokens begins again with a new source; what ends for another reason stays so. */
  #needsToken(): boolean {
    const isOver = this.#hasEnded() || this.#client.getSnapshot().status === 'loggingOut';
    return isOver && this.getSnapshot().error?.code.startsWith('token') === true;
  }

  #ask(wanted: Wanted): void {
    const { user, source } = wanted;
    if (user === undefined) this.#prepareRestore(source);
    const asked = { ...wanted, isPending: true };
    this.#asked = asked;
    this.#refusal = null;
    if (user === undefined) {
      this.#watch(asked, this.#client.restore());
    } else if (user === null) {
      this.#watch(asked, this.#client.disconnect());
    } else {
      // A source that the client has as its own is no new one, unless another one was given meanwhile.
      const isOwn = source === this.#configured && source === this.#given;
      if (source !== undefined) this.#given = source;
      this.#watch(asked, this.#client.switchUser(user.given, isOwn ? undefined : source));
    }
    this.#notify();
  }

  /** Looks at the result without counting as the app: an unread failure is reported, whatever the hooks show. */
  #watch(asked: Asked, call: Call<unknown>): void {
    (call as PeekableCall<unknown>)[PEEK]((result: Result<unknown>) => {
      asked.isPending = false;
      if (this.#asked !== asked) return;
      if (!result.success && ONLY_IN_RESULTS.has(result.error.code)) {
        this.#refusal = { error: result.error, userId: this.#client.getSnapshot().user?.id };
        this.#notify();
      }
      // A logout that failed is still to be done by the next client.
      if (!result.success && asked.user === null) this.#wanted = { ...asked, user: undefined };
      if (asked.user === undefined) this.#handSourceOn();
    });
  }

  /** A session that was restored has the client's own token source: give it that of the props. */
  #handSourceOn(): void {
    const wanted = this.#wanted;
    if (wanted === null || wanted.user !== undefined || this.#isGiven(wanted.source)) return;
    const { source } = wanted;
    const { user, status } = this.#client.getSnapshot();
    if (user !== null && status !== 'loggingOut') {
      this.#given = source;
      // It joins the session, which shows what becomes of it.
      this.#client.connectUser({ id: user.id }, source).cancel();
    } else if (this.#create === null || !this.#needsToken()) return;
    else if (this.#hasEnded()) this.#ask(wanted);
    else {
      this.#stopAwaitingEnd();
      this.#stopAwaitingEnd = this.#client.subscribe(() => {
        if (!this.#hasEnded()) return;
        this.#stopAwaitingEnd();
        this.#handSourceOn();
      });
    }
  }

  #isGiven(source: TokenSource | undefined): boolean {
    return source === undefined || source === this.#given;
  }

  /** What is restored begins with the client's own token source, so a client that has another one is replaced. */
  #prepareRestore(source: TokenSource | undefined): void {
    if (!this.#hasEnded()) return;
    const isOther = source !== undefined && source !== this.#configured;
    if (isOther) this.#replaceClient(source);
    this.#given = this.#configured;
  }

  /** Returns `false` where the client is the app's, which stays. */
  #replaceClient(source: TokenSource | undefined): boolean {
    if (this.#create === null) return false;
    this.#stopAwaitingEnd();
    this.#stopFollowing();
    this.#client.dispose();
    this.#client = this.#create(source);
    this.#configured = source;
    this.#given = source;
    this.#refusal = null;
    if (this.#listeners.size > 0) this.#unfollow = this.#client.subscribe(this.#notify);
    this.#notify();
    return true;
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
  readonly user: GivenUser | null | undefined;
  readonly source: TokenSource | undefined;
}

interface Asked extends Wanted {
  /** The client has not settled it. */
  isPending: boolean;
}

/** A user as the client is given them, and as it takes them; `null`: it refuses them. */
interface GivenUser {
  readonly given: AnyUser;
  readonly identity: Identity | null;
  /** The same for the same user: the id, or what they are refused for. */
  readonly key: string;
}

function readUser(given: WantedUser): GivenUser | null | undefined {
  if (given === undefined || given === null) return given;
  try {
    const identity = parseIdentity(given, 'user');
    return { given: identity.user, identity, key: `id ${identity.id}` };
  } catch (error) {
    return { given, identity: null, key: String(error) };
  }
}

function isSameUser(a: Wanted['user'], b: Wanted['user']): boolean {
  return a && b ? a.key === b.key : a === b;
}

/** A user object made anew with every render is the same user; another profile is something new. */
function isNewProfileOf(a: Wanted['user'], b: GivenUser): boolean {
  return a?.identity != null && b.identity !== null && isNewProfile(a.identity, b.identity);
}
