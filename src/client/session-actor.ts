import type { Actor, InspectionEvent, Observer } from 'xstate';
import { clientActor } from '../actors/client.ts';
import { persistenceActor } from '../actors/persistence.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionCommand, SessionEvent } from '../machines/types.ts';

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
