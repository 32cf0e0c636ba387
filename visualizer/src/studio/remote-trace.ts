import { type AnyStateMachine, createMachine } from 'xstate';
import { foresee } from '../../../src/client/foresee.ts';
import { type ChartDefinition, idOfTransition, readDefinition } from '../chart/definition.ts';
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
import { createEntryLog } from '../trace/entry-log.ts';
import { ownMachine, type Recorded, resolve } from './recorded.ts';
import { stateNameOf } from './state-name.ts';

/** An inspection frame as the relay passes it on. */
export interface RemoteFrame {
  readonly type: string;
  readonly sessionId: string;
  readonly rootId?: string;
  readonly parentId?: string;
  readonly sourceId?: string;
  /** Milliseconds since the epoch, as a string. */
  readonly createdAt?: string;
  readonly name?: string;
  readonly definition?: string;
  readonly event?: { readonly type: string };
  readonly snapshot?: { readonly value?: unknown; readonly context?: unknown; readonly status?: string };
  readonly sender?: { readonly name: string };
  /** Of `@sessionchart.dropped`. */
  readonly sessions?: number;
  readonly frames?: number;
}

/** A session that runs elsewhere, as far as its program has reported. The same object until it reports more. */
export interface RemoteSession {
  /** The session id of its root actor. */
  readonly id: string;
  /** How its program calls itself. */
  readonly program: string;
  /** `null` for an actor that is no statechart. */
  readonly chart: ChartDefinition | null;
  readonly position: Position;
  readonly log: LogView;
  /** `null` until it has started. */
  readonly recorded: Recorded | null;
  /** `gone`: its program is; `over`: it was stopped. */
  readonly phase: 'live' | 'over' | 'gone';
  /** When the last frame came, in milliseconds since the epoch. */
  readonly lastAtMs: number;
}

/** What `frame` adds to what is known of a session; the frame of its root actor begins one. */
export function createRemoteTrace({ sessionId: id, definition, sender, createdAt }: RemoteFrame) {
  const machine = machineOf(definition);
  const chart = machine === null ? null : readDefinition(machine);
  /** Of the session's own children; what else it spawns counts as the chart. */
  const lanes = new Map<string, Lane>();
  const log = createEntryLog();
  /** Entries of events that the chart was sent and has not taken yet. */
  const unread: Entry[] = [];
  const program = sender?.name ?? 'a program';
  let position = NOWHERE;
  let phase: RemoteSession['phase'] = 'live';
  let lastAtMs = Number(createdAt) || 0;
  let session: RemoteSession | null = null;

  function noteActor({ sessionId, name }: RemoteFrame): void {
    if (sessionId !== id && (name === 'client' || name === 'persistence')) lanes.set(sessionId, name);
  }

  function noteEvent({ sessionId, sourceId, event }: RemoteFrame, atMs: number): void {
    if (event === undefined || event.type.startsWith('xstate.')) return;
    const to = lanes.get(sessionId) ?? 'chart';
    const from = sourceId === undefined ? 'app' : (lanes.get(sourceId) ?? 'chart');
    const { type } = event;
    const entry = log.add({
      kind: kindOf(from, to, type),
      from,
      to,
      name: type,
      detail: describeEvent(event),
      isFailure: to === 'chart' && isFailure(type, event),
      payload: event,
      step: null,
      atMs,
    });
    // Of an actor that is no statechart no snapshot is awaited.
    if (to === 'chart' && machine !== null) unread.push(entry);
  }

  function noteSnapshot({ event, snapshot = {} }: RemoteFrame, atMs: number): void {
    if (snapshot.status !== undefined && snapshot.status !== 'active') {
      phase = 'over';
      return;
    }
    const to = stateNameOf(snapshot.value);
    if (to === null || machine === null) return;
    const read = unread.findIndex(({ name }) => name === event?.type);
    const [entry] = read < 0 ? [] : unread.splice(0, read + 1).slice(-1);
    const { state: from, context: before } = position;
    const taken = from === null || event === undefined ? [] : transitionsTaken(machine, from, before, event);
    const moved = taken.some(({ target }) => target !== undefined) || to !== from;
    const step = { branches: taken.map(idOfTransition), from, to, moved, before, after: snapshot.context };
    if (entry !== undefined) log.replace({ ...entry, step });
    // A snapshot comes after the commands of its transition; the state was entered before them, when the event came.
    const enteredAtMs = entry?.atMs ?? atMs;
    if (moved) log.add({ ...STATE, name: to, atMs: enteredAtMs }, entry);
    position = advance(position, step, enteredAtMs);
  }

  return {
    get(): RemoteSession {
      const recorded =
        position.state === null
          ? null
          : { state: position.state, context: position.context, sinceMs: position.sinceMs ?? lastAtMs };
      session ??= { id, program, chart, position, log: log.view(), recorded, phase, lastAtMs };
      return session;
    },
    clear() {
      log.clear();
      session = null;
    },
    take(frame: RemoteFrame): void {
      session = null;
      const atMs = Number(frame.createdAt ?? Number.NaN) || Date.now();
      lastAtMs = Math.max(lastAtMs, atMs);
      if (frame.type === '@xstate.actor') noteActor(frame);
      else if (frame.type === '@xstate.event') noteEvent(frame, atMs);
      else if (frame.type === '@xstate.snapshot' && frame.sessionId === id) noteSnapshot(frame, atMs);
      else if (frame.type === '@sessionchart.left' && phase === 'live') phase = 'gone';
    },
  };
}

export type RemoteTrace = ReturnType<typeof createRemoteTrace>;

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
function transitionsTaken(machine: AnyStateMachine, state: string, context: unknown, event: { readonly type: string }) {
  try {
    if (ownMachine(machine.config) === machine) return foresee(resolve(state, context), event as never).transitions;
    const [parent = '', child] = state.split('.');
    const value = child === undefined ? parent : { [parent]: child };
    return machine.getTransitionData(machine.resolveState({ value, context }) as never, event);
  } catch {
    return [];
  }
}
