import type { FailureInfo } from '../../../../src/errors.ts';
import type { User } from '../../../../src/user.ts';
import { isTokenOutlived, type ModelState } from '../model-state.ts';
import { sameUser } from '../users.ts';
import { always, answer, bare, type EventCase, fail } from './event-case.ts';

const clientAttempt = ({ snapshot }: ModelState) => snapshot.context.attempt;
const aboutToken = {
  kind: 'token' as const,
  attemptOf: clientAttempt,
  isAsked: ({ work }: ModelState) => work.load !== null,
};
const aboutSocket = {
  kind: 'socket' as const,
  attemptOf: clientAttempt,
  isAsked: ({ work }: ModelState) => work.socket?.isSilenced === false,
};
const isOpen = ({ work }: ModelState) => work.socket?.phase === 'open';
const isListenedFor = ({ work }: ModelState) => work.socket?.isListenedFor === true;
const isGuest = ({ snapshot }: ModelState) => snapshot.context.identity?.kind === 'guest';
const guestOf = ({ snapshot }: ModelState): User => ({ id: `guest-${sameUser(snapshot).id}`, role: 'guest' });

/** The client actor has the clock, and reports which tokens have expired. */
const refused = (renewable: boolean) => (state: ModelState) => ({
  renewable,
  failure: fail('tokenRejected', 'The token has expired.'),
  ...(isTokenOutlived(state) && { expired: true as const }),
});

const refusedBy = (
  code: FailureInfo['code'],
  words: string,
  lateWords: string,
  canHappen: (state: ModelState) => boolean = always,
) => ({
  ...aboutSocket,
  outcomes: [{ words, payload: () => ({ failure: fail(code, 'The server refused.') }), canHappen }],
  lateWords,
});

/** What the client actor reports. */
export const CLIENT_FACTS: readonly EventCase[] = [
  bare('client.started', 'the client actor starts'),
  ...answer('token.loaded', {
    ...aboutToken,
    outcomes: [
      {
        words: 'the token is loaded',
        payload: (state) => (isGuest(state) ? { user: guestOf(state) } : {}),
      },
    ],
    lateWords: 'a token comes too late',
  }),
  ...answer('token.failed', {
    ...aboutToken,
    outcomes: [
      {
        words: 'the token source fails',
        payload: () => ({ permanent: false, failure: fail('tokenUnavailable', 'The token provider failed.') }),
      },
      {
        which: 'permanent',
        words: 'the token source is permanent',
        payload: () => ({ permanent: true, failure: fail('tokenInvalid', 'The token is not a JWT.') }),
        // The app brings a token that is none, which is asked for at once where no other source was brought before.
        canHappen: (state) => isGuest(state) || state.snapshot.context.pacing.quickRetry === 'available',
      },
    ],
    lateWords: 'a token source fails too late',
  }),
  ...answer('hello.received', {
    ...aboutSocket,
    outcomes: [
      {
        words: 'the server says hello',
        payload: ({ snapshot }) => ({ connectionId: `c${snapshot.context.attempt}` }),
        // Whatever arrives after a probe is the sign of life, and is reported as that.
        canHappen: (state) => !isListenedFor(state),
      },
    ],
    lateWords: 'a hello comes too late',
  }),
  ...answer('socket.lost', {
    ...aboutSocket,
    outcomes: [
      {
        words: 'loses the socket',
        payload: () => ({ retryAfterMs: 0, failure: fail('connectionLost', 'The socket was closed.') }),
      },
      {
        which: 'asked to wait',
        words: 'loses the socket and is asked to wait',
        payload: () => ({ retryAfterMs: 5_000, failure: fail('rateLimited', 'The server asks to wait.') }),
      },
    ],
    lateWords: 'an old socket ends',
  }),
  ...answer('token.refused', {
    ...aboutSocket,
    outcomes: [
      {
        words: 'the server refuses the token',
        payload: refused(true),
        // A guest's token cannot be renewed, and an anonymous user has none.
        canHappen: ({ snapshot }) => snapshot.context.identity?.kind !== 'guest',
      },
      {
        which: 'static',
        words: 'the server refuses the static token',
        payload: refused(false),
        canHappen: ({ snapshot }) => snapshot.context.identity?.kind !== 'anonymous',
      },
    ],
    lateWords: 'an old socket has its token refused',
  }),
  ...answer(
    'token.notValidNow',
    // A guest's token is kept, because another one would be another guest's: the next load is settled at once.
    refusedBy('tokenTooEarly', 'the token is too early', 'an old socket is too early', (state) => !isGuest(state)),
  ),
  ...answer('app.refused', refusedBy('appRejected', 'the server refuses the app', 'an old socket has its app refused')),
  ...answer(
    'user.refused',
    refusedBy('userRejected', 'the server refuses the user', 'an old socket has its user refused'),
  ),
  ...answer(
    'server.ended',
    refusedBy('endedByServer', 'the server ends the session', 'an old socket is ended by the server'),
  ),
  ...answer('socket.wentSilent', {
    ...aboutSocket,
    outcomes: [
      {
        words: 'the socket goes quiet',
        payload: () => ({}),
        canHappen: (state) => isOpen(state) && !isListenedFor(state),
      },
    ],
    lateWords: 'an old socket goes quiet',
  }),
  ...answer('probe.passed', {
    ...aboutSocket,
    outcomes: [{ words: 'the socket is heard', payload: () => ({ byFrame: true }), canHappen: isListenedFor }],
    lateWords: 'an old socket is heard',
  }),
  ...answer('socket.closed', {
    ...aboutSocket,
    // A logout that asks for more takes a new number while the close that was asked for before is under way.
    attemptOf: ({ work, snapshot }) => work.closing ?? snapshot.context.attempt,
    isAsked: ({ work }) => work.closing !== null,
    outcomes: [{ words: 'the socket is closed', payload: () => ({}) }],
    lateWords: 'an old socket is closed at last',
  }),
];
