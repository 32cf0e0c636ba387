import { type AnyStateMachine, createMachine } from 'xstate';
import { branchId, type ChartDefinition, readDefinition } from '../chart/definition.ts';
import { describeEvent } from '../trace/describe.ts';
import { EMPTY_TRACE, type Entry, kindOf, type Lane, type TraceView } from '../trace/entry.ts';
import { ownMachine, type Recorded, stateNameOf } from './recorded.ts';

/** An inspection frame as the relay passes it on. */
export interface RemoteFrame {
  readonly type: string;
  readonly sessionId: string;
  readonly rootId?: string;
  readonly parentId?: string;
  readonly sourceId?: string;
  /** Milliseconds since the epoch, as text. */
  readonly createdAt?: string;
  readonly name?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly value?: unknown; readonly context?: unknown; readonly status?: string };
  readonly sender?: { readonly name: string };
}

/** A session that runs elsewhere, as far as its program has told. The same object until it tells more. */
export interface RemoteSession {
  /** The session id of its root actor. */
  readonly id: string;
  /** How its program calls itself. */
  readonly program: string;
  /** `null` for an actor that is no statechart. */
  readonly chart: ChartDefinition | null;
  readonly trace: TraceView;
  readonly recorded: Recorded | null;
  /** `gone`: its program is; `over`: it was stopped. */
  readonly phase: 'live' | 'over' | 'gone';
}

const MOST_ENTRIES = 400;

/** What `frame` adds to what is known of a session; the frame of its root actor begins one. */
export function createRemoteTrace({ sessionId: id, definition, sender }: RemoteFrame) {
  const machine = machineOf(definition);
  const lanes = new Map<string, Lane>([[id, 'chart']]);
  /** Entries of events that the chart was sent and has not taken yet. */
  const unread: Entry[] = [];
  let lastId = 0;
  let session: RemoteSession = {
    id,
    program: sender?.name ?? 'a program',
    chart: machine === null ? null : readDefinition(machine.definition),
    trace: EMPTY_TRACE,
    recorded: null,
    phase: 'live',
  };

  function add(entry: Omit<Entry, 'id' | 'branches'>, after?: Entry): Entry {
    lastId += 1;
    const full: Entry = { ...entry, id: lastId, branches: [] };
    const { entries } = session.trace;
    const place = after === undefined ? entries.length : entries.findIndex(({ id: known }) => known === after.id) + 1;
    trace({ entries: entries.toSpliced(place || entries.length, 0, full).slice(-MOST_ENTRIES) });
    return full;
  }

  function trace(changed: Partial<TraceView>): void {
    session = { ...session, trace: { ...session.trace, ...changed } };
  }

  function noteEvent({ sessionId, sourceId, event }: RemoteFrame, atMs: number): void {
    if (event === undefined || event.type.startsWith('xstate.')) return;
    const to = lanes.get(sessionId) ?? 'chart';
    const from = sourceId === undefined ? 'app' : (lanes.get(sourceId) ?? 'chart');
    const { type } = event;
    const entry = add({ kind: kindOf(from, to, type), from, to, name: type, detail: describeEvent(event), atMs });
    if (to === 'chart') unread.push(entry);
  }

  function noteSnapshot({ event, snapshot = {} }: RemoteFrame, atMs: number): void {
    if (snapshot.status !== undefined && snapshot.status !== 'active') {
      session = { ...session, phase: 'over' };
      return;
    }
    const before = session.recorded;
    const state = stateNameOf(snapshot.value);
    if (state === null || machine === null) return;
    session = { ...session, recorded: { state, context: snapshot.context, sinceMs: before?.sinceMs ?? atMs } };
    const read = unread.findIndex(({ name }) => name === event?.type);
    const [entry] = read < 0 ? [] : unread.splice(0, read + 1).slice(-1);
    const branches = before === null || event === undefined ? [] : branchesTaken(machine, before, event);
    const moves = branches.some(({ target }) => target !== undefined) || state !== session.trace.state;
    const ids = branches.map(({ source, eventType, index }) => branchId(source.path.join('.'), eventType, index));
    if (entry !== undefined && ids.length > 0) {
      trace({
        entries: session.trace.entries.map((each) => (each.id === entry.id ? { ...each, branches: ids } : each)),
      });
    }
    if (ids.length > 0) trace(moves ? { lastMove: ids, lastStay: [] } : { lastStay: ids });
    if (!moves) return;
    // A snapshot comes after the commands of its transition; the state was entered before them.
    add({ kind: 'state', from: 'chart', to: 'chart', name: state, detail: '', atMs }, entry);
    trace({ state, sinceMs: atMs });
    session = { ...session, recorded: { state, context: snapshot.context, sinceMs: atMs } };
  }

  return {
    get: () => session,
    clear: () => trace({ entries: [] }),
    take(frame: RemoteFrame): void {
      const atMs = Number(frame.createdAt ?? Number.NaN) || Date.now();
      if (frame.type === '@xstate.actor') lanes.set(frame.sessionId, laneOf(frame, id));
      else if (frame.type === '@xstate.event') noteEvent(frame, atMs);
      else if (frame.type === '@xstate.snapshot' && frame.sessionId === id) noteSnapshot(frame, atMs);
      else if (frame.type === '@sessionchart.left' && session.phase === 'live') session = { ...session, phase: 'gone' };
    },
  };
}

export type RemoteTrace = ReturnType<typeof createRemoteTrace>;

function laneOf({ sessionId, name }: RemoteFrame, rootId: string): Lane {
  return sessionId !== rootId && (name === 'client' || name === 'persistence') ? name : 'chart';
}

/** The machine that runs here if it is the same; otherwise one without guards and actions, to draw it by. */
function machineOf(definition: string | undefined): AnyStateMachine | null {
  try {
    const config = JSON.parse(definition ?? '') as { readonly states?: object };
    if (config.states === undefined) return null;
    return ownMachine(config) ?? createMachine(config as Parameters<typeof createMachine>[0]);
  } catch {
    return null;
  }
}

/** With the machine of this page exactly; with one that is only drawn, where there is no choice. */
function branchesTaken(machine: AnyStateMachine, { state, context }: Recorded, event: { readonly type: string }) {
  try {
    const [parent = '', child] = state.split('.');
    const value = child === undefined ? parent : { [parent]: child };
    const snapshot = machine.resolveState({ value, context });
    return machine.getTransitionData(snapshot as never, event).map((taken) => {
      const { source, eventType, target } = taken;
      return { source, eventType, target, index: source.transitions.get(eventType)?.indexOf(taken) ?? 0 };
    });
  } catch {
    return [];
  }
}
