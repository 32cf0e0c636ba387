import * as z from 'zod/mini';
import type { User } from '../user.ts';

/*
 * The record in which the adapters keep a user: one JSON text, so that it is never read half-written. It names its
 * version and the API key it belongs to.
 */

const RECORD_VERSION = 1;

export type StoredRecord =
  | { readonly kind: 'user'; readonly user: User }
  /** Nothing, or a record that says nobody. */
  | { readonly kind: 'nobody' }
  /** Somebody of another app. It reads as nobody, and is not this app's to remove. */
  | { readonly kind: 'otherApp' }
  /** It cannot be understood, and reads as nobody. `message` quotes nothing of it. */
  | { readonly kind: 'corrupt'; readonly message: string };

/** The record of `user`; `null` gives a record that says nobody. */
export function encodeRecord(apiKey: string, user: User | null): string {
  return JSON.stringify({ version: RECORD_VERSION, apiKey, user });
}

/** Understands whatever was found in storage. Never throws. */
export function decodeRecord(apiKey: string, found: unknown): StoredRecord {
  if (found === null || found === undefined) return { kind: 'nobody' };
  if (typeof found !== 'string') return corrupt('is not text');
  const value = parseJson(found);
  if (value === undefined) return corrupt('is not JSON');

  const head = headSchema.safeParse(value);
  if (!head.success) return corrupt('has no version');
  if (head.data.version !== RECORD_VERSION) {
    return corrupt(`has version ${head.data.version}, and only version ${RECORD_VERSION} is understood here`);
  }
  const record = recordSchema.safeParse(value);
  if (!record.success)
    return corrupt(`is malformed at ${record.error.issues[0]?.path.map(String).join('.') || 'its top'}`);
  if (record.data.apiKey !== apiKey) return { kind: 'otherApp' };
  return record.data.user === null ? { kind: 'nobody' } : { kind: 'user', user: record.data.user };
}

const headSchema = z.object({ version: z.number() });
const userSchema = z.looseObject({ id: z.string().check(z.minLength(1)) });
const recordSchema = z.object({ version: z.literal(RECORD_VERSION), apiKey: z.string(), user: z.nullable(userSchema) });

function corrupt(problem: string): StoredRecord {
  return { kind: 'corrupt', message: `The stored record ${problem}; it reads as nobody.` };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
