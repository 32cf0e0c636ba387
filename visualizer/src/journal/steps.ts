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
  STATE,
} from '../trace/entry.ts';

/** A journal after some of its steps: 0 is where it begins. States are those of the pure statechart. */
export interface Moment {
  readonly position: Position;
  readonly log: LogView;
  readonly recorded: Recorded;
}

/** All moments of a journal; each costs next to nothing, since the steps are gone through once. */
export function momentsOf({ journal, steps }: Replay): (count: number) => Moment {
  const { before, startedAtMs } = journal;
  let position: Position = { ...NOWHERE, state: before.state, context: before.context, sinceMs: startedAtMs };
  const entries: Entry[] = [];
  const reached = [{ position, entries: 0 }];
  for (const { index, recorded, replayed, context } of steps) {
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
    entries.push({
      id: index * 2 + 1,
      atMs,
      kind: kindOf(from, 'chart', event.type),
      from,
      to: 'chart',
      name: event.type,
      detail: describeEvent(event),
      isFailure: isFailure(event.type, event),
      payload: event,
      step,
    });
    if (step.moved) entries.push({ ...STATE, id: index * 2 + 2, atMs, name: replayed.state });
    position = advance(position, step, atMs);
    reached.push({ position, entries: entries.length });
  }
  return (count) => {
    const at = reached[count] ?? reached[0] ?? { position, entries: 0 };
    const { state, context, sinceMs } = at.position;
    return {
      position: at.position,
      log: { entries: entries.slice(0, at.entries), dropped: {} },
      recorded: { state: state ?? before.state, context, sinceMs: sinceMs ?? startedAtMs },
    };
  };
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
