import type { Call, ChatClient, ChatEvent, ClientSnapshot, Result } from '../../../../src/index.ts';
import type { Backend } from '../../../../src/testing/backend/backend.ts';
import { CallTracker } from './call-tracker.ts';
import { must } from './law-violation.ts';
import { StorageOracle } from './storage-oracle.ts';

/*
 * An oracle that sees the server, the disk and the device, receives what the app calls and is answered, and believes nothing
 * else. The laws are checked against what has really happened; of the session only its public snapshot is read.
 */

/** A ping interval, until the next look at it, and the time for an answer. */
const MOST_SILENCE_MS = 25_000 + 25_000 + 10_000 + 1_000;

/** What may have ended a session. */
type Excuse = NonNullable<ClientSnapshot['reason']>;

const isOut = ({ status }: ClientSnapshot) => status === 'loggedOut' || status === 'signInAgain';

export class BlackBoxOracle {
  readonly #backend: Backend;
  readonly #calls = new CallTracker((act) => this.#protect(act));
  readonly #records: StorageOracle;
  readonly #excuses = new Set<Excuse>(['nobodyStored', 'starting']);
  /** This session was connected once, or restored: it may not end because of its token source. */
  #isExisting = false;
  /** The app has logged someone in on this client. */
  #hasLogins = false;
  #mayHear = false;
  /** The app has suspended the session, and has done nothing since that may wake it. */
  #isAway = false;
  #isEnded = true;
  #seenRequests = 0;
  #sleptMs = 0;
  #spokeAtMs = 0;
  #client: ChatClient;
  /** The first law that was broken where nothing may be thrown. */
  #broken: unknown = null;

  constructor(backend: Backend, client: ChatClient) {
    this.#backend = backend;
    this.#records = new StorageOracle(backend);
    this.#client = client;
  }

  /** From now on another client runs. */
  follow(client: ChatClient): void {
    this.#client = client;
    this.#isExisting = false;
    this.#hasLogins = false;
    this.#mayHear = false;
    this.#isAway = false;
    this.#isEnded = true;
  }

  // What it is reported

  /** The app suspends whatever session runs. */
  left(): void {
    const { status } = this.#client.getSnapshot();
    this.#isAway = !isOut(this.#client.getSnapshot()) && status !== 'idle';
  }

  /** The app resumes the session, logs in, or looks who is stored. */
  came(): void {
    this.#isAway = false;
  }

  /** The server has said something just now. */
  spoke(): void {
    this.#spokeAtMs = this.#nowMs();
  }

  slept(durationMs: number): void {
    this.#sleptMs += durationMs;
  }

  excuse(...causes: readonly Excuse[]): void {
    for (const cause of causes) this.#excuses.add(cause);
  }

  refusedForGood(): void {
    for (const { request } of this.#backend.sockets) this.#records.refuse(request.userId);
  }

  askedToLogIn(who: string, isNew: boolean): void {
    this.#protect(() => this.#records.askedToLogIn(who, isNew));
    this.#hasLogins = true;
  }

  askedToLogOut(forgetUser: boolean): void {
    const isEnding = this.#client.getSnapshot().status === 'loggingOut';
    this.#protect(() => this.#records.askedToLogOut(forgetUser, isEnding));
    this.#excuses.add('loggedOut');
    this.#mayHear = false;
  }

  saveOrdered(): void {
    this.#protect(() => this.#records.saveOrdered());
  }

  storedElsewhere(userId: string | null): void {
    this.#protect(() => this.#records.storedElsewhere(userId));
    this.#excuses.add('loggedOutElsewhere');
  }

  /** Follows a call that has to settle within so many milliseconds. */
  called<Value>(
    name: string,
    call: Call<Value>,
    withinMs: number,
    settled: (result: Result<Value>) => void = () => {},
  ) {
    this.#calls.follow(name, call, this.#nowMs() + withinMs, settled);
  }

  loggedOut(): (result: Result<void>) => void {
    return this.#records.loggedOut();
  }

  cancelNewest(): void {
    this.#calls.cancelNewest();
  }

  get pendingCalls(): readonly string[] {
    return this.#calls.pending;
  }

  received(event: ChatEvent & { readonly owner?: string }): void {
    this.#protect(() => {
      must(4, this.#mayHear, `a chat event after the end of the session`);
      const { user, status } = this.#client.getSnapshot();
      must(4, status === 'online', `a chat event while ${status}`);
      if (event.owner !== undefined && event.owner !== '!anon') {
        must(4, event.owner === user?.id, `${event.owner}'s event reaches ${user?.id}'s session`);
      }
    });
  }

  saw(snapshot: ClientSnapshot): void {
    this.#protect(() => {
      if (snapshot.status === 'online') {
        this.#isExisting = true;
        this.#mayHear = true;
      }
      const isEnded = isOut(snapshot) || ['loggingOut', 'restoring', 'idle'].includes(snapshot.status);
      if (isEnded && !this.#isEnded) this.#checkEnd(snapshot);
      if (isEnded) this.#isExisting = false;
      this.#isEnded = isEnded;
    });
    this.#protect(() => this.#checkNow());
  }

  /** A restore has answered someone: their session exists, unless it is the login of the app that it replies to. */
  restored(userId: string): void {
    this.#records.restored(userId);
    if (!this.#hasLogins) this.#isExisting = true;
  }

  get hasLoggedOut(): boolean {
    return this.#records.hasLoggedOut;
  }

  get isForgotten(): boolean {
    return this.#records.isForgotten;
  }

  // What it checks

  /** What holds at every moment. */
  check(): void {
    this.#protect(() => this.#checkNow());
    if (this.#broken !== null) throw this.#broken;
    if (isOut(this.#client.getSnapshot())) this.checkQuiet();
    if (this.#isAway && this.#client.getSnapshot().status !== 'loggingOut') {
      must(8, this.#heldSockets() === 0, 'a socket is held though the app has suspended the session');
    }
    this.#calls.check(this.#nowMs());
    this.#checkSilence();
    this.#checkRequests();
    this.#records.check();
  }

  #checkNow(): void {
    const backend = this.#backend;
    const now = this.#client.getSnapshot();
    must(1, backend.highestOpen <= 1, `${backend.highestOpen} sockets at once`);
    must(11, now.status !== 'failed', 'the statechart has stopped');
    if (now.status === 'suspended') must(10, this.#heldSockets() === 0, 'a socket is held while suspended');
    if (now.status !== 'online') return;
    const greeted = [...backend.sockets].find(({ hasHello }) => hasHello);
    must(10, greeted !== undefined || backend.openNow === 0, 'online, but its socket has had no hello');
    must(10, now.connectionId !== null, 'online without a connection id');
    if (greeted === undefined || greeted.request.authType === 'anonymous') return;
    must(4, greeted.request.userId === now.user?.id, `${greeted.request.userId}'s socket, ${now.user?.id}'s session`);
  }

  /** Nothing is held, runs or is awaited. */
  checkQuiet(): void {
    const { openNow, clientTimers, listeners, pendingLoads } = this.#backend;
    must(2, openNow === 0, `${openNow} sockets when out`);
    must(2, clientTimers === 0, `${clientTimers} timers when out`);
    must(2, listeners === 0, `${listeners} listeners when out`);
    must(2, pendingLoads === 0, `${pendingLoads} provider calls when out`);
  }

  checkDisposed(): void {
    must(10, this.#client.getSnapshot().status === 'disposed', 'a disposed client says so');
    must(3, this.pendingCalls.length === 0, `${this.pendingCalls.join(', ')} wait for a disposed client`);
    this.checkQuiet();
  }

  /** No token is to be seen where the app, an inspector or the disk may look. */
  checkSecrets(): void {
    const { actor } = this.#client;
    const seen = JSON.stringify([
      this.#client.getSnapshot(),
      actor.getSnapshot().context,
      this.#backend.stored,
      this.#backend.diagnostics.map(({ failure, cause }) => [failure, String(cause)]),
    ]);
    must(9, !/eyJ[\w-]{8,}/.test(seen), 'a token can be seen');
  }

  /** Sockets that the client has not begun to close. */
  #heldSockets(): number {
    return [...this.#backend.sockets].filter(({ readyState }) => readyState < 2).length;
  }

  #checkEnd({ reason }: ClientSnapshot): void {
    if (reason === null) return;
    must(8, this.#excuses.has(reason), `the session ended by ${reason}, and no one gave a reason for that`);
    const isAboutSource = reason === 'tokenUnavailable' || reason === 'tokenTimedOut';
    must(8, !(isAboutSource && this.#isExisting), `an existing session ended by ${reason}`);
  }

  /** A server that says nothing, and does not answer when asked, is not one that a session is online with. */
  #checkSilence(): void {
    const isMute = !this.#backend.answersPings && this.#client.getSnapshot().status === 'online';
    if (!isMute) this.spoke();
    must(8, this.#nowMs() - this.#spokeAtMs <= MOST_SILENCE_MS, 'it is online with a server that has long been mute');
  }

  #checkRequests(): void {
    const { requests } = this.#backend;
    for (; this.#seenRequests < requests.length; this.#seenRequests += 1) {
      const request = requests[this.#seenRequests];
      if (request === undefined || request.authType === 'anonymous') continue;
      const { welcome } = this.#backend;
      if (welcome.kind === 'error' && welcome.code === 17) this.#records.refuse(request.userId);
      const { user_id } = JSON.parse(atob((request.token.split('.')[1] ?? '').replace(/-/g, '+').replace(/_/g, '/')));
      must(4, user_id === request.userId, `${user_id}'s token travels for ${request.userId}`);
    }
  }

  #nowMs(): number {
    return this.#backend.clock.now() - this.#sleptMs;
  }

  /** App code that throws is survived (law 11), so what is found in there is kept, and thrown outside. */
  #protect(act: () => void): void {
    try {
      act();
    } catch (cause) {
      this.#broken ??= cause;
    }
  }
}
