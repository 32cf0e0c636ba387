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
 * What is written down.
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

/** What kind of event `type` is, by who sent it to whom. */
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
  /** What else is worth a word: a reason, a user, an attempt. */
  readonly detail: string;
  /** For what the chart heard: the branches it took. None yet, or none fitted: empty. */
  readonly branches: readonly string[];
}

/** What is known of one session over time. */
export interface TraceView {
  readonly entries: readonly Entry[];
  /** The leaf state now: `connecting.waiting`; `null` before the start. */
  readonly state: string | null;
  /** When it was entered. */
  readonly sinceMs: number | null;
  /** The last transition that entered a state, and the last that did not, if that was later: branches. */
  readonly lastMove: readonly string[];
  readonly lastStay: readonly string[];
}

export const EMPTY_TRACE: TraceView = { entries: [], state: null, sinceMs: null, lastMove: [], lastStay: [] };
