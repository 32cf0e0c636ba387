/** Who takes part: a column of the sequence view. */
export type Lane = 'app' | 'chart' | 'client' | 'persistence' | 'server';

export const LANES: readonly Lane[] = ['app', 'chart', 'client', 'persistence', 'server'];

export const LANE_NAMES: Readonly<Record<Lane, string>> = {
  app: 'app & device',
  chart: 'statechart',
  client: 'client actor',
  persistence: 'persistence actor',
  server: 'server',
};

/**
 * What is recorded.
 *
 * - `command`: goes down, from the app to the chart or from the chart to an actor.
 * - `fact`: comes up, from an actor.
 * - `timer`: the chart's own.
 * - `device`: the network and the app's visibility.
 * - `state`: a state was entered.
 * - `wire`: between an actor (or the app's token source) and the server.
 */
export type EntryKind = 'command' | 'fact' | 'timer' | 'device' | 'state' | 'wire';

export const KINDS: readonly EntryKind[] = ['command', 'fact', 'timer', 'device', 'state', 'wire'];

const DEVICE_EVENTS = /^(network|app|device)\./;

/** What kind of event `type` is, by its sender and its receiver. */
export function kindOf(from: Lane, to: Lane, type: string): EntryKind {
  if (from === to) return 'timer';
  if (from === 'app') return DEVICE_EVENTS.test(type) ? 'device' : 'command';
  return to === 'chart' ? 'fact' : 'command';
}

export interface Entry {
  readonly id: number;
  readonly atMs: number;
  readonly kind: EntryKind;
  readonly from: Lane;
  readonly to: Lane;
  /** The event's type; for `state` the state's name. */
  readonly name: string;
  /** What distinguishes it from others of its type: a reason, a user, an attempt. */
  readonly detail: string;
  /** Something went wrong. */
  readonly isFailure: boolean;
  /** The event itself; `null` where there is none. It never holds a token. */
  readonly payload: unknown;
  /** For what the chart took: what came of it. */
  readonly step: Step | null;
}

/** What all entries of entered states have in common. */
export const STATE = {
  kind: 'state',
  from: 'chart',
  to: 'chart',
  detail: '',
  isFailure: false,
  payload: null,
  step: null,
} as const;

/** How an address names an entry: the same after a reload, also where entries are numbered anew. */
export const addressOf = ({ atMs, name }: Entry): string => `${atMs}-${name}`;

/** What the chart made of an event. */
export interface Step {
  /** Branches taken, in order: of the event, then of choice states. Empty where the event was ignored. */
  readonly branches: readonly string[];
  readonly from: string | null;
  readonly to: string;
  /** Whether a state was entered, perhaps the same one again. */
  readonly moved: boolean;
  readonly before: unknown;
  readonly after: unknown;
}

const FAILURES =
  /timedOut|failed|refused|lost|unreadable|not(Saved|Cleared)|^server\.ended|^no response|cut off|^error$/;

export function isFailure(name: string, payload: unknown): boolean {
  const failure = (payload as { readonly failure?: { readonly code?: string } | null } | null)?.failure;
  return FAILURES.test(name) || (failure != null && failure.code !== 'loggedOut');
}

/** Where a session is, and how it came there. */
export interface Position {
  /** The leaf state: `connecting.waiting`; `null` before the start. */
  readonly state: string | null;
  /** When it was entered, in milliseconds since the epoch. */
  readonly sinceMs: number | null;
  /** The state before. */
  readonly from: string | null;
  /** The branches by which it was entered, and those taken since without leaving it. */
  readonly lastMove: readonly string[];
  readonly lastStay: readonly string[];
  readonly context: unknown;
}

export const NOWHERE: Position = { state: null, sinceMs: null, from: null, lastMove: [], lastStay: [], context: null };

/** The position after a step that was taken at `atMs`. */
export function advance(before: Position, { branches, from, to, moved, after }: Step, atMs: number): Position {
  if (!moved) return { ...before, context: after, ...(branches.length > 0 && { lastStay: branches }) };
  return { state: to, sinceMs: atMs, from, lastMove: branches, lastStay: [], context: after };
}

/** Where the session was right after the entry `id`. */
export function positionAt(entries: readonly Entry[], id: number): Position {
  let position = NOWHERE;
  for (const entry of entries) {
    if (entry.step !== null) position = advance(position, entry.step, entry.atMs);
    else if (entry.kind === 'state' && position.state !== entry.name) {
      position = { ...position, state: entry.name, sinceMs: entry.atMs };
    }
    if (entry.id === id) break;
  }
  return position;
}

/** Everything recorded of a session. */
export interface LogView {
  readonly entries: readonly Entry[];
  /** How many entries of each kind were dropped to make room. */
  readonly dropped: Readonly<Partial<Record<EntryKind, number>>>;
}

export const EMPTY_LOG: LogView = { entries: [], dropped: {} };
