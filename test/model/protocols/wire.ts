import { WebSocket } from 'ws';
import type { Protocol, WireData } from '../../../src/index.ts';
import type { ConditionSignal } from '../real/condition-signal.ts';
import type { SessionWire } from '../real/session-world.ts';
import type { FaultProxy, ProxiedConnection } from './fault-proxy.ts';
import type { RealProtocol, RealServer, Refusal } from './servers.ts';

/** The dev server's codes, in which causes name what a server says. */
const REFUSALS: Readonly<Record<number, Refusal>> = {
  40: 'token.refused',
  41: 'token.notValidNow',
  2: 'app.refused',
  17: 'user.refused',
};
const OVERLOADED = 1013;

/** Real sockets to a real server, with hellos and replies to a close held back by the proxy between them. */
export class ProtocolWire implements SessionWire {
  readonly proxy: FaultProxy;
  readonly protocol: Protocol<never>;
  /** The client's ends, of all sockets ever opened. */
  readonly sockets: WebSocket[] = [];
  readonly WebSocket: new (
    url: string,
    protocols?: string[],
  ) => WebSocket;
  readonly #real: RealProtocol;
  readonly #server: RealServer;
  readonly #bell: ConditionSignal;
  #framesReceived = 0;

  constructor(real: RealProtocol, server: RealServer, proxy: FaultProxy, bell: ConditionSignal) {
    this.#real = real;
    this.#server = server;
    this.proxy = proxy;
    this.protocol = real.protocol(proxy.url);
    this.#bell = bell;
    const { sockets } = this;
    const received = () => {
      this.#framesReceived += 1;
      bell.ring();
    };
    this.WebSocket = class extends WebSocket {
      constructor(url: string, protocols: string[] = []) {
        super(url, protocols);
        sockets.push(this);
        this.on('message', received);
        this.on('open', () => bell.ring());
        this.on('close', () => setImmediate(() => bell.ring()));
        bell.ring();
      }
    };
  }

  get newestConnect(): { readonly token: string } | undefined {
    const login = this.#newest?.login ?? [];
    return login.length === 0 ? undefined : this.#server.readLogin(login);
  }

  get #newest(): ProxiedConnection | undefined {
    return this.proxy.connections.at(-1);
  }

  get isClosing(): boolean {
    return this.sockets.some(({ readyState }) => readyState === WebSocket.CLOSING);
  }

  get isOpen(): boolean {
    const isOpen = this.sockets.at(-1)?.readyState === WebSocket.OPEN;
    return isOpen && this.#newest?.isOpen === true && this.#newest.hasAnswered;
  }

  async current(): Promise<void> {
    await this.answerClose();
    await this.#bell.until(() => this.isOpen, 'the server has answered the login');
  }

  async answerClose(): Promise<void> {
    if (!this.isClosing) return;
    await this.isCloseHeard();
    for (const connection of this.#open) connection.close(1000);
    await this.#bell.until(() => !this.isClosing, 'the close is answered');
  }

  async isCloseHeard(): Promise<void> {
    await this.#bell.until(
      () => !this.isClosing || this.#newest?.clientCloseCode !== null || !this.#newest.isOpen,
      'the proxy receives the close',
    );
  }

  hello(): void {
    const newest = this.#newest;
    if (newest === undefined || newest.held.length === 0) this.push();
    else newest.letThrough();
  }

  drop(): void {
    for (const connection of this.#open) connection.cut();
  }

  end(): void {
    for (const connection of this.#open) connection.close(1000);
  }

  /** What arrives was said by the real server, about a login that it refuses. */
  async refuse(devServerCode: number): Promise<void> {
    const newest = this.#newest;
    const refusal = REFUSALS[devServerCode];
    if (refusal === undefined) return newest?.close(OVERLOADED);
    const closeCode = this.#real.closedByProxy?.[refusal];
    if (closeCode !== undefined) return newest?.close(closeCode);
    const frames = await this.#server.refusedLogin(refusal, 'alice');
    const { subprotocols = [] } = this.#connect();
    const { messages, closeCode: code } = await this.proxy.tryLogin(frames, subprotocols);
    if (messages.length === 0) newest?.close(code);
    for (const data of messages) newest?.say(data);
  }

  push(): void {
    const ping: WireData | undefined = this.#connect().ping?.();
    if (ping !== undefined) this.#newest?.ask(ping);
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

  get #open(): readonly ProxiedConnection[] {
    return this.proxy.connections.filter(({ isOpen }) => isOpen);
  }

  #connect() {
    const identity = { kind: 'user', id: 'alice', user: { id: 'alice' } } as const;
    return this.protocol.connect({ identity, token: '', profile: 'full', createId: () => 'ping' });
  }
}
