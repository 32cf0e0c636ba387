import type { PersistenceCommand } from '../../../../src/actors/messages.ts';
import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { Effect } from '../../../model/explore/effects.ts';
import type { ModelState } from '../../../model/explore/model-state.ts';
import type { OutstandingWork } from '../../../model/explore/outstanding-work.ts';
import type { ObservedSession } from './observed-session.ts';

/** One step as an observer sees it. */
export interface Observation {
  readonly event: SessionEvent;
  readonly before: ModelState;
  readonly after: ModelState;
  readonly effects: readonly Effect[];
  readonly known: ObservedSession;
  readonly knows: ObservedSession;
}

export interface Invariant {
  /** The number of the law in the design. */
  readonly law: number;
  readonly promise: string;
  /** What is wrong, in a few words, or `null`. */
  readonly breach: (observation: Observation) => string | null;
}

export const isIn = (
  { snapshot }: ModelState,
  state: 'loggedOut' | 'connected' | 'disconnecting' | 'restoring' | 'loadingToken',
) => (typeof snapshot.value === 'string' ? snapshot.value === state : state in snapshot.value);

export const clientCommands = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'client' ? [effect.command] : []));
export const storageCommands = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'persistence' ? [effect.command] : []));
export const facts = (effects: readonly Effect[]) =>
  effects.flatMap((effect) => (effect.kind === 'emitted' ? [effect.fact] : []));

/** Whether the fact replies to a question that is open. What is no reply is always in place. */
export function isAwaited(event: SessionEvent, { load, socket, closing, storage }: OutstandingWork): boolean {
  switch (event.type) {
    case 'token.loaded':
    case 'token.failed':
      return event.attempt === load;
    case 'hello.received':
    case 'socket.lost':
    case 'token.refused':
    case 'token.notValidNow':
    case 'app.refused':
    case 'user.refused':
    case 'server.ended':
    case 'socket.wentSilent':
    case 'probe.passed':
      return event.attempt === socket?.attempt;
    case 'socket.closed':
      return event.attempt === closing;
    case 'user.found':
    case 'user.missing':
    case 'user.unreadable':
    case 'user.saved':
    case 'user.notSaved':
    case 'user.cleared':
    case 'user.notCleared':
      return event.attempt === storage?.attempt && REPLIES[storage.type].includes(event.type);
    default:
      return true;
  }
}

type StorageQuestion = Extract<PersistenceCommand, { readonly attempt: number }>['type'];

const REPLIES: Readonly<Record<StorageQuestion, readonly SessionEvent['type'][]>> = {
  'user.load': ['user.found', 'user.missing', 'user.unreadable'],
  'user.save': ['user.saved', 'user.notSaved'],
  'user.clear': ['user.cleared', 'user.notCleared'],
};
