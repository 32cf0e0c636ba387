import type { ClientSnapshot, Status } from '../../../src/index.ts';

export type Tone = 'calm' | 'good' | 'busy' | 'bad';

interface Words {
  readonly short: string;
  readonly sentence: string;
  readonly tone: Tone;
}

/** Each status as a person would put it. */
const STATUS_WORDS: Readonly<Record<Status, Words>> = {
  idle: { short: 'not started', sentence: 'The client has not been used yet.', tone: 'calm' },
  restoring: { short: 'restoring', sentence: 'Looking up who was logged in.', tone: 'busy' },
  loggedOut: { short: 'logged out', sentence: 'No user is logged in.', tone: 'calm' },
  signInAgain: { short: 'sign in again', sentence: 'Your session expired.', tone: 'bad' },
  connecting: { short: 'connecting', sentence: 'Logging in.', tone: 'busy' },
  online: { short: 'online', sentence: 'Connected; events are arriving.', tone: 'good' },
  reconnecting: { short: 'reconnecting', sentence: 'Connecting again, now.', tone: 'busy' },
  waiting: { short: 'waiting', sentence: 'The next attempt is not due yet.', tone: 'busy' },
  offline: { short: 'offline', sentence: 'The device reports no network.', tone: 'busy' },
  suspended: { short: 'suspended', sentence: 'The app is suspended: no socket.', tone: 'calm' },
  loggingOut: { short: 'logging out', sentence: 'The session is being ended.', tone: 'busy' },
  failed: { short: 'failed', sentence: 'The library itself failed.', tone: 'bad' },
  disposed: { short: 'disposed', sentence: 'This client was disposed.', tone: 'calm' },
};

/**
 * A connection that is being probed may be dead, one that the server was made to silence is dead, and a logout that left
 * the stored user is no success.
 */
export function wordsFor(
  { status, state, storageError }: Pick<ClientSnapshot, 'status' | 'state' | 'storageError'>,
  isSilenced = false,
): Words {
  if (isSilenced && state === 'connected.healthy') {
    return { short: 'online?', sentence: 'The server has gone silent, unnoticed so far.', tone: 'busy' };
  }
  if (state === 'connected.probing') {
    return { short: 'online?', sentence: 'Silent: the server was asked whether it is still there.', tone: 'busy' };
  }
  if (storageError?.code === 'userNotForgotten' && state === 'loggedOut') {
    return { short: 'logged out', sentence: 'But the stored user is still there.', tone: 'bad' };
  }
  return STATUS_WORDS[status];
}
