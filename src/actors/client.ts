import { type CallbackLogicFunction, fromCallback } from 'xstate';
import { later } from '../clock.ts';
import type { Diagnostic } from '../diagnostics.ts';
import { DISPOSED, type FailureInfo } from '../errors.ts';
import { describeCause, redact } from '../token/redact.ts';
import { CONFIGURED_SOURCE_KEY } from '../token/source-registry.ts';
import { type Identity, isSame } from '../user.ts';
import { ConnectionAttempt, NOT_CONNECTED } from './client/connection-attempt.ts';
import type { AttemptFact, Outbox, SendOptions } from './client/outbox.ts';
import { ClientSession } from './client/session.ts';
import { SingleSocket } from './client/single-socket.ts';
import { type Dependencies, getDependencies } from './dependencies.ts';
import type { ClientCommand, ClientFact } from './messages.ts';

/*
 * The client actor: everything that talks to the server. It handles `ClientCommand`s and sends `ClientFact`s.
 *
 *   token.load ──► ClientSession ─► TokenLoader ──► token source    one load for all who need a token
 *   socket.open ─► ConnectionAttempt ──► SingleSocket ──► WebSocket  one socket at a time (law 1)
 *                   ├─► Protocol     what the frames mean
 *                   ├─► Heartbeat    silence and pings, by the wall clock
 *                   └─► deliver      chat events, straight to the app's listeners
 *   dataPlane.request ─► requests ──► fetch                          in the session user's name
 *   dataPlane.send ────► ConnectionAttempt                           only while connected
 *
 * Tokens live here and on the wire (law 9). Facts are sent in later microtasks, and only while their attempt is the
 * newest (law 4). Nothing thrown gets out of here (law 11). Stopped, it leaves nothing behind (law 2); started again, it
 * is a new run that holds nothing and announces itself, at once, by `client.started`.
 */
const client: CallbackLogicFunction<ClientCommand, ClientFact> = ({ system, sendBack, receive }) => {
  const run = new ClientRun(getDependencies(system), sendBack);
  receive((command) => run.handle(command));
  // At once, so that the chart receives it before any command of the app: later it would mean a restart.
  sendBack({ type: 'client.started' });
  return () => run.stop();
};

export const clientActor = fromCallback<ClientCommand>(client);

class ClientRun implements Outbox {
  readonly #dependencies: Dependencies;
  readonly #socket: SingleSocket;
  readonly #sendBack: (fact: ClientFact) => void;
  /** The attempt of the newest command; `null` when no fact is wanted, as after `stop()`. */
  #newestAttempt: number | null = null;
  #session: ClientSession | null = null;
  #attempt: ConnectionAttempt | null = null;

  constructor(dependencies: Dependencies, sendBack: (fact: ClientFact) => void) {
    this.#dependencies = dependencies;
    this.#sendBack = sendBack;
    const { sockets, clock, timing, dataPlane, requests } = dependencies;
    // The hello is awaited from the command on: a socket that is slow to close must not use up all of that time.
    this.#socket = new SingleSocket(sockets, clock, Math.min(timing.closeTimeoutMs, timing.helloTimeoutMs / 2));
    dataPlane.send = this.#sendEvent;
    const sessionFor = (identity: Identity, sourceKey: number) =>
      // A call that has waited knows an older profile than a session that runs.
      this.#session !== null && isSame(this.#session.identity, identity)
        ? this.#session
        : this.#sessionOf(identity, sourceKey);
    dataPlane.request = requests?.createSender(dependencies, sessionFor) ?? null;
  }

  handle(command: ClientCommand): void {
    try {
      this.#carryOut(command);
    } catch (error) {
      this.report('internal', { code: 'internal', message: `Handling ${command.type} failed.` }, error);
    }
  }

  stop(): void {
    this.#newestAttempt = null;
    const { dataPlane } = this.#dependencies;
    dataPlane.request = null;
    dataPlane.send = null;
    this.#endSession(DISPOSED);
    this.#socket.giveUp();
  }

  #carryOut(command: ClientCommand): void {
    if (command.type !== 'token.adopt' && command.type !== 'socket.ping') {
      // The attempt before is superseded: what its socket reported and is still on its way is not sent. Where no fact is
      // wanted, neither is a hello: events without one would belong to no session (law 4).
      this.#newestAttempt = 'attempt' in command ? command.attempt : null;
      this.#attempt?.silence();
    }
    switch (command.type) {
      case 'token.load':
        return this.#sessionOf(command.identity).loadToken(command);
      case 'token.abort':
        return this.#session?.abortToken();
      case 'token.adopt':
        if (this.#session !== null) this.#session.sourceKey = command.sourceKey;
        return;
      case 'socket.open': {
        const session = this.#sessionOf(command.identity);
        this.#attempt = new ConnectionAttempt(command, session, this.#socket, this, this.#dependencies);
        return this.#socket.open(this.#attempt);
      }
      case 'socket.ping':
        if (this.#attempt?.attempt === command.attempt) this.#attempt.ping();
        return;
      case 'socket.close':
        this.#attempt = null;
        return this.#socket.close(() => this.send({ type: 'socket.closed', attempt: command.attempt }));
      case 'session.end':
        return this.#endSession(LOGGED_OUT);
    }
  }

  /** @param sourceKey Where the tokens of a session that begins come from. */
  #sessionOf(identity: Identity, sourceKey = CONFIGURED_SOURCE_KEY): ClientSession {
    if (this.#session === null || !isSame(this.#session.identity, identity)) {
      this.#endSession(LOGGED_OUT);
      this.#session = new ClientSession(identity, sourceKey, this.#dependencies, this);
    }
    this.#session.identity = identity;
    return this.#session;
  }

  #endSession(ending: FailureInfo): void {
    const ended = this.#session;
    this.#session = null;
    this.#attempt?.silence();
    ended?.end(ending);
  }

  readonly #sendEvent = (event: object): FailureInfo | null => {
    const failure = this.#attempt === null ? NOT_CONNECTED : this.#attempt.sendEvent(event);
    return failure && this.#withoutTokens(failure);
  };

  // Outbox

  send(fact: AttemptFact, { isValid, cause }: SendOptions = {}): void {
    later(() => {
      if (fact.attempt !== this.#newestAttempt || isValid?.() === false) return;
      this.#sendBack('failure' in fact ? { ...fact, failure: this.#failureOf(fact, cause) } : fact);
    });
  }

  report(source: Diagnostic['source'], failure: FailureInfo, cause?: unknown): void {
    this.#dependencies.report({ source, failure: this.#withoutTokens(failure), cause: this.#describe(cause) });
  }

  /** The cause is kept apart, because it is no plain data. */
  #failureOf(fact: Extract<AttemptFact, { readonly failure: FailureInfo }>, cause: unknown): FailureInfo {
    const failure = this.#withoutTokens(fact.failure);
    if (cause !== undefined) this.#dependencies.rememberCause(failure, this.#describe(cause));
    return failure;
  }

  /** What the server and the app say may hold a token. */
  #withoutTokens(failure: FailureInfo): FailureInfo {
    return { ...failure, message: redact(failure.message, this.#session?.tokens()) };
  }

  #describe(cause: unknown): unknown {
    return describeCause(cause, this.#session?.tokens()).cause;
  }
}

const LOGGED_OUT: FailureInfo = { code: 'loggedOut', message: 'The session ended before the request did.' };
