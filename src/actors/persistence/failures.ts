import type { FailureInfo } from '../../errors.ts';
import { describeCause } from '../../token/redact.ts';
import type { PersistenceCommand, PersistenceFact } from '../messages.ts';
import { RemovalPending } from './pending-removals.ts';

/** The commands that end in a fact. */
export type StorageCommand = Extract<PersistenceCommand, { readonly attempt: number }>;

type PerCommand<Value> = Readonly<Record<StorageCommand['type'], Value>>;

/** The fact that reports the failure of a command. */
export const FAILED = {
  'user.load': 'user.unreadable',
  'user.save': 'user.notSaved',
  'user.clear': 'user.notCleared',
} as const satisfies PerCommand<PersistenceFact['type']>;

export const TIMED_OUT: PerCommand<FailureInfo> = {
  'user.load': { code: 'storageTimedOut', message: 'The stored user could not be read in time.' },
  'user.save': { code: 'storageTimedOut', message: 'The user could not be stored in time.' },
  'user.clear': { code: 'userNotForgotten', message: 'The stored user could not be removed in time.' },
};

const WHAT_FAILED: PerCommand<string> = {
  'user.load': 'The stored user could not be read',
  'user.save': 'The user could not be stored',
  'user.clear': 'The stored user could not be removed',
};

const STILL_STORED = 'No user is restored, because the stored user logged out and still could not be removed';

/** The failure of a command whose work threw, with the cause free of tokens. */
export function failureOf(
  command: StorageCommand,
  thrown: unknown,
): { readonly failure: FailureInfo; readonly cause: unknown } {
  const isRemovalPending = thrown instanceof RemovalPending;
  const { text, cause } = describeCause(isRemovalPending ? thrown.cause : thrown);
  return {
    failure: {
      code: isRemovalPending || command.type === 'user.clear' ? 'userNotForgotten' : 'storageFailed',
      message: `${isRemovalPending ? STILL_STORED : WHAT_FAILED[command.type]}: ${text}`,
    },
    cause,
  };
}
