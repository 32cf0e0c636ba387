import { WebSocket } from 'ws';
import type { ConnectRecord, DevServer, Fault, FaultHandle } from '../../../src/tools/devserver/index.ts';
import type { ConditionSignal } from './condition-signal.ts';

/** The server's end of one connect. */
interface ServerEnd {
  readonly record: ConnectRecord;
  /** Withholds its hello. */
  readonly hello: FaultHandle;
}

/**
 * Real sockets between a client and the dev server, with everything held back: hellos, replies to a close, and what the
 * client sends, which is lost on the way.
 */
export class Wire {
  /** The client's ends, of all sockets ever opened. */
  readonly sockets: WebSocket[] = [];
  readonly WebSocket: new (
    url: string,
  ) => WebSocket;
  readonly #server: DevServer;
  readonly #bell: ConditionSignal;
  readonly #ends: ServerEnd[] = [];
  #framesReceived = 0;

  constructor(server: DevServer, bell: ConditionSignal) {
    this.#server = server;
    this.#bell = bell;
    const { sockets } = this;
    const received = () => {
      this.#framesReceived += 1;
      bell.ring();
    };
    this.WebSocket = class extends WebSocket {
      constructor(url: string) {
        super(url);
        sockets.push(this);
        this.on('message', received);
        this.on('open', () => bell.ring());
        this.on('close', () => setImmediate(() => bell.ring()));
        bell.ring();
      }

      /** Pings are lost, or the server would answer them by itself. */
      override send(): void {}
    };
    server.on((event) => {
      if (event.type === 'opened') this.#meet(event.connect);
      bell.ring();
    });
  }

  #meet(record: ConnectRecord): void {
    for (const { hello } of this.#ends) if (hello.state.hits === 0) hello.lift();
    this.#cause({ type: 'ignoreClose', on: 'next' });
    this.#ends.push({ record, hello: this.#cause({ type: 'withholdHello' }) });
  }

  get #newest(): ServerEnd | undefined {
    return this.#ends.at(-1);
  }

  get newestConnect(): ConnectRecord | undefined {
    return this.#newest?.record;
  }

  /** The client is closing a socket, and the server has not answered. */
  get isClosing(): boolean {
    return this.sockets.some(({ readyState }) => readyState === WebSocket.CLOSING);
  }

  /** The socket that is wanted now: open at both ends. One that is closing is in its way, and goes. */
  async current(): Promise<void> {
    await this.answerClose();
    await this.#bell.until(() => this.isOpen, 'the server has the socket');
  }

  /** A socket is open at both ends, and the server knows who it is. */
  get isOpen(): boolean {
    const end = this.#newest;
    const isOpen = this.sockets.at(-1)?.readyState === WebSocket.OPEN;
    return isOpen && end?.record.isOpen === true && end.hello.state.hits > 0;
  }

  /** The server responds the close that it has ignored. */
  async answerClose(): Promise<void> {
    if (!this.isClosing) return;
    await this.isCloseHeard();
    this.#cause({ type: 'closeSockets', closeCode: 1000 });
    await this.#bell.until(() => !this.isClosing, 'the close is answered');
  }

  /** The client's close frame has come to the server. */
  async isCloseHeard(): Promise<void> {
    await this.#bell.until(
      () => !this.isClosing || this.newestConnect?.clientCloseCode !== null || !this.newestConnect.isOpen,
      'the server learns of the close',
    );
  }

  hello(): void {
    const end = this.#newest;
    if (end !== undefined && end.hello.state.held > 0) end.hello.release();
    else this.#cause({ type: 'secondHello' });
  }

  drop(): void {
    this.#cause({ type: 'dropSockets' });
  }

  end(): void {
    this.#cause({ type: 'closeSockets', closeCode: 1000 });
  }

  /** The socket stays open: it is for the client to close it. */
  refuse(code: number, retryAfterSeconds?: number): void {
    this.#cause({ type: 'sendError', code, closeCode: null, ...(retryAfterSeconds && { retryAfterSeconds }) });
  }

  push(): void {
    this.#cause({ type: 'sendFrame', frame: { kind: 'json', value: { type: 'note.new' } } });
  }

  async late(act: () => unknown, isLeftOpen = false): Promise<boolean> {
    if (!isLeftOpen && !this.isClosing) return false;
    await this.isCloseHeard();
    const before = this.#framesReceived;
    const wasClosing = this.isClosing;
    act();
    const isOver = () => this.#framesReceived > before || (wasClosing && !this.isClosing);
    await this.#bell.until(isOver, 'the old socket meets it');
    return true;
  }

  #cause(fault: Fault): FaultHandle {
    return this.#server.faults.cause(fault);
  }
}
