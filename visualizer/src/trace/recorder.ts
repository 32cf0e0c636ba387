import type { InspectionEvent } from 'xstate';
import { idOfTransition } from '../chart/definition.ts';
import { stateNameOf } from '../studio/state-name.ts';
import { createStore, type Readable } from '../ui/store.ts';
import { describeEvent } from './describe.ts';
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
} from './entry.ts';
import { createEntryLog } from './entry-log.ts';

/** Records what a session does, from the inspection events of its actor system. */
export interface Recorder {
  readonly inspect: (event: InspectionEvent) => void;
  /** Adds what no inspector sees: traffic with the server. */
  readonly noteWire: (from: Lane, to: Lane, name: string, detail?: string) => void;
  /** Where the session is, at once. */
  readonly position: Readable<Position>;
  /** What happened. Its subscribers are notified a little later, once for many entries. */
  readonly log: Readable<LogView>;
  readonly clear: () => void;
}

/** Longer than a burst of messages takes, shorter than a person sees. */
const TOGETHER_MS = 100;

type ActorRef = InspectionEvent['actorRef'];

export function createRecorder(now: () => number = Date.now, earlier: readonly Omit<Entry, 'id'>[] = []): Recorder {
  const log = createEntryLog();
  for (const entry of earlier) log.add(entry);
  const position = createStore<Position>(NOWHERE);
  const listeners = new Set<() => void>();
  const entryOf = new WeakMap<object, Entry>();
  /** What the event that is being taken has led to so far. */
  let taking: {
    readonly branches: readonly string[];
    readonly moved: boolean;
    readonly entry: Entry | undefined;
  } | null = null;
  let isDue = false;

  function changed(): void {
    if (isDue) return;
    isDue = true;
    setTimeout(() => {
      isDue = false;
      for (const listener of [...listeners]) listener();
    }, TOGETHER_MS);
  }

  function add(entry: Omit<Entry, 'id' | 'atMs'>, after?: Entry): Entry {
    changed();
    return log.add({ ...entry, atMs: after?.atMs ?? now() }, after);
  }

  function noteMessage({ actorRef, sourceRef, event }: Extract<InspectionEvent, { type: '@xstate.event' }>): void {
    const { type } = event;
    if (type.startsWith('xstate.')) return;
    const to = laneOf(actorRef);
    const from = sourceRef === undefined ? 'app' : laneOf(sourceRef);
    const entry = add({
      kind: kindOf(from, to, type),
      from,
      to,
      name: type,
      detail: describeEvent(event),
      isFailure: to === 'chart' && isFailure(type, event),
      payload: event,
      step: null,
    });
    entryOf.set(event, entry);
  }

  function noteStep({ event, snapshot, _transitions }: Extract<InspectionEvent, { type: '@xstate.microstep' }>): void {
    const moves = _transitions.some(({ target }) => target !== undefined);
    taking = {
      branches: [...(taking?.branches ?? []), ..._transitions.map(idOfTransition)],
      moved: moves || (taking?.moved ?? false),
      entry: entryOf.get(event) ?? taking?.entry,
    };
    if (moves && !isChoice(snapshot)) enter(snapshot, event.type === 'xstate.init' ? null : event);
  }

  /** The state comes into the list before the commands that its entry sends. */
  function enter(snapshot: unknown, event: object | null): void {
    const to = stateNameOf((snapshot as { readonly value?: unknown }).value);
    if (to === null) return;
    const before = position.get();
    const after = (snapshot as { readonly context?: unknown }).context;
    const { branches = [], entry } = taking ?? {};
    add({ ...STATE, name: to });
    const step = { branches, from: before.state, to, moved: true, before: before.context, after };
    if (event !== null && entry !== undefined) log.replace({ ...entry, step });
    position.set(advance(before, step, now()));
  }

  function settle({ event, snapshot }: Extract<InspectionEvent, { type: '@xstate.snapshot' }>): void {
    const { branches = [], moved = false } = taking ?? {};
    taking = null;
    if (event.type === 'xstate.stop') return;
    const before = position.get();
    const to = stateNameOf((snapshot as { readonly value?: unknown }).value);
    const after = (snapshot as { readonly context?: unknown }).context;
    if (to === null) return;
    if (before.state !== to) return enter(snapshot, null);
    if (moved) return position.set({ ...before, context: after });
    const step = { branches, from: to, to, moved: false, before: before.context, after };
    const entry = entryOf.get(event);
    if (entry !== undefined) log.replace({ ...entry, step });
    position.set(advance(before, step, now()));
  }

  return {
    inspect(event) {
      if (event.type === '@xstate.event') noteMessage(event);
      else if (laneOf(event.actorRef) !== 'chart') return;
      else if (event.type === '@xstate.microstep' && event._transitions.length > 0) noteStep(event);
      else if (event.type === '@xstate.snapshot') settle(event);
    },
    noteWire: (from, to, name, detail = '') =>
      void add({ kind: 'wire', from, to, name, detail, isFailure: isFailure(name, null), payload: null, step: null }),
    position,
    log: {
      get: log.view,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clear() {
      log.clear();
      changed();
    },
  };
}

/** The chart's children are recognized by their ids; everything else is the chart. */
function laneOf(actorRef: ActorRef): Lane {
  const { id } = actorRef as { readonly id?: unknown };
  return id === 'client' || id === 'persistence' ? id : 'chart';
}

/** A choice state is left again in the next step. */
function isChoice(snapshot: unknown): boolean {
  const { _nodes = [] } = snapshot as { readonly _nodes?: readonly { readonly always?: readonly unknown[] }[] };
  return _nodes.some(({ always = [] }) => always.length > 0);
}
