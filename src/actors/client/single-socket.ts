import { boundReply, type Clock, later } from '../../clock.ts';
import { dropPromise, isFilledString, isThenable, quietly } from '../../input.ts';
import { ABNORMAL_CLOSE, NORMAL_CLOSE } from '../../protocol/defaults.ts';
import type { RefusedUpgrade, WireData } from '../../protocol/protocol.ts';
import type { Socket, SocketFactory, SocketRequest } from '../dependencies.ts';
import { listenForRefusal, readMessage } from './platform-socket.ts';

/** What happens to a socket while it is wanted. Nothing is called any more once it is being closed. */
export interface SocketOwner {
  /** What to open, asked for when the socket is really opened; `null` when it is not wanted after all. */
  request(): SocketRequest | null;
  onOpen(): void;
  /** A promise, which must not reject, holds up the messages and the end that follow. */
  onMessage(data: WireData): Promise<void> | void;
  /** The socket is gone, or could not be made. */
  onEnd(end: SocketEnd): void;
}

export interface SocketEnd {
  readonly code: number;
  readonly reason: string;
  /** What the socket, or the factory, reported; it may hold the address. */
  readonly cause: unknown;
  /** The response of a server that refused the upgrade, where the platform shows it. */
  readonly refusal: RefusedUpgrade | null;
}

interface CurrentSocket {
  /** `null` while it is being made: its class is foreign code, and may end the session from inside. */
  socket: Socket | null;
  /** `null` once we are closing it. */
  owner: SocketOwner | null;
  /** What `onerror` reported, for the close that follows. */
  cause?: unknown;
  refusal: RefusedUpgrade | null;
  stopCloseTimer?: () => void;
  /** A message that is being read (a `Blob` is read asynchronously) or handled; those that follow wait for it. */
  busy: Promise<unknown> | null;
}

const OPEN = 1;
const CLOSED = 3;

/**
 * Room for one socket (law 1): the next opens when the one before is closed, or given up after `closeTimeoutMs`. A class
 * without `terminate()` (browsers, Deno, Node's own) leaves a given-up socket to the platform.
 */
export class SingleSocket {
  readonly #sockets: SocketFactory;
  readonly #clock: Clock;
  readonly #closeTimeoutMs: number;
  #current: CurrentSocket | null = null;
  #next: SocketOwner | null = null;
  #onEmpty: (() => void) | null = null;

  constructor(sockets: SocketFactory, clock: Clock, closeTimeoutMs: number) {
    this.#sockets = sockets;
    this.#clock = clock;
    this.#closeTimeoutMs = closeTimeoutMs;
  }

  /** Opens a socket, in a later microtask at the earliest. It takes the place of one that is open or waiting. */
  open(owner: SocketOwner): void {
    this.#next = owner;
    this.#startClose();
  }

  /** Sends where the socket is open; returns whether it was. */
  send(data: WireData): boolean {
    const { owner, socket } = this.#current ?? {};
    // A double in a test may have no `readyState`.
    if (!owner || !socket || (socket.readyState ?? OPEN) !== OPEN) return false;
    dropPromise(socket.send(data as never));
    return true;
  }

  /** Closes what is open and drops what waits; the newest `onEmpty` is called once nothing is open any more. */
  close(onEmpty?: () => void): void {
    this.#next = null;
    this.#onEmpty = onEmpty ?? this.#onEmpty;
    this.#startClose();
  }

  /** Ends everything now, without calling back. */
  giveUp(): void {
    this.#next = null;
    this.#onEmpty = null;
    if (this.#current !== null) this.#abandon(this.#current);
  }

  /** The factory is foreign code: it never runs while a command is being handled. */
  #advanceLater(): void {
    later(() => this.#advance());
  }

  #advance(): void {
    if (this.#current !== null) return;
    const onEmpty = this.#onEmpty;
    this.#onEmpty = null;
    onEmpty?.();
    const owner = this.#next;
    this.#next = null;
    const request = owner?.request() ?? null;
    if (owner !== null && request !== null) this.#make(request, owner);
  }

  #make(request: SocketRequest, owner: SocketOwner): void {
    const current: CurrentSocket = { socket: null, owner, refusal: null, busy: null };
    this.#current = current;
    try {
      const socket = this.#sockets(request);
      current.socket = socket;
      this.#attach(current, socket);
    } catch (cause) {
      current.cause = cause;
      return this.#end(current);
    }
    if (this.#current !== current) this.#abandon(current);
    else if (current.owner === null) this.#closeSocket(current);
  }

  #attach(current: CurrentSocket, socket: Socket): void {
    // Read at once, and in order, unlike a `Blob`. A class that does not take it gives a `Blob`, which is read too.
    quietly(() => {
      socket.binaryType = 'arraybuffer';
    });
    socket.onopen = () => current.owner?.onOpen();
    socket.onmessage = (event: unknown) => this.#receive(current, Object(event).data);
    socket.onerror = (event: unknown) => {
      current.cause = causeIn(event) ?? current.cause;
      this.#expectClose(current);
    };
    socket.onclose = (event: unknown) => {
      // Some classes leave them out, or the event itself.
      const { code, reason } = Object(event) as { readonly code?: unknown; readonly reason?: unknown };
      const end = () =>
        this.#end(current, Number(code) || ABNORMAL_CLOSE, typeof reason === 'string' ? reason : undefined);
      if (current.busy === null) return end();
      // What arrived before the close is still being handled: an error may say why it is closed.
      this.#expectClose(current);
      void current.busy.then(end);
    };
    listenForRefusal(socket, (refusal) => {
      current.refusal = refusal;
    });
  }

  /** Messages keep their order, also behind one that takes its time. */
  #receive(current: CurrentSocket, data: unknown): void {
    const message = readMessage(data);
    const isNext = current.busy === null && !isThenable(message);
    const handled = isNext
      ? current.owner?.onMessage(message)
      : Promise.all([message, current.busy]).then(([read]) => current.owner?.onMessage(read));
    if (!isThenable(handled)) return;
    // A socket that responds at once may have said more while this one was handled.
    const busy = Promise.all([handled, current.busy]).then(() => {
      if (current.busy === busy) current.busy = null;
    });
    current.busy = busy;
  }

  /** Closes it, too: a class that connects again by itself would go on, and one that threw may have connected. */
  #end(current: CurrentSocket, code = ABNORMAL_CLOSE, reason = ''): void {
    this.#abandon(current);
    const { cause, refusal } = current;
    current.owner?.onEnd({ code, reason, cause, refusal });
    current.owner = null;
    this.#advanceLater();
  }

  /** A close follows an error and a call of `close()`; where it does not in time, the socket is given up. */
  #expectClose(current: CurrentSocket): void {
    if (this.#current !== current || current.stopCloseTimer !== undefined) return;
    current.stopCloseTimer = boundReply(this.#clock, () => this.#end(current), this.#closeTimeoutMs);
    // The app's clock, which was asked for a timer, may have disposed of the client.
    if (this.#current !== current) current.stopCloseTimer();
  }

  #startClose(): void {
    const current = this.#current;
    if (current === null) return this.#advanceLater();
    if (current.owner === null) return;
    current.owner = null;
    if (current.socket !== null) this.#closeSocket(current);
  }

  #closeSocket(current: CurrentSocket): void {
    try {
      if (current.socket?.readyState !== CLOSED) {
        this.#expectClose(current);
        return dropPromise(close(current.socket));
      }
    } catch {
      // It refuses to be closed.
    }
    this.#end(current);
  }

  /** A socket that is gone already, or refuses to go, may throw. */
  #abandon(current: CurrentSocket): void {
    current.stopCloseTimer?.();
    if (this.#current === current) this.#current = null;
    const { socket } = current;
    if (socket === null) return;
    quietly(() => detach(socket));
    quietly(() => (socket.terminate === undefined ? close(socket) : socket.terminate()));
  }
}

function close(socket: Socket | null): unknown {
  try {
    return socket?.close(NORMAL_CLOSE);
  } catch {
    // Some classes take no code.
    return socket?.close();
  }
}

/** An `error` listener stays: in `ws` an error without a listener is thrown. */
function detach(socket: Socket): void {
  socket.onopen = null;
  socket.onmessage = null;
  socket.onclose = null;
  socket.onerror = () => undefined;
}

/** The event itself leads to the socket and its address: only the error in it is kept. */
function causeIn(event: unknown): unknown {
  const { error, message } = Object(event) as { readonly error?: unknown; readonly message?: unknown };
  return error ?? (isFilledString(message) ? message : undefined);
}
