import { later } from '../../clock.ts';
import { type FailureInfo, notSupported } from '../../errors.ts';
import { isInstance } from '../../input.ts';
import type { ChatEvent } from '../../protocol/events.ts';
import type { Frame, Hello, ProtocolConnection, WireData } from '../../protocol/protocol.ts';
import { type Ending, endingByError, endingByFailure, type Progress } from '../../protocol/verdict.ts';
import { describeCause, redact } from '../../token/redact.ts';
import type { Dependencies, SocketRequest } from '../dependencies.ts';
import type { ClientCommand } from '../messages.ts';
import { connectBy, decodeBy, encodeBy, ProtocolFault } from './checked-protocol.ts';
import { endingOf } from './ending.ts';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.ts';
import type { AttemptFact, Outbox } from './outbox.ts';
import type { ClientSession } from './session.ts';
import type { SingleSocket, SocketEnd, SocketOwner } from './single-socket.ts';
import type { TokenManager } from './token-manager.ts';

/** What an attempt works with. */
interface AttemptParts {
  readonly dependencies: Dependencies;
  readonly session: ClientSession;
  readonly socket: SingleSocket;
  readonly tokens: TokenManager;
  readonly outbox: Outbox;
}

type OpenCommand = Extract<ClientCommand, { readonly type: 'socket.open' }>;

/** How many replies per tick of the heartbeat may follow each other without an event; more is a ping that replies to itself. */
const MOST_REPLIES_PER_TICK = 100;
const LONGEST_ID = 100;

/** One attempt to be connected, from `socket.open` to the one fact that ends it. */
export class ConnectionAttempt implements SocketOwner, HeartbeatOwner {
  readonly attempt: number;
  readonly #command: OpenCommand;
  readonly #dependencies: Dependencies;
  readonly #session: ClientSession;
  readonly #socket: SingleSocket;
  readonly #tokens: TokenManager;
  readonly #outbox: Outbox;
  #progress: Progress = 'opening';
  #isCurrent = true;
  #token: string | null = null;
  #requestedAtMs = 0;
  #helloAtMs = 0;
  #connection: ProtocolConnection<object> | null = null;
  #heartbeat: Heartbeat | null = null;
  #replies = 0;
  /** What arrives between the hello and its fact, which comes first: events, and what acknowledges them or ends the attempt. */
  #early: (Frame | ProtocolFault)[] | null = null;
  readonly #isStillCurrent = () => this.#isCurrent;

  constructor(command: OpenCommand, { dependencies, session, socket, tokens, outbox }: AttemptParts) {
    this.attempt = command.attempt;
    this.#command = command;
    this.#dependencies = dependencies;
    this.#session = session;
    this.#socket = socket;
    this.#tokens = tokens;
    this.#outbox = outbox;
  }

  /** Pings now, and reports the next frame. */
  ping(): void {
    if (this.#isCurrent) this.#heartbeat?.probe();
  }

  /** Delivers and sends nothing any more. The socket stays. */
  silence(): void {
    if (!this.#isCurrent) return;
    this.#stop();
    if (!this.#hadTimeForHello()) this.#session.doubtedToken = null;
  }

  /** Sends an event of the app; returns why it could not be sent, or `null`. */
  sendEvent(event: object): FailureInfo | null {
    const { protocol } = this.#dependencies;
    const connection = this.#connection;
    if (connection === null || !this.#isCurrent || this.#progress !== 'established') return NOT_CONNECTED;
    if (connection.encode === undefined) return notSupported(`protocol ${protocol.name}`, 'sending');
    try {
      const data = encodeBy(protocol.name, 'encode()', () => connection.encode?.(event) as WireData);
      return this.#socket.send(data) ? null : NOT_CONNECTED;
    } catch (error) {
      const tokens = this.#session.tokens();
      if (!isInstance(error, ProtocolFault))
        return { code: 'connectionLost', message: describeCause(error, tokens).text };
      return { code: 'protocolFailed', message: redact(error.message, tokens) };
    }
  }

  // SocketOwner

  request(): SocketRequest | null {
    if (!this.#isCurrent) return null;
    const session = this.#session;
    const { identity, profile } = this.#command;
    this.#token = session.token?.text ?? null;
    session.socketToken = this.#token;
    if (this.#token === null && identity.kind !== 'anonymous') {
      this.#end({ kind: 'token.refused', retryAfterMs: 0, failure: NO_TOKEN });
      return null;
    }
    if (this.#isDoubted()) {
      this.#end({ kind: 'token.notValidNow', retryAfterMs: 0, failure: EXPIRED });
      return null;
    }
    const { protocol, createId } = this.#dependencies;
    try {
      this.#connection = connectBy(protocol, { identity, profile, token: this.#token, createId });
      // The protocol is foreign code, and may have ended the session.
      if (!this.#isCurrent) return null;
      const { url, subprotocols, headers } = this.#connection;
      return { url, subprotocols, headers };
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  /** Whether the token has expired, and an attempt with it failed in silence or by what is not understood. */
  #isDoubted(): boolean {
    const session = this.#session;
    const before = session.doubtedToken;
    this.#requestedAtMs = this.#dependencies.clock.now();
    session.doubtedToken = session.holdsExpiredToken(this.#requestedAtMs) ? this.#token : null;
    return before !== null && before === session.doubtedToken;
  }

  /** Whether the server was silent for long. An attempt that the app or the device cut off says nothing about the token. */
  #hadTimeForHello(): boolean {
    const { clock, timing } = this.#dependencies;
    return clock.now() - this.#requestedAtMs >= timing.helloTimeoutMs / 2;
  }

  onOpen(): void {
    this.#guarded(() => {
      this.#progress = 'open';
      for (const frame of this.#connection?.firstFrames ?? []) this.#sendFrame('firstFrames', () => frame);
    });
  }

  onMessage(data: WireData): void {
    this.#guarded(() => {
      const connection = this.#connection;
      if (!this.#isCurrent || connection === null) return;
      this.#heartbeat?.onFrame();
      const { name } = this.#dependencies.protocol;
      for (const frame of decodeBy(name, connection, data)) {
        if (this.#early !== null) this.#early.push(frame);
        else if (this.#isCurrent) this.#receive(frame);
      }
    });
  }

  #receiveEarly(early: readonly (Frame | ProtocolFault)[]): void {
    this.#guarded(() => {
      for (const frame of early) if (this.#isCurrent) this.#receive(frame);
    });
    this.#early = null;
  }

  onEnd(end: SocketEnd): void {
    if (this.#early !== null) return later(() => this.onEnd(end));
    this.#guarded(() => {
      if (!this.#isCurrent) return;
      const { identity } = this.#command;
      const attempt = { progress: this.#progress, token: this.#token, user: identity.user, session: this.#session };
      this.#end(endingOf(end, attempt, this.#dependencies, this.#outbox), end.cause);
    });
  }

  // HeartbeatOwner

  sendPing(): void {
    const connection = this.#connection;
    if (connection?.ping !== undefined) this.#sendFrame('ping()', () => connection.ping?.() as WireData);
  }

  onSilent(): void {
    this.#sendFact({ type: 'socket.wentSilent', attempt: this.attempt });
  }

  onAlive(byFrame: boolean): void {
    this.#sendFact({ type: 'probe.passed', attempt: this.attempt, byFrame });
  }

  onTick(): void {
    this.#replies = 0;
    this.#tokens.tick(this.#session);
  }

  // What the server says

  #receive(frame: Frame | ProtocolFault): void {
    if (isInstance(frame, ProtocolFault)) return this.#onUnreadable(frame);
    switch (frame.kind) {
      case 'hello':
        return this.#onHello(frame);
      case 'heartbeat':
        return;
      case 'ping':
        return this.#reply(frame.reply);
      case 'error':
        return this.#end(endingByError(frame.verdict, this.#dependencies.timing));
      case 'event':
        return this.#deliver(frame.event);
      case 'bad':
        return this.#onBadFrame(frame.problem);
    }
  }

  #onHello({ connectionId, userId, serverTimeMs = null, pingIntervalMs, me }: Hello): void {
    const session = this.#session;
    if (userId !== undefined && !this.#isExpected(userId)) {
      const message = `The server said hello to "${userId.slice(0, LONGEST_ID)}" instead of "${this.#command.identity.user.id}".`;
      return this.#end(endingByFailure({ code: 'helloForAnotherUser', message }));
    }
    const isNew = this.#progress !== 'established';
    const id = connectionId ?? (isNew ? this.#dependencies.createId() : (session.connectionId ?? ''));
    const isSame = !isNew && session.connectionId === id;
    if (isSame && me === undefined) return;
    if (isNew || me !== undefined) this.#dependencies.rememberOwnUser?.(me ?? null);
    this.#sendFact({ type: 'hello.received', attempt: this.attempt, connectionId: id });
    if (isSame) return;
    session.connectionId = id;
    session.doubtedToken = null;
    if (isNew) {
      this.#progress = 'established';
      this.#helloAtMs = this.#dependencies.clock.now();
      session.acceptedToken = this.#token;
      this.#heartbeat = this.#startHeartbeat(pingIntervalMs);
      // The app's clock, which was asked for a timer, may have ended the session.
      if (!this.#isCurrent) this.#heartbeat.stop();
      const early: (Frame | ProtocolFault)[] = [];
      this.#early = early;
      later(() => this.#receiveEarly(early));
    }
    session.refresher.onHello(serverTimeMs);
  }

  #startHeartbeat(wantedIntervalMs = Number.POSITIVE_INFINITY): Heartbeat {
    const { clock, timing, protocol } = this.#dependencies;
    const rules = {
      clientPings: this.#connection?.ping !== undefined,
      serverPingIntervalMs: protocol.serverPingIntervalMs ?? null,
    };
    return new Heartbeat(clock, Math.min(timing.pingIntervalMs, wantedIntervalMs), rules, this);
  }

  #isExpected(userId: string): boolean {
    const { identity } = this.#command;
    if (userId === identity.user.id) return true;
    return identity.kind === 'anonymous' && userId === this.#dependencies.protocol.anonymous?.userId;
  }

  #deliver(event: ChatEvent): void {
    if (this.#progress !== 'established') return;
    this.#replies = 0;
    this.#dependencies.deliver(event, this.#isStillCurrent);
  }

  /** Fails the attempt before the hello; afterwards only the frame is lost. */
  #onBadFrame(problem: string): void {
    const failure: FailureInfo = { code: 'badFrame', message: `A frame cannot be understood: ${problem}.` };
    if (this.#progress === 'established') this.#outbox.report('server', failure);
    else this.#end(endingByFailure(failure));
  }

  #onUnreadable(fault: ProtocolFault): void {
    if (this.#progress !== 'established') return this.#fail(fault);
    this.#outbox.report('protocol', { code: 'protocolFailed', message: fault.message }, fault.cause);
  }

  #reply(data: WireData): void {
    this.#replies += 1;
    if (this.#replies > MOST_REPLIES_PER_TICK) {
      const message = `The protocol sent more than ${MOST_REPLIES_PER_TICK} replies within seconds, and no event came.`;
      return this.#fail(new ProtocolFault(message));
    }
    this.#sendFrame('decode()', () => data);
  }

  #sendFrame(what: string, encode: () => WireData): void {
    try {
      this.#socket.send(encodeBy(this.#dependencies.protocol.name, what, encode));
    } catch (error) {
      this.#fail(error);
    }
  }

  // How it ends

  /** A fault of the protocol, or of the socket when something is sent. */
  #fail(error: unknown): void {
    if (!isInstance(error, ProtocolFault)) return this.#end(endingByFailure(SEND_FAILED), error);
    const failure: FailureInfo = { code: 'protocolFailed', message: error.message };
    this.#end(endingByFailure(failure), error.cause);
  }

  #end(ending: Ending, cause?: unknown): void {
    if (!this.#isCurrent) return;
    this.#stop();
    this.#socket.close();
    this.#outbox.send(this.#factOf(ending), { cause });
  }

  #factOf({ kind, failure, retryAfterMs }: Ending): AttemptFact {
    const token = this.#token;
    const { attempt } = this;
    const session = this.#session;
    switch (kind) {
      case 'socket.lost':
        return { type: kind, attempt, failure, retryAfterMs };
      case 'token.refused': {
        const expired = this.#wasAcceptedBefore();
        session.acceptedToken = null;
        session.doubtedToken = null;
        // A provider that caches is a common mistake, and the server's words don't name it.
        const again =
          token !== null && token === session.refusedToken ? ' The token source gave the same token again.' : '';
        const message = `${failure.message}${again}`;
        return {
          type: kind,
          attempt,
          failure: { ...failure, message },
          renewable: this.#tokens.refuse(session, token),
          ...(expired && { expired }),
          ...(retryAfterMs > 0 && { retryAfterMs }),
        };
      }
      case 'token.notValidNow':
        session.doubtedToken = null;
        this.#tokens.drop(session, token);
        return { type: kind, attempt, failure, retryAfterMs };
      default:
        return { type: kind, attempt, failure };
    }
  }

  /** By the wall clock: a device that wakes for moments only has no stable connection. */
  #wasAcceptedBefore(): boolean {
    const { clock, timing } = this.#dependencies;
    if (this.#token === null || this.#token !== this.#session.acceptedToken) return false;
    return this.#progress !== 'established' || clock.now() - this.#helloAtMs >= timing.stableAfterMs;
  }

  #sendFact(fact: AttemptFact): void {
    this.#outbox.send(fact, { isValid: this.#isStillCurrent });
  }

  #stop(): void {
    this.#isCurrent = false;
    this.#heartbeat?.stop();
    if (this.#progress === 'established') this.#session.connectionId = null;
  }

  /** What is thrown in a handler of a socket ends a Node process. */
  #guarded(handle: () => void): void {
    try {
      handle();
    } catch (error) {
      this.#outbox.report('internal', { code: 'internal', message: 'Handling an event of the socket failed.' }, error);
    }
  }
}

const NO_TOKEN: FailureInfo = { code: 'tokenUnavailable', message: 'No token is held for this user.' };
const EXPIRED: FailureInfo = {
  code: 'helloTimedOut',
  message: 'The server did not say hello to an expired token.',
};
const SEND_FAILED: FailureInfo = {
  code: 'connectionLost',
  message: 'Nothing can be sent on the socket any more.',
};
export const NOT_CONNECTED: FailureInfo = {
  code: 'stillConnecting',
  message: 'The session is not connected: nothing was sent, and nothing is queued.',
};
