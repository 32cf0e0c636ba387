import { inactiveSnapshot, liveSnapshot, timerMsOf } from '../../../src/client/client-snapshot.ts';
import { type Explanation, explainChart } from '../../../src/client/explain.ts';
import { type ClientSnapshot, SessionError, sessionMachine } from '../../../src/index.ts';

/** Where a session is or was, as it was written down. */
export interface Recorded {
  readonly state: string;
  /** The extended state; of this library's statechart, a `SessionContext`. */
  readonly context: unknown;
  /** When the state was entered, in milliseconds since the epoch. */
  readonly sinceMs: number;
}

type ChartSnapshot = Parameters<typeof explainChart>[0];

/** The snapshot and explanation of a client there; `null` where another statechart runs than on this page. */
export function readRecorded(
  { state, context, sinceMs }: Recorded,
  nowMs: number,
): { readonly snapshot: ClientSnapshot; readonly explanation: Explanation } | null {
  try {
    const chart = resolve(state, context);
    const snapshot = liveSnapshot(chart, inactiveSnapshot('idle', null), {
      timers: { lastDueAtMs: sinceMs + (timerMsOf(state, chart.context) ?? 0) },
      clock: { now: () => nowMs },
      me: null,
      toError: (failure) => new SessionError(failure),
    });
    return { snapshot, explanation: explainChart(chart, snapshot, nowMs) };
  } catch {
    return null;
  }
}

/** The snapshot of this page's statechart in `state`. */
export function resolve(state: string, context: unknown): ChartSnapshot {
  const [parent = '', child] = state.split('.');
  const value = (child === undefined ? parent : { [parent]: child }) as ChartSnapshot['value'];
  return sessionMachine.resolveState({ value, context: context as ChartSnapshot['context'] }) as ChartSnapshot;
}

/** This page's machine, if a definition from elsewhere has the same states. */
export function ownMachine({ states }: { readonly states?: unknown }): typeof sessionMachine | null {
  return sorted(states) === sorted(sessionMachine.config.states) ? sessionMachine : null;
}

/** JSON whose keys are in order. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}
