import type { InspectionEvent } from 'xstate';
import { branchId } from '../chart/definition.ts';
import { describeEvent } from './describe.ts';
import { EMPTY_TRACE, type Entry, kindOf, type Lane, type TraceView } from './entry.ts';

/** Writes down what a session does, from the inspection events of its actor system. */
export interface Recorder {
  readonly inspect: (event: InspectionEvent) => void;
  /** Adds what no inspector sees: traffic with the server. */
  readonly noteWire: (from: Lane, to: Lane, name: string, detail?: string) => void;
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object until something is written down. */
  readonly getView: () => TraceView;
  readonly clear: () => void;
}

const MOST_ENTRIES = 400;

type ActorRef = InspectionEvent['actorRef'];

export function createRecorder(now: () => number = Date.now): Recorder {
  let view: TraceView = EMPTY_TRACE;
  let lastId = 0;
  const listeners = new Set<() => void>();
  const entryOf = new WeakMap<object, number>();

  function publish(next: TraceView): void {
    view = next;
    for (const listener of listeners) listener();
  }

  function add(entry: Omit<Entry, 'id' | 'atMs' | 'branches'>): number {
    lastId += 1;
    const full: Entry = { ...entry, id: lastId, atMs: now(), branches: [] };
    publish({ ...view, entries: [...view.entries, full].slice(-MOST_ENTRIES) });
    return lastId;
  }

  function noteMessage({ actorRef, sourceRef, event }: Extract<InspectionEvent, { type: '@xstate.event' }>): void {
    if (event.type.startsWith('xstate.')) return;
    const to = laneOf(actorRef);
    const from = sourceRef === undefined ? 'app' : laneOf(sourceRef);
    const id = add({ kind: kindOf(from, to, event.type), from, to, name: event.type, detail: describeEvent(event) });
    entryOf.set(event, id);
  }

  function noteStep({ event, snapshot, _transitions }: Extract<InspectionEvent, { type: '@xstate.microstep' }>): void {
    const branches = _transitions.map((transition) => {
      const { source, eventType } = transition;
      const index = source.transitions.get(eventType)?.indexOf(transition) ?? 0;
      return branchId(source.path.join('.'), eventType, index);
    });
    const id = entryOf.get(event);
    const entries = view.entries.map((entry) => (entry.id === id ? { ...entry, branches } : entry));
    const moves = _transitions.some(({ target }) => target !== undefined);
    publish({ ...view, entries, ...(moves ? { lastMove: branches, lastStay: [] } : { lastStay: branches }) });
    if (moves) noteState(snapshot, true);
  }

  function noteState(snapshot: unknown, entered: boolean): void {
    const state = stateOf(snapshot);
    if (state === null || (!entered && state === view.state)) return;
    add({ kind: 'state', from: 'chart', to: 'chart', name: state, detail: '' });
    publish({ ...view, state, sinceMs: now() });
  }

  return {
    inspect(event) {
      if (event.type === '@xstate.event') noteMessage(event);
      else if (laneOf(event.actorRef) !== 'chart') return;
      else if (event.type === '@xstate.microstep' && event._transitions.length > 0) noteStep(event);
      else if (event.type === '@xstate.snapshot' && event.event.type !== 'xstate.stop')
        noteState(event.snapshot, false);
    },
    noteWire: (from, to, name, detail = '') => void add({ kind: 'wire', from, to, name, detail }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    getView: () => view,
    clear: () => publish({ ...view, entries: [] }),
  };
}

/** The chart's children are known by their ids; whatever else there is, is the chart. */
function laneOf(actorRef: ActorRef): Lane {
  const { id } = actorRef as { readonly id?: unknown };
  return id === 'client' || id === 'persistence' ? id : 'chart';
}

function stateOf(snapshot: unknown): string | null {
  const value: unknown = (snapshot as { readonly value?: unknown }).value;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return null;
  return Object.entries(value)
    .map(([parent, child]) => (typeof child === 'string' ? `${parent}.${child}` : parent))
    .join();
}
