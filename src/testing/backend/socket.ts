import type { Socket } from '../../actors/dependencies.ts';
import type { Clock } from '../../clock.ts';
import type { WireData } from '../../protocol/protocol.ts';
import { isWireData } from '../../protocol/shapes.ts';
import type { ConnectRequest } from './server.ts';

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

const LATENCY_MS = 1;

/** Before a login has arrived. */
export const NO_LOGIN: ConnectRequest = { userId: '', token: '', authType: '', userDetails: {} };

/** What the server does with its end. */
interface ServerEnd {
  opened(): void;
  received(data: WireData): void;
  /** The client's close frame came. Returns whether it gets a response. */
  closing(): boolean;
  closed(): void;
}

/** A WebSocket without a network: everything takes one latency of the virtual clock, in each direction. */
export class BackendSocket implements Socket {
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  readyState = CONNECTING;
  hasHello = false;

  readonly url: string;
  request = NO_LOGIN;
  readonly #clock: Clock;
  readonly #server: ServerEnd;

  constructor(url: string, clock: Clock, server: ServerEnd) {
    this.url = url;
    this.#server = server;
    this.#clock = clock;
    this.#later(() => this.readyState === CONNECTING && server.opened());
  }

  // The client's end

  send(data: WireData): void {
    if (this.readyState === CONNECTING) throw new DOMException('The socket is not open yet.', 'InvalidStateError');
    this.#later(() => this.readyState === OPEN && this.#server.received(data));
  }

  close(code = 1005): void {
    if (this.readyState >= CLOSING) return;
    const wasConnecting = this.readyState === CONNECTING;
    this.readyState = CLOSING;
    this.#later(() => {
      if (wasConnecting) return this.end(1006, true);
      if (this.#server.closing()) this.#later(() => this.end(code));
    });
  }

  terminate(): void {
    this.end(1006);
  }

  /** The process of the client died: only the server sees the end. */
  kill(): void {
    Object.assign(this, { onopen: null, onmessage: null, onerror: null, onclose: null });
    this.terminate();
  }

  // The server's end

  accept(): void {
    if (this.readyState !== CONNECTING) return;
    this.readyState = OPEN;
    this.onopen?.({} as never);
  }

  /** Sends a frame. What is sent on a socket that is gone is lost. */
  push(data: unknown): void {
    this.#later(() => {
      if (this.readyState === OPEN || this.readyState === CLOSING) {
        this.onmessage?.({ data: isWireData(data) ? data : JSON.stringify(data) } as never);
      }
    });
  }

  /** The socket is gone, at once. With `hasFailed` an error comes first, as on platforms. */
  end(code: number, hasFailed = false): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#server.closed();
    if (hasFailed) this.onerror?.({} as never);
    this.onclose?.({ code, reason: '' } as never);
  }

  #later(act: () => unknown): void {
    this.#clock.setTimeout(act, LATENCY_MS);
  }
}
