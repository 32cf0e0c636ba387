import { DISPOSED, type FailureInfo, failed, type Result, SessionError, success } from '../errors.ts';
import { assertFit, callSafely, FUNCTION } from '../input.ts';
import type { EnvironmentFact, SessionCommand, SessionEmitted } from '../machines/types.ts';
import { type Identity, isSame, type User } from '../user.ts';
import { isAborted } from './call-bounds.ts';
import {
  type ChartSnapshot,
  type ClientSnapshot,
  currentProfile,
  stateName,
  type TransitionListener,
} from './client-snapshot.ts';
import { Device, type DeviceOwner } from './device.ts';
import { hasFailed, isWrongAddress, type Login, waitForLogin } from './login-call.ts';
import { type Connection, connectionBy, PendingCalls, type SessionView } from './pending-calls.ts';
import { freezePlain } from './plain.ts';
import type { ReadOnlySessionActor } from './read-only-actor.ts';
import { faultOf } from './reporter.ts';
import type { ClientRequest } from './requests/input.ts';
import { type ChartOwner, type LiveSessionMachine, liveSessionMachine, RunningChart } from './running-chart.ts';
import { noWebSocket, type SessionParts } from './session-parts.ts';
import { SnapshotStore } from './snapshot-store.ts';

type Settle<Value> = (result: Result<Value>) => void;

/**
 * The session of one client: what an app asks for becomes a command to the statechart, and the facts that the statechart
 * emits become results. It decides nothing; the chart does.
 */
export class Session implements ChartOwner, DeviceOwner, SessionView {
  readonly #parts: SessionParts;
  readonly #pending = new PendingCalls(this);
  readonly #device: Device;
  readonly #snapshots: SnapshotStore;
  /** For tests, too: its actor can be sent anything. */
  readonly running: RunningChart;
  lastLogin = 0;
  /** The newest login that the chart has decided on. It decides in the order of the calls. */
  #lastDecided = 0;

  /** @param machine Another version of the statechart with its actors: tests of the tests run mutants of it. */
  constructor(parts: SessionParts, machine: LiveSessionMachine = liveSessionMachine) {
    this.#parts = parts;
    this.#device = new Device(parts, this);
    this.#snapshots = new SnapshotStore(parts);
    this.running = new RunningChart(parts, machine, this);
  }

  get snapshot(): ClientSnapshot {
    return this.#snapshots.snapshot;
  }

  /** The actor as an app may have it. */
  get view(): ReadOnlySessionActor {
    return this.#parts.views.actor(this.running.actor) as unknown as ReadOnlySessionActor;
  }

  subscribe(listener: (snapshot: ClientSnapshot) => void): () => void {
    return this.#snapshots.subscribe(listener);
  }

  /** What the app's own recorders are shown. */
  onTransition(listener: TransitionListener): () => void {
    assertFit('listener', listener, FUNCTION);
    const { clock } = this.#parts;
    const report = this.#parts.faultsOf('listener');
    return this.running.watch((event, { value, context }) =>
      callSafely(listener, report, {
        atMs: clock.now(),
        event: freezePlain(event),
        state: stateName(value),
        context: freezePlain(context),
      }),
    );
  }

  // What a call needs. Each throws the SessionError with which the call fails.

  assertUsable(): void {
    const { status, error } = this.snapshot;
    if (status === 'disposed') throw new SessionError(DISPOSED);
    if (status === 'failed') throw error;
    if (this.#parts.platform.sockets === null) throw noWebSocket();
  }

  /** A user is logged in, or about to be or no longer to be. */
  assertActive(): void {
    if (this.live?.hasTag('idle') !== false) throw new SessionError(NOT_LOGGED_IN);
  }

  /** A registered user needs a token source: the call's, the client's, or that of their own session. */
  assertSource({ identity, source }: Login): void {
    if (source !== undefined || this.#parts.hasTokenProvider) return;
    const current = this.live?.context;
    if (isSame(current?.identity, identity) || isSame(current?.next?.identity, identity)) return;
    const message = `There is no token source for ${identity.id}.`;
    throw new SessionError({ code: 'tokenSourceMissing', message });
  }

  // The calls. Each of the first ones returns what cancels it. The session goes on.

  restore(settle: Settle<User | null>): (() => void) | undefined {
    if (this.running.has('running')) {
      settle(success(this.currentUser()));
      return undefined;
    }
    if (this.running.has('ending')) this.#device.clear();
    const cancel = this.#pending.addRestore(settle);
    if (!this.#start()) this.send({ type: 'session.restore', ...this.#device.read() });
    return cancel;
  }

  login({ identity, source, bounds }: Login, settle: Settle<Connection>): () => void {
    this.#start();
    this.lastLogin += 1;
    const call = this.lastLogin;
    const sourceKey = source === undefined ? null : this.#parts.tokenSources.put(source);
    const cancel = waitForLogin(this, this.#pending, this.#parts.clock, { call, bounds }, settle);
    const reading = { ...this.#device.read(), ...this.#device.waitLeft() };
    this.send({ type: 'session.connect', call, identity, sourceKey, ...reading });
    if (isAborted(bounds)) cancel();
    return cancel;
  }

  /**
   * Ends the session of another user, so that a login of this one is next. The stored user stays if it is the same one, and
   * where a guest or an anonymous user was logged in, who is never stored (law 7).
   */
  makeWayFor(identity: Identity): void {
    if (!this.running.has('running') && !this.running.has('ending')) return;
    const { identity: current, next } = this.running.chart.context;
    const isOther = !isSame(current, identity);
    // While a session ends, the login that waits for that is the one in the way.
    if (next === null ? isOther : !isSame(next.identity, identity)) {
      this.send({ type: 'session.disconnect', forgetUser: isOther && current?.kind === 'user' });
    }
  }

  disconnect(forgetUser: boolean, settle: Settle<void>): () => void {
    this.#start();
    // A restore may wait for the end of a session, which the chart does not hold: it is dropped here (law 5).
    this.#pending.onFact({ type: 'restore.settled', user: null, failure: null });
    const cancel = this.#pending.addLogout(settle, forgetUser);
    this.send({ type: 'session.disconnect', forgetUser });
    return cancel;
  }

  request(path: string, options: ClientRequest, settle: Settle<Response>): () => void {
    const { requests, clock, dataPlane } = this.#parts;
    if (requests === undefined) throw withoutOption('requests');
    const checked = requests.parse(path, options, this.#parts);
    const { identity, login } = this.running.chart.context;
    const sender = () => (this.running.has('running') ? dataPlane.request : null);
    if (identity === null || sender() === null) throw new SessionError(NOT_LOGGED_IN);
    const { sourceKey } = login;
    return requests.start(checked, settle, {
      clock,
      // Asked for when the call is sent: until then the actor may have been started again, and the session be over.
      send: (init, giveUp) =>
        sender()?.({ path, init, identity, sourceKey, giveUp }) ?? Promise.resolve(failed(NOT_LOGGED_IN)),
      waitForConnection: (proceed) => {
        const connection = this.connection();
        if (connection === null) return this.#pending.add(proceed, (fact) => connectionBy(fact, this));
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
    const problem = send === null || this.running.has('ending') ? NOT_LOGGED_IN : send(event);
    if (problem !== null) throw new SessionError(problem);
  }

  retryNow(): void {
    const command = { type: 'session.retryNow' } as const;
    // Asked before: inside of a notification, the chart takes the command later.
    if (this.live?.can(command) !== true) throw new SessionError(NOT_WAITING);
    this.send(command);
  }

  dispose(): void {
    if (this.snapshot.status === 'disposed') return;
    this.running.stop();
    this.#device.stop();
    this.#parts.close();
    this.#end('disposed', null);
  }

  // What the statechart does

  onFact(fact: SessionEmitted): void {
    this.#pending.onFact(fact);
    if (fact.type === 'connect.accepted') this.#device.onLoginAccepted(fact.call);
    if ('call' in fact) this.#lastDecided = fact.call;
    // The token sources of logins that are on their way to the chart are kept.
    if (this.#lastDecided === this.lastLogin) {
      const { login, next } = this.running.chart.context;
      this.#parts.tokenSources.keepOnly([login.sourceKey, next?.sourceKey]);
    }
    if (fact.type === 'session.closed' && this.#pending.hasRestores) {
      this.send({ type: 'session.restore', ...this.#device.read() });
      this.#device.reapply();
    }
  }

  onChange(chart: ChartSnapshot): void {
    // Where a restore waits, the next session begins as soon as this one is over.
    if (!chart.hasTag('idle')) this.#device.listen();
    else if (!this.#pending.hasRestores) this.#device.stop();
    this.#snapshots.follow(chart);
    if (hasFailed(chart)) this.#pending.onFact({ type: 'attempt.failed', isForGood: isWrongAddress(chart) });
  }

  onFailed(thrown: unknown): void {
    this.#device.stop();
    const fault = faultOf('internal', thrown);
    this.#parts.report(fault);
    this.#end('failed', new SessionError({ ...fault.failure, cause: fault.cause }));
  }

  // What its device and its calls ask for

  send(event: SessionCommand | EnvironmentFact): void {
    this.running.send(event);
  }

  get live(): ChartSnapshot | null {
    return this.running.live;
  }

  connection(): Connection | null {
    if (!this.running.has('online')) return null;
    const { identity, connectionId } = this.running.chart.context;
    if (identity === null || connectionId === null) return null;
    const me = this.#snapshots.meAs(identity.user);
    return { user: currentProfile(identity.user, me, this.snapshot.user), connectionId, me };
  }

  currentUser(): User | null {
    const current = this.live?.context;
    const { identity = null } = (this.running.has('ending') ? current?.next : current) ?? {};
    return identity?.user ?? null;
  }

  toError(failure: FailureInfo): SessionError {
    return this.#parts.toError(failure);
  }

  /** Returns whether it had not been started. The statechart begins by looking who is stored. */
  #start(): boolean {
    const isFirst = this.running.start();
    if (isFirst) this.#device.announce();
    return isFirst;
  }

  #end(status: 'failed' | 'disposed', error: SessionError | null): void {
    this.#pending.onFact({ type: 'session.abandoned', error });
    this.#snapshots.end(status, error);
  }
}

/** What an app imports and gives to the client is missing. */
export function withoutOption(name: 'requests' | 'guests'): SessionError {
  return new SessionError({
    code: 'notSupported',
    message: `The client has no ${name}.`,
    remedy: `Import { ${name} } from 'sessionchart', and give it to the client as the option ${name}.`,
  });
}

const NOT_LOGGED_IN: FailureInfo = { code: 'notLoggedIn', message: 'No user is logged in.' };
const NOT_WAITING: FailureInfo = { code: 'notWaiting', message: 'There is no wait to cut short now.' };
