import { createActor, type InspectionEvent } from 'xstate';
import {
  type DataPlane,
  type Dependencies,
  type Guests,
  type SocketFactory,
  setDependencies,
} from '../actors/dependencies.ts';
import { type Clock, PatientTimers, systemClock } from '../clock.ts';
import type { DiagnosticSource, SendReport } from '../diagnostics.ts';
import { browserEnvironment } from '../environment/browser.ts';
import type { Environment, EnvironmentReading } from '../environment/environment.ts';
import { type FailureInfo, invalidArgument, OwnError, SessionError } from '../errors.ts';
import type { SessionInput } from '../machines/types.ts';
import type { ChatEvent } from '../protocol/events.ts';
import type { Protocol } from '../protocol/protocol.ts';
import { memoryRepository } from '../repository/memory.ts';
import type { UserRepository } from '../repository/repository.ts';
import type { Timing } from '../timing.ts';
import { CONFIGURED_SOURCE_KEY, TokenSourceRegistry } from '../token/source-registry.ts';
import type { OwnUser } from '../user.ts';
import { checkOptions } from './check-options.ts';
import { guardedClock } from './guarded-clock.ts';
import { createId } from './ids.ts';
import { guardInspector } from './inspection.ts';
import { ChatListeners } from './listeners.ts';
import { type ChatClientOptions, type Defaults, type Inspect, type Platform, platformOf } from './options.ts';
import { ReadOnlyViews } from './read-only-actor.ts';
import { createReporter, faultOf, isDevelopment, reportFailure, reportMistake, warnOfThrow } from './reporter.ts';
import type { Requests } from './requests/index.ts';
import type { LiveSessionMachine, SessionActor } from './running-chart.ts';

/**
 * Everything that a session is made of and what its actors depend on, put together in this one place for the client and for
 * embedders. Making it reads no time, chance or global of the platform; that is left to the first use.
 */
export class SessionParts implements Dependencies {
  // `declare`: the constructor makes them, and a bundle need not name them twice.
  declare readonly apiKey: string | undefined;
  declare readonly protocol: Protocol<object>;
  declare readonly repository: UserRepository;
  declare readonly requests: Requests | undefined;
  declare readonly guests: Guests | undefined;
  declare readonly environment: Environment;
  declare readonly timing: Timing;
  declare readonly warnings: boolean;
  /** The app's own, whose classes may be others than those of the platform. */
  declare readonly ownFetch: typeof globalThis.fetch | undefined;
  declare readonly clock: Clock;
  declare readonly report: SendReport;
  readonly createId = createId;
  declare readonly listeners: ChatListeners;
  /** Those of the statechart; the actors use the clock itself. */
  declare readonly timers: PatientTimers;
  declare readonly tokenSources: TokenSourceRegistry;
  readonly dataPlane: DataPlane = { request: null, send: null };
  /** The user as the server described them in its newest hello. */
  me: OwnUser | null = null;
  /** The original errors behind failures. Made by the first one. */
  #causes: WeakMap<FailureInfo, unknown> | null = null;
  #reported: FailureInfo | null = null;
  readonly #inspect: Inspect | undefined;
  /** Until the platform was looked up. */
  #options: ChatClientOptions | null;
  #platform: Platform | null = null;
  #views: ReadOnlyViews | null = null;
  /** What the inspector is shown later; `null` once the actor exists. */
  #inspections: (() => void)[] | null = [];

  /**
   * @param defaults What a session has where the options do not name it.
   * @throws SessionError `invalidArgument` that names the option; nothing was started.
   */
  constructor(given: ChatClientOptions, defaults: Defaults = { protocol: noDefaultProtocol }) {
    const options = checkOptions(given);
    const { clock } = options;
    this.#options = options;
    this.#inspect = options.inspect;
    this.apiKey = options.apiKey;
    this.protocol = (options.protocol as Protocol<object> | undefined) ?? defaults.protocol(options);
    this.repository = options.userRepository ?? memoryRepository();
    this.requests = options.requests ?? defaults.requests;
    this.guests = options.guests ?? defaults.guests;
    this.environment = options.environment ?? browserEnvironment();
    this.timing = options.timing;
    this.warnings = options.warnings ?? true;
    this.ownFetch = options.fetch;
    this.report = createReporter(options.onDiagnostic);
    this.clock = clock === undefined ? systemClock : guardedClock(clock, this.faultsOf('clock'));
    this.listeners = new ChatListeners(this.faultsOf('listener'));
    this.timers = new PatientTimers(this.clock);
    this.tokenSources = new TokenSourceRegistry(options.tokenProvider);
  }

  /** Returns what reports that code threw. */
  faultsOf(source: DiagnosticSource): (thrown: unknown) => void {
    return (thrown) => {
      this.report(faultOf(source, thrown));
      if (this.warnings && isDevelopment()) warnOfThrow(this, source, thrown);
    };
  }

  /** Looked up at the first use, and kept. */
  get platform(): Platform {
    this.#platform ??= platformOf(this.#options ?? {});
    this.#options = null;
    return this.#platform;
  }

  get sockets(): SocketFactory {
    return this.platform.sockets ?? noSockets;
  }

  get fetch(): typeof globalThis.fetch {
    return this.ownFetch ?? this.platform.fetch;
  }

  get views(): ReadOnlyViews {
    this.#views ??= new ReadOnlyViews(this.faultsOf('subscriber'));
    return this.#views;
  }

  deliver(event: ChatEvent, isCurrent: () => boolean): void {
    this.listeners.deliver(event, isCurrent);
  }

  rememberOwnUser(me: Readonly<Record<string, unknown>> | null): void {
    this.me = me as OwnUser | null;
  }

  rememberCause(failure: FailureInfo, cause: unknown): void {
    this.#causes ??= new WeakMap();
    this.#causes.set(failure, cause);
  }

  toError(failure: FailureInfo): SessionError {
    return new SessionError({ ...failure, cause: this.#causes?.get(failure) });
  }

  /** Reports what the statechart holds as its failure, once. */
  followFailure(failure: FailureInfo | null, isOver: boolean): void {
    if (failure === this.#reported) return;
    this.#reported = failure;
    if (failure !== null) reportFailure(failure, this.#causes?.get(failure), isOver, this.report);
  }

  get hasTokenProvider(): boolean {
    return this.tokenSources.get(CONFIGURED_SOURCE_KEY) !== undefined;
  }

  inputFor({ online, foreground }: EnvironmentReading): SessionInput {
    const { timing, hasTokenProvider: restorable, platform } = this;
    return { timing, restorable, seed: platform.seed, online, foreground };
  }

  /** The actor of one session, inert until it is started. What the device reports is sent to it then. */
  createActor(machine: LiveSessionMachine): SessionActor {
    const inspect = this.#inspect;
    const actor = createActor(machine, {
      input: this.inputFor({ online: true, foreground: true }),
      clock: this.timers,
      ...(inspect !== undefined && { inspect: this.#inspectorOf(inspect) }),
    });
    setDependencies(actor.system, this);
    return actor;
  }

  /** A repository that is bound to another API key than the client is a mistake of the app. */
  checkRepository(): void {
    const { apiKey, repository } = this;
    try {
      if (apiKey === undefined || repository.apiKey === undefined || repository.apiKey === apiKey) return;
      const { code, message } = invalidArgument('userRepository', 'is bound to another API key than the client');
      reportMistake(this, { code, message });
    } catch (cause) {
      this.faultsOf('repository')(cause);
    }
  }

  /** No session runs any more. */
  close(): void {
    this.tokenSources.keepOnly([]);
    this.views.close();
  }

  #inspectorOf(inspect: Inspect): (event: InspectionEvent) => void {
    const show = guardInspector(inspect, this.views, this.faultsOf('inspector'));
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
}

function noDefaultProtocol(): never {
  throw invalidArgument('protocol', 'expected a protocol: an object with name and connect');
}

export const noWebSocket = (): SessionError =>
  invalidArgument('WebSocket', 'this platform has no WebSocket; pass the class that sessionchart/node exports');

function noSockets(): never {
  throw new OwnError(noWebSocket().message);
}
