import * as z from 'zod/mini';
import { invalidArgument } from '../errors.ts';
import type { SessionContext, SessionEvent } from '../machines/types.ts';

/**
 * The last lifecycle events of a session with their times, and where each of them led: plain JSON, to attach to a bug
 * report. It holds no token; of users it holds nothing but the id; and of failures their codes, since the texts are
 * written by others, who may name anybody in them: every `message` is empty.
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

/** Where a step led, as far as it is compared. */
export interface JournalPoint {
  /** The state: `connecting.waiting`. */
  readonly state: string;
  /** The wait that was drawn last, in milliseconds; 0 before the first. */
  readonly delayMs: number;
  /** Failed attempts in a row. */
  readonly failedAttempts: number;
  /** Number of the newest command to the client actor. */
  readonly attempt: number;
}

/** An event of the lifecycle, and where it led. */
export interface JournalEntry extends JournalPoint {
  /** Milliseconds since `startedAtMs`, by the client's clock. */
  readonly afterMs: number;
  readonly event: SessionEvent;
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
  failedAttempts: z.number(),
  attempt: z.number(),
});

/** Beyond it there are no dates. */
const LATEST_DATE_MS = 8_640_000_000_000_000;

const journalSchema = z.object({
  format: z.literal('sessionchart/journal'),
  version: z.literal(1),
  startedAtMs: z.number().check(z.gte(0), z.lte(LATEST_DATE_MS)),
  before: z.object({
    state: z.string(),
    context: z.looseObject({
      timing: z.record(z.string(), z.number()),
      attempt: z.number(),
      login: z.looseObject({ sourceKey: z.number() }),
      pacing: z.looseObject({ random: z.number(), delayMs: z.number() }),
      storage: z.looseObject({ attempt: z.number() }),
      device: z.looseObject({ online: z.boolean() }),
    }),
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

/**
 * A copy of events and contexts without what they say of people beyond the ids of users: of a `user` the id is left, and
 * of a `message` nothing.
 */
export function withoutPersonalData<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutPersonalData) as Value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [key, withoutPersonalField(key, field)]),
  ) as Value;
}

function withoutPersonalField(key: string, field: unknown): unknown {
  if (key === 'user' && typeof field === 'object' && field !== null) return { id: (field as { id?: unknown }).id };
  return key === 'message' ? '' : withoutPersonalData(field);
}
