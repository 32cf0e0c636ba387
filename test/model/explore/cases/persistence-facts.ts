import type { ModelState } from '../model-state.ts';
import { otherUser, sameUser } from '../users.ts';
import { answer, bare, type EventCase, fail, isRegistered, one } from './event-case.ts';

type StorageCommand = 'user.load' | 'user.save' | 'user.clear';

const aboutRecord = (command: StorageCommand) => ({
  kind: 'storage' as const,
  attemptOf: ({ snapshot }: ModelState) => snapshot.context.storage.attempt,
  isAsked: ({ work }: ModelState) => work.storage?.type === command,
});

/** A stored user who has logged out is removed, and not found. */
const isRemovalOwed = ({ work }: ModelState) => work.isRemovalOwed;

/** While storage has something to do, a change elsewhere is reported after that: it may be older than what is written. */
const isChangeReported = ({ work }: ModelState) => work.isWatching && work.storage === null;

const STORAGE_FAILED = { failure: fail('storageFailed', 'The repository failed.') };

/** What the persistence actor reports. */
export const PERSISTENCE_FACTS: readonly EventCase[] = [
  bare('persistence.started', 'the persistence actor starts'),
  ...answer('user.found', {
    ...aboutRecord('user.load'),
    outcomes: [
      {
        which: 'same user',
        words: 'the stored user is found',
        payload: ({ snapshot }) => ({ user: { id: sameUser(snapshot).id } }),
        canHappen: (state) => isRegistered(state) && !isRemovalOwed(state),
      },
      {
        which: 'other user',
        words: 'another stored user is found',
        payload: ({ snapshot }) => ({ user: { id: otherUser(snapshot).id } }),
        canHappen: (state) => !isRemovalOwed(state),
      },
    ],
    lateWords: 'a stored user is found too late',
  }),
  ...answer('user.missing', {
    ...aboutRecord('user.load'),
    outcomes: [{ words: 'no user is stored', payload: () => ({}) }],
    lateWords: 'no user is found too late',
  }),
  ...answer('user.unreadable', {
    ...aboutRecord('user.load'),
    outcomes: [{ words: 'storage cannot be read', payload: () => STORAGE_FAILED }],
    lateWords: 'storage fails too late to read',
  }),
  ...answer('user.saved', {
    ...aboutRecord('user.save'),
    outcomes: [{ words: 'the user is stored', payload: () => ({}) }],
    lateWords: 'an old write succeeds',
  }),
  ...answer('user.notSaved', {
    ...aboutRecord('user.save'),
    outcomes: [{ words: 'the user cannot be stored', payload: () => STORAGE_FAILED }],
    lateWords: 'an old write fails',
  }),
  ...answer('user.cleared', {
    ...aboutRecord('user.clear'),
    outcomes: [{ words: 'the stored user is removed', payload: () => ({}) }],
    lateWords: 'an old removal succeeds',
  }),
  ...answer('user.notCleared', {
    ...aboutRecord('user.clear'),
    outcomes: [{ words: 'the stored user cannot be removed', payload: () => STORAGE_FAILED }],
    lateWords: 'an old removal fails',
  }),
  one('user.changedElsewhere', 'same user', {
    words: 'the same user is stored elsewhere',
    event: ({ snapshot }) => ({ type: 'user.changedElsewhere', userId: sameUser(snapshot).id }),
    canHappen: (state) => isChangeReported(state) && isRegistered(state),
  }),
  one('user.changedElsewhere', 'other user', {
    words: 'another user is stored elsewhere',
    event: ({ snapshot }) => ({ type: 'user.changedElsewhere', userId: otherUser(snapshot).id }),
    canHappen: isChangeReported,
  }),
  one('user.changedElsewhere', 'nobody', {
    words: 'the stored user is removed elsewhere',
    event: () => ({ type: 'user.changedElsewhere', userId: null }),
    canHappen: isChangeReported,
  }),
];
