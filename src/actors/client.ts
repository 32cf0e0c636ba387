import { type CallbackLogicFunction, fromCallback } from 'xstate';
import type { FailureInfo } from '../errors.ts';
import { SessionError } from '../errors.ts';
import { describeCause, redact } from '../token/redact.ts';
import type { Identity } from '../user.ts';
import { type ConnectionAttempt, openAttempt } from './client/connection-attempt.ts';
import { createRequests } from './client/requests.ts';
import type { AttemptFact, Report, Tell } from './client/send.ts';
import { beginSession, type ClientSession, isFor, tokensOf } from './client/session.ts';
import { createSingleSocket } from './client/single-socket.ts';
import { createTokenManager } from './client/token-manager.ts';
import { getDependencies } from './dependencies.ts';
import type { ClientCommand, ClientFact } from './messages.ts';

/*
 * The client actor: everything that talks to the server. It obeys `ClientCommand`s and answers `ClientFact`s.
 *
 *   token.load ──► token keeper ──► loader ──► token source        one load for all who need a token
 *   socket.open ─► line ──► socket slot ──► WebSocket               one socket at a time (law 1)
 *                   ├─► watch        silence and pings, by the wall clock
 *                   └─► deliver      chat events, straight to the app's listeners
 *   dataPlane.request ─► requests ──► fetch                         in the session user's name
 *
 * Tokens live here and on the wire (law 9). Facts are told in later microtasks, and only while their attempt is the
 * newest (law 4). Nothing thrown gets out of here (law 11). Stopped, it leaves nothing behind (law 2); started again,
 * it is a new run that holds nothing and says so, at once, by `client.started`.
 */
const run: CallbackLogicFunction<ClientCommand, ClientFact> = ({ system, sendBack, receive }) => {
  const dependencies = getDependencies(system);
  const { clock, timing, dataPlane } = dependencies;
  let isAlive = true;
  /** The attempt of the newest command; `null` when no answer is wanted. */
  let newestAttempt: number | null = null;
  let session: ClientSession | null = null;
  let line: ConnectionAttempt | null = null;

  const tell: Tell = (fact, { isValid, cause } = {}) => {
    queueMicrotask(() => {
      if (!isAlive || fact.attempt !== newestAttempt || isValid?.() === false) return;
      try {
        sendBack(clean(fact, cause));
      } catch (error) {
        report('internal', { code: 'internal', message: `Telling ${fact.type} failed.` }, error);
      }
    });
  };

  const report: Report = (source, failure, cause) => {
    try {
      const known = tokensOf(session);
      dependencies.report({
        source,
        failure: { ...failure, message: redact(failure.message, known) },
        ...(cause !== undefined && { cause: describeCause(cause, known).cause }),
      });
    } catch {
      // Whoever is told of faults has one: there is nobody else to tell.
    }
  };

  const slot = createSingleSocket(dependencies.sockets, clock, timing.closeTimeoutMs);
  const keeper = createTokenManager(dependencies, tell, report);
  const request = createRequests(dependencies, keeper, () => session);

  /** What was said by others may hold a token: failures are redacted on their way out, causes are kept aside. */
  function clean(fact: AttemptFact, cause: unknown): AttemptFact {
    if (!('failure' in fact)) return fact;
    const known = tokensOf(session);
    const failure = { ...fact.failure, message: redact(fact.failure.message, known) };
    if (cause !== undefined) dependencies.rememberCause(failure, describeCause(cause, known).cause);
    return { ...fact, failure };
  }

  function sessionOf(identity: Identity): ClientSession {
    if (session === null || !isFor(session, identity)) {
      endSession(LOGGED_OUT);
      session = beginSession(identity);
    }
    session.identity = identity;
    return session;
  }

  function endSession(why: FailureInfo): void {
    const ended = session;
    session = null;
    line?.silence();
    ended?.end.abort(new SessionError(why));
    keeper.end(why);
  }

  function openSocket(command: Extract<ClientCommand, { readonly type: 'socket.open' }>): void {
    line?.silence();
    const current = sessionOf(command.identity);
    line = openAttempt({
      command,
      session: current,
      dependencies,
      slot,
      tell,
      report,
      refuseToken: (token) => keeper.refuse(current, token),
      dropToken: (token) => keeper.drop(current, token),
      greeted: (serverTimeMs) => keeper.greeted(current, serverTimeMs),
      ticked: () => keeper.ticked(current),
    });
  }

  function obey(command: ClientCommand): void {
    switch (command.type) {
      case 'token.load':
        newestAttempt = command.attempt;
        // The attempt before is superseded: what its socket has told and not been heard yet is told no more.
        line?.silence();
        return keeper.load(command, sessionOf(command.identity));
      case 'token.abort':
        return keeper.abort();
      case 'token.adopt':
        if (session !== null) session.key = command.sourceKey;
        return;
      case 'socket.open':
        newestAttempt = command.attempt;
        return openSocket(command);
      case 'socket.ping':
        if (line?.attempt === command.attempt) line.ping();
        return;
      case 'socket.close':
        newestAttempt = command.attempt;
        line?.silence();
        line = null;
        return slot.close(() => tell({ type: 'socket.closed', attempt: command.attempt }));
      case 'session.end':
        newestAttempt = null;
        return endSession(LOGGED_OUT);
    }
  }

  receive((command) => {
    try {
      obey(command);
    } catch (error) {
      report('internal', { code: 'internal', message: `Obeying ${command.type} failed.` }, error);
    }
  });

  dataPlane.request = request;
  // At once, so that the chart hears it before any command of the app: later it would mean a restart.
  sendBack({ type: 'client.started' });

  return () => {
    isAlive = false;
    if (dataPlane.request === request) dataPlane.request = null;
    endSession(STOPPED);
    slot.giveUp();
  };
};

const LOGGED_OUT: FailureInfo = { code: 'loggedOut', message: 'The session ended before the request did.' };
const STOPPED: FailureInfo = { code: 'disposed', message: 'The client was stopped before the request was done.' };

export const clientActor = fromCallback<ClientCommand>(run);
