import type { Status } from '../../../src/index.ts';

export type Tone = 'calm' | 'good' | 'busy' | 'bad';

interface Words {
  readonly short: string;
  readonly sentence: string;
  readonly tone: Tone;
}

/** Each status as a person would say it. */
export const STATUS_WORDS: Readonly<Record<Status, Words>> = {
  idle: { short: 'not started', sentence: 'Nothing was asked yet.', tone: 'calm' },
  restoring: { short: 'restoring', sentence: 'Looking who was logged in.', tone: 'busy' },
  loggedOut: { short: 'logged out', sentence: 'Nobody is logged in.', tone: 'calm' },
  signInAgain: { short: 'sign in again', sentence: 'The login has run out.', tone: 'bad' },
  connecting: { short: 'connecting', sentence: 'Logging in.', tone: 'busy' },
  online: { short: 'online', sentence: 'Connected; events flow.', tone: 'good' },
  reconnecting: { short: 'reconnecting', sentence: 'Connecting again, now.', tone: 'busy' },
  waiting: { short: 'waiting', sentence: 'The next attempt is not due yet.', tone: 'busy' },
  offline: { short: 'offline', sentence: 'This device has no network.', tone: 'busy' },
  suspended: { short: 'suspended', sentence: 'The app is away: no socket.', tone: 'calm' },
  loggingOut: { short: 'logging out', sentence: 'The session is being ended.', tone: 'busy' },
  failed: { short: 'failed', sentence: 'The library itself failed.', tone: 'bad' },
  disposed: { short: 'disposed', sentence: 'This client was disposed.', tone: 'calm' },
};
