import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ApiError } from './error-codes.ts';
import { type ErrorForm, errorFrame, healthFrame, helloFrame, isHealthCheck } from './frames.ts';
import type { Claims, ConnectRequest } from './login.ts';
import type { Parts } from './parts.ts';
import type { DevSocket } from './socket.ts';
import { after } from './timers.ts';
import type { StoredUser } from './types.ts';

/** Policy violation. Not 1000, "do not come back": the session may go on with another token. */
export const MID_SESSION_CLOSE_CODE = 1008;
/** A refused connect is closed with 1000, as stream-chat-js expects ("usually caused by invalid auth details"). */
export const REFUSED_CLOSE_CODE = 1000;

export type Connection = ReturnType<typeof createConnection>;

/** One upgraded socket. */
export function createConnection(
  socket: DevSocket,
  raw: Duplex,
  request: ConnectRequest,
  { log, now }: Pick<Parts, 'log' | 'now'>,
) {
  const { userId } = request;
  const connect = log.enter(request, 'pending');
  const atEnd: (() => void)[] = [];
  const at = () => new Date(now()).toISOString();

  function receive(data: string | null): void {
    connect.framesReceived += 1;
    log.count(userId, 'framesReceived');
    log.emit({ type: 'frame', userId, connect, data });
    if (data === null || connect.connectionId === null || !isHealthCheck(data)) return;
    socket.trySend(healthFrame(connect.connectionId, at()));
  }

  /** The TCP socket is gone, or about to be. */
  function end(): void {
    if (!connect.isOpen) return;
    for (const callback of atEnd) callback();
    connect.isOpen = false;
    connect.closedAtMs = now();
    log.count(userId, 'openNow', -1);
    log.emit({ type: 'closed', userId, connect });
  }

  const connection = {
    socket,
    record: connect,
    request,
    userId,
    /** The user that the hello was sent for. */
    user: null as StoredUser | null,
    claims: null as Claims | null,
    end,

    isConnected: () => connection.user !== null && socket.readyState === socket.OPEN,

    sendHello(user: StoredUser): void {
      const connectionId = randomUUID();
      if (!socket.trySend(helloFrame(connectionId, user, at()))) return;
      connect.connectionId = connectionId;
      connect.outcome = 'hello';
      log.count(userId, 'hellos');
      log.emit({ type: 'hello', userId, connect });
    },

    /** With the close code `null` the socket stays open. */
    sendError(
      error: ApiError,
      closeCode: number | null,
      as: ErrorForm = connect.outcome === 'hello' ? 'connection.error' : 'error',
    ): void {
      if (!socket.trySend(errorFrame(error, as, connect.connectionId ?? '', at()))) return;
      connect.errorCode = error.code;
      if (connect.outcome === 'pending') {
        connect.outcome = 'refused';
        log.count(userId, 'refused');
      }
      log.emit({ type: 'error', userId, connect, code: error.code });
      if (closeCode !== null) socket.closeNow(closeCode, error.message);
    },

    watchExpiry(): void {
      const { expiresAtSeconds = null } = connection.claims ?? {};
      if (expiresAtSeconds === null) return;
      const inMs = Math.max(0, Math.ceil(expiresAtSeconds * 1000 - now()));
      atEnd.push(after(inMs, () => connection.sendError(new ApiError(40), MID_SESSION_CLOSE_CODE)));
    },

    /** Calls `callback` when the TCP socket is gone. */
    onEnd: (callback: () => void) => void atEnd.push(callback),
  };

  log.count(userId, 'opened');
  log.count(userId, 'openNow');
  socket.onPeerClose = (code) => {
    connect.clientCloseCode = code;
    log.emit({ type: 'closing', userId, connect, code });
  };
  socket.on('message', (data: Buffer, isBinary) => receive(isBinary ? null : data.toString()));
  // `ws` itself closes the socket after a broken frame.
  socket.on('error', () => undefined);
  // The peer has ended its side: its socket is gone, whatever is left to do here.
  raw.once('end', end);
  raw.once('close', end);
  log.emit({ type: 'opened', userId, connect });
  return connection;
}
