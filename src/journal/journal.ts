import type { Transition } from '../client/client-snapshot.ts';
import { invalidArgument } from '../errors.ts';
import { isObject } from '../input.ts';
import type { SessionContext, SessionEvent } from '../machines/types.ts';
import { textOf } from '../text.ts';
import { toSortedJson } from '../user.ts';

/**
 * The last lifecycle events of a session with their times, and where each of them led: plain JSON, to attach to a bug
 * report. It holds no token; of users it holds the id, and the names of the other fields with a number in the place of each
 * value; and of failures their codes, since the texts are written by others, who may name anyone in them: every `message`
 * is empty.
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

/** The version of the format that is written and read. */
const VERSION: Journal['version'] = 1;

/** Beyond it there are no dates. */
const LATEST_DATE_MS = 8_640_000_000_000_000;

type Shape = ((value: unknown) => boolean) | readonly [Shape] | { readonly [member: string]: Shape };

const isString: Shape = (value) => typeof value === 'string';
const isNumber: Shape = (value) => Number.isFinite(value);

const POINT: Shape = { state: isString, delayMs: isNumber, failedAttempts: isNumber, attempt: isNumber };

/** What a journal must hold; further members are left alone. */
const JOURNAL: Shape = {
  format: (value) => value === 'sessionchart/journal',
  version: (value) => value === VERSION,
  startedAtMs: (value) => Number.isFinite(value) && Number(value) >= 0 && Number(value) <= LATEST_DATE_MS,
  before: {
    state: isString,
    context: {
      timing: (value) => typeof value === 'object' && value !== null && Object.values(value).every(Number.isFinite),
      attempt: isNumber,
      login: { sourceKey: isNumber },
      pacing: { random: isNumber, delayMs: isNumber },
      storage: { attempt: isNumber },
      device: { online: (value) => typeof value === 'boolean' },
    },
  },
  entries: [{ ...POINT, afterMs: isNumber, event: { type: isString } }],
};

/** The path of the first member that is not what `shape` says, empty for `value` itself; `null` where there is none. */
function wrongIn(value: unknown, shape: Shape): string | null {
  if (typeof shape === 'function') return shape(value) ? null : '';
  if (typeof value !== 'object' || value === null || Array.isArray(shape) !== Array.isArray(value)) return '';
  const members = value as Readonly<Record<string, unknown>>;
  // Those of an array by its length: it may have holes, where it has no member.
  const parts = Array.isArray(value)
    ? Array.from(value, (_, index) => [String(index), (shape as readonly [Shape])[0]] as const)
    : Object.entries(shape);
  for (const [name, part] of parts) {
    const wrong = wrongIn(members[name], part);
    if (wrong !== null) return `.${name}${wrong}`;
  }
  return null;
}

/**
 * Reads a journal from JSON text or from a parsed value.
 *
 * @throws SessionError `invalidArgument` that says what is wrong with it.
 */
export function parseJournal(json: unknown): Journal {
  let value = json;
  if (typeof json === 'string') {
    try {
      value = JSON.parse(textOf(json) ?? '');
    } catch (cause) {
      throw invalidArgument('journal', `is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
  const wrong = wrongIn(value, JOURNAL);
  if (wrong === null) return value as Journal;
  if (wrong === '.version') {
    const { version } = value as { readonly version?: unknown };
    const found = typeof version === 'number' ? version : 'unknown';
    const problem = `the journal is of version ${found}, and this package reads version ${VERSION}`;
    throw invalidArgument('journal.version', problem);
  }
  throw invalidArgument(`journal${wrong}`, 'is not what a journal of this version holds');
}

/** Where the statechart is, as far as it is compared. */
export function pointOf(state: string, { attempt, pacing: { delayMs, failedAttempts } }: SessionContext): JournalPoint {
  return { state, delayMs, failedAttempts, attempt };
}

/** The journal of what was taken from `before` on. */
export function createJournal(before: Omit<Transition, 'event'>, taken: readonly Transition[]): Journal {
  return withoutPersonalData({
    format: 'sessionchart/journal' as const,
    version: VERSION,
    startedAtMs: before.atMs,
    before: { state: before.state, context: before.context },
    entries: taken.map(({ atMs, event, state, context }) => ({
      afterMs: atMs - before.atMs,
      event,
      ...pointOf(state, context),
    })),
  });
}

/**
 * A copy of events and contexts without what they hold of people beyond the ids of users: a `message` becomes empty, and
 * each further field of a `user` becomes a number such as `#2`, the same for equal values. The statechart still sees which
 * profile is new.
 */
export function withoutPersonalData<Value>(value: Value): Value {
  const numbers = new Map<string | undefined, string>();
  const numberOf = (field: unknown): string => {
    const json = toSortedJson(field);
    const number = numbers.get(json) ?? `#${numbers.size + 1}`;
    numbers.set(json, number);
    return number;
  };
  const stripped = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(stripped);
    if (!isObject(part)) return part;
    return mapFields(part, (name, field) => {
      if (name === 'message') return '';
      if (name !== 'user' || !isObject(field)) return stripped(field);
      return mapFields(field, (own, detail) => (own === 'id' ? detail : numberOf(detail)));
    });
  };
  return stripped(value) as Value;
}

function mapFields(fields: object, map: (name: string, field: unknown) => unknown): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, map(name, field)]));
}
