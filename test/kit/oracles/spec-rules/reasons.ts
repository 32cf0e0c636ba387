import type { ErrorCode } from '../../../../src/errors.ts';
import type { SessionEvent } from '../../../../src/machines/types.ts';
import { commands, emitted, FAILURES, isAnswer, isIn, isRunning } from './reading.ts';
import type { Manner } from './rule.ts';
import { hasOtherSource } from './spec-state.ts';

const ENDING: Partial<Record<SessionEvent['type'], ErrorCode>> = {
  'session.disconnect': 'loggedOut',
  'token.timedOut': 'tokenTimedOut',
  'user.changedElsewhere': 'loggedOutElsewhere',
};

/** What a session says of the device, and of why it fails, rests or ends. */
export const REASON_MANNERS: readonly Manner[] = [
  [
    'a device that says it has no network is believed',
    (b) => {
      if (b.has.online || !isRunning(b)) return null;
      const starts = commands(b).some(({ type }) => type === 'token.load' || type === 'socket.open');
      if (!starts) return null;
      const isAllowed =
        ['retry.due', 'token.loaded', 'token.refused', 'client.started'].includes(b.event.type) ||
        (b.event.type === 'session.connect' && (b.before.work.load !== null || b.event.sourceKey !== null));
      return isAllowed ? null : `${b.event.type} asks anyway`;
    },
  ],
  [
    'a session says why it fails',
    (b) => {
      const { event, before, after } = b;
      const { failure, reason } = after.snapshot.context;
      if (!isAnswer(event, before.work) || b.known.isEnding || isIn(before, 'loggedOut')) return null;
      const code =
        'failure' in event && (!event.type.startsWith('user.') || event.type === 'user.refused')
          ? event.failure.code
          : FAILURES[event.type];
      if (code != null && failure?.code !== code) return `${failure?.code ?? 'nothing'} instead of ${code}`;
      if (code != null && reason !== code) return `the cause is ${reason} instead of ${code}`;
      if (event.type === 'hello.received' && failure !== null) return `${failure.code} although it is connected`;
      if (isIn(after, 'connected') && reason !== 'connected') return `connected because of ${reason}`;
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
        // What went wrong last is still to be seen when the session waits again.
        const isKept = failure === before.snapshot.context.failure;
        return isKept && reason === 'suspended' ? null : 'suspended, but not said';
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
      const awaited = isAnswer(event, before.work);
      const isReason = awaited && hasSession;
      const must =
        (event.type === 'session.disconnect' && !known.isEnding) ||
        (isReason &&
          (['app.refused', 'user.refused', 'server.ended'].includes(event.type) ||
            (event.type === 'token.failed' && event.permanent && !hasOtherSource(b, had)) ||
            (event.type === 'token.refused' && (!event.renewable || b.knows.refusals > 2))));
      const may =
        must ||
        (isReason &&
          (((event.type === 'token.failed' || event.type === 'token.timedOut') &&
            !hasOtherSource(b, had) &&
            !had.isExisting &&
            (!had.isUnread || had.failures > 0) &&
            had.online) ||
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
    'a session without a network says so, and only then; one whose app is away rests',
    (b) => {
      const { event, after, has } = b;
      if (!isRunning(b)) return null;
      const isOffline = after.snapshot.matches({ connecting: 'offline' });
      const isAway = after.snapshot.matches({ connecting: 'suspended' });
      if (isOffline && has.online) return 'offline, but it has a network';
      if (isAway && !has.suspended) return 'at rest, but the app is there';
      const isNew = b.known.user === null || b.known.isEnding;
      const isFailed = ['socket.lost', 'hello.timedOut', 'token.failed', 'token.timedOut', 'probe.timedOut'];
      const { reason, failure } = after.snapshot.context;
      if (isAway && isNew && (reason !== 'suspended' || failure !== null)) return `at rest because of ${reason}`;
      if (!has.online && after.snapshot.matches({ connecting: 'waiting' })) {
        const isPutOff = event.type === 'network.wentOffline' && b.had.pace === 'available' && b.had.online;
        if (isFailed.includes(event.type) || isNew || isPutOff) return 'it is not said';
      }
      const mayLoad = after.snapshot.matches('loadingToken') || isIn(after, 'restoring');
      return has.suspended && !mayLoad && !isAway ? 'it does not rest' : null;
    },
  ],
  [
    'a logout is the cause from then on',
    ({ event, known, after }) =>
      event.type === 'session.disconnect' && !known.isEnding && after.snapshot.context.reason !== 'loggedOut'
        ? after.snapshot.context.reason
        : null,
  ],
  [
    'what the device said is known',
    ({ after, has }) => {
      if (isIn(after, 'loggedOut')) return null;
      const { online, presence, suspended } = after.snapshot.context.device;
      if (online !== has.online) return online ? 'online' : 'offline';
      if (suspended !== has.suspended) return suspended ? 'suspended' : 'resumed';
      return presence === has.presence ? null : `${presence} instead of ${has.presence}`;
    },
  ],
];
