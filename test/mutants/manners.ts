import type { ClientCommand, PersistenceCommand } from '../../src/actors/messages.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { SessionEmitted, SessionEvent } from '../../src/machines/vocabulary.ts';
import type { Observation } from '../../src/testing/invariants.ts';
import type { Ledger } from '../../src/testing/ledger.ts';
import type { Situation } from '../../src/testing/situation.ts';

/*
 * What the design says of a session beside its laws: when a token is asked for, a user stored, a wait long, a server
 * asked for a sign of life, and what a session that fails says of why. Known are commands, facts, timers and what an
 * app can read; which branch of the statechart was taken is not.
 */

/** What the design makes of the events so far. */
export interface Custom {
  readonly online: boolean;
  readonly presence: 'foreground' | 'background' | 'suspended';
  /** A token was loaded, and nobody has called it bad. */
  readonly hasToken: boolean;
  /** The token before was called bad. */
  readonly wasRefused: boolean;
  /** The user of this login is still to be stored. */
  readonly isSaveDue: boolean;
  /** A session that goes on when its provider fails. */
  readonly isExisting: boolean;
  /** Who is stored, as far as storage said. */
  readonly storedId: string | null;
  readonly failures: number;
  readonly waitMs: number | null;
  /** A wait may be cut short once; the full wait after it may not. */
  readonly pace: 'free' | 'hurried' | 'spent';
  /** The server asked to wait, and that wait is not over. */
  readonly owesFloor: boolean;
  /** The newest numbers that the actors were given. */
  readonly attempt: number;
  readonly storageAttempt: number;
}

export const FIRST_CUSTOM: Custom = {
  online: true,
  presence: 'foreground',
  hasToken: false,
  wasRefused: false,
  isSaveDue: false,
  isExisting: false,
  storedId: null,
  failures: 0,
  waitMs: null,
  pace: 'free',
  owesFloor: false,
  attempt: 0,
  storageAttempt: 0,
};

export interface Behaviour extends Observation {
  readonly had: Custom;
  readonly has: Custom;
}

const NEW_LOGIN = {
  hasToken: false,
  wasRefused: false,
  isExisting: false,
  failures: 0,
  pace: 'free',
  owesFloor: false,
};

/** What an observer makes of one more event. */
export function heed(custom: Custom, observation: Observation): Custom {
  const { event, before, known } = observation;
  const now = { ...custom, ...said(custom, observation) };
  if (isIn(before, 'loggedOut') && !event.type.startsWith('session.')) return custom;
  const awaited = isAnswer(event, before.ledger);
  for (const fact of emitted(observation)) {
    if (
      fact.type === 'connect.accepted' &&
      event.type === 'session.connect' &&
      !known.isEnding &&
      known.user === null
    ) {
      Object.assign(now, NEW_LOGIN, {
        isSaveDue: event.identity.kind === 'user',
        isExisting: event.identity.kind === 'user' && event.identity.id === now.storedId,
      });
    }
    if (fact.type === 'restore.settled' && fact.user !== null && event.type === 'user.found') {
      Object.assign(now, NEW_LOGIN, { isSaveDue: false, isExisting: true });
    }
    if (fact.type === 'session.ended') Object.assign(now, { hasToken: false, isSaveDue: false });
    if (fact.type === 'session.closed') {
      const next = known.next?.user;
      Object.assign(now, NEW_LOGIN, {
        isSaveDue: next?.kind === 'user',
        isExisting: next?.kind === 'user' && next.id === now.storedId,
      });
    }
  }
  if (event.type === 'connection.becameStable') Object.assign(now, { failures: 0, pace: 'free', owesFloor: false });
  if (event.type === 'retry.due' || (event.type === 'hello.received' && awaited)) now.owesFloor = false;
  if (event.type === 'socket.lost' && awaited && !known.isEnding) now.owesFloor = event.floorMs > 0;
  const goesOn = !emitted(observation).some(({ type }) => type === 'session.ended');
  if (goesOn && awaited && !known.isEnding && isFailure(event, observation)) {
    now.failures += 1;
    now.pace = custom.pace === 'hurried' ? 'spent' : 'free';
  } else if ((isCut(event) || event.type === 'session.retryNow') && retryOf(observation) !== undefined) {
    const isCutShort = observation.after.snapshot.matches({ connecting: 'waiting' });
    if (isCutShort && (custom.pace === 'free' || event.type === 'session.retryNow')) now.pace = 'hurried';
  }
  for (const command of commands(observation)) {
    if (!('attempt' in command) || command.type === 'socket.ping') continue;
    if (command.type.startsWith('user.')) now.storageAttempt = command.attempt;
    else now.attempt = command.attempt;
  }
  if (commands(observation).some(({ type }) => type === 'user.save')) now.isSaveDue = false;
  now.waitMs = retryOf(observation)?.delayMs ?? (event.type === 'retry.due' ? null : now.waitMs);
  return now;
}

/** What cuts a wait short, as far as the design lets it. */
const CUTS: readonly SessionEvent['type'][] = [
  'network.cameOnline',
  'app.cameToForeground',
  'device.woke',
  'session.resume',
  'session.connect',
];
const isCut = ({ type }: SessionEvent) => CUTS.includes(type);

function said(custom: Custom, { event, before, known }: Observation): Partial<Custom> {
  const awaited = isAnswer(event, before.ledger);
  switch (event.type) {
    case 'network.wentOffline':
      return { online: false };
    case 'network.cameOnline':
      return { online: true };
    case 'app.wentToBackground':
      return custom.presence === 'suspended' ? {} : { presence: 'background' };
    case 'app.cameToForeground':
      return custom.presence === 'suspended' ? {} : { presence: 'foreground' };
    case 'session.suspend':
      return isIn(before, 'loggedOut') ? {} : { presence: 'suspended' };
    case 'session.resume':
      return !isIn(before, 'loggedOut') && custom.presence === 'suspended' ? { presence: 'foreground' } : {};
    case 'session.restore':
      return isIn(before, 'loggedOut')
        ? { online: event.online, presence: event.foreground ? 'foreground' : 'background' }
        : {};
    case 'session.connect': {
      const running = known.isEnding ? (known.next?.user ?? null) : known.user;
      if (running !== null && (running.kind !== event.identity.kind || running.id !== event.identity.id)) return {};
      return { online: event.online, presence: event.foreground ? 'foreground' : 'background' };
    }
    case 'token.loaded':
      return awaited ? { hasToken: true, wasRefused: false } : {};
    case 'token.refused':
      return awaited ? { hasToken: false, wasRefused: true } : {};
    case 'token.tooEarly':
      return awaited ? { hasToken: false } : {};
    case 'client.started':
      return { hasToken: false };
    case 'hello.received':
      return awaited ? { isExisting: true } : {};
    case 'user.found':
      if (!awaited || known.isEnding) return {};
      if (event.user.id === known.user?.id) return { storedId: event.user.id, isExisting: true };
      return known.user === null ? { storedId: event.user.id } : {};
    case 'user.saved':
      return awaited && !known.isEnding ? { storedId: known.user?.id ?? null } : {};
    case 'user.changedElsewhere': {
      const isOusted = known.user?.kind === 'user' && custom.storedId === known.user.id;
      return isOusted && !known.isEnding ? { storedId: event.userId } : {};
    }
    case 'user.missing':
      return awaited && isIn(before, 'restoring') ? { storedId: null } : {};
    case 'user.cleared':
      return awaited && (known.removal?.ofEveryone === true || custom.storedId === known.user?.id)
        ? { storedId: null }
        : {};
    default:
      return {};
  }
}

type Manner = readonly [promise: string, breach: (behaviour: Behaviour) => string | null];

const isIn = (
  { snapshot }: Situation,
  state: 'loggedOut' | 'connected' | 'disconnecting' | 'restoring' | 'connecting',
) => snapshot.matches(state);

type Command = ClientCommand | PersistenceCommand;

function commands({ effects }: Observation): Command[] {
  return effects.flatMap((effect): Command[] =>
    effect.kind === 'client' || effect.kind === 'persistence' ? [effect.command] : [],
  );
}

const emitted = ({ effects }: Observation): SessionEmitted[] =>
  effects.flatMap((effect) => (effect.kind === 'emitted' ? [effect.fact] : []));

function retryOf({ effects }: Observation): { readonly delayMs: number } | undefined {
  return effects.findLast((effect) => effect.kind === 'timerStarted' && effect.event.type === 'retry.due') as
    | { readonly delayMs: number }
    | undefined;
}

/** Whether a numbered fact has the number of the question that is open. */
function isAnswer(event: SessionEvent, { load, socket, storage, closing }: Ledger): boolean {
  if (!('attempt' in event)) return true;
  if (event.type === 'token.loaded' || event.type === 'token.failed') return event.attempt === load;
  if (event.type === 'socket.closed') return event.attempt === closing;
  if (event.type.startsWith('user.') && event.type !== 'user.refused') return event.attempt === storage?.attempt;
  return event.attempt === socket?.attempt;
}

const FAILURES: Partial<Record<SessionEvent['type'], ErrorCode | null>> = {
  'token.failed': null,
  'token.timedOut': 'tokenTimedOut',
  'hello.timedOut': 'helloTimedOut',
  'probe.timedOut': 'wentQuiet',
  'socket.lost': null,
  'token.tooEarly': null,
};

/** What counts as a failed attempt. A first bad token is none: it has served its time. */
function isFailure(event: SessionEvent, { knows, before }: Observation): boolean {
  if (event.type === 'client.started') return isIn(before, 'connected');
  return event.type in FAILURES || (event.type === 'token.refused' && knows.refusals === 2);
}

const isRunning = ({ knows }: Observation) => knows.user !== null && !knows.isEnding;

const isSaving = ({ ledger }: Situation) => ledger.storage?.type === 'user.save';

const hasTimer = ({ ledger }: Situation, type: SessionEvent['type']) =>
  [...ledger.timers.values()].some(({ event }) => event.type === type);

/** What each timer bounds, and whether that is under way. */
const BOUNDS: readonly (readonly [SessionEvent['type'], (situation: Situation) => boolean])[] = [
  ['token.timedOut', ({ ledger }) => ledger.load !== null],
  ['hello.timedOut', (situation) => situation.ledger.socket?.phase === 'opening' && !isIn(situation, 'disconnecting')],
  ['clear.timedOut', ({ snapshot }) => snapshot.matches({ disconnecting: 'forgetting' })],
  ['close.timedOut', ({ snapshot }) => snapshot.matches({ disconnecting: 'closing' })],
  ['restore.timedOut', (situation) => isIn(situation, 'restoring')],
];

const ENDING: Partial<Record<SessionEvent['type'], ErrorCode>> = {
  'session.disconnect': 'loggedOut',
  'token.timedOut': 'tokenTimedOut',
  'user.changedElsewhere': 'loggedOutElsewhere',
};

export const MANNERS: readonly Manner[] = [
  [
    'a token that nobody called bad is used again, and none is used that was',
    (b) => {
      const renews = b.event.type === 'session.connect' && b.event.key !== null;
      for (const command of commands(b)) {
        if (command.type === 'token.load' && b.has.hasToken && !renews) return 'the provider is asked for nothing';
        if (command.type === 'socket.open' && !b.has.hasToken && command.identity.kind !== 'anonymous') {
          return 'a socket is opened without a token';
        }
      }
      return null;
    },
  ],
  [
    'a provider is told why it is asked',
    (b) => {
      for (const command of commands(b)) {
        if (command.type !== 'token.load') continue;
        if ((command.reason === 'refused') !== b.has.wasRefused) return `because of ${command.reason}`;
      }
      return null;
    },
  ],
  [
    'a device that says it has no network is believed',
    (b) => {
      if (b.has.online || !isRunning(b)) return null;
      const starts = commands(b).some(({ type }) => type === 'token.load' || type === 'socket.open');
      if (!starts) return null;
      const isAllowed =
        ['retry.due', 'token.loaded', 'token.refused', 'client.started'].includes(b.event.type) ||
        (b.event.type === 'session.connect' && (b.before.ledger.load !== null || b.event.key !== null));
      return isAllowed ? null : `${b.event.type} asks all the same`;
    },
  ],
  [
    'a session watches storage',
    (b) => {
      if (!b.after.ledger.hasPersistence) return null;
      return isRunning(b) === b.after.ledger.isWatching
        ? null
        : b.after.ledger.isWatching
          ? 'nobody does'
          : 'it does not';
    },
  ],
  [
    'a login is stored at its first hello, and at no other',
    (b) => {
      const saves = commands(b).filter(({ type }) => type === 'user.save').length;
      const isHello = b.event.type === 'hello.received' && b.had.isSaveDue && isAnswer(b.event, b.before.ledger);
      // The actor that was to store the user did not finish.
      const isAgain = b.event.type === 'persistence.started' && isRunning(b) && isSaving(b.before);
      const wanted = isHello || isAgain ? 1 : 0;
      if (saves === wanted) return null;
      return saves < wanted ? 'it is not' : 'it is stored again';
    },
  ],
  [
    'a profile is sent with the first login only, and whole',
    (b) => {
      for (const command of commands(b)) {
        if (command.type !== 'socket.open') continue;
        const isFull = b.has.isSaveDue || command.identity.kind === 'anonymous';
        if ((command.profile === 'full') !== isFull) return command.profile;
      }
      return null;
    },
  ],
  [
    'when in doubt, the server is asked for a sign of life',
    (b) => {
      const { event, before } = b;
      const pings = commands(b).some(({ type }) => type === 'socket.ping');
      if (!isIn(before, 'connected')) return pings ? `asked on ${event.type}` : null;
      const isAsked = before.ledger.socket?.isListenedFor === true;
      const isDoubt =
        event.type === 'network.cameOnline' ||
        event.type === 'device.woke' ||
        (event.type === 'socket.wentQuiet' && event.attempt === before.ledger.socket?.attempt) ||
        (!isAsked && (event.type === 'network.wentOffline' || event.type === 'app.cameToForeground'));
      if (isDoubt === pings) return null;
      return pings ? `asked on ${event.type}` : `not asked on ${event.type}`;
    },
  ],
  [
    'an asked server has a time to answer in, and connections one to become stable in',
    ({ event, before, after }) => {
      const isAsked = isIn(after, 'connected') && after.ledger.socket?.isListenedFor === true;
      if (hasTimer(after, 'probe.timedOut') !== isAsked) return isAsked ? 'no time-out runs' : 'a time-out runs on';
      if (!isIn(after, 'connected')) return hasTimer(after, 'connection.becameStable') ? 'a timer runs on' : null;
      if (
        event.type === 'hello.received' &&
        !isIn(before, 'connected') &&
        !hasTimer(after, 'connection.becameStable')
      ) {
        return 'it never becomes stable';
      }
      const isKept =
        isIn(before, 'connected') &&
        hasTimer(before, 'connection.becameStable') &&
        event.type !== 'connection.becameStable';
      return isKept && !hasTimer(after, 'connection.becameStable') ? 'the timer is lost' : null;
    },
  ],
  [
    'what is asked is bounded, and a bound ends with its question',
    (b) => {
      for (const [timer, isOpen] of BOUNDS) {
        if (hasTimer(b.after, timer) !== isOpen(b.after))
          return `${timer} ${isOpen(b.after) ? 'is missing' : 'runs on'}`;
      }
      return null;
    },
  ],
  [
    'a wait has a timer, and a timer belongs to a wait',
    ({ after }) => {
      const waits =
        after.snapshot.matches({ connecting: 'waiting' }) || after.snapshot.matches({ connecting: 'offline' });
      if (hasTimer(after, 'retry.due') !== waits) return waits ? 'none runs' : 'it runs on';
      const isAway = after.snapshot.matches({ connecting: 'suspended' });
      return isAway && after.ledger.timers.size > 0 ? 'a timer runs while the app is away' : null;
    },
  ],
  [
    'only a session that is opening or open holds a socket, only one that loads awaits a token',
    ({ after }) => {
      const holds = isIn(after, 'connected') || after.snapshot.matches({ connecting: 'opening' });
      if (after.ledger.socket !== null && !holds && !isIn(after, 'disconnecting')) return 'a socket is left';
      if (holds && after.ledger.socket === null) return 'there is no socket';
      if (after.snapshot.matches('loadingToken') !== (after.ledger.load !== null)) return 'about the load';
      return null;
    },
  ],
  [
    'failed attempts are counted, and forgotten when a connection is stable or a login new',
    ({ after, has, event }) => {
      if (!isIn(after, 'connecting') && !isIn(after, 'connected') && !after.snapshot.matches('loadingToken'))
        return null;
      const { failures } = after.snapshot.context;
      return failures === has.failures ? null : `${failures}, not ${has.failures}, after ${event.type}`;
    },
  ],
  [
    'a session says why it fails',
    (b) => {
      const { event, before, after } = b;
      const { failure, cause } = after.snapshot.context;
      if (!isAnswer(event, before.ledger) || b.known.isEnding || isIn(before, 'loggedOut')) return null;
      const code =
        'failure' in event && (!event.type.startsWith('user.') || event.type === 'user.refused')
          ? event.failure.code
          : FAILURES[event.type];
      if (code != null && failure?.code !== code) return `${failure?.code ?? 'nothing'} instead of ${code}`;
      if (code != null && cause !== code) return `the cause is ${cause} instead of ${code}`;
      if (event.type === 'hello.received' && failure !== null) return `${failure.code} although it is connected`;
      if (
        event.type === 'network.wentOffline' &&
        after.snapshot.matches({ connecting: 'offline' }) &&
        !before.snapshot.matches({ connecting: 'offline' }) &&
        failure?.code !== 'networkOffline'
      ) {
        return `${failure?.code ?? 'nothing'} instead of networkOffline`;
      }
      const wasAway = before.snapshot.matches({ connecting: 'suspended' });
      if (!wasAway && code == null && after.snapshot.matches({ connecting: 'suspended' })) {
        return failure === null && cause === 'suspended' ? null : 'suspended, but not said';
      }
      return null;
    },
  ],
  [
    'the end of a session is said, with its reason, when it ends and only then',
    (b) => {
      const { event, before, had, known } = b;
      const ended = emitted(b).filter((fact) => fact.type === 'session.ended');
      const hasSession = !known.isEnding && !isIn(before, 'loggedOut');
      const awaited = isAnswer(event, before.ledger);
      const isReason = awaited && hasSession;
      const must =
        (event.type === 'session.disconnect' && !known.isEnding) ||
        (isReason &&
          (['app.refused', 'user.refused', 'server.ended'].includes(event.type) ||
            (event.type === 'token.failed' && event.hopeless) ||
            (event.type === 'token.refused' && (!event.renewable || known.refusals >= 2))));
      const may =
        must ||
        (isReason &&
          (((event.type === 'token.failed' || event.type === 'token.timedOut') && !had.isExisting && had.online) ||
            (event.type === 'user.changedElsewhere' && known.user?.kind === 'user' && event.userId !== known.user.id)));
      if (ended.length > (may ? 1 : 0)) return `it is said on ${event.type}`;
      if (ended.length < (must ? 1 : 0)) return `it is not said on ${event.type}`;
      const [fact] = ended;
      if (fact === undefined) return null;
      const code = 'failure' in event ? event.failure.code : ENDING[event.type];
      return fact.failure.code === code ? null : `${fact.failure.code} instead of ${code}`;
    },
  ],
  [
    'the answer to a logout says what became of the stored user',
    (b) => {
      for (const fact of emitted(b)) {
        if (fact.type !== 'session.closed') continue;
        // A removal that storage confirms after its time-out was said to have failed.
        if ((fact.forgotten === 'no') !== (b.known.removal === null)) return `said: ${fact.forgotten}`;
        if ((fact.failure !== null) !== (fact.forgotten === 'failed')) return 'the failure';
      }
      return null;
    },
  ],
  [
    'restoring is answered when it is over, with who was found or what failed',
    (b) => {
      if (!isIn(b.after, 'restoring') && b.knows.isRestoring) return 'it is not';
      for (const fact of emitted(b)) {
        if (fact.type !== 'restore.settled') continue;
        const hasFailed = b.event.type === 'user.unreadable' || b.event.type === 'restore.timedOut';
        if ((fact.failure !== null) !== hasFailed) return 'with a failure or without';
        const isSomebody =
          b.event.type === 'session.connect' || (b.event.type === 'user.found' && b.knows.user !== null);
        if ((fact.user !== null) !== isSomebody) return 'with a user or without';
        if (fact.user !== null && fact.user.id !== b.knows.user?.id) return 'with another user';
      }
      return null;
    },
  ],
  [
    'a login is answered by the hello, and dropped by a logout',
    (b) => {
      const types = emitted(b).map(({ type }) => type);
      const isHello =
        b.event.type === 'hello.received' &&
        b.before.ledger.socket?.phase === 'opening' &&
        !b.known.isEnding &&
        isAnswer(b.event, b.before.ledger);
      if (types.includes('session.connected') !== isHello) return 'connected is told or not';
      const drops = b.event.type === 'session.disconnect' && b.known.isEnding && b.known.next !== null;
      if (drops && !types.includes('connect.dropped')) return 'it is not dropped';
      return null;
    },
  ],
  [
    'a new token source is told to whoever asks it',
    (b) => {
      const { event } = b;
      if (event.type !== 'session.connect' || event.key === null || b.known.user === null || b.known.isEnding)
        return null;
      if (!emitted(b).some(({ type }) => type === 'connect.accepted')) return null;
      const isTold = commands(b).some(
        (command) => (command.type === 'token.adopt' || command.type === 'token.load') && command.key === event.key,
      );
      return isTold ? null : 'it is not';
    },
  ],
  [
    'waits are drawn anew, and as long as the design says',
    (b) => {
      const retry = retryOf(b);
      if (retry === undefined || b.event.type === 'client.started') return null;
      const { timing, floorMs } = b.after.snapshot.context;
      const { delayMs } = retry;
      if (delayMs === b.had.waitMs) return 'the wait before is used again';
      const isFailed = b.event.type in FAILURES || b.event.type === 'token.refused';
      const isOffline = b.after.snapshot.matches({ connecting: 'offline' });
      if (isOffline && delayMs < timing.slowRetryMs * 0.2) return `${delayMs} ms, offline`;
      if (isFailed && !isOffline && delayMs < timing.backoffBaseMs * 0.2) return `${delayMs} ms after a failure`;
      const isHurried = ['session.retryNow', 'device.woke', 'session.resume'].includes(b.event.type);
      const most = isOffline ? timing.slowRetryMs : isHurried && floorMs === 0 ? timing.backoffCapMs : null;
      if (most !== null && floorMs === 0 && delayMs > most) return `${delayMs} ms after ${b.event.type}`;
      return null;
    },
  ],
  [
    'a wait is cut short once, and not one that the server asked for',
    (b) => {
      const { event, before, after, had } = b;
      const retry = retryOf(b);
      const isWaiting = before.snapshot.matches({ connecting: 'waiting' });
      const isOffline = before.snapshot.matches({ connecting: 'offline' });
      const mayCut = had.pace === 'free' || (event.type === 'session.retryNow' && had.pace === 'spent');
      const isAsked =
        event.type === 'device.woke' || event.type === 'app.cameToForeground' || event.type === 'session.retryNow';
      if (isWaiting && (isAsked || event.type === 'network.cameOnline')) {
        const isCutShort = retry !== undefined;
        if (isCutShort !== (mayCut && !had.owesFloor)) return isCutShort ? `by ${event.type}` : `not by ${event.type}`;
      }
      if (isOffline && isAsked && !mayCut && retry !== undefined) return `by ${event.type}`;
      const isBack =
        (event.type === 'session.resume' && before.snapshot.matches({ connecting: 'suspended' })) ||
        (event.type === 'network.cameOnline' && isOffline) ||
        isWaiting;
      if (isBack && (isCut(event) || isAsked) && retry !== undefined && mayCut && !had.owesFloor) {
        const isSlow = after.snapshot.matches({ connecting: 'offline' });
        if (!isSlow && retry.delayMs > after.snapshot.context.timing.hurryMs) return `${retry.delayMs} ms`;
      }
      return null;
    },
  ],
  [
    'a wait is within its window where the server asked for nothing',
    (b) => {
      const retry = retryOf(b);
      if (retry === undefined || b.has.owesFloor || !(b.event.type in FAILURES)) return null;
      const { timing } = b.after.snapshot.context;
      const windowMs = Math.min(timing.backoffBaseMs * 2 ** (b.has.failures - 1), timing.backoffCapMs);
      const isSlow = b.has.presence === 'background' || b.after.snapshot.matches({ connecting: 'offline' });
      return retry.delayMs <= (isSlow ? timing.slowRetryMs : windowMs) ? null : `${retry.delayMs} ms`;
    },
  ],
  [
    'every question has a new number',
    (b) => {
      const ends = b.known.isEnding || emitted(b).some(({ type }) => type === 'session.ended');
      for (const command of commands(b)) {
        const isNew = ['token.load', 'socket.open', 'user.load', 'user.save', 'user.clear'].includes(command.type);
        if (!('attempt' in command) || !(isNew || (ends && command.type === 'socket.close'))) continue;
        const before = command.type.startsWith('user.') ? b.had.storageAttempt : b.had.attempt;
        if (command.attempt <= before) return `${command.type} ${command.attempt}`;
      }
      return null;
    },
  ],
  [
    'an actor that is new is told at once what there is to do, and the session waits where it waited',
    (b) => {
      if (b.event.type !== 'client.started') return null;
      const { ledger, snapshot } = b.before;
      const told = commands(b).map(({ type }) => type);
      if (!b.known.isEnding && ledger.load !== null && !told.includes('token.load')) return 'the load is forgotten';
      if (!b.known.isEnding && ledger.socket?.phase === 'opening') {
        const wanted = snapshot.context.identity?.kind === 'anonymous' ? 'socket.open' : 'token.load';
        if (!told.includes(wanted)) return `${wanted} is missing`;
      }
      if (snapshot.matches({ disconnecting: 'closing' }) && !told.includes('socket.close')) return 'nothing is closed';
      if (isIn(b.before, 'connected') && retryOf(b) === undefined) return 'it does not wait';
      for (const state of ['waiting', 'offline', 'suspended'] as const) {
        if (snapshot.matches({ connecting: state }) && !b.after.snapshot.matches({ connecting: state }))
          return `not ${state}`;
      }
      return null;
    },
  ],
  [
    'a provider is asked once for all who join, never for somebody anonymous, and not while the app is away',
    (b) => {
      const load = commands(b).find((command) => command.type === 'token.load');
      if (load === undefined) return null;
      if (load.identity.kind === 'anonymous' && b.event.type !== 'token.refused') return 'for somebody anonymous';
      const isUnderWay = b.before.ledger.load !== null;
      if (b.event.type === 'session.connect' && isUnderWay && b.event.key === null) return 'for whoever joins';
      return b.has.presence === 'suspended' && !isUnderWay ? 'while the app is away' : null;
    },
  ],
  [
    'a session without a network says so, and only then; one whose app is away rests',
    (b) => {
      const { event, before, after, has } = b;
      if (!isRunning(b)) return null;
      const isOffline = after.snapshot.matches({ connecting: 'offline' });
      const wasOffline = before.snapshot.matches({ connecting: 'offline' });
      const isAway = after.snapshot.matches({ connecting: 'suspended' });
      if (isOffline && has.online && (!wasOffline || has.pace === 'free')) return 'offline, but it has a network';
      if (isAway && has.presence !== 'suspended') return 'at rest, but the app is there';
      const isNew = b.known.user === null || b.known.isEnding;
      const isFailed = ['socket.lost', 'hello.timedOut', 'token.failed', 'token.timedOut', 'probe.timedOut'];
      const { cause, failure } = after.snapshot.context;
      if (isAway && isNew && (cause !== 'suspended' || failure !== null)) return `at rest because of ${cause}`;
      if (!has.online && after.snapshot.matches({ connecting: 'waiting' })) {
        if (isFailed.includes(event.type) || isNew || event.type === 'network.wentOffline') return 'it is not said';
      }
      const mayLoad = after.snapshot.matches('loadingToken') || isIn(after, 'restoring');
      return has.presence === 'suspended' && !mayLoad && !isAway ? 'it does not rest' : null;
    },
  ],
  [
    'what storage could not do is said, until it could',
    (b) => {
      const { event, before, after } = b;
      if (!isRunning(b) || !isAnswer(event, before.ledger)) return null;
      const { storageFailure } = after.snapshot.context;
      if (event.type === 'user.notSaved' && storageFailure?.code !== event.failure.code) return 'it is not';
      return event.type === 'user.saved' && storageFailure !== null ? 'it could' : null;
    },
  ],
  [
    'a logout is the cause from then on',
    ({ event, known, after }) =>
      event.type === 'session.disconnect' && !known.isEnding && after.snapshot.context.cause !== 'loggedOut'
        ? after.snapshot.context.cause
        : null,
  ],
  [
    'what the device said is known',
    ({ after, has }) => {
      if (isIn(after, 'loggedOut')) return null;
      const { online, presence } = after.snapshot.context;
      if (online !== has.online) return online ? 'online' : 'offline';
      return presence === has.presence ? null : `${presence} instead of ${has.presence}`;
    },
  ],
];
