import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { ModelState } from '../../../model/explore/model-state.ts';
import { commands, emitted, hasTimer, isAnswer, isIn, retryOf } from './reading.ts';
import type { Manner } from './rule.ts';
import { sendsProfileAgain } from './spec-state.ts';

/** What each timer bounds, and whether that is under way. */
const BOUNDS: readonly (readonly [SessionEvent['type'], (state: ModelState) => boolean])[] = [
  ['token.timedOut', ({ work }) => work.load !== null],
  ['hello.timedOut', (state) => state.work.socket?.phase === 'opening' && !isIn(state, 'disconnecting')],
  ['clear.timedOut', ({ snapshot }) => snapshot.matches({ disconnecting: 'forgetting' })],
  ['close.timedOut', ({ snapshot }) => snapshot.matches({ disconnecting: 'closing' })],
  ['restore.timedOut', (state) => isIn(state, 'restoring')],
];

/** What is asked of the server, for how long, and of actors that start anew. */
export const CONNECTION_MANNERS: readonly Manner[] = [
  [
    'when in doubt, the server is asked for a sign of life',
    (b) => {
      const { event, before } = b;
      const pings = commands(b).some(({ type }) => type === 'socket.ping');
      if (!isIn(before, 'connected')) return pings ? `asked on ${event.type}` : null;
      const isAsked = before.work.socket?.isListenedFor === true;
      const isDoubt =
        !isAsked &&
        (['network.cameOnline', 'device.woke', 'network.wentOffline', 'app.cameToForeground'].includes(event.type) ||
          (event.type === 'socket.wentSilent' && event.attempt === before.work.socket?.attempt));
      if (isDoubt === pings) return null;
      return pings ? `asked on ${event.type}` : `not asked on ${event.type}`;
    },
  ],
  [
    'an asked server has a time to answer in, and connections one to become stable in',
    ({ event, before, after }) => {
      const isAsked = isIn(after, 'connected') && after.work.socket?.isListenedFor === true;
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
    'nothing that the device reports extends the time of an asked server',
    ({ event, effects, before }) => {
      const wasAsked = hasTimer(before, 'probe.timedOut') && event.type !== 'socket.wentSilent';
      const isRestarted = effects.some(
        (effect) => effect.kind === 'timerStarted' && effect.event.type === 'probe.timedOut',
      );
      return wasAsked && isRestarted ? `on ${event.type}` : null;
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
    'only a session that is opening or open holds a socket, only one that loads awaits a token',
    ({ after }) => {
      const holds = isIn(after, 'connected') || after.snapshot.matches({ connecting: 'opening' });
      if (after.work.socket !== null && !holds && !isIn(after, 'disconnecting')) return 'a socket is left';
      if (holds && after.work.socket === null) return 'there is no socket';
      if (after.snapshot.matches('loadingToken') !== (after.work.load !== null)) return 'about the load';
      return null;
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
    'an actor that is new is reported at once what there is to do, and the session waits where it waited',
    (b) => {
      if (b.event.type !== 'client.started') return null;
      const { work, snapshot } = b.before;
      const ordered = commands(b).map(({ type }) => type);
      if (!b.known.isEnding && work.load !== null && !ordered.includes('token.load')) return 'the load is forgotten';
      if (!b.known.isEnding && work.socket?.phase === 'opening') {
        const wanted = snapshot.context.identity?.kind === 'anonymous' ? 'socket.open' : 'token.load';
        if (!ordered.includes(wanted)) return `${wanted} is missing`;
      }
      if (snapshot.matches({ disconnecting: 'closing' }) && !ordered.includes('socket.close'))
        return 'nothing is closed';
      if (isIn(b.before, 'connected') && retryOf(b) === undefined) return 'it does not wait';
      for (const state of ['waiting', 'offline', 'suspended'] as const) {
        if (snapshot.matches({ connecting: state }) && !b.after.snapshot.matches({ connecting: state }))
          return `not ${state}`;
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
        b.before.work.socket?.phase === 'opening' &&
        !b.known.isEnding &&
        isAnswer(b.event, b.before.work) &&
        !sendsProfileAgain(b);
      if (types.includes('session.connected') !== isHello) return 'connected is reported or not';
      const drops = b.event.type === 'session.disconnect' && b.known.isEnding && b.known.next !== null;
      if (drops && !types.includes('connect.dropped')) return 'it is not dropped';
      return null;
    },
  ],
];
