import { type Actor, createActor, type InspectionEvent, type Observer } from 'xstate';
import { clientActor } from '../actors/client.ts';
import { type Dependencies, setDependencies } from '../actors/dependencies.ts';
import { persistenceActor } from '../actors/persistence.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionCommand, SessionEvent, SessionInput } from '../machines/types.ts';

export type Inspect = Observer<InspectionEvent> | ((event: InspectionEvent) => void);

/** The statechart with its real actors. Provided once: doing so per session costs 64 KB of heap each. */
export const liveSessionMachine = sessionMachine.provide({
  actors: { client: clientActor, persistence: persistenceActor },
});

export type LiveSessionMachine = typeof liveSessionMachine;

export type SessionActor = Actor<LiveSessionMachine>;

export interface LiveActorOptions {
  readonly machine: LiveSessionMachine;
  readonly input: SessionInput;
  readonly inspect: Inspect | undefined;
}

/** Creates the actor of one session. It is inert until it is started. */
export function createLiveActor(
  dependencies: Dependencies,
  { machine, input, inspect }: LiveActorOptions,
): SessionActor {
  const actor = createActor(machine, {
    input,
    clock: dependencies.clock,
    ...(inspect !== undefined && { inspect }),
  });
  setDependencies(actor.system, dependencies);
  return actor;
}

const COMMANDS: ReadonlySet<string> = new Set<SessionCommand['type']>([
  'session.connect',
  'session.disconnect',
  'session.restore',
  'session.suspend',
  'session.resume',
  'session.retryNow',
]);

/** Facts are stated by actors, timers and the environment only (law 10): whoever holds the actor can command, not lie. */
export function isCommand(event: SessionEvent): event is SessionCommand {
  return COMMANDS.has(event.type);
}
