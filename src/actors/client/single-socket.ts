import type { Clock } from '../../clock.ts';
import { ABNORMAL_CLOSE, NORMAL_CLOSE } from '../../protocol/codes.ts';
import type { Socket, SocketFactory } from '../dependencies.ts';

/** What happens to a socket while it is wanted. Nothing is told any more once it is being closed. */
export interface SocketListener {
  /** The address, asked for when the socket is really opened; `null` when it is not wanted after all. */
  readonly address: () => string | null;
  readonly opened: () => void;
  readonly received: (data: unknown) => void;
  /** The socket is gone, or could not be made. `cause` is what it, or the factory, said; it may hold the address. */
  readonly ended: (code: number, reason: string, cause: unknown) => void;
}

/** Room for one socket (law 1): the next opens when the one before is closed, or given up. */
export interface SingleSocket {
  /** Opens a socket, in a later microtask at the earliest. It takes the place of one that is open or waiting. */
  open(listener: SocketListener): void;
  /** Sends where the socket is open; answers whether it was. */
  send(data: string): boolean;
  /** Closes what is open and drops what waits; calls back once nothing is open any more. */
  close(whenEmpty?: () => void): void;
  /** Ends everything now; nobody is called back. */
  giveUp(): void;
}

interface Held {
  readonly socket: Socket;
  /** `null` once it is being closed by us. */
  listener: SocketListener | null;
  /** What `onerror` said, for the close that follows. */
  cause: unknown;
  closeTimer: unknown;
  isClosing: boolean;
}

const OPEN = 1;
const CLOSED = 3;

export function createSingleSocket(sockets: SocketFactory, clock: Clock, closeTimeoutMs: number): SingleSocket {
  let held: Held | null = null;
  let next: SocketListener | null = null;
  /** What to do with the socket that is being made: its class is foreign code, and may end the session from inside. */
  let verdict: (made: Held) => void = keep;
  let whenEmpty: (() => void)[] = [];

  /** The factory is foreign code: it never runs while a command is being handled. */
  function advanceLater(): void {
    queueMicrotask(advance);
  }

  function advance(): void {
    if (held !== null) return;
    const callbacks = whenEmpty;
    whenEmpty = [];
    for (const callback of callbacks) callback();
    if (next === null) return;
    const listener = next;
    next = null;
    const address = listener.address();
    if (address !== null) make(address, listener);
  }

  function make(address: string, listener: SocketListener): void {
    verdict = keep;
    try {
      const socket = sockets(address);
      held = { socket, listener, cause: undefined, closeTimer: undefined, isClosing: false };
      attach(held);
      verdict(held);
    } catch (error) {
      held = null;
      if (verdict === keep) listener.ended(ABNORMAL_CLOSE, '', error);
    }
  }

  function attach(holder: Held): void {
    const { socket } = holder;
    socket.onopen = () => holder.listener?.opened();
    socket.onmessage = ({ data }: { readonly data: unknown }) => holder.listener?.received(data);
    socket.onerror = (event: unknown) => {
      holder.cause = causeIn(event);
      expectClose(holder);
    };
    socket.onclose = ({ code, reason }: { readonly code: number; readonly reason?: string }) => {
      release(holder);
      holder.listener?.ended(code, reason ?? '', holder.cause);
      advanceLater();
    };
  }

  /** A close follows an error and a call of `close()`; where it does not in time, the socket is given up. */
  function expectClose(holder: Held): void {
    if (held !== holder || holder.closeTimer !== undefined) return;
    holder.closeTimer = clock.setTimeout(() => {
      abandon(holder);
      holder.listener?.ended(ABNORMAL_CLOSE, '', holder.cause);
      advanceLater();
    }, closeTimeoutMs);
  }

  function startClose(holder: Held): void {
    if (holder.isClosing) return;
    holder.isClosing = true;
    holder.listener = null;
    try {
      if (holder.socket.readyState === CLOSED) throw new Error('It is closed already.');
      expectClose(holder);
      holder.socket.close(NORMAL_CLOSE);
    } catch {
      abandon(holder);
      advanceLater();
    }
  }

  function release(holder: Held): void {
    clock.clearTimeout(holder.closeTimer);
    detach(holder.socket);
    if (held === holder) held = null;
  }

  function abandon(holder: Held): void {
    release(holder);
    try {
      if (holder.socket.terminate !== undefined) holder.socket.terminate();
      else holder.socket.close(NORMAL_CLOSE);
    } catch {
      // It is gone already, or refuses to go: nobody listens to it any more.
    }
  }

  return {
    open(listener) {
      verdict = startClose;
      next = listener;
      if (held === null) advanceLater();
      else startClose(held);
    },
    send(data) {
      if (held === null || held.isClosing || held.socket.readyState !== OPEN) return false;
      held.socket.send(data);
      return true;
    },
    close(callback) {
      verdict = startClose;
      next = null;
      if (callback !== undefined) whenEmpty.push(callback);
      if (held === null) advanceLater();
      else startClose(held);
    },
    giveUp() {
      verdict = abandon;
      next = null;
      whenEmpty = [];
      if (held !== null) abandon(held);
    },
  };
}

function keep(): void {}

/** An `error` listener stays: in `ws` an error that nobody listens to is thrown. */
function detach(socket: Socket): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  socket.onerror = () => undefined;
}

/** The event itself leads to the socket and its address: only the error in it is kept. */
function causeIn(event: unknown): unknown {
  if (typeof event !== 'object' || event === null) return undefined;
  if ('error' in event && event.error !== undefined) return event.error;
  return 'message' in event && typeof event.message === 'string' && event.message !== '' ? event.message : undefined;
}
