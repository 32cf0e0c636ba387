import { clientCommands, facts, type Invariant, isIn, storageCommands } from './observation.ts';

/** Law 3: every call settles, exactly once. */
export const CALL_LAWS: readonly Invariant[] = [
  {
    law: 3,
    promise: 'every login is accepted or refused at once',
    breach: ({ event, effects }) => {
      const results = facts(effects).filter(({ type }) => type === 'connect.accepted' || type === 'connect.refused');
      const expected = event.type === 'session.connect' ? 1 : 0;
      return results.length === expected ? null : `${results.length} results`;
    },
  },
  {
    law: 3,
    promise: 'no call waits once nothing is under way',
    breach: ({ after, knows }) => {
      if (!isIn(after, 'loggedOut')) return null;
      if (knows.hasLogins) return 'a login waits';
      if (knows.isRestoring) return 'a restore waits';
      return knows.isEnding ? 'a logout waits' : null;
    },
  },
  {
    law: 3,
    promise: 'restoring is answered once',
    breach: ({ known, effects }) => {
      const results = facts(effects).filter(({ type }) => type === 'restore.settled').length;
      return results > (known.isRestoring ? 1 : 0) ? 'answered again' : null;
    },
  },
];

/** Laws 6 and 7: logged out stays out, and no one is lost. */
export const STORAGE_LAWS: readonly Invariant[] = [
  {
    law: 6,
    promise: 'a logout removes the stored user before anything is closed',
    breach: ({ event, effects, known }) => {
      if (event.type !== 'session.disconnect' || !event.forgetUser) return null;
      // It was asked for: what became of it is the answer to this call as well.
      if (known.isEnding && known.removal?.ofEveryone === true) return null;
      const clears = storageCommands(effects).some(
        (command) => command.type === 'user.clear' && command.onlyUserId === undefined,
      );
      if (!clears) return 'it is not asked for';
      return clientCommands(effects).some(({ type }) => type === 'socket.close') ? 'the socket is closed first' : null;
    },
  },
  {
    law: 6,
    promise: 'a user is said to be forgotten only when storage said so',
    breach: ({ effects, known }) => {
      const lie = facts(effects).some((fact) => fact.type === 'session.closed' && fact.forgotten === 'yes');
      return lie && known.removal?.isDone !== true ? 'forgotten is claimed' : null;
    },
  },
  {
    law: 6,
    promise: 'nothing is stored while a session ends',
    breach: ({ after, effects }) =>
      isIn(after, 'disconnecting') && storageCommands(effects).some(({ type }) => type === 'user.save')
        ? 'a user is stored'
        : null,
  },
  {
    law: 7,
    promise: 'the stored user is removed by a logout, or when the server refuses that user',
    breach: ({ knows, effects }) => {
      for (const command of storageCommands(effects)) {
        if (command.type !== 'user.clear') continue;
        if (!knows.shouldForgetUser && knows.refusedUserId === null) return 'nothing asked for it';
        if (!knows.shouldForgetUser && command.onlyUserId !== knows.refusedUserId) return 'others are removed too';
      }
      return null;
    },
  },
  {
    law: 7,
    promise: 'only a registered user who was greeted is stored',
    breach: ({ before, after, effects, knows }) => {
      const save = storageCommands(effects).find(({ type }) => type === 'user.save');
      if (save?.type !== 'user.save') return null;
      if (knows.user?.kind !== 'user') return 'someone else is stored';
      const { storage } = before.work;
      const wasGreeted = storage?.type === 'user.save' && storage.user.id === save.user.id;
      return wasGreeted || after.work.socket?.phase === 'open' ? null : 'it is not greeted';
    },
  },
];
