import { ApiError } from './error-codes.ts';
import type { Fault, FaultHandle, FaultState, FaultType } from './fault-types.ts';
import type { Parts } from './parts.ts';
import type { Faults } from './types.ts';

export type FaultOf<Type extends FaultType> = Extract<Fault, { readonly type: Type }>;

/** A standing fault that met a connect or a call. */
export interface Hit<Type extends FaultType> {
  readonly fault: FaultOf<Type>;
  /** Holds something back until the fault is released or lifted. Returns a function that drops it instead. */
  hold(release: () => void): () => void;
}

/** The faults that are armed, and those that hold something back. */
export interface FaultRegistry extends Faults {
  /** The oldest armed fault of this type that is aimed at this user and fits. Counts as one of its `times`. */
  take<Type extends FaultType>(
    type: Type,
    userId: string | null,
    fits?: (fault: FaultOf<Type>) => boolean,
  ): Hit<Type> | undefined;
  /** Whether one is armed, without counting. */
  isActive(type: FaultType, userId: string | null): boolean;
}

/** What a fault did when it was caused. */
export interface Applied {
  /** How many open sockets it met. */
  readonly hits: number;
  /** Called when the fault is lifted. */
  readonly undo?: () => void;
}

const MOST_FAULTS = 1_000;

/** `apply` does what a fault does to the sockets that are open when it is caused. */
export function createFaultRegistry(
  { log, timers }: Pick<Parts, 'log' | 'timers'>,
  apply: (fault: Fault) => Applied,
): FaultRegistry {
  const kept = new Map<number, CausedFault>();
  let lastId = 0;

  function update(fault: CausedFault): void {
    if (fault.isNeeded) kept.set(fault.id, fault);
    else kept.delete(fault.id);
    log.emit({ type: 'fault', userId: fault.fault.userId ?? null, fault: fault.state });
  }

  const find = (type: FaultType, userId: string | null): CausedFault[] =>
    [...kept.values()].filter(
      ({ left, fault }) => left > 0 && fault.type === type && [undefined, userId].includes(fault.userId),
    );

  return {
    cause(fault) {
      if (kept.size >= MOST_FAULTS) throw new ApiError(4, `${MOST_FAULTS} faults are armed: lift some of them first`);
      lastId += 1;
      const caused = new CausedFault(lastId, fault, update);
      if (caused.isNeeded) kept.set(caused.id, caused);
      const { hits, undo } = apply(fault);
      caused.hits = hits;
      const forMs = durationOf(fault);
      const cancel = caused.left > 0 && forMs !== undefined ? timers.after(forMs, caused.lift) : undefined;
      caused.undo = () => {
        cancel?.();
        undo?.();
      };
      update(caused);
      return caused;
    },

    take<Type extends FaultType>(type: Type, userId: string | null, fits?: (fault: FaultOf<Type>) => boolean) {
      for (const caused of find(type, userId)) {
        const fault = caused.fault as FaultOf<Type>;
        if (fits?.(fault) === false) continue;
        caused.hit();
        return { fault, hold: (release) => caused.hold(release) };
      }
      return undefined;
    },

    isActive: (type, userId) => find(type, userId).length > 0,
    list: () => [...kept.values()].map(({ state }) => state),
    find: (id) => kept.get(id),

    liftAll(userId) {
      for (const caused of [...kept.values()]) {
        if (userId === undefined || caused.fault.userId === userId) caused.lift();
      }
    },
  };
}

class CausedFault implements FaultHandle {
  readonly id: number;
  readonly fault: Fault;
  /** How many connects or calls it will meet. It is armed while there are any. */
  left: number;
  hits = 0;
  undo: () => void = () => undefined;
  readonly #held = new Set<() => void>();
  readonly #update: (fault: CausedFault) => void;

  constructor(id: number, fault: Fault, update: (fault: CausedFault) => void) {
    this.id = id;
    this.fault = fault;
    this.left = timesOf(fault);
    this.#update = update;
  }

  get isNeeded(): boolean {
    return this.left > 0 || this.#held.size > 0;
  }

  get state(): FaultState {
    const { id, fault, left, hits } = this;
    return { id, fault, isActive: left > 0, hits, held: this.#held.size };
  }

  hit(): void {
    this.hits += 1;
    this.left -= 1;
    this.#update(this);
  }

  hold(release: () => void): () => void {
    this.#held.add(release);
    this.#update(this);
    return () => {
      if (this.#held.delete(release)) this.#update(this);
    };
  }

  readonly release = (): number => {
    const held = [...this.#held];
    this.#held.clear();
    if (held.length > 0) this.#update(this);
    for (const release of held) release();
    return held.length;
  };

  readonly lift = (): void => {
    if (this.left > 0) {
      this.left = 0;
      this.#update(this);
    }
    this.release();
    this.undo();
  };
}

/** How many connects or calls a fault meets; 0 for those that only meet the sockets that are open. */
function timesOf(fault: Fault): number {
  switch (fault.type) {
    case 'sendError':
    case 'dropSockets':
    case 'closeSockets':
    case 'sendFrame':
    case 'secondHello':
      return 0;
    case 'restart':
    case 'revokeTokens':
    case 'expireTokens':
      return Number.POSITIVE_INFINITY;
    default: {
      if ((fault.type === 'goSilent' || fault.type === 'ignoreClose') && fault.on !== 'next') return 0;
      const { forMs, times = forMs === undefined ? 1 : 'untilLifted' } = fault;
      return times === 'untilLifted' ? Number.POSITIVE_INFINITY : times;
    }
  }
}

function durationOf(fault: Fault): number | undefined {
  if (fault.type === 'restart') return fault.downMs;
  return 'forMs' in fault ? fault.forMs : undefined;
}
