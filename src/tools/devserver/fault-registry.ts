import type { Fault, FaultHandle, FaultState, FaultType } from './fault-types.ts';
import type { Timers } from './timers.ts';

export type FaultOf<Type extends FaultType> = Extract<Fault, { readonly type: Type }>;

/** A standing fault that has struck. */
export interface Strike<Type extends FaultType> {
  readonly fault: FaultOf<Type>;
  /** Keeps something back until the fault is released or lifted; answers a function that forgets it. */
  hold(letGo: () => void): () => void;
}

/** The faults that lie in wait, and those that hold something back. */
export interface FaultRegistry {
  cause(fault: Fault): FaultHandle;
  /** The oldest active fault of this type that is aimed at this user and fits; that counts as one of its times. */
  take<Type extends FaultType>(
    type: Type,
    userId: string | null,
    fits?: (fault: FaultOf<Type>) => boolean,
  ): Strike<Type> | undefined;
  /** Whether one is active, without counting. */
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
  struck: number;
  undo: () => void;
}

/** What a fault did at once. */
export interface Acted {
  /** How many open sockets it met. */
  readonly struck: number;
  /** Called when the fault is lifted. */
  readonly undo?: () => void;
}

export interface FaultBookDependencies {
  readonly timers: Timers;
  /** Does at once what a fault does to the sockets that are open now. */
  readonly act: (fault: Fault) => Acted;
  /** Told whenever a fault was caused, struck, held something back, let it go or was lifted. */
  readonly changed: (fault: FaultState) => void;
}

export function createFaultBook({ timers, act, changed }: FaultBookDependencies): FaultRegistry {
  const entries = new Map<number, Entry>();
  let lastId = 0;

  function settle(entry: Entry): void {
    if (entry.isActive || entry.held.size > 0) entries.set(entry.id, entry);
    else entries.delete(entry.id);
    changed(toState(entry));
  }

  function release(entry: Entry): number {
    const held = [...entry.held];
    entry.held.clear();
    if (held.length > 0) settle(entry);
    for (const letGo of held) letGo();
    return held.length;
  }

  function lift(entry: Entry): void {
    if (entry.isActive) {
      entry.isActive = false;
      settle(entry);
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
      left: howOften(fault),
      isActive: isStanding(fault),
      struck: 0,
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
      const { struck, undo } = act(fault);
      entry.struck = struck;
      const forMs = howLong(fault);
      const cancel = entry.isActive && forMs !== undefined ? timers.after(forMs, entry.handle.lift) : undefined;
      entry.undo = () => {
        cancel?.();
        undo?.();
      };
      settle(entry);
      return entry.handle;
    },

    take<Type extends FaultType>(
      type: Type,
      userId: string | null,
      fits: (fault: FaultOf<Type>) => boolean = () => true,
    ): Strike<Type> | undefined {
      for (const entry of find(type, userId)) {
        const fault = entry.fault as FaultOf<Type>;
        if (!fits(fault)) continue;
        entry.struck += 1;
        entry.left -= 1;
        if (entry.left <= 0) entry.isActive = false;
        settle(entry);
        const hold = (letGo: () => void) => {
          entry.held.add(letGo);
          settle(entry);
          return () => {
            if (entry.held.delete(letGo)) settle(entry);
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

function toState({ id, fault, isActive, struck, held }: Entry): FaultState {
  return { id, fault, isActive, struck, held: held.size };
}

function isAimedAt(fault: Fault, userId: string | null): boolean {
  return fault.userId === undefined || fault.userId === userId;
}

function isStanding(fault: Fault): boolean {
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

function howOften(fault: Fault): number {
  if (['restart', 'revokeTokens', 'expireTokens'].includes(fault.type)) return Number.POSITIVE_INFINITY;
  if (!('times' in fault) || fault.times === undefined)
    return howLong(fault) === undefined ? 1 : Number.POSITIVE_INFINITY;
  return fault.times === 'untilLifted' ? Number.POSITIVE_INFINITY : fault.times;
}

function howLong(fault: Fault): number | undefined {
  if (fault.type === 'restart') return fault.downMs;
  return 'forMs' in fault ? fault.forMs : undefined;
}
