import {
  type ActorRefFrom,
  type AnyActorLogic,
  type AnyActorScope,
  createEmptyActor,
  type InspectionEvent,
} from 'xstate';
import type { SessionEvent } from '../machines/types.ts';
import { type ChartSnapshot, stateName } from './client-snapshot.ts';

type Transition = ReturnType<ChartSnapshot['machine']['getTransitionData']>[number];

/** Where an event leads. */
export interface Foreseen {
  /** The state in which the session ends up: `connecting.waiting`. */
  readonly state: string;
  /** The whole of it, to go on from. */
  readonly snapshot: ChartSnapshot;
  /** The transitions taken, in order: the one of the event, then those of the choice states on the way. */
  readonly transitions: readonly Transition[];
}

/** Never started, and never sent anything. Made by the first use. */
let self: ReturnType<typeof createEmptyActor> | null = null;

/** Takes `event` on the pure statechart, guards and choice states included. Nothing runs, and nothing is sent. */
export function foresee(chart: ChartSnapshot, event: SessionEvent): Foreseen {
  const transitions: Transition[] = [];
  self ??= createEmptyActor();
  // A snapshot from a journal has no children; commands need some to be addressed to.
  const before = { ...chart, children: { client: self, persistence: self } } as unknown as ChartSnapshot;
  const scope = inertScope(self, (inspection) => {
    if (inspection.type === '@xstate.microstep') transitions.push(...(inspection._transitions as Transition[]));
  });
  const snapshot = chart.machine.transition(before, event, scope);
  return { state: stateName(snapshot.value), snapshot, transitions };
}

function inertScope(self: ActorRefFrom<AnyActorLogic>, inspect: (inspection: InspectionEvent) => void): AnyActorScope {
  const ignore = () => {};
  return {
    self,
    system: Object.assign(Object.create(self.system), { _sendInspectionEvent: inspect }),
    id: self.id,
    sessionId: self.sessionId,
    logger: ignore,
    defer: ignore,
    emit: ignore,
    stopChild: ignore,
    actionExecutor: ignore,
  };
}
