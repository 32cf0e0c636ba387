import { randomUUID } from 'node:crypto';
import { ApiError } from './error-codes.ts';
import type { EventLog, OpenRecord } from './event-log.ts';
import { errorFrame, healthFrame, helloFrame, isHealthCheck } from './frames.ts';
import type { ConnectRequest } from './login.ts';
import type { DevSocket } from './socket.ts';
import type { Timers } from './timers.ts';
import type { Claims } from './tokens.ts';
import type { StoredUser } from './types.ts';

/** What every connection of one server shares. */
export interface ConnectionContext {
  readonly log: EventLog;
  readonly timers: Timers;
  readonly now: () => number;
}

export interface SendErrorOptions {
  readonly as?: 'error' | 'connection.error';
  /** `null`: the socket stays open. */
  readonly closeCode: number | null;
}

/** One upgraded socket. */
export class Connection {
  readonly socket: DevSocket;
  readonly record: OpenRecord;
  readonly request: ConnectRequest;
  /** The user that the hello was sent for. */
  user: StoredUser | null = null;
  claims: Claims | null = null;
  readonly #context: ConnectionContext;
  readonly #atEnd: (() => void)[] = [];
  #stopExpiry: () => void = () => undefined;

  constructor(socket: DevSocket, record: OpenRecord, request: ConnectRequest, context: ConnectionContext) {
    this.socket = socket;
    this.record = record;
    this.request = request;
    this.#context = context;
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
    const { log } = this.#context;
    const connectionId = randomUUID();
    if (!this.socket.trySend(helloFrame(connectionId, user, this.#at()))) return;
    this.record.connectionId = connectionId;
    this.record.outcome = 'hello';
    log.count(this.userId, (counts) => {
      counts.hellos += 1;
    });
    log.emit({ type: 'hello', userId: this.userId, connect: this.record });
  }

  sendError(error: ApiError, options: SendErrorOptions): void {
    const { log } = this.#context;
    const { as = this.record.outcome === 'hello' ? 'connection.error' : 'error', closeCode } = options;
    if (!this.socket.trySend(errorFrame(error, as, this.record.connectionId ?? '', this.#at()))) return;
    this.record.errorCode = error.code;
    if (this.record.outcome === 'pending') {
      this.record.outcome = 'refused';
      log.count(this.userId, (counts) => {
        counts.refused += 1;
      });
    }
    log.emit({ type: 'error', userId: this.userId, connect: this.record, code: error.code });
    if (closeCode !== null) this.socket.closeNow(closeCode, error.message);
  }

  /** A data frame has arrived. */
  receive(text: string | null): void {
    const { log } = this.#context;
    this.record.framesReceived += 1;
    log.count(this.userId, (counts) => {
      counts.framesReceived += 1;
    });
    log.emit({ type: 'frame', userId: this.userId, connect: this.record, data: text });
    if (text === null || this.record.connectionId === null || !isHealthCheck(text)) return;
    this.socket.trySend(healthFrame(this.record.connectionId, this.#at()));
  }

  /** Sends error 40 when the token's `exp` passes. */
  watchExpiry(): void {
    const { now, timers } = this.#context;
    this.#stopExpiry();
    const expiresAtSeconds = this.claims?.expiresAtSeconds;
    if (expiresAtSeconds === null || expiresAtSeconds === undefined) return;
    const inMs = Math.max(0, Math.ceil(expiresAtSeconds * 1000 - now()));
    this.#stopExpiry = timers.after(inMs, () =>
      this.sendError(new ApiError(40), { closeCode: MID_SESSION_CLOSE_CODE }),
    );
  }

  /** Calls `callback` when the TCP socket is gone. */
  onEnd(callback: () => void): void {
    this.#atEnd.push(callback);
  }

  /** The TCP socket is gone. */
  end(): void {
    this.#stopExpiry();
    for (const callback of this.#atEnd) callback();
    this.record.isOpen = false;
    this.record.closedAtMs = this.#context.now();
  }

  #at(): string {
    return new Date(this.#context.now()).toISOString();
  }
}

/** Policy violation. Not 1000, "do not come back": the session may go on with another token. */
export const MID_SESSION_CLOSE_CODE = 1008;
/** A refused connect is closed with 1000, as stream-chat-js expects ("usually caused by invalid auth details"). */
export const REFUSED_CLOSE_CODE = 1000;
