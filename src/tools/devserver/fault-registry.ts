import { ApiError } from './error-codes.ts';
import type { EventLog } from './event-log.ts';
import type { Fault, FaultHandle, FaultState, FaultType } from './fault-types.ts';
import { after } from './timers.ts';
import type { Faults } from './types.ts';

type FaultOf<Type extends FaultType> = Extract<Fault, { readonly type: Type }>;

const MOST_FAULTS = 1_000;

/** The faults that are armed, and those that hold something back. */
export class FaultRegistry implements Faults {
  readonly #log: EventLog;
  readonly #apply: (caused: CausedFault) => void;
  readonly #kept = new Map<number, CausedFault>();
  #lastId = 0;

  /** `apply` does what a fault does to the sockets that are open when it is caused. */
  constructor(log: EventLog, apply: (caused: CausedFault) => void) {
    this.#log = log;
    this.#apply = apply;
  }

  readonly cause = (fault: Fault): FaultHandle => {
    if (this.#kept.size >= MOST_FAULTS) {
      throw new ApiError(4, `${MOST_FAULTS} faults are armed: lift some of them first`);
    }
    this.#lastId += 1;
    const caused = new CausedFault(this.#lastId, fault, () => this.#update(caused));
    this.#keep(caused);
    this.#apply(caused);
    const forMs = durationOf(fault);
    if (caused.left > 0 && forMs !== undefined) caused.onLift(after(forMs, caused.lift));
    this.#update(caused);
    return caused;
  };

  /** The oldest armed fault of this type that is aimed at this user and fits. Counts as one of its `times`. */
  take<Type extends FaultType>(
    type: Type,
    userId: string | null,
    fits: (fault: FaultOf<Type>) => boolean = () => true,
  ): CausedFault<FaultOf<Type>> | undefined {
    const caused = this.#armed(type, userId).find(({ fault }) => fits(fault as FaultOf<Type>));
    caused?.hit();
    return caused as CausedFault<FaultOf<Type>> | undefined;
  }

  /** Whether one is armed, without counting. */
  isActive(type: FaultType, userId: string | null): boolean {
    return this.#armed(type, userId).length > 0;
  }

  readonly list = (): FaultState[] => [...this.#kept.values()].map(({ state }) => state);

  readonly find = (id: number): FaultHandle | undefined => this.#kept.get(id);

  readonly liftAll = (userId?: string): void => {
    for (const caused of [...this.#kept.values()]) {
      if (userId === undefined || caused.fault.userId === userId) caused.lift();
    }
  };

  #armed(type: FaultType, userId: string | null): CausedFault[] {
    return [...this.#kept.values()].filter(
      ({ left, fault }) => left > 0 && fault.type === type && [undefined, userId].includes(fault.userId),
    );
  }

  #keep(caused: CausedFault): void {
    if (caused.isNeeded) this.#kept.set(caused.id, caused);
    else this.#kept.delete(caused.id);
  }

  #update(caused: CausedFault): void {
    this.#keep(caused);
    this.#log.emit({ type: 'fault', userId: caused.fault.userId ?? null, fault: caused.state });
  }
}

export class CausedFault<Own extends Fault = Fault> implements FaultHandle {
  readonly id: number;
  readonly fault: Own;
  /** How many connects or calls it will meet. It is armed while there are any. */
  left: number;
  hits = 0;
  readonly #held = new Set<() => void>();
  readonly #undo: (() => void)[] = [];
  readonly #update: () => void;

  constructor(id: number, fault: Own, update: () => void) {
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

  /** It meets a connect or a call. */
  hit(): void {
    this.hits += 1;
    this.left -= 1;
    this.#update();
  }

  /** Holds something back until the fault is released or lifted. Returns a function that drops it instead. */
  hold(release: () => void): () => void {
    this.#held.add(release);
    this.#update();
    return () => {
      if (this.#held.delete(release)) this.#update();
    };
  }

  onLift(undo: () => void): void {
    this.#undo.push(undo);
  }

  release(): number {
    const held = [...this.#held];
    this.#held.clear();
    if (held.length > 0) this.#update();
    for (const release of held) release();
    return held.length;
  }

  readonly lift = (): void => {
    if (this.left > 0) {
      this.left = 0;
      this.#update();
    }
    this.release();
    for (const undo of this.#undo) undo();
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
