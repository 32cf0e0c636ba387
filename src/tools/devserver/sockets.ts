import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Connection, type ConnectionContext } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { FaultRegistry } from './fault-registry.ts';
import type { Admission } from './gate.ts';
import { retryHeaders, SERVER_HEADERS } from './http.ts';
import { type ConnectRequest, readConnect } from './login.ts';
import { DevSocket } from './socket.ts';

/** The WebSocket side: from the upgrade to the last byte. What is sent in between is decided by `onOpen`. */
export interface Sockets {
  upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void;
  /** Every upgraded socket that is not gone, of one user or of all. */
  open(userId?: string): readonly Connection[];
  /** Cuts what is left. */
  close(): void;
}

export interface SocketsDependencies extends ConnectionContext {
  readonly admit: (request: IncomingMessage) => Admission;
  readonly faults: () => FaultRegistry;
  readonly maxPayloadBytes: number;
  /** Called once for every upgraded socket. */
  readonly onOpen: (connection: Connection) => void;
}

export function createSockets(dependencies: SocketsDependencies): Sockets {
  const { admit, log, faults, maxPayloadBytes, onOpen, now } = dependencies;
  const connections = new Set<Connection>();
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: maxPayloadBytes,
    WebSocket: DevSocket,
  });

  function refuse(raw: Duplex, request: ConnectRequest, error: ApiError | null): void {
    const { apiKey: _, ...recorded } = request;
    const connect = log.enter(recorded, 'upgradeRefused');
    connect.closedAtMs = now();
    log.count(request.userId, (counts) => {
      counts.upgradesRefused += 1;
    });
    if (error === null) raw.destroy();
    else endWithError(raw, error, now());
    log.emit({ type: 'upgradeRefused', userId: request.userId, connect });
  }

  function accept(socket: DevSocket, raw: Duplex, request: ConnectRequest): void {
    const { apiKey: _, ...recorded } = request;
    const record = log.enter(recorded, 'pending');
    const connection = new Connection(socket, record, request, dependencies);
    const { userId } = request;
    connections.add(connection);
    log.count(userId, (counts) => {
      counts.opened += 1;
      counts.openNow += 1;
      counts.highestOpen = Math.max(counts.highestOpen, counts.openNow);
    });
    socket.onPeerClose = (code) => {
      record.clientCloseCode = code;
      log.emit({ type: 'closing', userId, connect: record, code });
    };
    socket.on('message', (data: Buffer, isBinary) => connection.receive(isBinary ? null : data.toString()));
    // A broken frame ends the socket without more help.
    socket.on('error', () => undefined);
    const countAsGone = () => {
      if (connection.isGone) return;
      connection.end();
      log.count(userId, (counts) => {
        counts.openNow -= 1;
      });
      log.emit({ type: 'closed', userId, connect: record });
    };
    // The peer has ended its side: its socket is gone, whatever is left to do here.
    raw.once('end', countAsGone);
    raw.once('close', () => {
      connections.delete(connection);
      countAsGone();
    });
    log.emit({ type: 'opened', userId, connect: record });
    onOpen(connection);
  }

  return {
    upgrade(request, raw, head) {
      raw.on('error', () => raw.destroy());
      const admission = admit(request);
      if ('denial' in admission) return endWithError(raw, admission.denial, now());
      const url = readUrl(request);
      if (url?.pathname !== '/connect')
        return endWithError(raw, new ApiError(16, 'Sockets are opened at /connect'), now());
      const connect = readConnect(url.searchParams);
      if (faults().isActive('restart', connect.userId)) return refuse(raw, connect, null);
      const fault = faults().take('refuseUpgrade', connect.userId)?.fault;
      if (fault !== undefined) {
        const { status, retryAfterSeconds } = fault;
        const code = status === 429 ? 9 : -1;
        const error = status === undefined ? null : new ApiError(code, undefined, { status, retryAfterSeconds });
        return refuse(raw, connect, error);
      }
      server.handleUpgrade(request, raw, head, (socket) => accept(socket, raw, connect));
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

/** `null` unless the request's target is a path of this server. */
export function readUrl({ url = '' }: IncomingMessage): URL | null {
  const text = `http://dev.invalid${url}`;
  return url.startsWith('/') && URL.canParse(text) ? new URL(text) : null;
}

function endWithError(raw: Duplex, error: ApiError, nowMs: number): void {
  const body = JSON.stringify(error.toBody());
  const headers = {
    ...SERVER_HEADERS,
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
    ...retryHeaders(error.retryAfterSeconds, nowMs),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const status = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status] ?? 'Error'}`;
  raw.end([status, ...lines, '', body].join('\r\n'));
}
