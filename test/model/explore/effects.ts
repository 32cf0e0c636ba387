import { type AnyActorScope, createEmptyActor, initialTransition, type SnapshotFrom } from 'xstate';
import type { ClientCommand, PersistenceCommand } from '../../../src/actors/messages.ts';
import type { sessionMachine } from '../../../src/machines/session.ts';
import type { SessionEmitted, SessionEvent, SessionInput, TimerFact } from '../../../src/machines/types.ts';

export type SessionMachine = typeof sessionMachine;
export type SessionSnapshot = SnapshotFrom<SessionMachine>;

/** What the statechart does to the world by one transition, in the order in which it does it. */
export type Effect =
  | { readonly kind: 'client'; readonly command: ClientCommand }
  | { readonly kind: 'persistence'; readonly command: PersistenceCommand }
  | { readonly kind: 'timerStarted'; readonly id: string; readonly event: TimerFact; readonly delayMs: number }
  | { readonly kind: 'timerCancelled'; readonly id: string }
  | { readonly kind: 'emitted'; readonly fact: SessionEmitted };

/** A transition as XState declares it. */
export type Transition = ReturnType<SessionMachine['getTransitionData']>[number];

export interface Taken {
  readonly snapshot: SessionSnapshot;
  readonly effects: readonly Effect[];
  /** The transition of the event, then those of the choice states that it led through. */
  readonly transitions: readonly Transition[];
}

/** The statechart as it is when it starts. Nothing runs: no actor, no timer. */
export function begin(machine: SessionMachine, input: SessionInput): Taken {
  const [snapshot, actions] = initialTransition(machine, input);
  return { snapshot, effects: actions.flatMap((action) => effectsOf(action)), transitions: [] };
}

/** One event, taken by the pure machine. */
export function take(machine: SessionMachine, snapshot: SessionSnapshot, event: SessionEvent): Taken {
  recorded = { effects: [], transitions: [] };
  const next = machine.transition(snapshot, event, RECORDING_SCOPE) as SessionSnapshot;
  return { snapshot: next, ...recorded };
}

let recorded: { readonly effects: Effect[]; readonly transitions: Transition[] } = { effects: [], transitions: [] };
const noActor = createEmptyActor();

/** `transition()` of XState builds an actor for every step; a scope that only records takes a third of the time. */
const RECORDING_SCOPE: AnyActorScope = {
  self: noActor,
  system: Object.assign(Object.create(noActor.system), {
    _sendInspectionEvent: (step: { readonly type: string; readonly _transitions?: readonly Transition[] }) => {
      if (step.type === '@xstate.microstep') recorded.transitions.push(...(step._transitions ?? []));
    },
  }),
  id: 'session',
  sessionId: 'session',
  logger: () => {},
  defer: () => {},
  emit: () => {},
  stopChild: () => {},
  actionExecutor: (action) => {
    recorded.effects.push(...effectsOf(action));
  },
};

interface Action {
  readonly type: string;
  readonly params?: unknown;
}

function effectsOf({ type, params }: Action): Effect[] {
  switch (type) {
    case 'xstate.sendTo': {
      const { targetId, event } = params as { targetId: string; event: never };
      if (targetId === 'client') return [{ kind: 'client', command: event }];
      return [{ kind: 'persistence', command: event }];
    }
    case 'xstate.raise': {
      const { id, event, delay } = params as { id: string; event: TimerFact; delay: number | undefined };
      return delay === undefined ? [] : [{ kind: 'timerStarted', id, event, delayMs: delay }];
    }
    case 'xstate.cancel':
      return [{ kind: 'timerCancelled', id: (params as { sendId: string }).sendId }];
    case 'xstate.emit':
      return [{ kind: 'emitted', fact: (params as { event: SessionEmitted }).event }];
    default:
      return [];
  }
}
