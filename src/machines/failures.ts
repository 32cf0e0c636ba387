import { type FailureInfo, LOGGED_OUT, TOKEN_TIMED_OUT } from '../errors.ts';
import type { SessionEvent } from './types.ts';

export const failureOf = (event: SessionEvent): FailureInfo | null => ('failure' in event ? event.failure : null);

/** Failures of events that carry none. */
const byEvent: Partial<Record<SessionEvent['type'], FailureInfo>> = {
  'restore.timedOut': { code: 'storageTimedOut', message: 'The stored user could not be read in time.' },
  'token.timedOut': TOKEN_TIMED_OUT,
  'hello.timedOut': { code: 'helloTimedOut', message: 'The server did not send its hello in time.' },
  'probe.timedOut': { code: 'wentSilent', message: 'The socket is open, but no frame arrives on it any more.' },
  'client.started': { code: 'connectionLost', message: 'The connection was restarted.' },
  'network.wentOffline': { code: 'networkOffline', message: 'The device reports no network.' },
  'session.disconnect': LOGGED_OUT,
  'user.changedElsewhere': {
    code: 'loggedOutElsewhere',
    message: 'The stored user was removed or replaced elsewhere, for instance in another tab.',
  },
  'clear.timedOut': { code: 'userNotForgotten', message: 'The stored user could not be removed in time.' },
};

export const failureFor = (event: SessionEvent): FailureInfo =>
  failureOf(event) ?? byEvent[event.type] ?? { code: 'internal', message: `Unexpected ${event.type}.` };
