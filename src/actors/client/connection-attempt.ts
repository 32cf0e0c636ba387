import {
  classifyBadFrame,
  classifyClose,
  classifyError,
  classifyWrongHello,
  type Ending,
  type Progress,
} from '../../protocol/classify.ts';
import { connectUrl } from '../../protocol/connect-url.ts';
import { type ChatEvent, decode, encodePing, type Frame } from '../../protocol/frames.ts';
import { describeCause } from '../../token/redact.ts';
import type { Dependencies } from '../dependencies.ts';
import type { ClientCommand } from '../messages.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { AttemptFact, Report, Tell } from './send.ts';
import type { ClientSession } from './session.ts';
import type { SingleSocket } from './single-socket.ts';

export interface ConnectionAttemptOptions {
  readonly command: Extract<ClientCommand, { readonly type: 'socket.open' }>;
  readonly session: ClientSession;
  readonly dependencies: Dependencies;
  readonly slot: SingleSocket;
  readonly tell: Tell;
  readonly report: Report;
  /** The server objects to `token`; answers whether another one can be had. */
  readonly refuseToken: (token: string | null) => boolean;
  /** The server says that `token` is not valid yet. */
  readonly dropToken: (token: string | null) => void;
  /** The server said hello, and what time it is. */
  readonly greeted: (serverTimeMs: number | null) => void;
  /** Every few seconds while greeted. */
  readonly ticked: () => void;
}

/** One attempt to be connected, from `socket.open` to the one fact that ends it. */
export interface ConnectionAttempt {
  readonly attempt: number;
  ping(): void;
  /** Deliver and tell nothing any more. The socket stays. */
  silence(): void;
}

export function openAttempt(options: ConnectionAttemptOptions): ConnectionAttempt {
  const { command, session, dependencies, slot, tell, report } = options;
  const { attempt, identity } = command;
  const { clock, timing } = dependencies;
  const clientId = `${identity.user.id}--${dependencies.createId()}`;
  let progress: Progress = 'opening';
  let token: string | null = null;
  let watch: Heartbeat | null = null;
  let badFrames = 0;
  /** Chat events that came before the fact of the hello was told; `null` from then on. */
  let backlog: ChatEvent[] | null = [];
  /** The fact that ends the attempt was told. */
  let isEnded = false;
  let isSilent = false;

  const isCurrent = () => !isEnded && !isSilent;

  slot.open({
    address,
    opened: guarded(() => {
      progress = 'open';
    }),
    received: guarded(receive),
    ended: guarded((code: number, reason: string, cause: unknown) => {
      const said =
        reason !== '' || cause === undefined ? reason : describeCause(cause, token === null ? [] : [token]).text;
      end(classifyClose(code, said, progress, timing), cause);
    }),
  });

  function address(): string | null {
    if (!isCurrent()) return null;
    token = session.token?.text ?? null;
    if (token === null && identity.kind !== 'anonymous') {
      end({ kind: 'token.refused', retryAfterMs: 0, failure: NO_TOKEN });
      return null;
    }
    const { baseUrl, apiKey, clientName, createId } = dependencies;
    const { profile } = command;
    try {
      return connectUrl({ baseUrl, apiKey, clientName, requestId: createId(), profile, identity, token });
    } catch (error) {
      end({ kind: 'socket.lost', retryAfterMs: 0, failure: NO_ADDRESS }, error);
      return null;
    }
  }

  function receive(data: unknown): void {
    if (!isCurrent()) return;
    const frame = decode(data);
    watch?.heard();
    switch (frame.kind) {
      case 'hello':
        return greet(frame);
      case 'heartbeat':
        return;
      case 'error':
        return end(classifyError(frame.error, timing));
      case 'chatEvent':
        if (progress !== 'greeted') return;
        if (backlog === null) dependencies.deliver(frame.event, isCurrent);
        else backlog.push(frame.event);
        return;
      case 'bad':
        return progress === 'greeted' ? noteBadFrame(frame.problem) : end(classifyBadFrame(frame.problem));
    }
  }

  function greet({ connectionId, userId, serverTimeMs }: Extract<Frame, { readonly kind: 'hello' }>): void {
    if (!isExpected(userId)) return end(classifyWrongHello(identity.user.id, userId));
    if (session.connectionId === connectionId) return;
    session.connectionId = connectionId;
    say({ type: 'hello.received', attempt, connectionId });
    if (progress !== 'greeted') {
      progress = 'greeted';
      watch = startHeartbeat({
        clock,
        pingIntervalMs: timing.pingIntervalMs,
        sendPing,
        onSilent: () => say({ type: 'socket.wentSilent', attempt }),
        onHeard: () => say({ type: 'socket.wasHeard', attempt }),
        onTick: options.ticked,
      });
      queueMicrotask(deliverBacklog);
    }
    options.greeted(serverTimeMs);
  }

  function isExpected(userId: string): boolean {
    return userId === identity.user.id || (identity.kind === 'anonymous' && userId === ANONYMOUS_ID);
  }

  /** Events that came in the same turn as the hello belong after its fact. */
  function deliverBacklog(): void {
    while (backlog !== null && isCurrent()) {
      const event = backlog.shift();
      if (event === undefined) backlog = null;
      else dependencies.deliver(event, isCurrent);
    }
  }

  function noteBadFrame(problem: string): void {
    badFrames += 1;
    report('server', {
      code: 'badFrame',
      message: `Frame ignored, since it cannot be understood: ${problem} (number ${badFrames} of this connection).`,
    });
  }

  function sendPing(): void {
    try {
      slot.send(encodePing(clientId));
    } catch (error) {
      end({ kind: 'socket.lost', retryAfterMs: 0, failure: SEND_FAILED }, error);
    }
  }

  function say(fact: AttemptFact): void {
    tell(fact, { isValid: isCurrent });
  }

  function end(ending: Ending, cause?: unknown): void {
    if (!isCurrent()) return;
    const { kind, failure, retryAfterMs } = ending;
    stop();
    isEnded = true;
    slot.close();
    tell(factOf(kind), { isValid: () => !isSilent, cause });

    function factOf(type: Ending['kind']): AttemptFact {
      switch (type) {
        case 'socket.lost':
          return { type, attempt, failure, retryAfterMs };
        case 'token.refused':
          return { type, attempt, failure, renewable: options.refuseToken(token) };
        case 'token.tooEarly':
          options.dropToken(token);
          return { type, attempt, failure };
        default:
          return { type, attempt, failure };
      }
    }
  }

  function stop(): void {
    watch?.stop();
    if (progress === 'greeted') session.connectionId = null;
  }

  /** What throws in a handler of a socket ends a Node process. */
  function guarded<Values extends readonly unknown[]>(
    handler: (...values: Values) => void,
  ): (...values: Values) => void {
    return (...values) => {
      try {
        handler(...values);
      } catch (error) {
        report('internal', { code: 'internal', message: 'Handling what a socket said failed.' }, error);
      }
    };
  }

  return {
    attempt,
    ping() {
      if (isCurrent()) watch?.ask();
    },
    silence() {
      if (isCurrent()) stop();
      isSilent = true;
    },
  };
}

/** Whatever an anonymous user asks to be called, the server answers this. */
const ANONYMOUS_ID = '!anon';

const NO_TOKEN = { code: 'tokenUnavailable', message: 'No token is held for this user.' } as const;
const NO_ADDRESS = { code: 'internal', message: 'The user cannot be sent: their data is not JSON.' } as const;
const SEND_FAILED = { code: 'connectionLost', message: 'Nothing can be sent on the socket any more.' } as const;
