import type { Identity } from '../../../../src/user.ts';
import type { ModelState } from '../model-state.ts';
import { ANONYMOUS, GUEST, newKey, otherUser, renamedUser, sameUser } from '../users.ts';
import { always, bare, type EventCase, isRegistered, one } from './event-case.ts';

interface ConnectCase {
  readonly who: (state: ModelState) => Identity;
  readonly hasNewSource?: boolean;
  readonly online?: boolean;
  readonly canHappen?: (state: ModelState) => boolean;
}

/** While a session runs, every other user who logs in is "another user". */
const isFree = ({ snapshot }: ModelState) => !snapshot.hasTag('running');

const connect = (which: string, words: string, options: ConnectCase) => {
  const { who, hasNewSource = false, online = true, canHappen = always } = options;
  return one('session.connect', which, {
    words,
    canHappen,
    event: (state) => ({
      type: 'session.connect',
      call: 1,
      identity: who(state),
      sourceKey: hasNewSource ? newKey(state.snapshot) : null,
      online,
      foreground: true,
    }),
  });
};

const same = ({ snapshot }: ModelState) => sameUser(snapshot);
const renamed = ({ snapshot }: ModelState) => renamedUser(snapshot);
const other = ({ snapshot }: ModelState) => otherUser(snapshot);

const disconnect = (which: string, words: string, forgetUser: boolean) =>
  one('session.disconnect', which, { words, event: () => ({ type: 'session.disconnect', forgetUser }) });

/** What an app can ask for. */
export const COMMANDS: readonly EventCase[] = [
  connect('same user', 'the app logs in', { who: same }),
  connect('same user, new source', 'the app logs in with a new token source', {
    who: same,
    hasNewSource: true,
    canHappen: isRegistered,
  }),
  connect('same user, new profile', 'the app logs in with a new profile', { who: renamed, canHappen: isRegistered }),
  connect('same user, offline', 'the app logs in without a network', { who: same, online: false }),
  connect('other user', 'the app logs another user in', { who: other }),
  connect('guest', 'the app logs a guest in', { who: () => GUEST, canHappen: isFree }),
  connect('anonymous', 'the app logs in anonymously', { who: () => ANONYMOUS, canHappen: isFree }),
  disconnect('forget', 'the app logs out', true),
  disconnect('keep', 'the app ends the session and keeps the user', false),
  one('session.restore', null, {
    words: 'the app restores',
    event: () => ({ type: 'session.restore', online: true, foreground: true }),
  }),
  bare('session.suspend', 'the app suspends'),
  bare('session.resume', 'the app resumes'),
  bare('session.retryNow', 'the app asks to retry now'),
];
