import type { ChatClient } from '../client/builder.ts';
import { stateName, type Transition } from '../client/client-snapshot.ts';
import { invalidArgument } from '../errors.ts';
import { type Check, readMembers } from '../input.ts';
import { createJournal, type Journal } from './journal.ts';

/** Records until it is stopped. Chat events are not recorded. */
export interface JournalRecorder {
  /** What was recorded so far, as a value of its own. */
  journal(): Journal;
  /** Records no further. What was recorded stays. */
  stop(): void;
}

export type Recordable = Pick<ChatClient, 'actor' | 'now' | 'onTransition'>;

const LIMIT: Check = [(value) => Number.isInteger(value) && Number(value) >= 1, 'a positive integer'];

/**
 * Keeps the last `limit` lifecycle events of `client` (default 500), from now on. It may be called before the client
 * is started or at any time later.
 *
 * @throws SessionError `invalidArgument` for what is no client, or a limit that is no positive integer.
 */
export function recordJournal(
  client: Recordable,
  options: { readonly limit?: number | undefined } = {},
): JournalRecorder {
  const { limit = 500 } = readMembers(options, { limit: LIMIT });
  if (typeof client?.onTransition !== 'function') throw invalidArgument('client', 'expected a client');
  const { value, context } = client.actor.getSnapshot();
  let before: Omit<Transition, 'event'> = { atMs: client.now(), state: stateName(value), context };
  let kept: Transition[] = [];
  const stop = client.onTransition((transition) => {
    kept.push(transition);
    if (kept.length <= limit) return;
    before = kept[0] ?? before;
    kept = kept.slice(1);
  });
  return { stop, journal: () => createJournal(before, kept) };
}
