import type { AnyActorRef } from 'xstate';
import type { ChatClient } from '../../src/index.ts';
import { sessionOf } from './session-of.ts';

/** Restarts an actor of a running session the way @xstate/react does for StrictMode: stopped, made new, and started. */
export function restart(client: ChatClient, id: 'client' | 'persistence'): void {
  const actor = sessionOf(client).chart.children[id] as AnyActorRef | undefined;
  if (actor === undefined) throw new Error(`There is no actor ${id}.`);
  const snapshot = actor.getSnapshot();
  const internals = actor as unknown as { _stop(): void; start(): void };
  internals._stop();
  Object.assign(actor, { _processingStatus: 0, _snapshot: snapshot });
  internals.start();
}
