import type { Dependencies } from '../actors/dependencies.ts';
import type { ReportDiagnostic } from '../diagnostics.ts';
import { type FailureInfo, SessionError } from '../errors.ts';
import type { EnvironmentFact, SessionCommand, SessionEvent } from '../machines/types.ts';
import type { TokenSource } from '../token/source.ts';
import { createTokenSourceRegistry, type TokenSourceRegistry } from '../token/source-registry.ts';
import type { User } from '../user.ts';
import { DISPOSED } from './call.ts';
import { callSafely } from './call-safely.ts';
import type { ChatListeners } from './chat-listeners.ts';
import {
  type ChartSnapshot,
  type ClientSnapshot,
  inactiveSnapshot,
  liveSnapshot,
  stateName,
} from './client-snapshot.ts';
import { Deadlines } from './deadlines.ts';
import { createDependencies, diagnosticFor, inputOf } from './dependencies.ts';
import { EnvironmentLink } from './environment-link.ts';
import { type Explanation, explain, explainInactive } from './explain.ts';
import type { ClientSettings } from './options.ts';
import { type Connection, PendingCalls } from './pending-calls.ts';
import { guardInspector, type ReadOnlySessionActor, ReadOnlyViews } from './read-only-actor.ts';
import { createLiveActor, type LiveSessionMachine, type SessionActor } from './session-actor.ts';

export interface RunOptions {
  readonly settings: ClientSettings;
  readonly listeners: ChatListeners;
  readonly report: ReportDiagnostic;
  readonly machine: LiveSessionMachine;
}

type Phase = 'idle' | 'live' | 'failed' | 'disposed';

/**
 * One statechart as it runs for one client: starts it, sends it commands, turns its snapshots into what an app reads,
 * and its emitted facts into answers. It decides nothing; the chart does.
 */
export class SessionRun {
  readonly pending: PendingCalls;
  readonly link: EnvironmentLink;

  readonly #tokenSources: TokenSourceRegistry;
  /** Token sources on their way to the chart: the keys, by the calls that brought them. */
  readonly #keysUnderWay = new Map<number, number>();
  readonly #settings: ClientSettings;
  readonly #report: ReportDiagnostic;
  readonly #dependencies: Dependencies;
  readonly #actor: SessionActor;
  readonly #views: ReadOnlyViews;
  readonly #causes = new WeakMap<FailureInfo, unknown>();
  readonly #subscribers = new Set<(snapshot: ClientSnapshot) => unknown>();
  readonly #toError = (failure: FailureInfo) => new SessionError({ ...failure, cause: this.#causes.get(failure) });
  #phase: Phase = 'idle';
  #snapshot: ClientSnapshot = inactiveSnapshot('idle', null);
  readonly #deadlines = new Deadlines();
  /** When the timer of the present state fires. */
  #dueAt: number | null = null;

  constructor({ settings, listeners, report, machine }: RunOptions) {
    this.#settings = settings;
    this.#report = report;
    this.#tokenSources = createTokenSourceRegistry(settings.tokenProvider);
    this.link = new EnvironmentLink(settings.environment, (event) => this.#tell(event), report);
    this.#dependencies = createDependencies(settings, {
      tokenSources: this.#tokenSources,
      report,
      deliver: (event, isCurrent) => listeners.deliver(event, () => this.#phase === 'live' && isCurrent()),
      rememberCause: (failure, cause) => this.#causes.set(failure, cause),
    });
    this.#views = new ReadOnlyViews((cause) => report(diagnosticFor('subscriber', 'A subscriber of the actor', cause)));
    const { inspect } = settings;
    this.#actor = createLiveActor(this.#dependencies, {
      machine,
      input: inputOf(settings, { online: true, foreground: true }),
      inspect:
        inspect &&
        guardInspector(inspect, this.#views, (cause) => report(diagnosticFor('inspector', 'The inspector', cause))),
    });
    this.pending = new PendingCalls({
      connection: () => this.connection(),
      currentUser: () => this.currentUser(),
      toError: this.#toError,
    });
    this.#actor.on('*', (fact) => {
      this.pending.take(fact);
      if (fact.type === 'connect.accepted') this.link.noteAccepted(fact.call);
      if (fact.type === 'connect.accepted' || fact.type === 'connect.refused') this.#keysUnderWay.delete(fact.call);
      this.#pruneVault();
      if (fact.type === 'session.closed' && this.pending.hasRestores) {
        this.send({ type: 'session.restore', ...this.link.read() });
        this.link.repeat();
      }
    });
    this.#actor.subscribe({ next: (chart) => this.#follow(chart), error: (cause) => this.#fail(cause) });
  }

  get phase(): Phase {
    return this.#phase;
  }

  get actor(): ReadOnlySessionActor {
    return this.#views.actor(this.#actor) as unknown as ReadOnlySessionActor;
  }

  get chart(): ChartSnapshot {
    return this.#actor.getSnapshot() as ChartSnapshot;
  }

  /** Names that only the session sets in an HTTP call. */
  get reservedNames(): readonly string[] {
    return this.#dependencies.protocol.http?.reserved ?? [];
  }

  get dataPlane(): Dependencies['dataPlane'] {
    return this.#dependencies.dataPlane;
  }

  /** Starts the statechart, once. */
  start(): void {
    if (this.#phase !== 'idle') return;
    this.#phase = 'live';
    const { online, foreground } = this.link.read();
    this.#actor.start();
    if (!online) this.#tell({ type: 'network.wentOffline' });
    if (!foreground) this.#tell({ type: 'app.wentToBackground' });
  }

  send(command: SessionCommand): void {
    this.#tell(command);
  }

  /** Keeps the source that a login brings, at the latest until the chart has taken another. Answers its key. */
  keepSource(call: number, source: TokenSource): number {
    const key = this.#tokenSources.put(source);
    this.#keysUnderWay.set(call, key);
    return key;
  }

  getSnapshot(): ClientSnapshot {
    return this.#snapshot;
  }

  explain(): Explanation {
    if (this.#phase !== 'live') return explainInactive(this.#snapshot.status);
    return explain(this.chart, this.#snapshot, { nowMs: this.now(), dueAt: this.#dueAt });
  }

  subscribe(subscriber: (snapshot: ClientSnapshot) => void): () => void {
    const own = (snapshot: ClientSnapshot) => subscriber(snapshot);
    this.#subscribers.add(own);
    return () => this.#subscribers.delete(own);
  }

  now(): number {
    return this.#settings.clock.now();
  }

  /** Calls `watcher` after every event that the chart has taken or ignored, in order. Answers what stops that. */
  watch(watcher: (event: SessionEvent, chart: ChartSnapshot) => void): () => void {
    const subscription = this.#actor.system.inspect((inspection) => {
      if (inspection.type !== '@xstate.snapshot' || inspection.actorRef !== this.#actor) return;
      if (inspection.event.type.startsWith('xstate.')) return;
      watcher(inspection.event as SessionEvent, inspection.snapshot as ChartSnapshot);
    });
    return () => subscription.unsubscribe();
  }

  connection(): Connection | null {
    const { context } = this.chart;
    if (this.#phase !== 'live' || !this.chart.matches('connected')) return null;
    if (context.identity === null || context.connectionId === null) return null;
    return { user: context.identity.user, connectionId: context.connectionId };
  }

  /** Whose session runs, or comes next. */
  currentUser(): User | null {
    const { identity, next } = this.chart.context;
    if (this.chart.matches('disconnecting')) return next?.identity.user ?? null;
    return identity?.user ?? null;
  }

  dispose(): void {
    if (this.#phase === 'disposed') return;
    this.#phase = 'disposed';
    this.link.stop();
    this.#actor.stop();
    this.#tokenSources.keepOnly([]);
    this.pending.abandon(DISPOSED());
    this.#publish(inactiveSnapshot('disposed', this.#snapshot));
    this.#subscribers.clear();
  }

  #follow(chart: ChartSnapshot): void {
    if (this.#phase !== 'live') return;
    // Where a restore waits, the next session begins as soon as this is over.
    if (!chart.matches('loggedOut')) this.link.listen();
    else if (!this.pending.hasRestores) this.link.stop();
    this.#dueAt = this.#deadlines.of(stateName(chart.value), this.#actor, this.now());
    this.#publish(liveSnapshot(chart, { before: this.#snapshot, nextAttemptAt: this.#dueAt, toError: this.#toError }));
  }

  #publish(snapshot: ClientSnapshot): void {
    if (snapshot === this.#snapshot) return;
    this.#snapshot = snapshot;
    for (const subscriber of [...this.#subscribers]) {
      if (this.#snapshot !== snapshot) return;
      if (!this.#subscribers.has(subscriber)) continue;
      callSafely(
        () => subscriber(snapshot),
        (cause) => this.#report(diagnosticFor('subscriber', 'A subscriber', cause)),
      );
    }
  }

  #pruneVault(): void {
    const { login, next } = this.chart.context;
    this.#tokenSources.keepOnly([login.sourceKey, next?.sourceKey, ...this.#keysUnderWay.values()]);
  }

  #tell(event: SessionCommand | EnvironmentFact): void {
    if (this.#phase === 'live') this.#actor.send(event);
  }

  /** A root in `error` leaves its children alive, so what they hold is closed from here. */
  #fail(cause: unknown): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'failed';
    this.link.stop();
    const { children } = this.chart;
    children.client?.send({ type: 'session.end' });
    children.client?.send({ type: 'socket.close', attempt: this.chart.context.attempt + 1 });
    children.persistence?.send({ type: 'user.unwatch' });
    const fault = diagnosticFor('internal', 'The statechart', cause);
    this.#report(fault);
    this.pending.abandon(new SessionError({ ...fault.failure, cause: fault.cause }));
    this.#publish(inactiveSnapshot('failed', this.#snapshot));
  }
}
