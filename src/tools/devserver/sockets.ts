import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Connection, type ConnectionContext } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { FaultRegistry } from './fault-registry.ts';
import { retryHeaders } from './http.ts';
import { type ConnectRequest, readConnect } from './login.ts';
import { DevSocket } from './socket.ts';

/** The WebSocket side: from the upgrade to the last byte. What is said in between is told by `greet`. */
export interface Sockets {
  upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void;
  /** Every upgraded socket that is not gone, of one user or of all. */
  open(userId?: string): readonly Connection[];
  /** Cuts what is left. */
  close(): void;
}

export interface SocketsDependencies extends ConnectionContext {
  readonly faults: () => FaultRegistry;
  readonly maxPayloadBytes: number;
  /** Called once for every upgraded socket. */
  readonly greet: (connection: Connection) => void;
}

export function createSockets(dependencies: SocketsDependencies): Sockets {
  const { ledger, faults, maxPayloadBytes, greet, now } = dependencies;
  const connections = new Set<Connection>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxPayloadBytes,
    WebSocket: DevSocket,
  });

  function refuse(raw: Duplex, asked: ConnectRequest, answer: ApiError | null): void {
    const { apiKey: _, ...seen } = asked;
    const connect = ledger.enter(seen, 'upgradeRefused');
    connect.closedAtMs = now();
    ledger.tally(asked.userId, (tally) => {
      tally.upgradesRefused += 1;
    });
    if (answer === null) raw.destroy();
    else answerHttp(raw, answer, now());
    ledger.emit({ type: 'upgradeRefused', userId: asked.userId, connect });
  }

  function accept(socket: DevSocket, raw: Duplex, asked: ConnectRequest): void {
    const { apiKey: _, ...seen } = asked;
    const record = ledger.enter(seen, 'pending');
    const connection = new Connection(socket, record, asked, dependencies);
    const { userId } = asked;
    connections.add(connection);
    ledger.tally(userId, (tally) => {
      tally.opened += 1;
      tally.openNow += 1;
      tally.highestOpen = Math.max(tally.highestOpen, tally.openNow);
    });
    socket.onPeerClose = (code) => {
      record.clientCloseCode = code;
      ledger.emit({ type: 'closing', userId, connect: record, code });
    };
    socket.on('message', (data: Buffer, isBinary) => connection.hear(isBinary ? null : data.toString()));
    // Broken frames end the socket by themselves.
    socket.on('error', () => undefined);
    const countAsGone = () => {
      if (connection.isGone) return;
      connection.end();
      ledger.tally(userId, (tally) => {
        tally.openNow -= 1;
      });
      ledger.emit({ type: 'closed', userId, connect: record });
    };
    // The peer has ended its side: its socket is gone, whatever is left to do here.
    raw.once('end', countAsGone);
    raw.once('close', () => {
      connections.delete(connection);
      countAsGone();
    });
    ledger.emit({ type: 'opened', userId, connect: record });
    greet(connection);
  }

  return {
    upgrade(request, raw, head) {
      raw.on('error', () => raw.destroy());
      const url = readUrl(request);
      if (url?.pathname !== '/connect')
        return answerHttp(raw, new ApiError(16, 'Sockets are opened at /connect'), now());
      const asked = readConnect(url.searchParams);
      if (faults().isActive('restart', asked.userId)) return refuse(raw, asked, null);
      const fault = faults().take('refuseUpgrade', asked.userId)?.fault;
      if (fault !== undefined) {
        const { status, retryAfterSeconds } = fault;
        const code = status === 429 ? 9 : -1;
        return refuse(
          raw,
          asked,
          status === undefined ? null : new ApiError(code, undefined, { status, retryAfterSeconds }),
        );
      }
      server.handleUpgrade(request, raw, head, (socket) => accept(socket, raw, asked));
    },

    open: (userId) =>
      [...connections].filter(
        (connection) => !connection.isGone && (userId === undefined || connection.userId === userId),
      ),

    close() {
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
  };
}

/** `null` for a request line that is no URL. */
export function readUrl(request: IncomingMessage): URL | null {
  try {
    return new URL(`http://dev.invalid${request.url ?? ''}`);
  } catch {
    return null;
  }
}

function answerHttp(raw: Duplex, error: ApiError, nowMs: number): void {
  const body = JSON.stringify(error.toBody());
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...retryHeaders(error.retryAfterSeconds, nowMs),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}`;
  raw.end([status, ...lines, '', body].join('\r\n'));
}
