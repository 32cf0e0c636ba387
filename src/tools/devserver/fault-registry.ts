import type { Fault, FaultHandle, FaultState, FaultType } from './fault-types.ts';
import type { Timers } from './timers.ts';

export type FaultOf<Type extends FaultType> = Extract<Fault, { readonly type: Type }>;

/** A standing fault that met a connect or a call. */
export interface Hit<Type extends FaultType> {
  readonly fault: FaultOf<Type>;
  /** Holds something back until the fault is released or lifted. Returns a function that drops it instead. */
  hold(release: () => void): () => void;
}

/** The faults that are armed, and those that hold something back. */
export interface FaultRegistry {
  cause(fault: Fault): FaultHandle;
  /** The oldest armed fault of this type that is aimed at this user and fits. Counts as one of its `times`. */
  take<Type extends FaultType>(
    type: Type,
    userId: string | null,
    fits?: (fault: FaultOf<Type>) => boolean,
  ): Hit<Type> | undefined;
  /** Whether one is armed, without counting. */
  isActive(type: FaultType, userId: string | null): boolean;
  list(): readonly FaultState[];
  find(id: number): FaultHandle | undefined;
  liftAll(userId?: string): void;
}

interface Entry {
  readonly id: number;
  readonly fault: Fault;
  readonly handle: FaultHandle;
  readonly held: Set<() => void>;
  left: number;
  isActive: boolean;
  hits: number;
  undo: () => void;
}

/** What a fault did when it was caused. */
export interface Applied {
  /** How many open sockets it met. */
  readonly hits: number;
  /** Called when the fault is lifted. */
  readonly undo?: () => void;
}

export interface FaultRegistryDependencies {
  readonly timers: Timers;
  /** Does what the fault does to the sockets that are open now. */
  readonly apply: (fault: Fault) => Applied;
  /** Called whenever a fault was caused or lifted, met something, or held back or released it. */
  readonly onChange: (fault: FaultState) => void;
}

export function createFaultRegistry({ timers, apply, onChange }: FaultRegistryDependencies): FaultRegistry {
  const entries = new Map<number, Entry>();
  let lastId = 0;

  function update(entry: Entry): void {
    if (entry.isActive || entry.held.size > 0) entries.set(entry.id, entry);
    else entries.delete(entry.id);
    onChange(toState(entry));
  }

  function release(entry: Entry): number {
    const held = [...entry.held];
    entry.held.clear();
    if (held.length > 0) update(entry);
    for (const release of held) release();
    return held.length;
  }

  function lift(entry: Entry): void {
    if (entry.isActive) {
      entry.isActive = false;
      update(entry);
    }
    release(entry);
    entry.undo();
  }

  function enter(fault: Fault): Entry {
    lastId += 1;
    const id = lastId;
    const entry: Entry = {
      id,
      fault,
      held: new Set(),
      left: timesOf(fault),
      isActive: isArmedWhenCaused(fault),
      hits: 0,
      undo: () => undefined,
      handle: {
        id,
        get state() {
          return toState(entry);
        },
        release: () => release(entry),
        lift: () => lift(entry),
      },
    };
    return entry;
  }

  function find(type: FaultType, userId: string | null): Entry[] {
    return [...entries.values()].filter(
      (entry) => entry.isActive && entry.fault.type === type && isAimedAt(entry.fault, userId),
    );
  }

  return {
    cause(fault) {
      const entry = enter(fault);
      if (entry.isActive) entries.set(entry.id, entry);
      const { hits, undo } = apply(fault);
      entry.hits = hits;
      const forMs = durationOf(fault);
      const cancel = entry.isActive && forMs !== undefined ? timers.after(forMs, entry.handle.lift) : undefined;
      entry.undo = () => {
        cancel?.();
        undo?.();
      };
      update(entry);
      return entry.handle;
    },

    take<Type extends FaultType>(
      type: Type,
      userId: string | null,
      fits: (fault: FaultOf<Type>) => boolean = () => true,
    ): Hit<Type> | undefined {
      for (const entry of find(type, userId)) {
        const fault = entry.fault as FaultOf<Type>;
        if (!fits(fault)) continue;
        entry.hits += 1;
        entry.left -= 1;
        if (entry.left <= 0) entry.isActive = false;
        update(entry);
        const hold = (release: () => void) => {
          entry.held.add(release);
          update(entry);
          return () => {
            if (entry.held.delete(release)) update(entry);
          };
        };
        return { fault, hold };
      }
      return undefined;
    },

    isActive: (type, userId) => find(type, userId).length > 0,
    list: () => [...entries.values()].map(toState),
    find: (id) => entries.get(id)?.handle,

    liftAll(userId) {
      for (const entry of [...entries.values()]) {
        if (userId === undefined || entry.fault.userId === userId) entry.handle.lift();
      }
    },
  };
}

function toState({ id, fault, isActive, hits, held }: Entry): FaultState {
  return { id, fault, isActive, hits, held: held.size };
}

function isAimedAt(fault: Fault, userId: string | null): boolean {
  return fault.userId === undefined || fault.userId === userId;
}

function isArmedWhenCaused(fault: Fault): boolean {
  switch (fault.type) {
    case 'sendError':
    case 'dropSockets':
    case 'closeSockets':
    case 'sendFrame':
    case 'secondHello':
      return false;
    case 'goSilent':
    case 'ignoreClose':
      return fault.on === 'next';
    default:
      return true;
  }
}

function timesOf(fault: Fault): number {
  if (['restart', 'revokeTokens', 'expireTokens'].includes(fault.type)) return Number.POSITIVE_INFINITY;
  if (!('times' in fault) || fault.times === undefined)
    return durationOf(fault) === undefined ? 1 : Number.POSITIVE_INFINITY;
  return fault.times === 'untilLifted' ? Number.POSITIVE_INFINITY : fault.times;
}

function durationOf(fault: Fault): number | undefined {
  if (fault.type === 'restart') return fault.downMs;
  return 'forMs' in fault ? fault.forMs : undefined;
}
