import { type FailureInfo, notSupported } from '../../errors.ts';
import { isInstance } from '../../input.ts';
import type { Frame, Hello, ProtocolConnection, WireData } from '../../protocol/protocol.ts';
import { type Ending, endingByError, endingByFailure, type Progress } from '../../protocol/verdict.ts';
import { describeCause, withoutToken } from '../../token/redact.ts';
import type { Dependencies, SocketRequest } from '../dependencies.ts';
import type { ClientCommand } from '../messages.ts';
import { AttemptToken } from './attempt-token.ts';
import { connectBy, decodeBy, encodeBy, ProtocolFault } from './checked-protocol.ts';
import { endingOf } from './ending.ts';
import { Heartbeat, type HeartbeatOwner } from './heartbeat.ts';
import type { AttemptFact, Outbox } from './outbox.ts';
import type { ClientSession } from './session.ts';
import type { SingleSocket, SocketEnd, SocketOwner } from './single-socket.ts';

type OpenCommand = Extract<ClientCommand, { readonly type: 'socket.open' }>;

/** How many replies per tick of the heartbeat may follow each other without an event; more is a ping that replies to itself. */
const MOST_REPLIES_PER_TICK = 100;
const LONGEST_ID = 100;

/** One attempt to be connected, from `socket.open` to the one fact that ends it. */
export class ConnectionAttempt implements SocketOwner, HeartbeatOwner {
  readonly #command: OpenCommand;
  readonly #session: ClientSession;
  readonly #socket: SingleSocket;
  readonly #outbox: Outbox;
  readonly #dependencies: Dependencies;
  #progress: Progress = 'opening';
  #isCurrent = true;
  #token: AttemptToken | null = null;
  #connection: ProtocolConnection<object> | null = null;
  #heartbeat: Heartbeat | null = null;
  #replies = 0;
  readonly #isStillCurrent = () => this.#isCurrent;

  constructor(
    command: OpenCommand,
    session: ClientSession,
    socket: SingleSocket,
    outbox: Outbox,
    dependencies: Dependencies,
  ) {
    this.#command = command;
    this.#session = session;
    this.#socket = socket;
    this.#outbox = outbox;
    this.#dependencies = dependencies;
  }

  get attempt(): number {
    return this.#command.attempt;
  }

  /** Pings now, and reports the next frame. */
  ping(): void {
    if (this.#isCurrent) this.#heartbeat?.probe();
  }

  /** Delivers and sends nothing any more. The socket stays. */
  silence(): void {
    if (!this.#isCurrent) return;
    this.#stop();
    this.#token?.onCutOff();
  }

  /** Sends an event of the app; returns why it could not be sent, tokens included, or `null`. */
  sendEvent(event: object): FailureInfo | null {
    const connection = this.#connection;
    if (connection === null || !this.#isCurrent || this.#progress !== 'established') return NOT_CONNECTED;
    const { protocol } = this.#dependencies;
    if (connection.encode === undefined) return notSupported(protocol, 'sending');
    try {
      const data = encodeBy(protocol.name, 'encode()', () => connection.encode?.(event) as WireData);
      return this.#socket.send(data) ? null : NOT_CONNECTED;
    } catch (error) {
      if (isInstance(error, ProtocolFault)) return error.failure;
      return {
        code: 'connectionLost',
        message: `Nothing was sent: ${describeCause(error, this.#session.tokens()).text}`,
      };
    }
  }

  // SocketOwner

  request(): SocketRequest | null {
    if (!this.#isCurrent) return null;
    const { protocol, createId } = this.#dependencies;
    const { identity, profile } = this.#command;
    const token = this.#session.token?.text ?? null;
    this.#token = new AttemptToken(token, this.#session, this.#dependencies);
    try {
      const objection = this.#token.objection();
      if (objection === null) {
        this.#connection = connectBy(protocol, { identity, profile, token, createId });
        const { url, subprotocols, headers } = this.#connection;
        // The protocol is foreign code, and may have ended the session.
        if (this.#isCurrent) return { url, subprotocols, headers };
      } else this.#end(objection);
    } catch (error) {
      this.#fail(error);
    }
    return null;
  }

  onOpen(): void {
    this.#guarded(() => {
      this.#progress = 'open';
      for (const frame of this.#connection?.firstFrames ?? []) this.#send('firstFrames', () => frame);
    });
  }

  onMessage(data: WireData): Promise<void> | void {
    return this.#guarded(() => {
      const connection = this.#connection;
      if (!this.#isCurrent || connection === null) return;
      this.#heartbeat?.onFrame();
      // A socket that responds at once may say hello while this is being decoded.
      const before = this.#progress;
      return this.#receiveAll(decodeBy(this.#dependencies.protocol.name, connection, data), before);
    });
  }

  onEnd(end: SocketEnd): void {
    this.#guarded(() => {
      if (!this.#isCurrent) return;
      const token = this.#token?.text ?? null;
      const { user } = this.#command.identity;
      const attempt = { progress: this.#progress, token, user, session: this.#session };
      this.#end(endingOf(end, attempt, this.#dependencies), end.cause);
    });
  }

  // HeartbeatOwner

  sendPing(): void {
    this.#send('ping()', () => this.#connection?.ping?.() as WireData);
  }

  onSilent(): void {
    this.#sendFact({ type: 'socket.wentSilent', attempt: this.attempt });
  }

  onAlive(byFrame: boolean): void {
    this.#sendFact({ type: 'probe.passed', attempt: this.attempt, byFrame });
  }

  onTick(): void {
    this.#replies = 0;
    this.#session.tick();
  }

  // What the server says

  /** After a hello the rest waits for its fact, which comes first: events, and what acknowledges them or ends the attempt. */
  #receiveAll(frames: readonly (Frame | ProtocolFault)[], before = this.#progress): Promise<void> | void {
    for (const [index, frame] of frames.entries()) {
      if (!this.#isCurrent) return;
      if (this.#progress !== before) {
        return Promise.resolve().then(() => this.#guarded(() => this.#receiveAll(frames.slice(index))));
      }
      this.#receive(frame);
    }
    if (this.#progress !== before) return Promise.resolve();
  }

  #receive(frame: Frame | ProtocolFault): void {
    if (isInstance(frame, ProtocolFault)) return this.#onUnusable('protocol', frame.failure, frame.cause);
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
        if (this.#progress !== 'established') return;
        this.#replies = 0;
        return this.#dependencies.deliver(frame.event, this.#isStillCurrent);
      case 'bad': {
        const message = `A frame cannot be understood: ${frame.problem}.`;
        return this.#onUnusable('server', { code: 'badFrame', message });
      }
    }
  }

  #onHello({ connectionId, userId, serverTimeMs = null, pingIntervalMs, me }: Hello): void {
    const dependencies = this.#dependencies;
    const session = this.#session;
    if (userId !== undefined && !this.#isExpected(userId)) {
      const message = `The server said hello to "${userId.slice(0, LONGEST_ID)}" instead of "${this.#command.identity.user.id}".`;
      return this.#end(endingByFailure({ code: 'helloForAnotherUser', message }));
    }
    const isNew = this.#progress !== 'established';
    const id = connectionId ?? (isNew ? dependencies.createId() : (session.connectionId ?? ''));
    const isSame = !isNew && session.connectionId === id;
    if (isSame && me === undefined) return;
    const token = this.#token?.text;
    if (isNew || me !== undefined) dependencies.rememberOwnUser?.(withoutToken(me ?? null, token));
    this.#sendFact({ type: 'hello.received', attempt: this.attempt, connectionId: withoutToken(id, token) });
    if (isSame) return;
    session.connectionId = id;
    if (isNew) {
      this.#progress = 'established';
      this.#token?.onAccepted();
      this.#heartbeat = this.#startHeartbeat(pingIntervalMs);
      // The app's clock, which was asked for a timer, may have ended the session.
      if (!this.#isCurrent) this.#heartbeat.stop();
    }
    session.onHello(serverTimeMs);
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

  /** Fails the attempt before the hello; afterwards only the frame is lost. */
  #onUnusable(source: 'protocol' | 'server', failure: FailureInfo, cause?: unknown): void {
    if (this.#progress === 'established') this.#outbox.report(source, failure, cause);
    else this.#end(endingByFailure(failure), cause);
  }

  #reply(data: WireData): void {
    this.#replies += 1;
    if (this.#replies <= MOST_REPLIES_PER_TICK) return this.#send('decode()', () => data);
    const message = `The protocol sent more than ${MOST_REPLIES_PER_TICK} replies within seconds, and no event came.`;
    this.#fail(new ProtocolFault(message));
  }

  #send(member: string, encode: () => WireData): void {
    try {
      this.#socket.send(encodeBy(this.#dependencies.protocol.name, member, encode));
    } catch (error) {
      this.#fail(error);
    }
  }

  #sendFact(fact: AttemptFact): void {
    this.#outbox.send(fact, { isValid: this.#isStillCurrent });
  }

  // How it ends

  /** A fault of the protocol, or of the socket when something is sent. */
  #fail(error: unknown): void {
    if (isInstance(error, ProtocolFault)) this.#end(endingByFailure(error.failure), error.cause);
    else this.#end(endingByFailure(SEND_FAILED), error);
  }

  #end(ending: Ending, cause?: unknown): void {
    if (!this.#isCurrent) return;
    this.#stop();
    this.#socket.close();
    const fact = this.#token?.factOf(ending, this.attempt);
    if (fact !== undefined) this.#outbox.send(fact, { cause });
  }

  #stop(): void {
    this.#isCurrent = false;
    this.#heartbeat?.stop();
    if (this.#progress === 'established') this.#session.connectionId = null;
  }

  /** What is thrown in a handler of a socket ends a Node process. */
  #guarded<Value>(handle: () => Value): Value | undefined {
    try {
      return handle();
    } catch (error) {
      const message = 'Handling an event of the socket failed.';
      this.#outbox.report('internal', { code: 'internal', message }, error);
      return undefined;
    }
  }
}

const SEND_FAILED: FailureInfo = {
  code: 'connectionLost',
  message: 'Nothing can be sent on the socket any more.',
};
export const NOT_CONNECTED: FailureInfo = {
  code: 'stillConnecting',
  message: 'The session is not connected: nothing was sent or queued.',
};
