import { type ErrorCode, type FailureInfo, SessionError } from '../errors.ts';
import type { EnvironmentFact, SessionCommand, SessionEmitted, SessionEvent, SessionTag } from '../machines/types.ts';
import { failure, type Result, success } from '../result.ts';
import type { TokenSource } from '../token/source.ts';
import type { Identity, OwnUser, User } from '../user.ts';
import { type CallReports, DISPOSED } from './call.ts';
import { callSafely } from './call-safely.ts';
import type { ChatListener } from './chat-listeners.ts';
import {
  type ChartSnapshot,
  type ClientSnapshot,
  inactiveSnapshot,
  liveSnapshot,
  stateName,
} from './client-snapshot.ts';
import { hasTimer } from './deadlines.ts';
import { Device } from './device.ts';
import { type Login, waitForLogin } from './login-call.ts';
import type { ClientSettings } from './options.ts';
import { type Connection, PendingCalls } from './pending-calls.ts';
import { freezePlain } from './plain.ts';
import type { ReadOnlySessionActor } from './read-only-actor.ts';
import { faultOf, reportFailure, reportMistake, unreadFailure } from './reporter.ts';
import type { RequestContext } from './requests/call.ts';
import type { ClientRequest } from './requests/input.ts';
import { type LiveSessionMachine, liveSessionMachine, type SessionActor } from './session-actor.ts';
import { SessionParts } from './session-parts.ts';
import { SnapshotStore } from './snapshot-store.ts';
import type { TransitionListener } from './transitions.ts';

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
  /** Token sources on their way to the chart: the keys, by the calls that brought them. */
  #keysUnderWay: Map<number, number> | null = null;
  #causes: WeakMap<FailureInfo, unknown> | null = null;
  /** Made by the first use, because it takes time, chance and globals of the platform. */
  #actor: SessionActor | null = null;
  #phase: Phase = 'idle';
  #calls = 0;
  #me: OwnUser | null = null;
  #reported: FailureInfo | null = null;

  /** @param machine Another version of the statechart with its actors: tests of the tests run mutants of it. */
  constructor(settings: ClientSettings, machine: LiveSessionMachine = liveSessionMachine) {
    this.#machine = machine;
    this.#parts = new SessionParts(settings, {
      deliver: (event, isCurrent) => this.#parts.listeners.deliver(event, () => this.#phase === 'live' && isCurrent()),
      rememberCause: (failure, cause) => {
        this.#causes ??= new WeakMap();
        this.#causes.set(failure, cause);
      },
      rememberOwnUser: (me) => {
        this.#me = me as OwnUser | null;
      },
    });
    const { report } = this.#parts;
    this.#device = new Device(settings.environment, (event) => this.#send(event), report);
    this.#store = new SnapshotStore(inactiveSnapshot('idle', null), (cause) =>
      report(faultOf('subscriber', 'A subscriber', cause)),
    );
    this.#pending = new PendingCalls(this);
  }

  /** The real actor: it can be sent anything, and is for this library only. */
  get actor(): SessionActor {
    this.#actor ??= this.#createActor();
    return this.#actor;
  }

  get snapshot(): ClientSnapshot {
    return this.#store.snapshot;
  }

  /** The actor as an app may have it. */
  get view(): ReadOnlySessionActor {
    return this.#parts.views.actor(this.actor) as unknown as ReadOnlySessionActor;
  }

  /** Why nothing can be started, if nothing can. */
  refusal(): SessionError | null {
    if (this.#phase === 'disposed') return DISPOSED();
    if (this.#phase === 'failed') return this.snapshot.error;
    if (this.#parts.platform.sockets === null) return new SessionError(NO_WEBSOCKET);
    return null;
  }

  /** Whether the statechart runs and has the tag. */
  hasTag(tag: SessionTag): boolean {
    return this.#phase === 'live' && (this.actor.getSnapshot() as ChartSnapshot).hasTag(tag);
  }

  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#phase === 'disposed' ? () => {} : this.#store.subscribe(listener);
  }

  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void {
    return this.#parts.listeners.on(type, listener);
  }

  // What the app would not see of its calls otherwise.

  listenerThrew(cause: unknown): void {
    this.#parts.report(faultOf('listener', 'A listener', cause));
  }

  failedUnread(error: SessionError): void {
    const { report, settings } = this.#parts;
    reportMistake(report, settings.warnings, unreadFailure(error), error.remedy);
  }

  /** Whether a user is logged in, or about to be or no longer to be. */
  get isActive(): boolean {
    return this.#phase === 'live' && !this.hasTag('idle');
  }

  /** Whether the session that runs, or the one that comes next, is this user's and so has a token source. */
  hasSourceFor({ id }: Identity): boolean {
    if (this.#phase !== 'live') return false;
    const { identity, next } = this.chart.context;
    return [identity, next?.identity].some((known) => known?.kind === 'user' && known.id === id);
  }

  /** What the app's own recorders are shown. */
  onTransition(listener: TransitionListener): () => void {
    return this.watch((event, { value, context }) => {
      const atMs = this.#parts.settings.clock.now();
      callSafely(listener, (cause) => this.#parts.report(faultOf('listener', 'A listener', cause)), {
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

  connection(): Connection | null {
    if (this.#phase !== 'live' || !this.hasTag('online')) return null;
    const { identity, connectionId } = this.chart.context;
    if (identity === null || connectionId === null) return null;
    return { user: identity.user, connectionId, me: this.#me };
  }

  /** The user whose session runs, or comes next. */
  currentUser(): User | null {
    return this.currentIdentity()?.user ?? null;
  }

  currentIdentity(): Identity | null {
    if (this.#phase !== 'live') return null;
    const { identity, next } = this.chart.context;
    return this.hasTag('ending') ? (next?.identity ?? null) : identity;
  }

  readonly toError = (failure: FailureInfo): SessionError =>
    new SessionError({ ...failure, cause: this.#causes?.get(failure) });

  /** Starts the statechart, once. It begins by looking who is stored. */
  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'live';
    this.#checkRepository();
    const { online, foreground } = this.#device.read();
    this.actor.start();
    if (!online) this.#send({ type: 'network.wentOffline' });
    if (!foreground) this.#send({ type: 'app.wentToBackground' });
  }

  /** Returns what stops the wait, or nothing where there is none. */
  restore(settle: (result: Result<User | null>) => void): (() => void) | undefined {
    if (this.#phase === 'idle') {
      const forget = this.#pending.addRestore(settle);
      this.start();
      return forget;
    }
    if (this.hasTag('running')) {
      settle(success(this.currentUser()));
      return undefined;
    }
    if (this.hasTag('ending')) this.#device.clear();
    const forget = this.#pending.addRestore(settle);
    this.#send({ type: 'session.restore', ...this.#device.read() });
    return forget;
  }

  /** Returns what cancels the call. */
  login({ identity, source, bounds }: Login, settle: (result: Result<Connection>) => void): () => void {
    this.start();
    this.#calls += 1;
    const call = this.#calls;
    this.#device.onLoginStarted(call);
    const cancel = waitForLogin({
      bounds,
      settle,
      clock: this.#parts.settings.clock,
      register: (finish, giveUp) => this.#pending.addLogin(call, finish, giveUp),
      isNotServed: () => isNotServed(this.chart),
      lastError: () => this.snapshot.error,
    });
    let sourceKey = source === undefined ? null : this.#keepSource(call, source);
    if (this.#changesProfile(identity)) {
      // The wire takes a profile with a login only. The stored user stays, and so does the source of tokens.
      sourceKey ??= this.chart.context.login.sourceKey;
      this.#send({ type: 'session.disconnect', forgetUser: false });
    }
    this.#send({ type: 'session.connect', call, identity, sourceKey, ...this.#device.read() });
    if (bounds.isAborted) cancel();
    return cancel;
  }

  /** Ends the session of another user, so that a login of this one is next. */
  makeWayFor(identity: Identity): void {
    const current = this.#phase === 'live' ? this.chart.context.identity : null;
    const isOther = current?.kind !== identity.kind || current.id !== identity.id;
    if (this.hasTag('ending') || (this.hasTag('running') && isOther)) {
      this.#send({ type: 'session.disconnect', forgetUser: true });
    }
  }

  /** Returns what stops the wait. */
  disconnect(forgetUser: boolean, settle: (result: Result<void>) => void): () => void {
    this.start();
    const forget = this.#pending.addLogout(settle, { forgetUser });
    this.#send({ type: 'session.disconnect', forgetUser });
    return forget;
  }

  suspend(): void {
    this.#device.suspend('app');
  }

  resume(): void {
    this.#device.resume('app');
  }

  /** Returns what cancels the call. */
  request(path: string, options: ClientRequest, settle: (result: Result<Response>) => void): (() => void) | undefined {
    const { requests, protocol, clock } = this.#parts.settings;
    const parsed = requests?.parse(path, options, protocol.http?.reserved ?? []) ?? failure(withoutOption('requests'));
    if (requests === undefined || !parsed.success || !this.hasTag('running')) {
      settle(parsed.success ? failure(new SessionError(NOT_LOGGED_IN)) : parsed);
      return undefined;
    }
    return requests.start(parsed.value, settle, {
      clock,
      send: this.#senderFor(path),
      isConnected: () => this.connection() !== null,
      waitForConnection: (proceed) => this.#pending.addRequest(proceed),
    });
  }

  #senderFor(path: string): RequestContext['send'] {
    const { request } = this.#parts.dependencies.dataPlane;
    const { identity, login } = this.chart.context;
    if (request === null || identity === null) return null;
    return (init, giveUp) => request({ path, init, identity, sourceKey: login.sourceKey, giveUp });
  }

  /** Sends an event on the established connection; returns why it could not. */
  sendEvent(event: object): SessionError | null {
    const send = this.isActive ? this.#parts.dependencies.dataPlane.send : null;
    const problem = send === null ? NOT_LOGGED_IN : send(event);
    return problem === null ? null : new SessionError(problem);
  }

  /** Whether that has cut a wait short. */
  retryNow(): boolean {
    const before = this.chart;
    this.#send({ type: 'session.retryNow' });
    const { value, context } = this.chart;
    return before.context !== context || before.value !== value;
  }

  dispose(): void {
    if (this.#phase === 'disposed') return;
    this.#phase = 'disposed';
    this.#device.stop();
    this.#actor?.stop();
    this.#parts.tokenSources.keepOnly([]);
    this.#pending.abandon(DISPOSED);
    this.#store.publish(inactiveSnapshot('disposed', this.snapshot));
    this.#store.close();
  }

  #createActor(): SessionActor {
    const actor = this.#parts.createActor(this.#machine, { online: true, foreground: true });
    actor.on('*', (fact) => this.#onFact(fact));
    actor.subscribe({ next: (chart) => this.#follow(chart), error: (cause) => this.#fail(cause) });
    if (this.#phase === 'disposed') actor.stop();
    return actor;
  }

  #onFact(fact: SessionEmitted): void {
    this.#pending.onFact(fact);
    if (fact.type === 'connect.accepted') this.#device.onLoginAccepted(fact.call);
    if (fact.type === 'connect.accepted' || fact.type === 'connect.refused') this.#keysUnderWay?.delete(fact.call);
    const { login, next } = this.chart.context;
    this.#parts.tokenSources.keepOnly([login.sourceKey, next?.sourceKey, ...(this.#keysUnderWay?.values() ?? [])]);
    if (fact.type === 'session.closed' && this.#pending.hasRestores) {
      this.#send({ type: 'session.restore', ...this.#device.read() });
      this.#device.reapply();
    }
  }

  #follow(chart: ChartSnapshot): void {
    if (this.#phase !== 'live') return;
    // Where a restore waits, the next session begins as soon as this one is over.
    if (!chart.hasTag('idle')) this.#device.listen();
    else if (!this.#pending.hasRestores) this.#device.stop();
    if (!chart.hasTag('running')) this.#me = null;
    this.#reportFailure(chart);
    const { settings, timers } = this.#parts;
    this.#store.publish(
      liveSnapshot(chart, {
        before: this.snapshot,
        dueAt: hasTimer(stateName(chart.value)) ? timers.lastDueAtMs : null,
        nowMs: () => settings.clock.now(),
        me: this.#me,
        toError: this.toError,
      }),
    );
    if (isNotServed(chart)) this.#pending.giveUpLogins(isRefusedForGood(chart));
  }

  #reportFailure({ context }: ChartSnapshot): void {
    const { failure } = context;
    if (failure === this.#reported) return;
    this.#reported = failure;
    if (failure !== null) reportFailure(failure, this.#causes?.get(failure), this.#parts.report);
  }

  #checkRepository(): void {
    const { apiKey, repository, warnings } = this.#parts.settings;
    if (apiKey === undefined || repository.apiKey === undefined || repository.apiKey === apiKey) return;
    reportMistake(this.#parts.report, warnings, OTHER_APP, 'Give both the same API key.');
  }

  /** Whether the session that runs is this user's, with other values of what is given here. */
  #changesProfile({ kind, id, user }: Identity): boolean {
    const { identity } = this.chart.context;
    if (kind !== 'user' || identity?.kind !== kind || identity.id !== id || !this.hasTag('running')) return false;
    const { user: current } = identity;
    return Object.keys(user).some((field) => JSON.stringify(user[field]) !== JSON.stringify(current[field]));
  }

  /** Kept until the chart has taken it or another. */
  #keepSource(call: number, source: TokenSource): number {
    const key = this.#parts.tokenSources.put(source);
    this.#keysUnderWay ??= new Map();
    this.#keysUnderWay.set(call, key);
    return key;
  }

  #send(event: SessionCommand | EnvironmentFact): void {
    if (this.#phase === 'live') this.actor.send(event);
  }

  /** A root in `error` leaves its children alive, so what they hold is closed from here. */
  #fail(cause: unknown): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'failed';
    this.#device.stop();
    const { children, context } = this.chart;
    children.client?.send({ type: 'session.end' });
    children.client?.send({ type: 'socket.close', attempt: context.attempt + 1 });
    children.persistence?.send({ type: 'user.unwatch' });
    const fault = faultOf('internal', 'The statechart', cause);
    this.#parts.report(fault);
    this.#pending.abandon(() => new SessionError({ ...fault.failure, cause: fault.cause }));
    this.#store.publish(inactiveSnapshot('failed', this.snapshot));
  }
}

const OTHER_APP: FailureInfo = {
  code: 'invalidArgument',
  message: 'userRepository: it is bound to another API key than the client.',
};

/** What an app imports and gives to the client is missing. */
export function withoutOption(name: 'requests' | 'guests'): SessionError {
  const message = `The client has no ${name}: import { ${name} } from 'sessionchart', and give it the option ${name}.`;
  return new SessionError({ code: 'notSupported', message });
}

const NOT_LOGGED_IN: FailureInfo = {
  code: 'notLoggedIn',
  message: 'No user is logged in, so there is no user to send it for.',
};

const NO_WEBSOCKET = {
  code: 'invalidArgument' as ErrorCode,
  field: 'WebSocket',
  message: 'WebSocket: this platform has no WebSocket; pass the class that sessionchart/node exports',
};

/** Whether the attempts of a first login have failed before anything answered at this address. */
function isNotServed({ context: { login, pacing, failure } }: ChartSnapshot): boolean {
  return login.origin === 'login' && failure?.code === 'connectionRefused' && pacing.failedAttempts > 0;
}

/** Whether something answered there, and refuses the path or the protocol. */
function isRefusedForGood({ context: { failure } }: ChartSnapshot): boolean {
  return failure?.status !== undefined && REFUSALS_FOR_GOOD.has(failure.status);
}

const REFUSALS_FOR_GOOD: ReadonlySet<number> = new Set([400, 404, 405, 410, 426]);
