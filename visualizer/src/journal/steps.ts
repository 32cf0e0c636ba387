import { foresee } from '../../../src/client/foresee.ts';
import type { Replay, SessionEvent } from '../../../src/index.ts';
import { idOfTransition } from '../chart/definition.ts';
import { type Recorded, resolve } from '../studio/recorded.ts';
import { describeEvent } from '../trace/describe.ts';
import {
  advance,
  type Entry,
  isFailure,
  kindOf,
  type Lane,
  type LogView,
  NOWHERE,
  type Position,
} from '../trace/entry.ts';

/** A journal after some of its steps: 0 is where it begins. States are those of the pure statechart. */
export interface Moment {
  readonly position: Position;
  readonly log: LogView;
  readonly recorded: Recorded;
}

export function momentAfter({ journal, steps }: Replay, count: number): Moment {
  const { before, startedAtMs } = journal;
  let position: Position = { ...NOWHERE, state: before.state, context: before.context, sinceMs: startedAtMs };
  const entries: Entry[] = [];
  for (const { index, recorded, replayed, context } of steps.slice(0, count)) {
    const { event, afterMs } = recorded;
    const atMs = startedAtMs + afterMs;
    const from = laneOf(event.type);
    const { transitions } = foresee(resolve(position.state ?? before.state, position.context), event);
    const step = {
      branches: transitions.map(idOfTransition),
      from: position.state,
      to: replayed.state,
      moved: transitions.some(({ target }) => target !== undefined),
      before: position.context,
      after: context,
    };
    const common = { atMs, to: 'chart', isFailure: isFailure(event.type, event) } as const;
    entries.push({
      ...common,
      id: index * 2 + 1,
      kind: kindOf(from, 'chart', event.type),
      from,
      name: event.type,
      detail: describeEvent(event),
      payload: event,
      step,
    });
    if (step.moved) {
      entries.push({
        ...common,
        id: index * 2 + 2,
        kind: 'state',
        from: 'chart',
        name: replayed.state,
        detail: '',
        isFailure: false,
        payload: null,
        step: null,
      });
    }
    position = advance(position, step, atMs);
  }
  const recorded = {
    state: position.state ?? before.state,
    context: position.context,
    sinceMs: position.sinceMs ?? startedAtMs,
  };
  return { position, log: { entries, dropped: {} }, recorded };
}

/** The sender, by the event: journals keep what the chart received, and not its sender. */
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
