import { commands, emitted } from './reading.ts';
import type { Manner } from './rule.ts';

/** When a token is asked for, and for which user. */
export const TOKEN_MANNERS: readonly Manner[] = [
  [
    'a token that no one called bad is used again, and none is used that was',
    (b) => {
      const renews = b.event.type === 'session.connect' && b.event.sourceKey !== null;
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
    'a token that is refused first, before the hello, is replaced at once',
    (b) => {
      const { event, before, known, knows } = b;
      if (event.type !== 'token.refused' || event.attempt !== before.work.socket?.attempt || known.isEnding)
        return null;
      const isFirst = before.work.socket.phase === 'opening' && event.renewable && knows.refusals === 1;
      const wanted = known.user?.kind === 'anonymous' ? 'socket.open' : 'token.load';
      const isReplaced = commands(b).some(({ type }) => type === wanted);
      if (isReplaced === isFirst) return null;
      return isFirst ? `${wanted} is missing` : 'it is replaced at once';
    },
  ],
  [
    'a provider is reported why it is asked',
    (b) => {
      for (const command of commands(b)) {
        if (command.type !== 'token.load') continue;
        if ((command.reason === 'refused') !== b.has.wasRefused) return `because of ${command.reason}`;
      }
      return null;
    },
  ],
  [
    'a new token source is handed to the client actor',
    (b) => {
      const { event } = b;
      if (event.type !== 'session.connect' || event.sourceKey === null || b.known.user === null || b.known.isEnding)
        return null;
      if (!emitted(b).some(({ type }) => type === 'connect.accepted')) return null;
      const isHanded = commands(b).some(
        (command) =>
          (command.type === 'token.adopt' || command.type === 'token.load') && command.sourceKey === event.sourceKey,
      );
      return isHanded ? null : 'it is not';
    },
  ],
  [
    'a provider is asked once for all who join, never for someone anonymous, and not while the app is away',
    (b) => {
      const load = commands(b).find((command) => command.type === 'token.load');
      if (load === undefined) return null;
      if (load.identity.kind === 'anonymous') return 'for someone anonymous';
      const isUnderWay = b.before.work.load !== null;
      if (b.event.type === 'session.connect' && isUnderWay && b.event.sourceKey === null)
        return 'for the one who joins';
      return b.has.suspended && !isUnderWay ? 'while the app is away' : null;
    },
  ],
];
