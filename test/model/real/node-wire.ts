import { WebSocket } from 'ws';
import type { ConditionSignal } from './condition-signal.ts';
import type { SessionWire } from './session-world.ts';

/** The server's end of a socket. */
interface Peer {
  readonly isOpen: boolean;
  readonly clientCloseCode: number | null;
}

/** Real sockets between a client in this process and a server, with hellos and replies to a close held back. */
export abstract class NodeWire implements SessionWire {
  /** The client's ends, of all sockets ever opened. */
  readonly sockets: WebSocket[] = [];
  readonly WebSocket: new (
    url: string,
    subprotocols?: string[],
  ) => WebSocket;
  protected readonly bell: ConditionSignal;
  #framesReceived = 0;

  constructor(bell: ConditionSignal, Socket: typeof WebSocket = WebSocket) {
    this.bell = bell;
    const { sockets } = this;
    const received = () => {
      this.#framesReceived += 1;
      bell.ring();
    };
    this.WebSocket = class extends Socket {
      constructor(url: string, subprotocols: string[] = []) {
        super(url, subprotocols);
        sockets.push(this);
        this.on('message', received);
        this.on('open', () => bell.ring());
        this.on('close', () => setImmediate(() => bell.ring()));
        bell.ring();
      }
    };
  }

  abstract get newestConnect(): { readonly token: string | null } | undefined;
  abstract hello(): unknown;
  abstract drop(): unknown;
  abstract end(): unknown;
  abstract refuse(code: number, retryAfterSeconds?: number): unknown;
  abstract push(): unknown;
  /** The other end of the newest socket. */
  protected abstract get peer(): Peer | undefined;
  /** Whether the server has read the login, so that its hello is held. */
  protected abstract get isLoginRead(): boolean;
  /** How many sockets are open at the server. */
  protected abstract get openNow(): number;

  /** The client is closing a socket, and the server has not answered. */
  get isClosing(): boolean {
    return this.sockets.some(({ readyState }) => readyState === WebSocket.CLOSING);
  }

  async current(): Promise<void> {
    await this.answerClose();
    await this.opened();
  }

  /** A socket is open at both ends, and the server knows who it is. */
  get isOpen(): boolean {
    const isOpen = this.sockets.at(-1)?.readyState === WebSocket.OPEN;
    return isOpen && this.peer?.isOpen === true && this.isLoginRead;
  }

  async opened(): Promise<void> {
    await this.bell.until(() => this.isOpen, 'the server has the socket');
  }

  async answerClose(): Promise<void> {
    if (!this.isClosing) return;
    await this.#closeArrived();
    this.end();
    await this.bell.until(() => !this.isClosing, 'the close is answered');
  }

  async agree(isOut: boolean): Promise<void> {
    await this.#closeArrived();
    if (isOut) await this.bell.until(() => this.openNow === 0, 'law 2: no socket is open');
  }

  async late(act: () => unknown, isLeftOpen = false): Promise<boolean> {
    if (!isLeftOpen && !this.isClosing) return false;
    await this.#closeArrived();
    const before = this.#framesReceived;
    const wasClosing = this.isClosing;
    act();
    const isOver = () => this.#framesReceived > before || (wasClosing && !this.isClosing);
    await this.bell.until(isOver, 'the old socket meets it');
    return true;
  }

  async #closeArrived(): Promise<void> {
    const hasArrived = () => !this.isClosing || this.peer?.clientCloseCode !== null || !this.peer.isOpen;
    await this.bell.until(hasArrived, 'the close arrives at the server');
  }
}
