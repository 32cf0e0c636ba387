import type { ClientCommand, PersistenceCommand } from '../actors/messages.ts';
import type { SessionEvent, TimerFact } from '../machines/types.ts';
import type { Effect } from './effects.ts';

/*
 * What is under way outside of the statechart: the questions that were asked and not answered, the socket that is
 * held, the timers that run. It follows the commands and facts alone, by what `actors/messages.ts` promises, and knows
 * nothing of states: with it a path takes only what a real session can meet, and the laws have something to be checked on.
 */

type StorageQuestion = Extract<PersistenceCommand, { readonly attempt: number }>;

/** Kinds of work whose reply may still come after it was given up. */
export type Superseded = 'token' | 'socket' | 'storage';

export interface RunningTimer {
  readonly event: TimerFact;
  readonly delayMs: number;
}

export interface HeldSocket {
  readonly attempt: number;
  /** The user it was opened for. */
  readonly userId: string;
  readonly phase: 'opening' | 'open';
  /** A ping was sent, or silence was reported: the next frame is reported. */
  readonly isListenedFor: boolean;
  /** The session is over: the socket stays until it is closed, and nothing more is reported of it. */
  readonly isSilenced: boolean;
}

export interface Ledger {
  /** Whether the actors have announced themselves. */
  readonly hasClient: boolean;
  readonly hasPersistence: boolean;
  /** The attempt of the token load that is under way. */
  readonly load: number | null;
  readonly socket: HeldSocket | null;
  /** The attempt of the close that was not confirmed yet. */
  readonly closing: number | null;
  /** A socket is there, or may be: one that is being closed lasts until its peer has answered, or a time-out. */
  readonly isSocketThere: boolean;
  readonly storage: StorageQuestion | null;
  /** A removal was ordered, and it is not known to be done. */
  readonly isRemovalOwed: boolean;
  readonly isWatching: boolean;
  readonly timers: ReadonlyMap<string, RunningTimer>;
  readonly superseded: ReadonlySet<Superseded>;
}

export const EMPTY_LEDGER: Ledger = {
  hasClient: false,
  hasPersistence: false,
  load: null,
  socket: null,
  closing: null,
  isSocketThere: false,
  storage: null,
  isRemovalOwed: false,
  isWatching: false,
  timers: new Map(),
  superseded: new Set(),
};

/** The ledger after the statechart received `event`, before anything it did. */
export function receive(ledger: Ledger, event: SessionEvent): Ledger {
  switch (event.type) {
    case 'client.started':
      return { ...supersede(supersede(ledger, 'token'), 'socket'), isSocketThere: false, hasClient: true };
    case 'persistence.started':
      return { ...supersede(ledger, 'storage'), hasPersistence: true, isWatching: false };
    case 'token.loaded':
    case 'token.failed':
      return event.attempt === ledger.load ? { ...ledger, load: null } : ledger;
    case 'hello.received':
      return withSocket(ledger, event.attempt, { phase: 'open' });
    case 'socket.wentSilent':
      return withSocket(ledger, event.attempt, { isListenedFor: true });
    case 'socket.wasHeard':
      return withSocket(ledger, event.attempt, { isListenedFor: false });
    case 'token.refused':
    case 'token.notValidNow':
    case 'app.refused':
    case 'user.refused':
      return event.attempt === ledger.socket?.attempt ? { ...ledger, socket: null } : ledger;
    case 'socket.lost':
      if (event.attempt !== ledger.socket?.attempt) return ledger;
      // A server that asks to wait says so on a socket that is open.
      return { ...ledger, socket: null, isSocketThere: event.retryAfterMs > 0 };
    case 'server.ended':
      return event.attempt === ledger.socket?.attempt ? { ...ledger, socket: null, isSocketThere: false } : ledger;
    case 'socket.closed':
      return event.attempt === ledger.closing ? { ...ledger, closing: null, isSocketThere: false } : ledger;
    case 'close.timedOut':
      // It is given up, and its end is not reported any more.
      return {
        ...withoutTimer(supersede(ledger, 'socket'), (timer) => timer.event.type === event.type),
        isSocketThere: false,
      };
    case 'user.saved':
    case 'user.cleared':
      return event.attempt === ledger.storage?.attempt ? { ...ledger, storage: null, isRemovalOwed: false } : ledger;
    case 'user.found':
    case 'user.missing':
    case 'user.unreadable':
    case 'user.notSaved':
    case 'user.notCleared':
      return event.attempt === ledger.storage?.attempt ? { ...ledger, storage: null } : ledger;
    default:
      return withoutTimer(ledger, ({ event: fact }) => fact.type === event.type);
  }
}

/** The ledger after one effect of the statechart. */
export function record(ledger: Ledger, effect: Effect): Ledger {
  switch (effect.kind) {
    case 'client':
      return obeyed(ledger, effect.command);
    case 'persistence':
      return stored(ledger, effect.command);
    case 'timerStarted': {
      const { event, delayMs } = effect;
      return { ...ledger, timers: new Map(ledger.timers).set(effect.id, { event, delayMs }) };
    }
    case 'timerCancelled':
      return withoutTimer(ledger, (_, id) => id === effect.id);
    case 'emitted':
      return ledger;
  }
}

function obeyed(ledger: Ledger, command: ClientCommand): Ledger {
  switch (command.type) {
    case 'token.load':
      return { ...supersede(ledger, 'token'), load: command.attempt };
    case 'token.abort':
      return supersede(ledger, 'token');
    case 'session.end':
      return silence(supersede(ledger, 'token'));
    case 'token.adopt':
      return ledger;
    case 'socket.open': {
      const { attempt, identity } = command;
      const socket: HeldSocket = {
        attempt,
        userId: identity.id,
        phase: 'opening',
        isListenedFor: false,
        isSilenced: false,
      };
      return { ...supersede(ledger, 'socket'), socket, isSocketThere: true };
    }
    case 'socket.ping':
      return withSocket(ledger, command.attempt, { isListenedFor: true });
    case 'socket.close':
      return { ...supersede(ledger, 'socket'), closing: command.attempt };
  }
}

function stored(ledger: Ledger, command: PersistenceCommand): Ledger {
  switch (command.type) {
    case 'user.watch':
      return { ...ledger, isWatching: true };
    case 'user.unwatch':
      // The session is over: what storage still reports of it belongs to no session.
      return { ...supersede(ledger, 'storage'), isWatching: false };
    case 'storage.abandon':
      return ledger;
    case 'user.clear':
      return { ...supersede(ledger, 'storage'), storage: command, isRemovalOwed: true };
    default:
      return { ...supersede(ledger, 'storage'), storage: command };
  }
}

function silence(ledger: Ledger): Ledger {
  const { socket, closing } = ledger;
  if (socket === null && closing === null) return ledger;
  return {
    ...ledger,
    socket: socket && { ...socket, isSilenced: true },
    closing: null,
    superseded: new Set(ledger.superseded).add('socket'),
  };
}

/** Gives up what is under way of that kind; if there was something, its answer may come late. */
function supersede(ledger: Ledger, kind: Superseded): Ledger {
  const wasUnderWay = { token: ledger.load, socket: ledger.socket ?? ledger.closing, storage: ledger.storage }[kind];
  if (wasUnderWay === null) return ledger;
  return {
    ...ledger,
    ...{ token: { load: null }, socket: { socket: null, closing: null }, storage: { storage: null } }[kind],
    superseded: new Set(ledger.superseded).add(kind),
  };
}

function withSocket(ledger: Ledger, attempt: number, change: Partial<HeldSocket>): Ledger {
  if (ledger.socket?.attempt !== attempt) return ledger;
  return { ...ledger, socket: { ...ledger.socket, ...change } };
}

function withoutTimer(ledger: Ledger, isGone: (timer: RunningTimer, id: string) => boolean): Ledger {
  const timers = [...ledger.timers].filter(([id, timer]) => !isGone(timer, id));
  return timers.length === ledger.timers.size ? ledger : { ...ledger, timers: new Map(timers) };
}
