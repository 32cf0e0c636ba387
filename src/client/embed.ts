import type { Actor, ActorLogic, EventObject, NonReducibleUnknown, Snapshot } from 'xstate';
import { clientActor } from '../actors/client.ts';
import { setDependencies } from '../actors/dependencies.ts';
import { persistenceActor } from '../actors/persistence.ts';
import type { EnvironmentReading } from '../environment/environment.ts';
import { invalidArgument } from '../errors.ts';
import { assertFit, FILLED_STRING, OBJECT, readInput } from '../input.ts';
import { deviceOf } from '../machines/actions.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionCommand, SessionContext, SessionInput } from '../machines/types.ts';
import { CONFIGURED_SOURCE_KEY, type TokenSourceRegistry } from '../token/source-registry.ts';
import { parseIdentity } from './call-input.ts';
import type { ChartSnapshot } from './client-snapshot.ts';
import { defaults } from './defaults.ts';
import { Device, readEnvironment } from './device.ts';
import type { ChatListener } from './listeners.ts';
import type { ChatClientOptions } from './options.ts';
import { closeChildren, isCommand, type LiveSessionMachine, liveSessionMachine } from './running-chart.ts';
import { SessionParts } from './session-parts.ts';

/** A session to embed in an own statechart setup. */
export interface EmbeddedSession {
  /** The statechart with its real actors, bound to the options: for `createActor`, `useActorRef`, `useMachine`. */
  readonly machine: LiveSessionMachine;
  /** The `input` that the machine needs. The environment is read, and the seed drawn, when it is. */
  readonly input: SessionInput;
  /** Turns a token or provider into the `sourceKey` of a `session.connect`. */
  readonly tokenSources: TokenSourceRegistry;
  /** Calls `listener` for every chat event of `type`, or of every type with `'*'`. */
  on<Type extends string>(type: Type, listener: ChatListener<Type>): () => void;
}

/**
 * The session machine with the real actors, for apps that embed it instead of using the client:
 * `const { machine, input } = embedSession(options)`, then `useActorRef(machine, { input })`. Network and visibility
 * are for the embedder to send (`network.wentOffline`, …).
 *
 * @throws SessionError `invalidArgument` that names the option.
 */
export function embedSession(options: ChatClientOptions): EmbeddedSession {
  const parts = new SessionParts(options, defaults);
  // The actors of a bound machine have what they depend on as soon as they start, in whatever system that is.
  const bind = <State extends Snapshot<unknown>, Command extends EventObject>(
    logic: ActorLogic<State, Command, NonReducibleUnknown>,
  ): ActorLogic<State, Command, NonReducibleUnknown> => ({
    ...logic,
    start: (snapshot, scope) => {
      setDependencies(scope.system, parts);
      logic.start?.(snapshot, scope);
    },
  });
  const machine = sessionMachine.provide({
    actors: { client: bind(clientActor), persistence: bind(persistenceActor) },
  });
  const getInitialSnapshot = machine.getInitialSnapshot.bind(machine);
  const restoreSnapshot = machine.restoreSnapshot.bind(machine);
  const { listeners, tokenSources } = parts;
  let input: SessionInput | null = null;
  return {
    machine: Object.assign(machine, {
      getInitialSnapshot: (scope: Parameters<typeof getInitialSnapshot>[0], given?: SessionInput) => {
        assertNewEnough(scope);
        return getInitialSnapshot(scope, given);
      },
      restoreSnapshot: (persisted: Snapshot<unknown>, scope: Parameters<typeof restoreSnapshot>[1]) => {
        assertNewEnough(scope);
        return restoreSnapshot(inNewProcess(persisted, readEnvironment(parts)), scope);
      },
    }),
    get input() {
      input ??= parts.inputFor(readEnvironment(parts));
      return input;
    },
    tokenSources,
    on: (type, listener) => listeners.on(type, listener),
  };
}

/** The machine is run by the app's own xstate, which may be another one than this package has. */
function assertNewEnough(scope: object): void {
  if ('actionExecutor' in scope) return;
  throw invalidArgument('xstate', 'the xstate that runs the machine of embedSession() is older than 5.19: update it');
}

/**
 * Neither a socket nor a token or its source survives its process: no session is resumed as connected, not even for a moment
 * (law 10), and tokens come from the configured source. The device is as it is now: what a session waited for in the
 * process before may never happen in this one (law 8).
 */
function inNewProcess(persisted: Snapshot<unknown>, reading: EnvironmentReading): Snapshot<unknown> {
  const { value, context } = persisted as { readonly value?: unknown; readonly context?: SessionContext };
  if (context === undefined) return persisted;
  const isToConnect = typeof value === 'object' && value !== null && ('connected' in value || waitsForDevice(value));
  const { pacing, timing } = context;
  const delayMs = Math.min(pacing.delayMs, Math.max(timing.quickRetryMs, pacing.retryAfterMs));
  const left: SessionContext = {
    ...context,
    login: { ...context.login, sourceKey: CONFIGURED_SOURCE_KEY, token: 'none' },
    next: context.next && { ...context.next, sourceKey: null },
    connectionId: null,
    device: deviceOf(reading),
    ...(isToConnect && { reason: 'connectionLost' as const, failure: null, pacing: { ...pacing, delayMs } }),
  };
  return Object.assign({}, persisted, { context: left, ...(isToConnect && { value: { connecting: 'waiting' } }) });
}

/** Whether it waits for the device, which may be back by now. */
function waitsForDevice(value: object): boolean {
  return 'connecting' in value && (value.connecting === 'suspended' || value.connecting === 'offline');
}

/** The actor of an embedded session: it takes commands only, because facts are stated by actors (law 10). */
export type EmbeddedActor = Omit<Actor<LiveSessionMachine>, 'send'> & { send(command: SessionCommand): void };

/**
 * The session machine with the real actors as one actor, not started yet: for an app that wants the statechart itself.
 * While a session runs it follows the option `environment`. Its `send` throws `invalidArgument` for what is no command, and
 * for a user that is no JSON.
 *
 * @throws SessionError `invalidArgument` that names the option.
 */
export function createSessionActor(
  options: ChatClientOptions,
): EmbeddedActor & { readonly tokenSources: TokenSourceRegistry; readonly onChatEvent: EmbeddedSession['on'] } {
  const parts = new SessionParts(options, defaults);
  const { tokenSources, listeners } = parts;
  const actor = parts.createActor(liveSessionMachine);
  parts.inspectCreation();
  const send = actor.send.bind(actor);
  const start = actor.start.bind(actor);
  const onChatEvent: EmbeddedSession['on'] = (type, listener) => listeners.on(type, listener);
  const device = new Device(parts, {
    lastLogin: 0,
    get live() {
      return actor.getSnapshot() as ChartSnapshot;
    },
    send,
  });
  actor.on('connect.accepted', () => device.onLoginAccepted(Number.POSITIVE_INFINITY));
  actor.subscribe({
    next: (snapshot) => {
      if (snapshot.hasTag('idle')) device.stop();
      else device.listen();
      parts.followFailure(snapshot.context.failure, !snapshot.hasTag('running'));
    },
    complete: () => device.stop(),
    error: (cause) => {
      device.stop();
      closeChildren(actor.getSnapshot());
      parts.faultsOf('internal')(cause);
    },
  });
  return Object.assign(actor, {
    tokenSources,
    onChatEvent,
    start: () => {
      start();
      device.announce();
      return actor;
    },
    send: (given: SessionCommand) => {
      assertFit('command', given, OBJECT);
      // A getter of the app must not run in the statechart.
      const command = readInput('command', () => ({ ...given }));
      if (command.type === 'session.suspend') device.suspend('app');
      else if (command.type === 'session.resume') device.resume('app');
      else if (command.type === 'session.connect') send({ ...checkedConnect(command), ...device.waitLeft() });
      else if (isCommand(command)) send(command);
    },
  });
}

/** As the client takes a user. @throws SessionError `invalidArgument` */
function checkedConnect(command: Extract<SessionCommand, { type: 'session.connect' }>): SessionCommand {
  const { kind, id, user } = readInput('identity', () => ({ ...command.identity }));
  assertFit('identity.id', id, FILLED_STRING);
  if (kind === 'anonymous') return command;
  return { ...command, identity: { ...parseIdentity(user, kind), id } };
}
