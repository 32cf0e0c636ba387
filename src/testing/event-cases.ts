import type { FailureInfo } from '../errors.ts';
import type { SessionEvent } from '../machines/vocabulary.ts';
import type { Identity, User } from '../user.ts';
import type { Superseded } from './ledger.ts';
import { ANONYMOUS, GUEST, newKey, otherUser, sameUser } from './people.ts';
import type { Situation } from './situation.ts';

type Type = SessionEvent['type'];
type EventOf<T extends Type> = Extract<SessionEvent, { readonly type: T }>;

/**
 * One way in which an event can come, said relative to the situation: "the same user", "with the attempt that is
 * current". Together the cases of a type let every guard that reads it answer both ways.
 */
export interface EventCase<Event extends SessionEvent = SessionEvent> {
  /** Unique: the type, and where a type has several cases, which: `token.loaded (late)`. */
  readonly name: string;
  readonly type: Event['type'];
  /** What happens, for the name of a path: `loses the socket`. */
  readonly words: string;
  /** The event as it would be here. */
  readonly event: (situation: Situation) => Event;
  /** Whether a session with actors that keep their promises can meet it here. Anything else is a lie, and ignored. */
  readonly canHappen: (situation: Situation) => boolean;
  /** Set where the event answers a question that nobody waits for any more: there must have been one. */
  readonly late?: Superseded;
}

const always = () => true;
const fail = (code: FailureInfo['code'], message: string): FailureInfo => ({ code, message });

interface CaseOptions<T extends Type> {
  readonly words: string;
  readonly event: (situation: Situation) => EventOf<T>;
  readonly canHappen?: (situation: Situation) => boolean;
}

function one<T extends Type>(type: T, which: string | null, options: CaseOptions<T>): EventCase<EventOf<T>> {
  return {
    type: type as EventOf<T>['type'],
    name: which === null ? type : `${type} (${which})`,
    canHappen: always,
    ...options,
  };
}

/** An event without a payload. */
type Bare = { [T in Type]: keyof EventOf<T> extends 'type' ? T : never }[Type];
const bare = <T extends Bare>(type: T, words: string, canHappen: CaseOptions<T>['canHappen'] = always) =>
  one(type, null, { words, event: () => ({ type }) as EventOf<T>, canHappen });

// Commands

interface ConnectCase {
  readonly who: (situation: Situation) => Identity;
  readonly hasNewSource?: boolean;
  readonly online?: boolean;
  readonly canHappen?: (situation: Situation) => boolean;
}

/** Only registered users have a token source, and only they are stored. */
const isRegistered = ({ snapshot }: Situation) => sameUser(snapshot).kind === 'user';

/** While a session runs, whoever else logs in is "another user" already. */
const isFree = ({ snapshot }: Situation) => !snapshot.hasTag('running');

const connect = (which: string, words: string, options: ConnectCase) => {
  const { who, hasNewSource = false, online = true, canHappen = always } = options;
  return one('session.connect', which, {
    words,
    canHappen,
    event: (situation) => ({
      type: 'session.connect',
      call: 1,
      identity: who(situation),
      key: hasNewSource ? newKey(situation.snapshot) : null,
      online,
      foreground: true,
    }),
  });
};

const same = ({ snapshot }: Situation) => sameUser(snapshot);
const other = ({ snapshot }: Situation) => otherUser(snapshot);

const disconnect = (which: string, words: string, forgetUser: boolean) =>
  one('session.disconnect', which, { words, event: () => ({ type: 'session.disconnect', forgetUser }) });

const COMMANDS: readonly EventCase[] = [
  connect('same user', 'the app logs in', { who: same }),
  connect('same user, new source', 'the app logs in with a new token source', {
    who: same,
    hasNewSource: true,
    canHappen: isRegistered,
  }),
  connect('same user, offline', 'the app logs in without a network', { who: same, online: false }),
  connect('other user', 'the app logs another user in', { who: other }),
  connect('guest', 'the app logs a guest in', { who: () => GUEST, canHappen: isFree }),
  connect('anonymous', 'the app logs in anonymously', { who: () => ANONYMOUS, canHappen: isFree }),
  disconnect('forget', 'the app logs out', true),
  disconnect('keep', 'the app ends the session and keeps the user', false),
  one('session.restore', null, {
    words: 'the app restores',
    event: () => ({ type: 'session.restore', online: true, foreground: true }),
  }),
  bare('session.suspend', 'the app suspends'),
  bare('session.resume', 'the app resumes'),
  bare('session.retryNow', 'the app asks to retry now'),
];

// Facts of the client actor

type Attempted = Extract<SessionEvent, { readonly attempt: number }>['type'];
type Payload<T extends Attempted> = Omit<EventOf<T>, 'type' | 'attempt'>;

interface Question<T extends Attempted> {
  readonly kind: Superseded;
  /** The number that the fact carries while it is awaited. */
  readonly attemptOf: (situation: Situation) => number;
  readonly isAsked: (situation: Situation) => boolean;
  /** The ways in which it can be answered. */
  readonly answers: readonly {
    readonly which?: string;
    readonly words: string;
    readonly payload: (situation: Situation) => Payload<T>;
    readonly canHappen?: (situation: Situation) => boolean;
  }[];
  /** What happens when the answer comes after nobody waits for it any more. */
  readonly lateWords: string;
}

/** The cases of a fact that answers a question: each answer while it is awaited, and one that is late. */
function answer<T extends Attempted>(type: T, question: Question<T>): EventCase<EventOf<T>>[] {
  const { kind, attemptOf, isAsked, answers, lateWords } = question;
  const eventOf = (attempt: number, payload: Payload<T>) => ({ type, attempt, ...payload }) as unknown as EventOf<T>;
  const awaited = answers.map(({ which = null, words, payload, canHappen = always }) =>
    one(type, which, {
      words,
      event: (situation) => eventOf(attemptOf(situation), payload(situation)),
      canHappen: (situation) => isAsked(situation) && canHappen(situation),
    }),
  );
  const [first] = answers;
  const late: EventCase<EventOf<T>>[] =
    first === undefined
      ? []
      : [
          {
            ...one(type, 'late', {
              words: lateWords,
              event: (situation) => eventOf(attemptOf(situation) - 1, first.payload(situation)),
              canHappen: ({ ledger }) => ledger.superseded.has(kind),
            }),
            late: kind,
          },
        ];
  return [...awaited, ...late];
}

const clientAttempt = ({ snapshot }: Situation) => snapshot.context.attempt;
const aboutToken = {
  kind: 'token' as const,
  attemptOf: clientAttempt,
  isAsked: ({ ledger }: Situation) => ledger.load !== null,
};
const aboutSocket = {
  kind: 'socket' as const,
  attemptOf: clientAttempt,
  isAsked: ({ ledger }: Situation) => ledger.socket !== null,
};
const isOpen = ({ ledger }: Situation) => ledger.socket?.phase === 'open';
const isListenedFor = ({ ledger }: Situation) => ledger.socket?.isListenedFor === true;
const isGuest = ({ snapshot }: Situation) => snapshot.context.identity?.kind === 'guest';
const guestOf = ({ snapshot }: Situation): User => ({ id: `guest-${sameUser(snapshot).id}`, role: 'guest' });

const refusedBy = (
  code: FailureInfo['code'],
  words: string,
  lateWords: string,
  canHappen: (situation: Situation) => boolean = always,
) => ({
  ...aboutSocket,
  answers: [{ words, payload: () => ({ failure: fail(code, 'The server refused.') }), canHappen }],
  lateWords,
});

const CLIENT_FACTS: readonly EventCase[] = [
  bare('client.started', 'the client actor starts'),
  ...answer('token.loaded', {
    ...aboutToken,
    answers: [
      {
        words: 'the token is loaded',
        payload: (situation) => (isGuest(situation) ? { user: guestOf(situation) } : {}),
      },
    ],
    lateWords: 'a token comes too late',
  }),
  ...answer('token.failed', {
    ...aboutToken,
    answers: [
      {
        words: 'the token source fails',
        payload: () => ({ hopeless: false, failure: fail('tokenUnavailable', 'The token provider failed.') }),
      },
      {
        which: 'hopeless',
        words: 'the token source is hopeless',
        payload: () => ({ hopeless: true, failure: fail('tokenInvalid', 'The token is not a JWT.') }),
      },
    ],
    lateWords: 'a token source fails too late',
  }),
  ...answer('hello.received', {
    ...aboutSocket,
    answers: [
      {
        words: 'the server says hello',
        payload: ({ snapshot }) => ({ connectionId: `c${snapshot.context.attempt}` }),
        // Whatever comes after a question for a sign of life is that sign, and told as such.
        canHappen: (situation) => !isListenedFor(situation),
      },
    ],
    lateWords: 'a hello comes too late',
  }),
  ...answer('socket.lost', {
    ...aboutSocket,
    answers: [
      {
        words: 'loses the socket',
        payload: () => ({ floorMs: 0, failure: fail('connectionLost', 'The socket was closed.') }),
      },
      {
        which: 'asked to wait',
        words: 'loses the socket and is asked to wait',
        payload: () => ({ floorMs: 5_000, failure: fail('rateLimited', 'The server asks to wait.') }),
      },
    ],
    lateWords: 'an old socket ends',
  }),
  ...answer('token.refused', {
    ...aboutSocket,
    answers: [
      {
        words: 'the server refuses the token',
        payload: () => ({ renewable: true, failure: fail('tokenRejected', 'The token has expired.') }),
        // A guest's token cannot be renewed, and nothing has to be for somebody anonymous.
        canHappen: ({ snapshot }) => snapshot.context.identity?.kind !== 'guest',
      },
      {
        which: 'static',
        words: 'the server refuses the static token',
        payload: () => ({ renewable: false, failure: fail('tokenRejected', 'The token has expired.') }),
        canHappen: ({ snapshot }) => snapshot.context.identity?.kind !== 'anonymous',
      },
    ],
    lateWords: 'an old socket has its token refused',
  }),
  ...answer(
    'token.tooEarly',
    // A guest's token is kept all the same, since another one would be another guest's: the next load answers at once.
    refusedBy(
      'tokenTooEarly',
      'the token is too early',
      'an old socket is too early',
      (situation) => !isGuest(situation),
    ),
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
  ...answer('socket.wentQuiet', {
    ...aboutSocket,
    answers: [
      {
        words: 'the socket goes quiet',
        payload: () => ({}),
        canHappen: (situation) => isOpen(situation) && !isListenedFor(situation),
      },
    ],
    lateWords: 'an old socket goes quiet',
  }),
  ...answer('socket.wasHeard', {
    ...aboutSocket,
    answers: [{ words: 'the socket is heard', payload: () => ({}), canHappen: isListenedFor }],
    lateWords: 'an old socket is heard',
  }),
  ...answer('socket.closed', {
    ...aboutSocket,
    isAsked: ({ ledger }) => ledger.closing !== null,
    answers: [{ words: 'the socket is closed', payload: () => ({}) }],
    lateWords: 'an old socket is closed at last',
  }),
];

// Facts of the persistence actor

type StorageCommand = 'user.load' | 'user.save' | 'user.clear';

const aboutRecord = (command: StorageCommand) => ({
  kind: 'storage' as const,
  attemptOf: ({ snapshot }: Situation) => snapshot.context.storageAttempt,
  isAsked: ({ ledger }: Situation) => ledger.storage?.type === command,
});

/** Whoever is stored although they logged out is removed, and not found. */
const isRemovalOwed = ({ ledger }: Situation) => ledger.isRemovalOwed;

const STORAGE_FAILED = { failure: fail('storageFailed', 'The repository failed.') };

const PERSISTENCE_FACTS: readonly EventCase[] = [
  bare('persistence.started', 'the persistence actor starts'),
  ...answer('user.found', {
    ...aboutRecord('user.load'),
    answers: [
      {
        which: 'same user',
        words: 'the stored user is found',
        payload: ({ snapshot }) => ({ user: { id: sameUser(snapshot).id } }),
        canHappen: (situation) => isRegistered(situation) && !isRemovalOwed(situation),
      },
      {
        which: 'other user',
        words: 'another stored user is found',
        payload: ({ snapshot }) => ({ user: { id: otherUser(snapshot).id } }),
        canHappen: (situation) => !isRemovalOwed(situation),
      },
    ],
    lateWords: 'a stored user is found too late',
  }),
  ...answer('user.missing', {
    ...aboutRecord('user.load'),
    answers: [{ words: 'nobody is stored', payload: () => ({}) }],
    lateWords: 'nobody is found too late',
  }),
  ...answer('user.unreadable', {
    ...aboutRecord('user.load'),
    answers: [{ words: 'storage cannot be read', payload: () => STORAGE_FAILED }],
    lateWords: 'storage fails too late to read',
  }),
  ...answer('user.saved', {
    ...aboutRecord('user.save'),
    answers: [{ words: 'the user is stored', payload: () => ({}) }],
    lateWords: 'an old write succeeds',
  }),
  ...answer('user.notSaved', {
    ...aboutRecord('user.save'),
    answers: [{ words: 'the user cannot be stored', payload: () => STORAGE_FAILED }],
    lateWords: 'an old write fails',
  }),
  ...answer('user.cleared', {
    ...aboutRecord('user.clear'),
    answers: [{ words: 'the stored user is removed', payload: () => ({}) }],
    lateWords: 'an old removal succeeds',
  }),
  ...answer('user.notCleared', {
    ...aboutRecord('user.clear'),
    answers: [{ words: 'the stored user cannot be removed', payload: () => STORAGE_FAILED }],
    lateWords: 'an old removal fails',
  }),
  one('user.changedElsewhere', 'same user', {
    words: 'the same user is stored elsewhere',
    event: ({ snapshot }) => ({ type: 'user.changedElsewhere', userId: sameUser(snapshot).id }),
    canHappen: (situation) => situation.ledger.isWatching && isRegistered(situation),
  }),
  one('user.changedElsewhere', 'other user', {
    words: 'another user is stored elsewhere',
    event: ({ snapshot }) => ({ type: 'user.changedElsewhere', userId: otherUser(snapshot).id }),
    canHappen: ({ ledger }) => ledger.isWatching,
  }),
  one('user.changedElsewhere', 'nobody', {
    words: 'the stored user is removed elsewhere',
    event: () => ({ type: 'user.changedElsewhere', userId: null }),
    canHappen: ({ ledger }) => ledger.isWatching,
  }),
];

// Facts of the environment and of timers

/** The environment is listened to while a session runs. */
const isListened = ({ snapshot }: Situation) => snapshot.value !== 'loggedOut';

const isRunning =
  (type: Type) =>
  ({ ledger }: Situation) =>
    [...ledger.timers.values()].some(({ event }) => event.type === type);

const timer = <T extends Bare>(type: T, words: string) => bare(type, words, isRunning(type));

const OUTER_FACTS: readonly EventCase[] = [
  bare('network.wentOffline', 'the network goes', isListened),
  bare('network.cameOnline', 'the network returns', isListened),
  bare('app.wentToBackground', 'the app goes to the background', isListened),
  bare('app.cameToForeground', 'the app comes to the foreground', isListened),
  bare('device.woke', 'the device wakes', isListened),
  timer('restore.timedOut', 'restoring takes too long'),
  timer('token.timedOut', 'the token takes too long'),
  timer('hello.timedOut', 'the hello takes too long'),
  timer('retry.due', 'the wait is over'),
  timer('probe.timedOut', 'the probe is not answered'),
  timer('connection.becameStable', 'the connection becomes stable'),
  timer('clear.timedOut', 'the removal takes too long'),
  timer('close.timedOut', 'the close takes too long'),
];

/** What comes by itself, in the same turn, so that nothing else can come before it. */
function atOnce({ snapshot, ledger }: Situation): Type | null {
  // The actors announce themselves as soon as the session starts, one right after the other.
  if (!ledger.hasClient) return 'client.started';
  if (!ledger.hasPersistence) return 'persistence.started';
  if (ledger.closing !== null && !ledger.isSocketThere) return 'socket.closed';
  if (ledger.load !== null && snapshot.context.identity?.kind === 'anonymous') return 'token.loaded';
  return null;
}

function inTurn(eventCase: EventCase): EventCase {
  const { type, canHappen } = eventCase;
  return {
    ...eventCase,
    canHappen: (situation) => {
      const first = atOnce(situation);
      return first === null ? canHappen(situation) : type === first && eventCase.late === undefined;
    },
  };
}

export const EVENT_CASES: readonly EventCase[] = [
  ...COMMANDS,
  ...CLIENT_FACTS,
  ...PERSISTENCE_FACTS,
  ...OUTER_FACTS,
].map(inTurn);

/** Every event type that has a case; the model check fails when the statechart names another. */
export const EVENT_TYPES: readonly Type[] = [...new Set(EVENT_CASES.map(({ type }) => type))];
