import type { Replay, SessionEvent } from '../../../src/index.ts';
import { branchId } from '../chart/definition.ts';
import type { Recorded } from '../studio/recorded.ts';
import { describeEvent } from '../trace/describe.ts';
import { EMPTY_TRACE, type Entry, kindOf, type Lane, type TraceView } from '../trace/entry.ts';

/** A journal after some of its steps: 0 is where it begins. States are those of the pure statechart. */
export interface Moment {
  readonly trace: TraceView;
  readonly recorded: Recorded;
}

export function momentAfter({ journal, steps }: Replay, count: number): Moment {
  const { before, startedAtMs } = journal;
  let trace: TraceView = { ...EMPTY_TRACE, state: before.state, sinceMs: startedAtMs };
  let recorded: Recorded = { ...before, sinceMs: startedAtMs };
  const entries: Entry[] = [];
  for (const { index, recorded: entry, replayed, transition, context } of steps.slice(0, count)) {
    const { event, afterMs } = entry;
    const atMs = startedAtMs + afterMs;
    const from = laneOf(event.type);
    const to = 'chart' as const;
    const branches = transition === null ? [] : [branchId(transition.source, event.type, transition.branch)];
    const kind = kindOf(from, to, event.type);
    entries.push({ id: index * 2, atMs, kind, from, to, name: event.type, detail: describeEvent(event), branches });
    const { state } = replayed;
    const moves = (transition?.target ?? null) !== null;
    if (moves) {
      entries.push({ id: index * 2 + 1, atMs, kind: 'state', from: to, to, name: state, detail: '', branches: [] });
      trace = { ...trace, state, sinceMs: atMs, lastMove: branches, lastStay: [] };
    } else if (branches.length > 0) trace = { ...trace, lastStay: branches };
    recorded = { state, context, sinceMs: trace.sinceMs ?? atMs };
  }
  return { trace: { ...trace, entries }, recorded };
}

/** Who says it: journals keep what the chart heard, not from whom. */
function laneOf(type: SessionEvent['type']): Lane {
  if (/^(session|network|app|device)\./.test(type) && type !== 'app.refused') return 'app';
  if (/^persistence\.|^user\.(?!refused)/.test(type)) return 'persistence';
  return TIMERS.has(type) ? 'chart' : 'client';
}

const TIMERS: ReadonlySet<string> = new Set<SessionEvent['type']>([
  'restore.timedOut',
  'token.timedOut',
  'hello.timedOut',
  'retry.due',
  'probe.timedOut',
  'connection.becameStable',
  'clear.timedOut',
  'close.timedOut',
]);
