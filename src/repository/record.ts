import { OwnError } from '../errors.ts';
import { assertFit, FILLED_STRING, isFilledString, isObject, knownMembers } from '../input.ts';
import { bytesIn, textOf } from '../text.ts';
import type { AnyUser, User } from '../user.ts';
import type { ReportCorruptRecord } from './repository.ts';

/*
 * The record in which the adapters keep a user: one JSON string, so that it is never read half-written. It names its
 * version and the API key it is bound to.
 */

const RECORD_VERSION = 1;

/** In characters. A record beyond it is not written, and reads as corrupt without being parsed. */
export const LONGEST_RECORD = 2 ** 24;

/**
 * Checks the API key: a record written without one would be read as another app's.
 *
 * @param others The options that the repository has besides it.
 * @throws SessionError `invalidArgument`
 */
export function checkRecordOptions(options: unknown, others: readonly string[] = []): void {
  knownMembers(options, ['apiKey', ...others]);
  assertFit('apiKey', (options as { readonly apiKey: unknown }).apiKey, FILLED_STRING);
}

export type StoredRecord =
  | { readonly kind: 'user'; readonly user: User }
  /** There is no record, or it holds no user. */
  | { readonly kind: 'noUser' }
  /** A record of another app. It reads as no user, and is not removed by this app. */
  | { readonly kind: 'otherApp' }
  /** It cannot be understood, and reads as no user. `message` quotes nothing of it. */
  | { readonly kind: 'corrupt'; readonly message: string };

/**
 * The record of `user`; `null` gives a record of no user.
 *
 * @throws where the user is too large, or is not JSON.
 */
export function encodeRecord(apiKey: string, user: AnyUser | null): string {
  const record = JSON.stringify({ version: RECORD_VERSION, apiKey, user });
  if (record.length > LONGEST_RECORD)
    throw new OwnError(`The user is too large to be stored: ${record.length} characters.`);
  return record;
}

/** Understands what was found in storage: the string, its bytes, or what the storage has parsed it to. Never throws. */
export function decodeRecord(apiKey: string, stored: unknown): StoredRecord {
  const bytes = typeof stored === 'string' ? stored : bytesIn(stored);
  const found = bytes === null ? stored : (textOf(bytes) ?? '');
  if (found === null || found === undefined) return { kind: 'noUser' };
  if (typeof found === 'string' && found.length > LONGEST_RECORD) return TOO_LARGE;
  if (typeof found !== 'string' && typeof found !== 'object') return corrupt('is not text');
  try {
    // A parsed record is copied, because it may be the storage's own object.
    return decode(apiKey, JSON.parse(typeof found === 'string' ? found : JSON.stringify(found)));
  } catch {
    return corrupt('is not JSON');
  }
}

/** The user in `record`. What is wrong with it is passed to `report`. */
export function userIn(record: StoredRecord, report: ReportCorruptRecord | undefined): User | null {
  if (record.kind === 'corrupt') report?.({ message: record.message });
  if (record.kind === 'otherApp') report?.({ message: OTHER_APP });
  return record.kind === 'user' ? record.user : null;
}

function decode(apiKey: string, value: unknown): StoredRecord {
  if (!isObject(value) || typeof value.version !== 'number') return corrupt('has no version');
  const { version, apiKey: boundTo, user } = value;
  if (version !== RECORD_VERSION) {
    return corrupt(`has version ${version}, and only version ${RECORD_VERSION} is understood here`);
  }
  if (typeof boundTo !== 'string') return corrupt('is malformed at apiKey');
  if (user !== null && !isObject(user)) return corrupt('is malformed at user');
  if (user !== null && !isFilledString(user.id)) return corrupt('is malformed at user.id');
  if (boundTo !== apiKey) return { kind: 'otherApp' };
  return user === null ? { kind: 'noUser' } : { kind: 'user', user: user as User };
}

const OTHER_APP =
  'The stored record belongs to another API key than this repository; it reads as no user, and stays where it is.';

function corrupt(problem: string): StoredRecord {
  return { kind: 'corrupt', message: `The stored record ${problem}; it reads as no user.` };
}

export const TOO_LARGE: StoredRecord = /* @__PURE__ */ corrupt('is too large');
