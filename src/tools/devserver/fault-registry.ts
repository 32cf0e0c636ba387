import { ApiError } from './error-codes.ts';
import type { EventLog } from './event-log.ts';
import type { Fault, FaultHandle, FaultState, FaultType } from './fault-types.ts';
import { after } from './timers.ts';

type FaultOf<Type extends FaultType> = Extract<Fault, { readonly type: Type }>;

const MOST_FAULTS = 1_000;

export type FaultRegistry = ReturnType<typeof createFaultRegistry>;

/**
 * The faults that are armed, and those that hold something back. `apply` does what a fault does to the sockets that are
 * open when it is caused.
 */
export function createFaultRegistry(log: EventLog, apply: (caused: CausedFault) => void) {
  const kept = new Map<number, CausedFault>();
  let lastId = 0;

  function keep(caused: CausedFault): void {
    if (caused.isNeeded()) kept.set(caused.id, caused);
    else kept.delete(caused.id);
  }

  function update(caused: CausedFault): void {
    keep(caused);
    log.emit({ type: 'fault', userId: caused.fault.userId ?? null, fault: caused.state });
  }

  const armed = (type: FaultType, userId: string | null): CausedFault[] =>
    [...kept.values()].filter(
      ({ left, fault }) => left > 0 && fault.type === type && [undefined, userId].includes(fault.userId),
    );

  return {
    /** @throws ApiError with 4 when too many are armed. */
    cause(fault: Fault): FaultHandle {
      if (kept.size >= MOST_FAULTS) throw new ApiError(4, `${MOST_FAULTS} faults are armed: lift some of them first`);
      lastId += 1;
      const caused: CausedFault = createFault(lastId, fault, () => update(caused));
      keep(caused);
      apply(caused);
      const forMs = durationOf(fault);
      if (caused.left > 0 && forMs !== undefined) caused.onLift(after(forMs, caused.lift));
      update(caused);
      return caused;
    },

    /** The oldest armed fault of this type that is aimed at this user and fits. Counts as one of its `times`. */
    take<Type extends FaultType>(
      type: Type,
      userId: string | null,
      fits: (fault: FaultOf<Type>) => boolean = () => true,
    ): CausedFault<FaultOf<Type>> | undefined {
      const caused = armed(type, userId).find(({ fault }) => fits(fault as FaultOf<Type>));
      caused?.hit();
      return caused as CausedFault<FaultOf<Type>> | undefined;
    },

    /** Whether one is armed, without counting. */
    isActive: (type: FaultType, userId: string | null) => armed(type, userId).length > 0,

    list: () => [...kept.values()].map(({ state }) => state),
    find: (id: number): FaultHandle | undefined => kept.get(id),

    liftAll(userId?: string): void {
      for (const caused of [...kept.values()]) {
        if (userId === undefined || caused.fault.userId === userId) caused.lift();
      }
    },
  };
}

export type CausedFault<Own extends Fault = Fault> = ReturnType<typeof createFault<Own>>;

function createFault<Own extends Fault>(id: number, fault: Own, update: () => void) {
  const held = new Set<() => void>();
  const undo: (() => void)[] = [];

  const caused = {
    id,
    fault,
    /** How many connects or calls it will meet. It is armed while there are any. */
    left: timesOf(fault),
    hits: 0,

    isNeeded: () => caused.left > 0 || held.size > 0,

    get state(): FaultState {
      const { left, hits } = caused;
      return { id, fault, isActive: left > 0, hits, held: held.size };
    },

    hit(): void {
      caused.hits += 1;
      caused.left -= 1;
      update();
    },

    /** Holds something back until the fault is released or lifted. Returns a function that drops it instead. */
    hold(release: () => void): () => void {
      held.add(release);
      update();
      return () => {
        if (held.delete(release)) update();
      };
    },

    onLift: (callback: () => void) => void undo.push(callback),

    release(): number {
      const released = [...held];
      held.clear();
      if (released.length > 0) update();
      for (const release of released) release();
      return released.length;
    },

    lift(): void {
      if (caused.left > 0) {
        caused.left = 0;
        update();
      }
      caused.release();
      for (const callback of undo) callback();
    },
  };
  return caused;
}

/** How many connects or calls a fault meets; 0 for those that only meet the sockets that are open. */
function timesOf(fault: Fault): number {
  if (IMMEDIATE.includes(fault.type)) return 0;
  if (UNTIL_LIFTED.includes(fault.type)) return Number.POSITIVE_INFINITY;
  if ((fault.type === 'goSilent' || fault.type === 'ignoreClose') && fault.on !== 'next') return 0;
  const { forMs, times = forMs === undefined ? 1 : 'untilLifted' } = fault as Extract<Fault, { times?: unknown }>;
  return times === 'untilLifted' ? Number.POSITIVE_INFINITY : times;
}

const IMMEDIATE: readonly FaultType[] = ['sendError', 'dropSockets', 'closeSockets', 'sendFrame', 'secondHello'];
const UNTIL_LIFTED: readonly FaultType[] = ['restart', 'revokeTokens', 'expireTokens'];

function durationOf(fault: Fault): number | undefined {
  if (fault.type === 'restart') return fault.downMs;
  return 'forMs' in fault ? fault.forMs : undefined;
}
