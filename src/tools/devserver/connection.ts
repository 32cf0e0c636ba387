import { randomUUID } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { ApiError } from './error-codes.ts';
import type { OpenRecord } from './event-log.ts';
import { type ErrorForm, errorFrame, healthFrame, helloFrame, isHealthCheck } from './frames.ts';
import type { ConnectRequest } from './login.ts';
import type { Parts } from './parts.ts';
import type { DevSocket } from './socket.ts';
import { after } from './timers.ts';
import type { Claims } from './tokens.ts';
import type { StoredUser } from './types.ts';

/** One upgraded socket. */
export class Connection {
  readonly socket: DevSocket;
  readonly record: OpenRecord;
  readonly request: ConnectRequest;
  /** The user that the hello was sent for. */
  user: StoredUser | null = null;
  claims: Claims | null = null;
  readonly #parts: Pick<Parts, 'log' | 'now'>;
  readonly #atEnd: (() => void)[] = [];

  constructor(socket: DevSocket, raw: Duplex, request: ConnectRequest, parts: Pick<Parts, 'log' | 'now'>) {
    const { log } = parts;
    const { userId } = request;
    const connect = log.enter(request, 'pending');
    this.socket = socket;
    this.record = connect;
    this.request = request;
    this.#parts = parts;
    log.count(userId, 'opened');
    log.count(userId, 'openNow');
    socket.onPeerClose = (code) => {
      connect.clientCloseCode = code;
      log.emit({ type: 'closing', userId, connect, code });
    };
    socket.on('message', (data: Buffer, isBinary) => this.#receive(isBinary ? null : data.toString()));
    // A broken frame ends the socket without more help.
    socket.on('error', () => undefined);
    // The peer has ended its side: its socket is gone, whatever is left to do here.
    raw.once('end', () => this.end());
    raw.once('close', () => this.end());
    log.emit({ type: 'opened', userId, connect });
  }

  get userId(): string | null {
    return this.record.userId;
  }

  /** The hello was sent, and the socket is open. */
  get isConnected(): boolean {
    return this.user !== null && this.socket.readyState === this.socket.OPEN;
  }

  get isGone(): boolean {
    return !this.record.isOpen;
  }

  sendHello(user: StoredUser): void {
    const { record: connect, userId } = this;
    const { log } = this.#parts;
    const connectionId = randomUUID();
    if (!this.socket.trySend(helloFrame(connectionId, user, this.#at()))) return;
    connect.connectionId = connectionId;
    connect.outcome = 'hello';
    log.count(userId, 'hellos');
    log.emit({ type: 'hello', userId, connect });
  }

  /** With the close code `null` the socket stays open. */
  sendError(
    error: ApiError,
    closeCode: number | null,
    as: ErrorForm = this.record.outcome === 'hello' ? 'connection.error' : 'error',
  ): void {
    const { record: connect, userId, socket } = this;
    const { log } = this.#parts;
    if (!socket.trySend(errorFrame(error, as, connect.connectionId ?? '', this.#at()))) return;
    connect.errorCode = error.code;
    if (connect.outcome === 'pending') {
      connect.outcome = 'refused';
      log.count(userId, 'refused');
    }
    log.emit({ type: 'error', userId, connect, code: error.code });
    if (closeCode !== null) socket.closeNow(closeCode, error.message);
  }

  /** Sends error 40 when the token's `exp` passes. */
  watchExpiry(): void {
    const { expiresAtSeconds = null } = this.claims ?? {};
    if (expiresAtSeconds === null) return;
    const inMs = Math.max(0, Math.ceil(expiresAtSeconds * 1000 - this.#parts.now()));
    this.onEnd(after(inMs, () => this.sendError(new ApiError(40), MID_SESSION_CLOSE_CODE)));
  }

  /** Calls `callback` when the TCP socket is gone. */
  onEnd(callback: () => void): void {
    this.#atEnd.push(callback);
  }

  /** The TCP socket is gone, or about to be. */
  end(): void {
    if (this.isGone) return;
    const { record: connect, userId } = this;
    const { log, now } = this.#parts;
    for (const callback of this.#atEnd) callback();
    connect.isOpen = false;
    connect.closedAtMs = now();
    log.count(userId, 'openNow', -1);
    log.emit({ type: 'closed', userId, connect });
  }

  #receive(data: string | null): void {
    const { record: connect, userId } = this;
    const { log } = this.#parts;
    connect.framesReceived += 1;
    log.count(userId, 'framesReceived');
    log.emit({ type: 'frame', userId, connect, data });
    if (data === null || connect.connectionId === null || !isHealthCheck(data)) return;
    this.socket.trySend(healthFrame(connect.connectionId, this.#at()));
  }

  #at(): string {
    return new Date(this.#parts.now()).toISOString();
  }
}

/** Policy violation. Not 1000, "do not come back": the session may go on with another token. */
export const MID_SESSION_CLOSE_CODE = 1008;
/** A refused connect is closed with 1000, as stream-chat-js expects ("usually caused by invalid auth details"). */
export const REFUSED_CLOSE_CODE = 1000;
