import { LONGEST_DELAY_MS } from '../../../../src/clock.ts';
import type { SessionEvent } from '../../../../src/machines/types.ts';
import type { ModelState } from '../../../model/explore/model-state.ts';
import type { OutstandingWork } from '../../../model/explore/outstanding-work.ts';
import { clientCommands, facts, type Invariant, isAwaited, isIn } from './observation.ts';

/** Laws 1, 2, 5, 8 and 10: one socket, quiet when out, disconnect wins, it comes back, no lies. */
export const CONNECTION_LAWS: readonly Invariant[] = [
  {
    law: 1,
    promise: 'no socket is opened while one is held',
    breach: ({ before, event, effects }) => {
      let held = !isEndOfSocket(event, before.work) && before.work.socket !== null;
      for (const { type } of clientCommands(effects)) {
        if (type === 'socket.open' && held) return 'a second socket is opened';
        if (type === 'socket.open') held = true;
        if (type === 'socket.close') held = false;
      }
      return null;
    },
  },
  {
    law: 2,
    promise: 'logged out, nothing is held, runs or is awaited',
    breach: ({ after }) => {
      if (!isIn(after, 'loggedOut')) return null;
      const { load, socket, timers, isWatching } = after.work;
      if (load !== null) return 'a token is awaited';
      if (socket !== null) return 'a socket is held';
      if (isWatching) return 'storage is watched';
      return timers.size > 0 ? `timers run: ${[...timers.keys()].join(', ')}` : null;
    },
  },
  {
    law: 2,
    promise: 'logged out, only the app starts anything',
    breach: ({ before, event, effects }) =>
      isIn(before, 'loggedOut') && !event.type.startsWith('session.') && effects.length > 0
        ? `${event.type} starts something`
        : null,
  },
  {
    law: 5,
    promise: 'disconnect ends the session at once, and a timer bounds what is left',
    breach: ({ after, event }) => {
      if (event.type !== 'session.disconnect') return null;
      if (!isIn(after, 'disconnecting')) return 'the session goes on';
      return after.work.timers.size > 0 ? null : 'nothing bounds it';
    },
  },
  {
    law: 5,
    promise: 'a session that is ending comes to an end',
    breach: ({ after }) => (isIn(after, 'disconnecting') && after.work.timers.size === 0 ? 'no timer runs' : null),
  },
  {
    law: 8,
    promise: 'who is not connected, away or out has a timer running, so it comes back',
    breach: ({ after }) => {
      if (isIn(after, 'loggedOut') || isIn(after, 'connected') || after.snapshot.matches({ connecting: 'suspended' })) {
        return null;
      }
      return after.work.timers.size > 0 ? null : 'nothing will happen';
    },
  },
  {
    law: 8,
    promise: 'delays are above zero, within what platforms keep, and not below what the server asked',
    breach: ({ event, effects, after }) => {
      for (const effect of effects) {
        if (effect.kind !== 'timerStarted') continue;
        if (!(effect.delayMs > 0 && effect.delayMs <= LONGEST_DELAY_MS)) return `a timer of ${effect.delayMs} ms`;
        const isRetry = effect.event.type === 'retry.due';
        if (isRetry && event.type === 'socket.lost' && effect.delayMs < after.snapshot.context.pacing.retryAfterMs) {
          return `${effect.delayMs} ms where the server asked for ${after.snapshot.context.pacing.retryAfterMs}`;
        }
      }
      return null;
    },
  },
  {
    law: 8,
    promise: 'no loop of failures opens sockets without a pause',
    breach: ({ knows }) => (knows.openedInARow > 2 ? `${knows.openedInARow} sockets in a row` : null),
  },
  {
    law: 8,
    promise: 'the third token that is refused in a row ends the session',
    breach: ({ event, known, knows, before, effects }) => {
      if (event.type !== 'token.refused' || known.isEnding || !isAwaited(event, before.work)) return null;
      const isEnded = facts(effects).some(({ type }) => type === 'session.ended');
      if (isEnded) return knows.refusals < 3 && event.renewable ? 'it ends too early' : null;
      return knows.refusals >= 3 || !event.renewable ? 'it goes on' : null;
    },
  },
  {
    law: 10,
    promise: 'connected means greeted on the socket that is held, for this user',
    breach: ({ after }) => {
      const { socket } = after.work;
      const { identity, connectionId } = after.snapshot.context;
      if (!isIn(after, 'connected')) return connectionId === null ? null : 'a connection id is kept';
      if (socket?.phase !== 'open') return 'no socket is open';
      if (socket.userId !== identity?.id) return 'the socket is for someone else';
      return connectionId === null ? 'there is no connection id' : null;
    },
  },
  {
    law: 10,
    promise: 'connected is reported when a hello is received',
    breach: ({ event, effects }) =>
      facts(effects).some(({ type }) => type === 'session.connected') && event.type !== 'hello.received'
        ? `reported on ${event.type}`
        : null,
  },
  {
    law: 10,
    promise: 'suspended, no socket is held and none is opened',
    breach: ({ after }) => (isSuspended(after) && after.work.socket !== null && !isEnding(after) ? 'a socket' : null),
  },
];

const isSuspended = ({ snapshot }: ModelState) => snapshot.context.device.suspended;

/** The socket of a session that ends is closed after the stored user was removed. */
const isEnding = (state: ModelState) => isIn(state, 'disconnecting');

const ENDS: readonly SessionEvent['type'][] = [
  'socket.lost',
  'token.refused',
  'token.notValidNow',
  'app.refused',
  'user.refused',
  'server.ended',
];

const isEndOfSocket = (event: SessionEvent, work: OutstandingWork) =>
  event.type === 'client.started' || (ENDS.includes(event.type) && isAwaited(event, work));
