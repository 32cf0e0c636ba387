import { later } from '../clock.ts';
import {
  CANCELLED,
  DISPOSED,
  type FailureInfo,
  failure,
  invalidArgument,
  notSupported,
  type Result,
  SessionError,
  success,
} from '../errors.ts';
import { callSafely } from '../input.ts';
import type { EnvironmentFact, SessionCommand, SessionEmitted, SessionEvent, SessionTag } from '../machines/types.ts';
import { type Identity, isSame, type User } from '../user.ts';
import type { CallReports } from './call.ts';
import { isAborted } from './call-bounds.ts';
import {
  type ChartSnapshot,
  type ClientSnapshot,
  currentProfile,
  inactiveSnapshot,
  liveSnapshot,
  stateName,
  type TransitionListener,
} from './client-snapshot.ts';
import { Device } from './device.ts';
import type { ChatListener } from './listeners.ts';
import { hasFailed, isWrongAddress, type Login, waitForLogin } from './login-call.ts';
import type { ClientSettings } from './options.ts';
import { type Connection, PendingCalls } from './pending-calls.ts';
import { freezePlain } from './plain.ts';
import type { ReadOnlySessionActor } from './read-only-actor.ts';
import { faultOf, reportMistake, unreadFailure } from './reporter.ts';
import type { ClientRequest } from './requests/input.ts';
import {
  closeChildren,
  type LiveSessionMachine,
  liveSessionMachine,
  noWebSocket,
  type SessionActor,
  SessionParts,
} from './session-parts.ts';
import { SnapshotStore } from './snapshot-store.ts';
import { waitsOf } from './waits.ts';

type Settle<Value> = (result: Result<Value>) => void;

type Phase = 'idle' | 'live' | 'failed' | 'disposed';

/**
 * One statechart as it runs for one client: starts it, sends it commands, turns its snapshots into what an app reads,
 * and its emitted facts into results. It decides nothing; the chart does.
 */
export class Session implements CallReports {
  readonly #parts: SessionParts;
  readonly #pending: PendingCalls;
  readonly #machine: LiveSessionMachine;
  readonly #device: Device;
  readonly #store: SnapshotStore;
  /** Made by the first use, because it takes time, chance and globals of the platform. */
  #actor: SessionActor | null = null;
  #phase: Phase = 'idle';
  #lastLogin = 0;
  /** The newest login that the chart has decided on. It decides in the order of the calls. */
  #lastDecided = 0;
  #followed: ChartSnapshot | null = null;

  /** @param machine Another version of the statechart with its actors: tests of the tests run mutants of it. */
  constructor(settings: ClientSettings, machine: LiveSessionMachine = liveSessionMachine) {
    this.#machine = machine;
    this.#parts = new SessionParts(settings);
    const { report } = this.#parts;
    const waits = waitsOf(() => this.#actor, this.#parts.timers, settings.clock);
    this.#device = new Device(settings.environment, waits, (event) => this.#send(event), report);
    this.#store = new SnapshotStore(inactiveSnapshot('idle', null), (cause) => report(faultOf('subscriber', cause)));
    this.#pending = new PendingCalls(this);
  }

  /** The real actor: it can be sent anything, and is for this library only. */
  get actor(): SessionActor {
    if (this.#actor === null) {
      this.#actor = this.#createActor();
      this.#parts.inspectCreation();
    }
    return this.#actor;
  }

  get snapshot(): ClientSnapshot {
    const { snapshot } = this.#store;
    // Later: subscribers must not be called while someone reads, such as a component that is rendered.
    if (snapshot.dueAt !== null && this.#parts.timers.followWallClock()) later(() => this.#publish(this.#live));
    return snapshot;
  }

  /** The actor as an app may have it. */
  get view(): ReadOnlySessionActor {
    return this.#parts.views.actor(this.actor) as unknown as ReadOnlySessionActor;
  }

  // What a call needs. Each throws the SessionError with which the call fails.

  assertUsable(): void {
    if (this.#phase === 'disposed') throw new SessionError(DISPOSED);
    if (this.#phase === 'failed') throw this.snapshot.error;
    if (this.#parts.platform.sockets === null) throw noWebSocket();
  }

  /** A user is logged in, or about to be or no longer to be. */
  assertActive(): void {
    if (this.#live?.hasTag('idle') !== false) throw new SessionError(NOT_LOGGED_IN);
  }

  /** A registered user needs a token source: the call's, the client's, or that of their own session. */
  assertSource({ identity, source }: Login): void {
    if (source !== undefined || this.#parts.settings.tokenProvider !== undefined) return;
    const current = this.#live?.context;
    if (isSame(current?.identity, identity) || isSame(current?.next?.identity, identity)) return;
    const message = `There is no token source for ${identity.id}.`;
    throw new SessionError({ code: 'tokenSourceMissing', message });
  }

  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#phase === 'disposed' ? () => {} : this.#store.subscribe(listener);
  }

  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    return this.#parts.listeners.on(type, listener);
  }

  // What the app would not see of its calls otherwise.

  listenerThrew(cause: unknown): void {
    this.#parts.report(faultOf('listener', cause));
  }

  failedUnread(error: SessionError): void {
    const { report, settings } = this.#parts;
    reportMistake(report, settings.warnings, unreadFailure(error), error.remedy);
  }

  /** What the app's own recorders are shown. */
  onTransition(listener: TransitionListener): () => void {
    return this.watch((event, { value, context }) => {
      const atMs = this.#parts.settings.clock.now();
      callSafely(listener, (cause) => this.#parts.report(faultOf('listener', cause)), {
        atMs,
        event: freezePlain(event),
        state: stateName(value),
        context: freezePlain(context),
      });
    });
  }

  /** Calls `watcher` after every event that the chart has taken or ignored, in order. Returns what stops that. */
  watch(watcher: (event: SessionEvent, chart: ChartSnapshot) => void): () => void {
    const { actor } = this;
    const subscription = actor.system.inspect((inspection) => {
      if (inspection.type !== '@xstate.snapshot' || inspection.actorRef !== actor) return;
      if (inspection.event.type.startsWith('xstate.')) return;
      watcher(inspection.event as SessionEvent, inspection.snapshot as ChartSnapshot);
    });
    return () => subscription.unsubscribe();
  }

  get chart(): ChartSnapshot {
    return this.actor.getSnapshot() as ChartSnapshot;
  }

  /** The statechart while it runs, and `null` otherwise. */
  get #live(): ChartSnapshot | null {
    return this.#phase === 'live' ? this.chart : null;
  }

  #has(tag: SessionTag): boolean {
    return this.#live?.hasTag(tag) === true;
  }

  connection(): Connection | null {
    if (!this.#has('online')) return null;
    const { identity, connectionId } = this.chart.context;
    if (identity === null || connectionId === null) return null;
    const { me } = this.#parts;
    return { user: currentProfile(identity.user, me, this.snapshot.user), connectionId, me };
  }

  currentUser(): User | null {
    const current = this.#live?.context;
    const { identity = null } = (this.#has('ending') ? current?.next : current) ?? {};
    return identity?.user ?? null;
  }

  readonly toError = (failure: FailureInfo): SessionError =>
    new SessionError({ ...failure, cause: this.#parts.causeOf(failure) });

  /** Starts the statechart, once. It begins by looking who is stored. */
  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'live';
    this.#checkRepository();
    const { actor } = this;
    // Both may have called the app, which may have disposed of the client.
    if (this.#live === null) return;
    actor.start();
    this.#device.announce();
  }

  // Each returns what cancels the call. The session goes on.

  restore(settle: Settle<User | null>): (() => void) | undefined {
    if (this.#has('running')) {
      settle(success(this.currentUser()));
      return undefined;
    }
    if (this.#has('ending')) this.#device.clear();
    const stopWaiting = this.#pending.addRestore(settle);
    if (this.#phase === 'idle') this.start();
    else this.#send({ type: 'session.restore', ...this.#device.read() });
    return cancelled(stopWaiting, settle);
  }

  login({ identity, source, bounds }: Login, settle: Settle<Connection>): () => void {
    this.start();
    this.#lastLogin += 1;
    const call = this.#lastLogin;
    const sourceKey = source === undefined ? null : this.#parts.tokenSources.put(source);
    this.#device.onLoginStarted(call);
    const cancel = waitForLogin(
      {
        call,
        bounds,
        clock: this.#parts.settings.clock,
        pending: this.#pending,
        chart: () => this.#live,
        lastError: () => this.snapshot.error,
      },
      settle,
    );
    const reading = { ...this.#device.read(), ...this.#device.waitLeft() };
    this.#send({ type: 'session.connect', call, identity, sourceKey, ...reading });
    if (isAborted(bounds)) cancel();
    return cancel;
  }

  /**
   * Ends the session of another user, so that a login of this one is next. The stored user stays if it is the same one, and
   * where a guest or an anonymous user was logged in, who is never stored (law 7).
   */
  makeWayFor(identity: Identity): void {
    if (!this.#has('running') && !this.#has('ending')) return;
    const { identity: current, next } = this.chart.context;
    const isOther = !isSame(current, identity);
    // While a session ends, the login that waits for that is the one in the way.
    if (next === null ? isOther : !isSame(next.identity, identity)) {
      this.#send({ type: 'session.disconnect', forgetUser: isOther && current?.kind === 'user' });
    }
  }

  disconnect(forgetUser: boolean, settle: Settle<void>): () => void {
    this.start();
    // While a session ends, the chart holds no restore: the one that waits for that end is dropped here (law 5).
    if (this.#has('ending')) this.#pending.onFact({ type: 'restore.settled', user: null, failure: null });
    const stopWaiting = this.#pending.addLogout(settle, forgetUser);
    this.#send({ type: 'session.disconnect', forgetUser });
    return cancelled(stopWaiting, settle);
  }

  request(path: string, options: ClientRequest, settle: Settle<Response>): () => void {
    const { requests, protocol, clock } = this.#parts.settings;
    if (requests === undefined) throw withoutOption('requests');
    const checked = requests.parse(path, options, protocol.http?.reserved ?? []);
    const { request } = this.#parts.dataPlane;
    const { identity, login } = this.chart.context;
    if (request === null || identity === null || !this.#has('running')) throw new SessionError(NOT_LOGGED_IN);
    const { sourceKey } = login;
    return requests.start(checked, settle, {
      clock,
      send: (init, giveUp) => request({ path, init, identity, sourceKey, giveUp }),
      waitForConnection: (proceed) => {
        const connection = this.connection();
        if (connection === null) return this.#pending.addRequest(proceed);
        proceed(success(connection));
        return () => {};
      },
    });
  }

  suspend(): void {
    this.#device.suspend('app');
  }

  resume(): void {
    this.#device.resume('app');
  }

  /** Sends an event on the established connection. */
  sendEvent(event: object): void {
    const { send } = this.#parts.dataPlane;
    const problem = send === null || this.#has('ending') ? NOT_LOGGED_IN : send(event);
    if (problem !== null) throw new SessionError(problem);
  }

  retryNow(): void {
    const command = { type: 'session.retryNow' } as const;
    // Asked before: inside of a notification, the chart takes the command later.
    if (this.#live?.can(command) !== true) throw new SessionError(NOT_WAITING);
    this.#send(command);
  }

  dispose(): void {
    if (this.#phase === 'disposed') return;
    this.#phase = 'disposed';
    this.#device.stop();
    this.#actor?.stop();
    this.#parts.tokenSources.keepOnly([]);
    this.#parts.views.close();
    this.#pending.abandon(() => new SessionError(DISPOSED));
    this.#store.publish(inactiveSnapshot('disposed', this.snapshot));
    this.#store.close();
  }

  #createActor(): SessionActor {
    const actor = this.#parts.createActor(this.#machine, { online: true, foreground: true });
    actor.on('*', (fact) => this.#onFact(fact));
    actor.subscribe({ next: (chart) => this.#follow(chart), error: (cause) => this.#fail(cause) });
    return actor;
  }

  #onFact(fact: SessionEmitted): void {
    this.#pending.onFact(fact);
    if (fact.type === 'connect.accepted') this.#device.onLoginAccepted(fact.call);
    if ('call' in fact) this.#lastDecided = fact.call;
    // The token sources of logins that are on their way to the chart are kept.
    if (this.#lastDecided === this.#lastLogin) {
      const { login, next } = this.chart.context;
      this.#parts.tokenSources.keepOnly([login.sourceKey, next?.sourceKey]);
    }
    if (fact.type === 'session.closed' && this.#pending.hasRestores) {
      this.#send({ type: 'session.restore', ...this.#device.read() });
      this.#device.reapply();
    }
  }

  #follow(chart: ChartSnapshot): void {
    // An event that the chart ignores leaves it the same object.
    if (this.#phase !== 'live' || chart === this.#followed) return;
    const before = this.#followed;
    this.#followed = chart;
    // Where a restore waits, the next session begins as soon as this one is over.
    if (!chart.hasTag('idle')) this.#device.listen();
    else if (!this.#pending.hasRestores) this.#device.stop();
    // The server has not described a new profile yet.
    const isOther = chart.context.identity?.user !== before?.context.identity?.user;
    if (isOther || !chart.hasTag('running')) this.#parts.me = null;
    this.#parts.followFailure(chart.context.failure, !chart.hasTag('running'));
    this.#publish(chart);
    if (hasFailed(chart)) this.#pending.onFact({ type: 'attempt.failed', isForGood: isWrongAddress(chart) });
  }

  #publish(chart: ChartSnapshot | null): void {
    if (chart === null) return;
    const { settings, timers, me } = this.#parts;
    this.#store.publish(
      liveSnapshot(chart, {
        before: this.#store.snapshot,
        lastDueAtMs: timers.lastDueAtMs,
        nowMs: () => settings.clock.now(),
        me,
        toError: this.toError,
      }),
    );
  }

  #checkRepository(): void {
    const { apiKey, repository, warnings } = this.#parts.settings;
    try {
      if (apiKey === undefined || repository.apiKey === undefined || repository.apiKey === apiKey) return;
      const { code, message } = invalidArgument('userRepository', 'is bound to another API key than the client');
      reportMistake(this.#parts.report, warnings, { code, message });
    } catch (cause) {
      this.#parts.report(faultOf('repository', cause));
    }
  }

  #send(event: SessionCommand | EnvironmentFact): void {
    if (this.#phase === 'live') this.actor.send(event);
  }

  #fail(cause: unknown): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'failed';
    this.#device.stop();
    closeChildren(this.actor.getSnapshot());
    const fault = faultOf('internal', cause);
    this.#parts.report(fault);
    this.#pending.abandon(() => new SessionError({ ...fault.failure, cause: fault.cause }));
    this.#store.publish(inactiveSnapshot('failed', this.snapshot));
  }
}

/** What an app imports and gives to the client is missing. */
export function withoutOption(name: 'requests' | 'guests'): SessionError {
  return new SessionError({
    ...notSupported('client', name),
    remedy: `Import { ${name} } from 'sessionchart', and give it to the client as the option ${name}.`,
  });
}

/** What cancels a call that waits for the statechart: it waits no longer, and its result is `cancelled` (law 3). */
function cancelled(stopWaiting: () => void, settle: Settle<never>): () => void {
  return () => {
    stopWaiting();
    settle(failure(new SessionError(CANCELLED)));
  };
}

const NOT_LOGGED_IN: FailureInfo = { code: 'notLoggedIn', message: 'No user is logged in.' };
const NOT_WAITING: FailureInfo = { code: 'notWaiting', message: 'There is no wait that may be cut short now.' };
