import type { ErrorCode, FailureInfo } from '../../errors.ts';
import { isInstance } from '../../input.ts';
import { describeCause } from '../../token/redact.ts';
import type { PersistenceCommand, PersistenceFact } from '../messages.ts';
import { RemovalPending } from './pending-removals.ts';

/** The commands that end in a fact. */
export type StorageCommand = Extract<PersistenceCommand, { readonly attempt: number }>;

/** How each command fails: the fact, what could not be done, and the code where that was not done in time. */
const FAILURES = {
  'user.load': { fact: 'user.unreadable', what: 'The stored user could not be read', late: 'storageTimedOut' },
  'user.save': { fact: 'user.notSaved', what: 'The user could not be stored', late: 'storageTimedOut' },
  'user.clear': { fact: 'user.notCleared', what: 'The stored user could not be removed', late: 'userNotForgotten' },
} as const satisfies Record<StorageCommand['type'], { fact: PersistenceFact['type']; what: string; late: ErrorCode }>;

export function failedFact({ type, attempt }: StorageCommand, failure: FailureInfo): PersistenceFact {
  return { type: FAILURES[type].fact, attempt, failure };
}

export function timeOutOf({ type }: StorageCommand): FailureInfo {
  const { what, late } = FAILURES[type];
  return { code: late, message: `${what} in time.` };
}

/** The failure of a command whose work threw, with the cause free of tokens. */
export function failureOf(
  command: StorageCommand,
  thrown: unknown,
): { readonly failure: FailureInfo; readonly cause: unknown } {
  const isRemovalPending = isInstance(thrown, RemovalPending);
  const { text, cause } = describeCause(isRemovalPending ? thrown.cause : thrown);
  return {
    failure: {
      code: isRemovalPending || command.type === 'user.clear' ? 'userNotForgotten' : 'storageFailed',
      message: `${isRemovalPending ? thrown.message : FAILURES[command.type].what}: ${text}`,
    },
    cause,
  };
}
