import type { AddressInfo, Socket as TcpSocket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import type { Socket, SocketFactory } from '../../../src/actors/dependencies.ts';

/*
 * Two servers that only do what a test says: one on real sockets, one in memory for exact time. Both go through the same
 * checks.
 */

/** The server's end of one socket. */
export interface Peer {
  readonly query: URLSearchParams;
  /** Frames of the client, parsed. */
  readonly received: unknown[];
  /** The client's close code; `null` until its close frame came. */
  readonly closeCode: () => number | null;
  /** The connection is gone, as far as the server can see. */
  readonly isGone: () => boolean;
  /** A text goes as it is, bytes as a binary frame, everything else as JSON. */
  say(frame: unknown): void;
  close(code: number, reason?: string): void;
  /** Breaks off without a close frame. */
  drop(): void;
  /** Close frames are not answered from now on. */
  ignoreClose(): void;
}

export interface Backend {
  readonly baseUrl: string;
  readonly sockets: SocketFactory;
  /** One for every socket that reached the server, in order. */
  readonly peers: Peer[];
  stop(): Promise<void>;
}

export async function realBackend(): Promise<Backend> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await new Promise((resolve) => server.once('listening', resolve));
  const peers: Peer[] = [];
  const connections: TcpSocket[] = [];
  server.on('connection', (socket, request) => {
    const received: unknown[] = [];
    let isGone = false;
    let closeCode: number | null = null;
    connections.push(request.socket);
    request.socket.on('close', () => {
      isGone = true;
    });
    socket.on('error', () => undefined);
    socket.on('message', (data) => received.push(JSON.parse(String(data))));
    socket.on('close', (code) => {
      closeCode = code;
    });
    peers.push({
      query: queryOf(request.url ?? ''),
      received,
      closeCode: () => closeCode,
      isGone: () => isGone,
      say: (frame) => socket.send(encoded(frame)),
      close: (code, reason) => socket.close(code, reason),
      drop: () => socket.terminate(),
      ignoreClose: () => socket.pause(),
    });
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets: ({ url, subprotocols, headers }) =>
      new WebSocket(url, [...(subprotocols ?? [])], { headers: { ...headers } }),
    peers,
    async stop() {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As in a browser: no `terminate`, events in later microtasks, a closing socket stays until the peer answered. */
export class FakeSocket implements Socket {
  readyState = 0;
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onerror: Socket['onerror'] = null;
  onclose: Socket['onclose'] = null;
  readonly url: string;
  readonly received: unknown[] = [];
  closeCode: number | null = null;
  answersClose = true;

  constructor(url: string) {
    this.url = url;
  }

  send(data: string): void {
    if (this.readyState === 0) throw new Error('InvalidStateError');
    this.received.push(JSON.parse(data));
  }

  close(code?: number): void {
    if (this.readyState >= 2) return;
    const wasConnecting = this.readyState === 0;
    this.readyState = 2;
    this.closeCode = code ?? null;
    queueMicrotask(() => {
      if (wasConnecting) this.fail();
      else if (this.answersClose) this.end(1000);
    });
  }

  open(): void {
    if (this.readyState !== 0) return;
    this.readyState = 1;
    call(this.onopen, {});
  }

  say(frame: unknown): void {
    if (this.readyState < 3) call(this.onmessage, { data: encoded(frame) });
  }

  end(code: number, reason = ''): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    call(this.onclose, { code, reason });
  }

  complain(): void {
    call(this.onerror, { type: 'error', target: this });
  }

  fail(): void {
    this.complain();
    this.end(1006);
  }
}

export interface FakeBackend extends Backend {
  /** Every socket made, also those that never opened. */
  readonly made: FakeSocket[];
  /** Sockets stay in CONNECTING until they are opened by the test. */
  opensLater: boolean;
}

export function fakeBackend(): FakeBackend {
  const made: FakeSocket[] = [];
  const peers: Peer[] = [];
  const backend: FakeBackend = {
    baseUrl: 'http://fake.example',
    made,
    peers,
    opensLater: false,
    sockets({ url }) {
      const socket = new FakeSocket(url);
      made.push(socket);
      if (!backend.opensLater) {
        queueMicrotask(() => {
          socket.open();
          peers.push(peerOf(socket));
        });
      }
      return socket;
    },
    stop: async () => undefined,
  };
  return backend;
}

function peerOf(socket: FakeSocket): Peer {
  return {
    query: queryOf(socket.url),
    received: socket.received,
    closeCode: () => socket.closeCode,
    isGone: () => socket.readyState === 3,
    say: (frame) => socket.say(frame),
    close: (code, reason) => socket.end(code, reason),
    drop: () => socket.fail(),
    ignoreClose: () => {
      socket.answersClose = false;
    },
  };
}

function queryOf(url: string): URLSearchParams {
  return new URL(url, 'ws://any').searchParams;
}

function encoded(frame: unknown): string | Uint8Array {
  return typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame);
}

function call(handler: ((event: never) => void) | null, event: unknown): void {
  (handler as ((event: unknown) => void) | null)?.(event);
}
