import { type IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type Connection, createConnection } from './connection.ts';
import { ApiError } from './error-codes.ts';
import type { Gate } from './gate.ts';
import { readUrl, sendApiError } from './http.ts';
import { type ConnectRequest, readConnect } from './login.ts';
import type { Parts } from './parts.ts';
import { DevSocket } from './socket.ts';

const CLOSE_TIMEOUT_MS = 1_000;

export type Sockets = ReturnType<typeof createSockets>;

/**
 * The WebSocket side: from the upgrade to the last byte. What is sent in between is decided by `onOpen`, which is called
 * once for every upgraded socket.
 */
export function createSockets(parts: Parts, admit: Gate, onOpen: (connection: Connection) => void) {
  const { log, faults, maxPayloadBytes: maxPayload, now } = parts;
  const connections = new Set<Connection>();
  const server = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload, WebSocket: DevSocket });

  /** Sends an error instead of a WebSocket. Node no longer watches a socket that has asked for an upgrade. */
  function refuse(request: IncomingMessage, raw: Duplex, error: ApiError): void {
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(raw as Socket);
    response.once('finish', () => raw.end());
    sendApiError(response, error, now(), CLOSE_TIMEOUT_MS);
  }

  /** Refuses an upgrade as a fault wants it; `null` cuts it. */
  function fail(request: IncomingMessage, raw: Duplex, attempt: ConnectRequest, error: ApiError | null): void {
    const { userId } = attempt;
    const connect = log.enter(attempt, 'upgradeRefused');
    connect.closedAtMs = now();
    log.count(userId, 'upgradesRefused');
    if (error === null) raw.destroy();
    else refuse(request, raw, error);
    log.emit({ type: 'upgradeRefused', userId, connect });
  }

  function accept(socket: DevSocket, raw: Duplex, attempt: ConnectRequest): void {
    const connection = createConnection(socket, raw, attempt, parts);
    connections.add(connection);
    raw.once('close', () => connections.delete(connection));
    onOpen(connection);
  }

  /** Every upgraded socket that is not gone, of one user or of all. */
  const open = (userId?: string): Connection[] =>
    [...connections].filter(
      (connection) => connection.record.isOpen && (userId === undefined || connection.userId === userId),
    );

  return {
    open,

    /** Those of them that have had their hello. */
    connected: (userId?: string) => open(userId).filter(({ isConnected }) => isConnected()),

    upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): void {
      raw.on('error', () => raw.destroy());
      const admission = admit(request);
      if ('denial' in admission) return refuse(request, raw, admission.denial);
      const url = readUrl(request);
      if (url?.pathname !== '/connect') return refuse(request, raw, new ApiError(16, 'Sockets are opened at /connect'));
      const attempt = readConnect(url.searchParams);
      if (faults.isActive('restart', attempt.userId)) return fail(request, raw, attempt, null);
      const fault = faults.take('refuseUpgrade', attempt.userId)?.fault;
      if (fault === undefined) server.handleUpgrade(request, raw, head, (socket) => accept(socket, raw, attempt));
      else if (fault.status === undefined) fail(request, raw, attempt, null);
      else fail(request, raw, attempt, new ApiError(fault.status === 429 ? 9 : -1, undefined, fault));
    },

    close(): void {
      for (const connection of connections) {
        connection.socket.terminate();
        connection.end();
      }
      server.close();
    },
  };
}
