import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { Connection } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { Gate } from './gate.ts';
import { readUrl, retryHeaders, SERVER_HEADERS } from './http.ts';
import { type ConnectRequest, readConnect } from './login.ts';
import type { Parts } from './parts.ts';
import { DevSocket } from './socket.ts';

/** The WebSocket side: from the upgrade to the last byte. What is sent in between is decided by `onOpen`. */
export interface Sockets {
  upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void;
  /** Every upgraded socket that is not gone, of one user or of all. */
  open(userId?: string): readonly Connection[];
  /** Those of them that have had their hello. */
  connected(userId?: string): readonly Connection[];
  /** Cuts what is left. */
  close(): void;
}

/** `onOpen` is called once for every upgraded socket. */
export function createSockets(parts: Parts, admit: Gate, onOpen: (connection: Connection) => void): Sockets {
  const { log, faults, maxPayloadBytes: maxPayload, now } = parts;
  const connections = new Set<Connection>();
  const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload, WebSocket: DevSocket });

  function refuse(raw: Duplex, request: ConnectRequest, error: ApiError | null): void {
    const { userId } = request;
    const connect = log.enter(request, 'upgradeRefused');
    connect.closedAtMs = now();
    log.count(userId, 'upgradesRefused');
    if (error === null) raw.destroy();
    else endWithError(raw, error, now());
    log.emit({ type: 'upgradeRefused', userId, connect });
  }

  function accept(socket: DevSocket, raw: Duplex, request: ConnectRequest): void {
    const connection = new Connection(socket, raw, request, parts);
    connections.add(connection);
    raw.once('close', () => connections.delete(connection));
    onOpen(connection);
  }

  const open = (userId?: string) =>
    [...connections].filter(
      (connection) => !connection.isGone && (userId === undefined || connection.userId === userId),
    );

  return {
    open,
    connected: (userId) => open(userId).filter(({ isConnected }) => isConnected),

    upgrade(request, raw, head) {
      raw.on('error', () => raw.destroy());
      const admission = admit(request);
      if ('denial' in admission) return endWithError(raw, admission.denial, now());
      const url = readUrl(request);
      if (url?.pathname !== '/connect')
        return endWithError(raw, new ApiError(16, 'Sockets are opened at /connect'), now());
      const connect = readConnect(url.searchParams);
      if (faults.isActive('restart', connect.userId)) return refuse(raw, connect, null);
      const fault = faults.take('refuseUpgrade', connect.userId)?.fault;
      if (fault === undefined) server.handleUpgrade(request, raw, head, (socket) => accept(socket, raw, connect));
      else if (fault.status === undefined) refuse(raw, connect, null);
      else refuse(raw, connect, new ApiError(fault.status === 429 ? 9 : -1, undefined, fault));
    },

    close() {
      for (const { socket } of connections) socket.terminate();
      server.close();
    },
  };
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
  // Node no longer watches a socket that has asked for an upgrade.
  raw.once('finish', () => setTimeout(() => raw.destroy(), CLOSE_TIMEOUT_MS).unref());
}

const CLOSE_TIMEOUT_MS = 1_000;
