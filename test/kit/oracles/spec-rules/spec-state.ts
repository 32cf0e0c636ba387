import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { Observation } from '../laws/index.ts';
import { isNewProfile } from '../laws/observed-session.ts';
import { commands, emitted, isAnswer, isFailure, isIn, retryOf } from './reading.ts';

/** What the design makes of the events so far. */
export interface SpecState {
  readonly online: boolean;
  readonly presence: 'foreground' | 'background';
  readonly suspended: boolean;
  /** A token was loaded, and no one has called it bad. */
  readonly hasToken: boolean;
  /** The token before was called bad. */
  readonly wasRefused: boolean;
  /** The user of this login is still to be stored. */
  readonly isSaveDue: boolean;
  /** The profile is another one than was sent last. */
  readonly isUnsent: boolean;
  /** The token source that was asked last. */
  readonly askedKey: number | null;
  /** A session that goes on when its provider fails. */
  readonly isExisting: boolean;
  /** A login that began before storage has said whether the user is stored: until then, it may be an existing session. */
  readonly isUnread: boolean;
  /** Who is stored, as far as storage said. */
  readonly storedId: string | null;
  readonly failures: number;
  readonly waitMs: number | null;
  /** A wait may be cut short once; the full wait after it may not. */
  readonly pace: 'available' | 'used' | 'spent';
  /** The server asked to wait, and that wait is not over. */
  readonly owesFloor: boolean;
  /** The newest numbers that the actors were given. */
  readonly attempt: number;
  readonly storageAttempt: number;
}

export const INITIAL_SPEC_STATE: SpecState = {
  online: true,
  presence: 'foreground',
  suspended: false,
  hasToken: false,
  wasRefused: false,
  isSaveDue: false,
  isUnsent: false,
  askedKey: null,
  isExisting: false,
  isUnread: false,
  storedId: null,
  failures: 0,
  waitMs: null,
  pace: 'available',
  owesFloor: false,
  attempt: 0,
  storageAttempt: 0,
};

const NEW_LOGIN = {
  hasToken: false,
  wasRefused: false,
  isExisting: false,
  isUnread: false,
  failures: 0,
  pace: 'available',
  owesFloor: false,
};

/** What an observer makes of one more event. */
export function updateSpec(spec: SpecState, observation: Observation): SpecState {
  const { event, before, known } = observation;
  const now = { ...spec, ...said(spec, observation) };
  if (isIn(before, 'loggedOut') && !event.type.startsWith('session.')) return spec;
  const awaited = isAnswer(event, before.work);
  for (const fact of emitted(observation)) {
    if (fact.type === 'connect.accepted' && bringsNewProfile(observation)) {
      Object.assign(now, { isSaveDue: true, isUnsent: true });
    }
    if (
      fact.type === 'connect.accepted' &&
      event.type === 'session.connect' &&
      !known.isEnding &&
      known.user === null
    ) {
      Object.assign(now, NEW_LOGIN, {
        isSaveDue: event.identity.kind === 'user',
        isUnsent: event.identity.kind === 'user',
        isExisting: event.identity.kind === 'user' && event.identity.id === now.storedId,
        isUnread: event.identity.kind === 'user' && isIn(before, 'restoring'),
      });
    }
    if (fact.type === 'restore.settled' && fact.user !== null && event.type === 'user.found') {
      Object.assign(now, NEW_LOGIN, { isSaveDue: false, isUnsent: false, isExisting: true });
    }
    if (fact.type === 'session.ended') Object.assign(now, { hasToken: false, isSaveDue: false, isUnsent: false });
    if (fact.type === 'session.closed') {
      const next = known.next?.user;
      Object.assign(now, NEW_LOGIN, {
        isSaveDue: next?.kind === 'user',
        isUnsent: next?.kind === 'user',
        isExisting: next?.kind === 'user' && next.id === now.storedId,
      });
    }
  }
  if (event.type === 'connection.becameStable')
    Object.assign(now, { failures: 0, pace: 'available', owesFloor: false });
  if (event.type === 'retry.due' || (event.type === 'hello.received' && awaited)) now.owesFloor = false;
  if (event.type === 'socket.lost' && awaited && !known.isEnding) now.owesFloor = event.retryAfterMs > 0;
  const asked = commands(observation).find((command) => command.type === 'token.load');
  const isAskedInstead = asked !== undefined && hasOtherSource(observation, spec);
  if (asked !== undefined) now.askedKey = asked.sourceKey;
  const goesOn = !emitted(observation).some(({ type }) => type === 'session.ended');
  if (goesOn && awaited && !known.isEnding && isFailure(event, observation) && !isAskedInstead) {
    now.failures += 1;
    now.pace = spec.pace === 'used' ? 'spent' : 'available';
  } else if ((isCut(event) || event.type === 'session.retryNow') && retryOf(observation) !== undefined) {
    // Otherwise it is a wait in full, which respects what the server asked for.
    const isCutShort = spec.pace === 'available' && observation.after.snapshot.matches({ connecting: 'waiting' });
    if (isCutShort) now.pace = 'used';
    if (isCutShort && isByPerson(event)) now.owesFloor = false;
  }
  if (
    event.type === 'session.suspend' &&
    !spec.suspended &&
    observation.after.snapshot.matches({ connecting: 'suspended' })
  )
    now.pace = spec.pace === 'used' ? 'spent' : 'available';
  if (asksNewSource(observation)) now.pace = 'used';
  for (const command of commands(observation)) {
    if (!('attempt' in command) || command.type === 'socket.ping') continue;
    if (command.type.startsWith('user.')) now.storageAttempt = command.attempt;
    else now.attempt = command.attempt;
  }
  if (commands(observation).some(({ type }) => type === 'user.save')) now.isSaveDue = now.isUnsent;
  if (commands(observation).some(({ type }) => type === 'socket.open')) now.isUnsent = false;
  if (sendsProfileAgain(observation)) now.pace = 'spent';
  if (sendsNewProfile(observation)) now.pace = 'used';
  now.waitMs = retryOf(observation)?.delayMs ?? (event.type === 'retry.due' ? null : now.waitMs);
  return now;
}

/** A login of the user whose session runs has other values of their profile. */
const bringsNewProfile = ({ event, known }: Observation) =>
  event.type === 'session.connect' &&
  !known.isEnding &&
  known.user !== null &&
  isNewProfile(known.user, event.identity);

/** A call has brought another token source than the one that fails. */
export const hasOtherSource = ({ event, known }: Observation, { askedKey }: SpecState) =>
  (event.type === 'token.failed' || event.type === 'token.timedOut') && askedKey !== null && askedKey !== known.key;

/** The hello of a socket that sent an older profile, and another one is opened for the newest. */
export const sendsProfileAgain = (observation: Observation) =>
  observation.event.type === 'hello.received' && commands(observation).some(({ type }) => type === 'socket.open');

/** A connection is given up for one that sends a new profile. */
const sendsNewProfile = (observation: Observation) =>
  ['session.connect', 'connection.becameStable'].includes(observation.event.type) &&
  isIn(observation.before, 'connected') &&
  !isIn(observation.after, 'connected');

/** A login brought a new token source to a session that waits for a token, and it is asked at once. */
export const asksNewSource = (observation: Observation) =>
  observation.event.type === 'session.connect' &&
  (observation.before.snapshot.matches({ connecting: 'waiting' }) || observation.before.work.load !== null) &&
  commands(observation).some(({ type }) => type === 'token.load');

/** What cuts a wait short, as far as the design lets it. */
const CUTS: readonly SessionEvent['type'][] = [
  'network.cameOnline',
  'app.cameToForeground',
  'device.woke',
  'session.resume',
  'session.connect',
];
export const isCut = ({ type }: SessionEvent) => CUTS.includes(type);

/** A person's word counts for more than the server's advice. */
export const isByPerson = ({ type }: SessionEvent) => type === 'session.retryNow' || type === 'session.connect';

function said(spec: SpecState, observation: Observation): Partial<SpecState> {
  const { event, before, known } = observation;
  const awaited = isAnswer(event, before.work);
  switch (event.type) {
    case 'network.wentOffline':
      return { online: false };
    case 'network.cameOnline':
      return { online: true };
    case 'app.wentToBackground':
      return { presence: 'background' };
    case 'app.cameToForeground':
      return { presence: 'foreground' };
    case 'session.suspend':
      return isIn(before, 'loggedOut') ? {} : { suspended: true };
    case 'session.resume':
      return { suspended: false };
    case 'session.restore':
      return isIn(before, 'loggedOut')
        ? { online: event.online, presence: event.foreground ? 'foreground' : 'background', suspended: false }
        : {};
    case 'session.connect': {
      const running = known.isEnding ? (known.next?.user ?? null) : known.user;
      if (running !== null && (running.kind !== event.identity.kind || running.id !== event.identity.id)) return {};
      return { online: event.online, presence: event.foreground ? 'foreground' : 'background', suspended: false };
    }
    case 'token.loaded':
      return awaited ? { hasToken: true, wasRefused: false } : {};
    case 'token.refused':
      return awaited ? { hasToken: false, wasRefused: true } : {};
    case 'token.notValidNow':
      return awaited ? { hasToken: false, wasRefused: known.user?.kind === 'user' || spec.wasRefused } : {};
    case 'client.started':
      return { hasToken: false };
    case 'hello.received':
      if (!awaited) return {};
      // A first login whose newest profile is still to be sent has not been connected.
      return sendsProfileAgain(observation) ? { online: true } : { isExisting: true, isUnread: false, online: true };
    case 'probe.passed':
      return awaited && event.byFrame ? { online: true } : {};
    case 'user.found':
      if (!awaited || known.isEnding) return {};
      if (event.user.id === known.user?.id) return { storedId: event.user.id, isExisting: true, isUnread: false };
      return known.user === null ? { storedId: event.user.id } : { isUnread: false };
    case 'user.saved':
      return awaited && !known.isEnding ? { storedId: known.user?.id ?? null } : {};
    case 'user.changedElsewhere': {
      const isReplacedElsewhere = known.user?.kind === 'user' && spec.storedId === known.user.id;
      return isReplacedElsewhere && !known.isEnding ? { storedId: event.userId } : {};
    }
    case 'user.missing':
      if (!awaited) return {};
      return isIn(before, 'restoring') ? { storedId: null } : { isUnread: false };
    case 'user.unreadable':
      return awaited ? { isUnread: false } : {};
    case 'persistence.started':
      return { isUnread: false };
    case 'user.cleared':
      return awaited && (known.removal?.ofEveryone === true || spec.storedId === known.user?.id)
        ? { storedId: null }
        : {};
    default:
      return {};
  }
}
