import { type Actor, createActor, type InspectionEvent, type Observer } from 'xstate';
import { clientActor } from '../actors/client.ts';
import { type DataPlane, type Dependencies, setDependencies } from '../actors/dependencies.ts';
import { persistenceActor } from '../actors/persistence.ts';
import { PatientTimers } from '../clock.ts';
import type { SendReport } from '../diagnostics.ts';
import type { EnvironmentReading } from '../environment/environment.ts';
import { type FailureInfo, invalidArgument, OwnError, type SessionError } from '../errors.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionCommand, SessionEvent, SessionInput } from '../machines/types.ts';
import { TokenSourceRegistry } from '../token/source-registry.ts';
import type { OwnUser } from '../user.ts';
import { createId } from './ids.ts';
import { guardInspector } from './inspection.ts';
import { ChatListeners } from './listeners.ts';
import type { ClientSettings, Platform } from './options.ts';
import { ReadOnlyViews } from './read-only-actor.ts';
import { faultOf, reportFailure } from './reporter.ts';

/**
 * Everything that a session is made of, put together in this one place for the client and for embedders. Making it reads
 * no time, chance or global of the platform; that is left to the first use of {@link SessionParts.dependencies}.
 */
export class SessionParts {
  readonly settings: ClientSettings;
  readonly report: SendReport;
  readonly listeners: ChatListeners;
  /** Those of the statechart; the actors use the clock itself. */
  readonly timers: PatientTimers;
  readonly tokenSources: TokenSourceRegistry;
  readonly dataPlane: DataPlane = { request: null, send: null };
  /** The user as the server described them in its newest hello. */
  me: OwnUser | null = null;
  /** The original errors behind failures. Made by the first one. */
  #causes: WeakMap<FailureInfo, unknown> | null = null;
  #reported: FailureInfo | null = null;
  #platform: Platform | null = null;
  #dependencies: Dependencies | null = null;
  #views: ReadOnlyViews | null = null;
  /** What the inspector is shown later; `null` once the actor exists. */
  #inspections: (() => void)[] | null = [];

  constructor(settings: ClientSettings) {
    this.settings = settings;
    this.report = settings.report;
    this.timers = new PatientTimers(settings.clock);
    this.listeners = new ChatListeners((cause) => this.report(faultOf('listener', cause)));
    this.tokenSources = new TokenSourceRegistry(settings.tokenProvider);
  }

  /** Looked up at the first use, and kept. */
  get platform(): Platform {
    this.#platform ??= this.settings.platform();
    return this.#platform;
  }

  get dependencies(): Dependencies {
    this.#dependencies ??= this.#createDependencies();
    return this.#dependencies;
  }

  get views(): ReadOnlyViews {
    this.#views ??= new ReadOnlyViews((cause) => this.report(faultOf('subscriber', cause)));
    return this.#views;
  }

  /** Reports what the statechart holds as its failure, once. */
  followFailure(failure: FailureInfo | null, isOver: boolean): void {
    if (failure === this.#reported) return;
    this.#reported = failure;
    if (failure !== null) reportFailure(failure, this.causeOf(failure), isOver, this.report);
  }

  causeOf(failure: FailureInfo): unknown {
    return this.#causes?.get(failure);
  }

  inputFor({ online, foreground }: EnvironmentReading): SessionInput {
    const { timing, tokenProvider } = this.settings;
    return { timing, restorable: tokenProvider !== undefined, seed: this.platform.seed, online, foreground };
  }

  /** The actor of one session, inert until it is started. */
  createActor(machine: LiveSessionMachine, reading: EnvironmentReading): SessionActor {
    const actor = createActor(machine, {
      input: this.inputFor(reading),
      clock: this.timers,
      ...(this.settings.inspect !== undefined && { inspect: this.#inspectorOf(this.settings.inspect) }),
    });
    setDependencies(actor.system, this.dependencies);
    return actor;
  }

  #inspectorOf(inspect: Inspect): (event: InspectionEvent) => void {
    const show = guardInspector(inspect, this.views, (cause) => this.report(faultOf('inspector', cause)));
    return (event) => {
      if (this.#inspections === null) show(event);
      else this.#inspections.push(() => show(event));
    };
  }

  /** Shows the inspector how the actor was created, once there is one: an inspector may call the client. */
  inspectCreation(): void {
    const waiting = this.#inspections;
    this.#inspections = null;
    for (const show of waiting ?? []) show();
  }

  #createDependencies(): Dependencies {
    const { listeners, report, tokenSources, dataPlane } = this;
    const { protocol, clock, timing, repository, requests, guests } = this.settings;
    // One by one: an object made by a spread takes 600 bytes more of each session.
    return {
      protocol,
      clock,
      timing,
      repository,
      requests,
      guests,
      createId,
      tokenSources,
      report,
      dataPlane,
      sockets: this.platform.sockets ?? noSockets,
      fetch: this.platform.fetch,
      deliver: (event, isCurrent) => listeners.deliver(event, isCurrent),
      rememberCause: (failure, cause) => {
        this.#causes ??= new WeakMap();
        this.#causes.set(failure, cause);
      },
      rememberOwnUser: (me) => {
        this.me = me as OwnUser | null;
      },
    };
  }
}

export const noWebSocket = (): SessionError =>
  invalidArgument('WebSocket', 'this platform has no WebSocket; pass the class that sessionchart/node exports');

function noSockets(): never {
  throw new OwnError(noWebSocket().message);
}

export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

/** The statechart with its real actors. Provided once: doing so per session costs 64 KB of heap each. */
export const liveSessionMachine = sessionMachine.provide({
  actors: { client: clientActor, persistence: persistenceActor },
});

export type LiveSessionMachine = typeof liveSessionMachine;

export type SessionActor = Actor<LiveSessionMachine>;

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
