import type { ClientCommand, PersistenceCommand } from '../../../src/actors/messages.ts';
import type { FailureInfo } from '../../../src/errors.ts';
import type { SessionEvent, TimerFact } from '../../../src/machines/types.ts';
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
  /** It has been open for longer than a connection takes to become stable, by the wall clock. */
  readonly hasLasted: boolean;
  /** A ping was sent, or silence was reported: the next frame is reported. */
  readonly isListenedFor: boolean;
  /** The session is over: the socket stays until it is closed, and nothing more is reported of it. */
  readonly isSilenced: boolean;
}

export interface OutstandingWork {
  /** Whether the actors have announced themselves. */
  readonly hasClient: boolean;
  readonly hasPersistence: boolean;
  /** The attempt of the token load that is under way. */
  readonly load: number | null;
  /** The server has said hello to the token that is held. */
  readonly isTokenAccepted: boolean;
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

export const NO_WORK: OutstandingWork = {
  hasClient: false,
  hasPersistence: false,
  load: null,
  isTokenAccepted: false,
  socket: null,
  closing: null,
  isSocketThere: false,
  storage: null,
  isRemovalOwed: false,
  isWatching: false,
  timers: new Map(),
  superseded: new Set(),
};

/** The work after the statechart received `event`, before anything it did. */
export function receive(work: OutstandingWork, event: SessionEvent): OutstandingWork {
  switch (event.type) {
    case 'client.started':
      return {
        ...supersede(supersede(work, 'token'), 'socket'),
        isTokenAccepted: false,
        isSocketThere: false,
        hasClient: true,
      };
    case 'persistence.started':
      return { ...supersede(work, 'storage'), hasPersistence: true, isWatching: false };
    case 'token.loaded':
      return event.attempt === work.load ? { ...work, load: null, isTokenAccepted: false } : work;
    case 'token.failed':
      return event.attempt === work.load ? { ...work, load: null } : work;
    case 'hello.received':
      if (event.attempt !== work.socket?.attempt) return work;
      return { ...withSocket(work, event.attempt, { phase: 'open' }), isTokenAccepted: true };
    case 'socket.wentSilent':
      // Silence is reported later than a connection becomes stable. While the device slept, no timer has noticed that.
      return withSocket(work, event.attempt, { isListenedFor: true, hasLasted: true });
    case 'probe.passed':
      return withSocket(work, event.attempt, { isListenedFor: false });
    case 'token.refused':
    case 'token.notValidNow':
    case 'app.refused':
    case 'user.refused':
      if (event.attempt !== work.socket?.attempt) return work;
      return {
        ...work,
        isTokenAccepted: work.isTokenAccepted && event.type !== 'token.refused',
        socket: null,
        isSocketThere: work.isSocketThere && !isByClose(event.failure),
      };
    case 'socket.lost':
      if (event.attempt !== work.socket?.attempt) return afterLateEnd(work);
      // A server that asks to wait says so on a socket that is open, or by its close.
      return { ...work, socket: null, isSocketThere: event.retryAfterMs > 0 && !isByClose(event.failure) };
    case 'server.ended':
      if (event.attempt !== work.socket?.attempt) return afterLateEnd(work);
      return { ...work, socket: null, isSocketThere: false };
    case 'socket.closed':
      if (event.attempt !== work.closing) return afterLateEnd(work);
      return { ...work, closing: null, isSocketThere: false };
    case 'connection.becameStable': {
      const left = withoutTimer(work, (timer) => timer.event.type === event.type);
      return left.socket === null ? left : { ...left, socket: { ...left.socket, hasLasted: true } };
    }
    case 'close.timedOut':
      // It is given up, and its end is not reported any more.
      return {
        ...withoutTimer(supersede(work, 'socket'), (timer) => timer.event.type === event.type),
        isSocketThere: false,
      };
    case 'user.saved':
    case 'user.cleared':
      return event.attempt === work.storage?.attempt ? { ...work, storage: null, isRemovalOwed: false } : work;
    case 'user.found':
    case 'user.missing':
    case 'user.unreadable':
    case 'user.notSaved':
    case 'user.notCleared':
      return event.attempt === work.storage?.attempt ? { ...work, storage: null } : work;
    default:
      return withoutTimer(work, ({ event: fact }) => fact.type === event.type);
  }
}

function isByClose({ closeCode }: FailureInfo): boolean {
  return closeCode !== undefined;
}

/** An old socket has ended. Where no other is held or awaited, it was the one that was still there. */
const afterLateEnd = (work: OutstandingWork): OutstandingWork =>
  work.socket === null && work.closing === null ? { ...work, isSocketThere: false } : work;

/** The work after one effect of the statechart. */
export function record(work: OutstandingWork, effect: Effect): OutstandingWork {
  switch (effect.kind) {
    case 'client':
      return afterClientCommand(work, effect.command);
    case 'persistence':
      return afterStorageCommand(work, effect.command);
    case 'timerStarted': {
      const { event, delayMs } = effect;
      return { ...work, timers: new Map(work.timers).set(effect.id, { event, delayMs }) };
    }
    case 'timerCancelled':
      return withoutTimer(work, (_, id) => id === effect.id);
    case 'emitted':
      return work;
  }
}

function afterClientCommand(work: OutstandingWork, command: ClientCommand): OutstandingWork {
  switch (command.type) {
    case 'token.load':
      return { ...supersede(work, 'token'), load: command.attempt };
    case 'token.abort':
      return supersede(work, 'token');
    case 'session.end':
      return { ...silence(supersede(work, 'token')), isTokenAccepted: false };
    case 'token.adopt':
      return work;
    case 'socket.open': {
      const { attempt, identity } = command;
      const socket: HeldSocket = {
        attempt,
        userId: identity.id,
        phase: 'opening',
        hasLasted: false,
        isListenedFor: false,
        isSilenced: false,
      };
      return { ...supersede(work, 'socket'), socket, isSocketThere: true };
    }
    case 'socket.ping':
      return withSocket(work, command.attempt, { isListenedFor: true });
    case 'socket.close':
      return { ...supersede(work, 'socket'), closing: command.attempt };
  }
}

function afterStorageCommand(work: OutstandingWork, command: PersistenceCommand): OutstandingWork {
  switch (command.type) {
    case 'user.watch':
      return { ...work, isWatching: true };
    case 'user.unwatch':
      // The session is over: what storage still reports of it belongs to no session.
      return { ...supersede(work, 'storage'), isWatching: false };
    case 'storage.abandon':
      return work;
    case 'user.clear':
      return { ...supersede(work, 'storage'), storage: command, isRemovalOwed: true };
    default:
      return { ...supersede(work, 'storage'), storage: command };
  }
}

function silence(work: OutstandingWork): OutstandingWork {
  const { socket, closing } = work;
  if (socket === null && closing === null) return work;
  return {
    ...work,
    socket: socket && { ...socket, isSilenced: true },
    closing: null,
    superseded: new Set(work.superseded).add('socket'),
  };
}

/** Gives up what is under way of that kind; if there was something, its answer may come late. */
function supersede(work: OutstandingWork, kind: Superseded): OutstandingWork {
  const wasUnderWay = { token: work.load, socket: work.socket ?? work.closing, storage: work.storage }[kind];
  if (wasUnderWay === null) return work;
  return {
    ...work,
    ...{ token: { load: null }, socket: { socket: null, closing: null }, storage: { storage: null } }[kind],
    superseded: new Set(work.superseded).add(kind),
  };
}

function withSocket(work: OutstandingWork, attempt: number, change: Partial<HeldSocket>): OutstandingWork {
  if (work.socket?.attempt !== attempt) return work;
  return { ...work, socket: { ...work.socket, ...change } };
}

function withoutTimer(work: OutstandingWork, isGone: (timer: RunningTimer, id: string) => boolean): OutstandingWork {
  const timers = [...work.timers].filter(([id, timer]) => !isGone(timer, id));
  return timers.length === work.timers.size ? work : { ...work, timers: new Map(timers) };
}
