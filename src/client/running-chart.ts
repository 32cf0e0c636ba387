import type { Actor } from 'xstate';
import { clientActor } from '../actors/client.ts';
import { persistenceActor } from '../actors/persistence.ts';
import { sessionMachine } from '../machines/session.ts';
import type { EnvironmentFact, SessionCommand, SessionEmitted, SessionEvent, SessionTag } from '../machines/types.ts';
import type { ChartSnapshot } from './client-snapshot.ts';
import type { SessionParts } from './session-parts.ts';

/** The statechart with its real actors. Provided once: doing so per session costs 64 KB of heap each. */
export const liveSessionMachine: LiveSessionMachine = sessionMachine.provide({
  actors: { client: clientActor, persistence: persistenceActor },
});

export type LiveSessionMachine = typeof sessionMachine;

export type SessionActor = Actor<LiveSessionMachine>;

/** Follows a statechart. */
export interface ChartOwner {
  /** Called before {@link ChartOwner.onChange} of the same event. */
  onFact(fact: SessionEmitted): void;
  onChange(chart: ChartSnapshot): void;
  /** It has thrown, and is over. */
  onFailed(cause: unknown): void;
}

/** One statechart, from its start until it is stopped or fails. It is made by its first use, which reads the platform. */
export class RunningChart {
  readonly #parts: SessionParts;
  readonly #machine: LiveSessionMachine;
  readonly #owner: ChartOwner;
  #phase: 'idle' | 'live' | 'over' = 'idle';
  #actor: SessionActor | null = null;

  constructor(parts: SessionParts, machine: LiveSessionMachine, owner: ChartOwner) {
    this.#parts = parts;
    this.#machine = machine;
    this.#owner = owner;
  }

  /** The real actor: it can be sent anything, and is for this library only. */
  get actor(): SessionActor {
    if (this.#actor === null) {
      this.#actor = this.#createActor();
      this.#parts.inspectCreation();
    }
    return this.#actor;
  }

  get chart(): ChartSnapshot {
    return this.actor.getSnapshot() as ChartSnapshot;
  }

  /** The statechart while it runs, and `null` otherwise. */
  get live(): ChartSnapshot | null {
    return this.#phase === 'live' ? this.chart : null;
  }

  has(tag: SessionTag): boolean {
    return this.live?.hasTag(tag) === true;
  }

  /** Starts it, once. Returns whether it had not been started. */
  start(): boolean {
    if (this.#phase !== 'idle') return false;
    this.#phase = 'live';
    this.#parts.checkRepository();
    const { actor } = this;
    try {
      // Both may have called the app, which may have disposed of the client.
      if (this.live !== null) actor.start();
    } catch (cause) {
      this.#fail(cause);
    }
    return true;
  }

  send(event: SessionCommand | EnvironmentFact): void {
    if (this.#phase === 'live') this.actor.send(event);
  }

  stop(): void {
    this.#phase = 'over';
    this.#actor?.stop();
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

  #createActor(): SessionActor {
    const actor = this.#parts.createActor(this.#machine);
    actor.on('*', (fact) => this.#owner.onFact(fact));
    actor.subscribe({ next: (chart) => this.#follow(chart), error: (cause) => this.#fail(cause) });
    return actor;
  }

  #follow(chart: ChartSnapshot): void {
    if (this.#phase === 'live') this.#owner.onChange(chart);
  }

  #fail(cause: unknown): void {
    if (this.#phase !== 'live') return;
    this.#phase = 'over';
    closeChildren(this.chart);
    this.#owner.onFailed(cause);
  }
}

const COMMANDS: ReadonlySet<string> = new Set<SessionCommand['type']>([
  'session.connect',
  'session.disconnect',
  'session.restore',
  'session.suspend',
  'session.resume',
  'session.retryNow',
]);

/** A root in `error` leaves its children alive, so what they hold is closed from here. */
export function closeChildren({ children, context }: ReturnType<SessionActor['getSnapshot']>): void {
  children.client?.send({ type: 'socket.close', attempt: context.attempt + 1 });
  // Last: from then on it sends no fact, which a stopped parent would complain about.
  children.client?.send({ type: 'session.end' });
  children.persistence?.send({ type: 'user.unwatch' });
}

/** Only actors, timers and the environment state facts (law 10). The holder of an actor can give commands. */
export function isCommand(event: SessionEvent): event is SessionCommand {
  return COMMANDS.has(event.type);
}
