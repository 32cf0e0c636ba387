import * as z from 'zod/mini';
import { invalidArgument } from '../errors.ts';
import type { SessionContext, SessionEvent } from '../machines/vocabulary.ts';
import type { User } from '../user.ts';

/**
 * The last lifecycle events of a session with their times, and where each of them led: plain JSON, to attach to a bug
 * report. It holds no token, and of users nothing but the id.
 */
export interface Journal {
  readonly format: 'sessionchart/journal';
  readonly version: 1;
  /** Where the session was before the first entry. */
  readonly before: JournalState;
  /** When that was, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly entries: readonly JournalEntry[];
}

export interface JournalEntry {
  /** Milliseconds since `startedAtMs`, by the client's clock. */
  readonly afterMs: number;
  readonly event: SessionEvent;
  /** The state it led to: `connecting.waiting`. */
  readonly state: string;
  /** The wait that was drawn, in milliseconds; 0 when none was. */
  readonly delayMs: number;
  readonly failures: number;
  readonly attempt: number;
}

/** A whole state of the chart. */
export interface JournalState {
  readonly state: string;
  readonly context: SessionContext;
}

const entrySchema = z.object({
  afterMs: z.number(),
  event: z.looseObject({ type: z.string() }),
  state: z.string(),
  delayMs: z.number(),
  failures: z.number(),
  attempt: z.number(),
});

const journalSchema = z.object({
  format: z.literal('sessionchart/journal'),
  version: z.literal(1),
  startedAtMs: z.number(),
  before: z.object({
    state: z.string(),
    context: z.looseObject({ timing: z.record(z.string(), z.number()), random: z.number(), attempt: z.number() }),
  }),
  entries: z.array(entrySchema),
});

/**
 * Reads a journal from JSON text or from a parsed value.
 *
 * @throws SessionError `invalidArgument` that says what is wrong with it.
 */
export function parseJournal(json: unknown): Journal {
  let value = json;
  if (typeof json === 'string') {
    try {
      value = JSON.parse(json);
    } catch (cause) {
      throw invalidArgument('journal', `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  const parsed = journalSchema.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw invalidArgument(['journal', ...(issue?.path ?? [])].map(String).join('.'), issue?.message ?? 'unusable');
  }
  return parsed.data as unknown as Journal;
}

/** A value without what it says of users beyond their id. Identities, users and contexts may stand anywhere in it. */
export function withoutPersonalData<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutPersonalData) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [
      key,
      key === 'user' && isUser(field) ? { id: field.id } : withoutPersonalData(field),
    ]),
  ) as Value;
}

const isUser = (value: unknown): value is User =>
  typeof value === 'object' && value !== null && typeof (value as { id?: unknown }).id === 'string';
