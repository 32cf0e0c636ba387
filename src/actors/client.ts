import { type CallbackLogicFunction, fromCallback } from 'xstate';
import type { FailureInfo } from '../errors.ts';
import { describeCause, redact } from '../token/redact.ts';
import type { Identity } from '../user.ts';
import { ConnectionAttempt } from './client/connection-attempt.ts';
import type { AttemptFact, Report, Send } from './client/send.ts';
import { ClientSession } from './client/session.ts';
import { SingleSocket } from './client/single-socket.ts';
import { TokenManager } from './client/token-manager.ts';
import { getDependencies } from './dependencies.ts';
import type { ClientCommand, ClientFact } from './messages.ts';

/*
 * The client actor: everything that talks to the server. It handles `ClientCommand`s and sends `ClientFact`s.
 *
 *   token.load ──► TokenManager ──► TokenLoader ──► token source    one load for all who need a token
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
const run: CallbackLogicFunction<ClientCommand, ClientFact> = ({ system, sendBack, receive }) => {
  const dependencies = getDependencies(system);
  const { clock, timing, dataPlane } = dependencies;
  let isAlive = true;
  /** The attempt of the newest command; `null` when no fact is wanted. */
  let newestAttempt: number | null = null;
  let session: ClientSession | null = null;
  let attempt: ConnectionAttempt | null = null;

  const knownTokens = () => session?.tokens() ?? [];

  const send: Send = (fact, { isValid, cause } = {}) => {
    queueMicrotask(() => {
      if (!isAlive || fact.attempt !== newestAttempt || isValid?.() === false) return;
      try {
        sendBack(withoutTokens(fact, cause));
      } catch (error) {
        report('internal', { code: 'internal', message: `Sending ${fact.type} failed.` }, error);
      }
    });
  };

  const report: Report = (source, failure, cause) => {
    try {
      dependencies.report({
        source,
        failure: { ...failure, message: redact(failure.message, knownTokens()) },
        ...(cause !== undefined && { cause: describeCause(cause, knownTokens()).cause }),
      });
    } catch {
      // The receiver of reports failed itself: there is nowhere left to report that.
    }
  };

  const socket = new SingleSocket(dependencies.sockets, clock, timing.closeTimeoutMs);
  const tokens = new TokenManager(dependencies, send, report);
  const sessionFor = (identity: Identity, sourceKey: number) => {
    if (session?.isFor(identity) === true) return session;
    const begun = sessionOf(identity);
    begun.sourceKey = sourceKey;
    return begun;
  };
  const request = dependencies.requests?.createSender(dependencies, tokens, sessionFor) ?? null;
  const sendEvent = (event: object): FailureInfo | null => {
    if (session === null || attempt === null) return NOT_LOGGED_IN;
    return attempt.sendEvent(event);
  };

  /** What the server and the app say may hold a token: failures are redacted on their way out, causes are kept apart. */
  function withoutTokens(fact: AttemptFact, cause: unknown): AttemptFact {
    if (!('failure' in fact)) return fact;
    const failure = { ...fact.failure, message: redact(fact.failure.message, knownTokens()) };
    if (cause !== undefined) dependencies.rememberCause(failure, describeCause(cause, knownTokens()).cause);
    return { ...fact, failure };
  }

  function sessionOf(identity: Identity): ClientSession {
    if (session?.isFor(identity) !== true) {
      endSession(LOGGED_OUT);
      session = new ClientSession(identity);
    }
    session.identity = identity;
    return session;
  }

  function endSession(ending: FailureInfo): void {
    const ended = session;
    session = null;
    attempt?.silence();
    ended?.end(ending);
    tokens.end(ending);
  }

  function openSocket(command: Extract<ClientCommand, { readonly type: 'socket.open' }>): void {
    attempt?.silence();
    const parts = { session: sessionOf(command.identity), dependencies, socket, tokens, send, report };
    attempt = new ConnectionAttempt(command, parts);
    socket.open(attempt);
  }

  function handle(command: ClientCommand): void {
    switch (command.type) {
      case 'token.load':
        newestAttempt = command.attempt;
        // The attempt before is superseded: what its socket reported and is still on its way is not sent.
        attempt?.silence();
        return tokens.load(command, sessionOf(command.identity));
      case 'token.abort':
        return tokens.abort();
      case 'token.adopt':
        if (session !== null) session.sourceKey = command.sourceKey;
        return;
      case 'socket.open':
        newestAttempt = command.attempt;
        return openSocket(command);
      case 'socket.ping':
        if (attempt?.attempt === command.attempt) attempt.ping();
        return;
      case 'socket.close':
        newestAttempt = command.attempt;
        attempt?.silence();
        attempt = null;
        return socket.close(() => send({ type: 'socket.closed', attempt: command.attempt }));
      case 'session.end':
        newestAttempt = null;
        return endSession(LOGGED_OUT);
    }
  }

  receive((command) => {
    try {
      handle(command);
    } catch (error) {
      report('internal', { code: 'internal', message: `Handling ${command.type} failed.` }, error);
    }
  });

  dataPlane.request = request;
  dataPlane.send = sendEvent;
  // At once, so that the chart receives it before any command of the app: later it would mean a restart.
  sendBack({ type: 'client.started' });

  return () => {
    isAlive = false;
    if (dataPlane.send === sendEvent) {
      dataPlane.request = null;
      dataPlane.send = null;
    }
    endSession(STOPPED);
    socket.giveUp();
  };
};

const LOGGED_OUT: FailureInfo = { code: 'loggedOut', message: 'The session ended before the request did.' };
const STOPPED: FailureInfo = { code: 'disposed', message: 'The client was stopped before the request was done.' };
const NOT_LOGGED_IN: FailureInfo = { code: 'notLoggedIn', message: 'No user is logged in: nothing was sent.' };

export const clientActor = fromCallback<ClientCommand>(run);
