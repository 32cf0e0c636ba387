import { commands, emitted, isAnswer, isIn, isRunning, isSaving } from './reading.ts';
import type { Manner } from './rule.ts';
import { sendsProfileAgain } from './spec-state.ts';

/** What is stored, and what is said of it. */
export const STORAGE_MANNERS: readonly Manner[] = [
  [
    'a session watches storage',
    (b) => {
      if (!b.after.work.hasPersistence) return null;
      return isRunning(b) === b.after.work.isWatching ? null : b.after.work.isWatching ? 'nothing does' : 'it does not';
    },
  ],
  [
    'a login is stored at its first hello, and at no other',
    (b) => {
      const saves = commands(b).filter(({ type }) => type === 'user.save').length;
      const isHello =
        b.event.type === 'hello.received' &&
        b.had.isSaveDue &&
        b.before.work.socket?.phase === 'opening' &&
        isAnswer(b.event, b.before.work) &&
        !sendsProfileAgain(b);
      // The actor that was to store the user did not finish. A newer profile is stored by the hello that sends it.
      const isRestart = b.event.type === 'persistence.started' && isRunning(b);
      const isAgain = isRestart && isSaving(b.before) && !b.had.isSaveDue;
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
        const hasFailed =
          b.event.type === 'user.unreadable' ||
          b.event.type === 'restore.timedOut' ||
          // A user is stored, and there is no token source for them.
          (b.event.type === 'user.found' && b.knows.user === null);
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
    'what storage could not do is said, until it could',
    (b) => {
      const { event, before, after } = b;
      if (!isRunning(b) || !isAnswer(event, before.work)) return null;
      const { failure } = after.snapshot.context.storage;
      if (event.type === 'user.notSaved' && failure?.code !== event.failure.code) return 'it is not';
      return event.type === 'user.saved' && failure !== null ? 'it could' : null;
    },
  ],
  [
    'storage that is too late is reported that it is waited for no longer',
    (b) => {
      const isLate =
        (b.event.type === 'restore.timedOut' || b.event.type === 'clear.timedOut') && b.before.work.storage !== null;
      const isAbandoned = commands(b).some(({ type }) => type === 'storage.abandon');
      if (isAbandoned === isLate) return null;
      return isLate ? `it is not on ${b.event.type}` : `it is on ${b.event.type}`;
    },
  ],
];
