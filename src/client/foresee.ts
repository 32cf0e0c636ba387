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
  /** The transitions taken, in order: the one of the event, then those of the choice states on the way. */
  readonly transitions: readonly Transition[];
}

/** Takes `event` on the pure statechart, guards and choice states included. Nothing runs, and nothing is sent. */
export function foresee(chart: ChartSnapshot, event: SessionEvent): Foreseen {
  const transitions: Transition[] = [];
  const self = createEmptyActor();
  // A snapshot from a journal has no children; commands need some to be addressed to.
  const before = { ...chart, children: { client: self, persistence: self } } as unknown as ChartSnapshot;
  const scope = inertScope(self, (inspection) => {
    if (inspection.type === '@xstate.microstep') transitions.push(...(inspection._transitions as Transition[]));
  });
  return { state: stateName(chart.machine.transition(before, event, scope).value), transitions };
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
