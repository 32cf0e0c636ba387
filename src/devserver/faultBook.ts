import type { Fault, FaultHandle, FaultState, FaultType } from './faultTypes.ts';
import type { Timers } from './timers.ts';

export type FaultOf<Type extends FaultType> = Extract<Fault, { readonly type: Type }>;

/** A standing fault that has struck. */
export interface Strike<Type extends FaultType> {
  readonly fault: FaultOf<Type>;
  /** Keeps something back until the fault is released or lifted; answers a function that forgets it. */
  hold(letGo: () => void): () => void;
}

/** The faults that lie in wait, and those that hold something back. */
export interface FaultBook {
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

/** `act` does at once what a fault does to the sockets that are open now. */
export function createFaultBook(timers: Timers, act: (fault: Fault) => Acted): FaultBook {
  const entries = new Map<number, Entry>();
  let lastId = 0;

  function forgetIfOver(entry: Entry): void {
    if (!entry.isActive && entry.held.size === 0) entries.delete(entry.id);
  }

  function stop(entry: Entry): void {
    entry.isActive = false;
    forgetIfOver(entry);
  }

  function release(entry: Entry): number {
    const held = [...entry.held];
    entry.held.clear();
    forgetIfOver(entry);
    for (const letGo of held) letGo();
    return held.length;
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
        lift() {
          stop(entry);
          release(entry);
          entry.undo();
        },
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
      if (entry.isActive) {
        entries.set(entry.id, entry);
        const forMs = howLong(fault);
        if (forMs !== undefined) timers.after(forMs, entry.handle.lift);
      }
      const acted = act(fault);
      entry.struck = acted.struck;
      if (acted.undo !== undefined) entry.undo = acted.undo;
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
        const hold = (letGo: () => void) => {
          entry.held.add(letGo);
          entries.set(entry.id, entry);
          return () => {
            entry.held.delete(letGo);
            forgetIfOver(entry);
          };
        };
        if (entry.left <= 0) stop(entry);
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
