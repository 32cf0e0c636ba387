import type { InspectionEvent } from 'xstate';

/*
 * Inspection events as `@statelyai/inspect` 0.7 puts them on the wire: one JSON object each, in which actors are their
 * session ids. A definition is JSON in a string; functions in it are `{ "type": name }`.
 */

export interface StudioFrame {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot';
  readonly _version: typeof PROTOCOL_VERSION;
  readonly sessionId: string;
  readonly rootId: string;
  /** Milliseconds since the epoch, as text. */
  readonly createdAt: string;
  readonly id: null;
  readonly [field: string]: unknown;
}

/** Receivers know inspection frames by having a version. */
const PROTOCOL_VERSION = '0.7.2';

/** An actor becomes known while it is made, when its snapshot cannot be read; the first one follows at the start. */
const UNREAD = { status: 'active' };

interface Ref {
  readonly id: string;
  readonly sessionId: string;
  readonly _parent?: Ref;
  readonly logic?: { readonly config?: unknown };
}

/** The frame for an inspection event; `null` for those that the protocol does not have: microsteps and actions. */
export function toFrame(inspection: InspectionEvent, nowMs: number): StudioFrame | null {
  const actorRef = inspection.actorRef as unknown as Ref;
  const common = {
    _version: PROTOCOL_VERSION,
    sessionId: actorRef.sessionId,
    rootId: inspection.rootId,
    createdAt: String(nowMs),
    id: null,
  } as const;
  switch (inspection.type) {
    case '@xstate.actor':
      return { type: inspection.type, ...common, ...describeActor(actorRef), snapshot: UNREAD };
    case '@xstate.event': {
      const source = inspection.sourceRef as unknown as Ref | undefined;
      return { type: inspection.type, ...common, event: inspection.event, sourceId: source?.sessionId };
    }
    case '@xstate.snapshot':
      return { type: inspection.type, ...common, event: inspection.event, snapshot: inspection.snapshot };
    default:
      return null;
  }
}

function describeActor({ id, sessionId, logic, _parent }: Ref) {
  const config = logic?.config;
  const isMachine = typeof config === 'object' && config !== null;
  const machineId = isMachine && 'id' in config ? String(config.id) : id;
  const name = id === sessionId ? machineId : id;
  return { name, parentId: _parent?.sessionId, definition: toText(isMachine ? config : { id: name }) };
}

/** JSON in which functions are their names. */
export function toText(value: unknown): string {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'function' ? { type: (field as { readonly name: string }).name } : field,
  );
}
