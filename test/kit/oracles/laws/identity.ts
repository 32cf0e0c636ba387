import type { SessionSnapshot } from '../../../model/explore/effects.ts';
import { clientCommands, facts, type Invariant, isAwaited } from './observation.ts';

/** A base64url-encoded JSON object, as every JWT begins. */
const TOKEN = /eyJ[\w-]{8,}/;

/** Laws 4, 9 and 11: no ghost, tokens stay put, others' faults stay theirs. */
export const IDENTITY_LAWS: readonly Invariant[] = [
  {
    law: 4,
    promise: 'a fact that replies to no open question changes nothing',
    breach: ({ before, after, event, effects }) => {
      if (isAwaited(event, before.work)) return null;
      if (effects.length > 0) return `${event.type} has an effect`;
      return sameSnapshot(before.snapshot, after.snapshot) ? null : `${event.type} changes the session`;
    },
  },
  {
    law: 4,
    promise: 'sockets and tokens are asked for the user of the session, tokens from their own source',
    breach: ({ knows, effects }) => {
      for (const command of clientCommands(effects)) {
        if (command.type !== 'token.load' && command.type !== 'socket.open') continue;
        if (command.identity.kind !== knows.user?.kind || command.identity.id !== knows.user.id) {
          return `${command.type} for ${command.identity.id}`;
        }
        if (command.type === 'token.load' && command.sourceKey !== knows.key) return `from source ${command.sourceKey}`;
      }
      return null;
    },
  },
  {
    law: 4,
    promise: 'the one who joins a login is the same user, and no one else is refused',
    breach: ({ event, known, effects }) => {
      if (event.type !== 'session.connect') return null;
      const running = known.isEnding ? (known.next?.user ?? null) : known.user;
      const isSame = running === null || (running.kind === event.identity.kind && running.id === event.identity.id);
      const isAccepted = facts(effects).some(({ type }) => type === 'connect.accepted');
      if (isAccepted === isSame) return null;
      return isAccepted ? 'another user joins' : 'the same user is refused';
    },
  },
  {
    law: 9,
    promise: 'nothing that looks like a token is in events, context or commands',
    breach: ({ after, effects }) => {
      if (effects.length === 0) return null;
      return TOKEN.test(JSON.stringify([after.snapshot.context, effects])) ? 'a token' : null;
    },
  },
  {
    law: 11,
    promise: 'the statechart runs',
    breach: ({ after }) => (after.snapshot.status === 'active' ? null : `it is ${after.snapshot.status}`),
  },
];

const sameSnapshot = (one: SessionSnapshot, other: SessionSnapshot): boolean =>
  isSame(one.value, other.value) && isSame(one.context, other.context);

/** Where nothing has changed it is the same object: only others are written out. */
const isSame = (one: unknown, other: unknown): boolean =>
  one === other || JSON.stringify(one) === JSON.stringify(other);
