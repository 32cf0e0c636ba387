import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { WireData } from '../../../src/index.ts';
import { DevSocket } from '../../../src/tools/devserver/socket.ts';

/** One connection of a client through the proxy, with the real server at the other end. */
export class ProxiedConnection {
  /** What the client has sent until the server answered. */
  readonly login: WireData[] = [];
  /** The code of the client's close frame, once it has arrived. */
  clientCloseCode: number | null = null;
  isOpen = true;
  /** Whether the server has said something: what it says is held until it is let go. */
  hasAnswered = false;
  readonly held: WireData[] = [];
  /** Whether what the server said has arrived. */
  isLetThrough = false;
  readonly #client: DevSocket;
  readonly #server: WebSocket;
  /** What the client sends before the real server is reached. */
  readonly #early: WireData[] = [];

  constructor(client: DevSocket, server: WebSocket, changed: () => void) {
    this.#client = client;
    this.#server = server;
    client.ignoresClose = true;
    client.onPeerClose = (code) => {
      this.clientCloseCode = code;
      changed();
    };
    client.on('message', (data, isBinary) => this.#fromClient(read(data, isBinary)));
    client.on('error', () => client.terminate());
    client.on('close', () => {
      this.isOpen = false;
      server.terminate();
      changed();
    });
    server.on('open', () => {
      for (const data of this.#early.splice(0)) server.send(data);
    });
    server.on('message', (data, isBinary) => {
      this.hasAnswered = true;
      this.#fromServer(read(data, isBinary));
      changed();
    });
    server.on('error', () => client.terminate());
  }

  /** What the server has said so far arrives, and what it says from now on. */
  letThrough(): void {
    this.isLetThrough = true;
    for (const data of this.held.splice(0)) this.say(data);
  }

  /** Asks the real server for something, and lets the reply through; what was held stays so. */
  ask(data: WireData): void {
    this.#server.once('message', (reply, isBinary) => {
      if (this.isLetThrough) return;
      this.held.pop();
      this.say(read(reply, isBinary));
    });
    this.#server.send(data);
  }

  /** Something of a server arrives at the client. */
  say(data: WireData): void {
    this.#client.trySend(typeof data === 'string' ? data : Buffer.from(data));
  }

  cut(): void {
    this.#client.terminate();
  }

  /** Begins the close, or completes the client's. */
  close(code: number): void {
    this.#client.closeNow(code);
  }

  #fromServer(data: WireData): void {
    if (this.isLetThrough) this.say(data);
    else this.held.push(data);
  }

  /** Once the server has answered, what the client sends is lost: its pings, for instance. */
  #fromClient(data: WireData): void {
    if (this.hasAnswered) return;
    this.login.push(data);
    if (this.#server.readyState === WebSocket.OPEN) this.#server.send(data);
    else this.#early.push(data);
  }
}

/** What a real server has made of a login: its messages, and the code it closed with. */
export interface Reply {
  readonly messages: readonly WireData[];
  readonly closeCode: number;
}

/**
 * A WebSocket server in front of any other: it holds what that says, drops, closes and ignores closes, so that servers
 * that no one here has written can be made to fail.
 */
export class FaultProxy {
  readonly connections: ProxiedConnection[] = [];
  /** The most connections that were open at the same time. */
  highestOpen = 0;
  readonly #server: WebSocketServer;
  readonly #target: string;

  /** `changed` is called whenever something has happened. */
  static async start(target: string, changed: () => void): Promise<FaultProxy> {
    const server = new WebSocketServer({
      port: 0,
      host: '127.0.0.1',
      WebSocket: DevSocket,
      handleProtocols: ([first]) => first ?? false,
    });
    await new Promise((resolve) => server.once('listening', resolve));
    return new FaultProxy(server, target, changed);
  }

  private constructor(server: WebSocketServer, target: string, changed: () => void) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (socket) => {
      const client = socket as DevSocket;
      const upstream = new WebSocket(target, client.protocol === '' ? [] : [client.protocol]);
      this.connections.push(new ProxiedConnection(client, upstream, changed));
      // The end of the one before may have arrived first, and be handled only after this.
      setImmediate(() => setImmediate(() => (this.highestOpen = Math.max(this.highestOpen, this.openNow))));
      changed();
    });
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get openNow(): number {
    return this.connections.filter(({ isOpen }) => isOpen).length;
  }

  /** Sends a login to the real server, next to every client, and returns what it says until it closes. */
  tryLogin(frames: readonly WireData[], subprotocols: readonly string[]): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const messages: WireData[] = [];
      const socket = new WebSocket(this.#target, [...subprotocols]);
      socket.on('open', () => {
        for (const data of frames) socket.send(data);
      });
      socket.on('message', (data, isBinary) => messages.push(read(data, isBinary)));
      socket.on('error', reject);
      socket.on('close', (closeCode) => resolve({ messages, closeCode }));
    });
  }

  close(): Promise<void> {
    for (const connection of this.connections) connection.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}

function read(data: unknown, isBinary: boolean): WireData {
  const bytes = data as Buffer;
  return isBinary ? new Uint8Array(bytes) : bytes.toString();
}
