import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import { createTestModel, type TestPath } from 'xstate/graph';
import { stateName } from '../client/client-snapshot.ts';
import { type Check, readMembers } from '../input.ts';
import { sessionMachine } from '../machines/session.ts';
import type { SessionEvent, SessionInput } from '../machines/types.ts';
import { DEFAULT_TIMING } from '../timing.ts';
import json from './lifecycle-paths.json' with { type: 'json' };

type SessionSnapshot = SnapshotFrom<typeof sessionMachine>;

/** The statechart as a path expects it. */
export interface ModelState {
  readonly snapshot: SessionSnapshot;
}

/** One event on a path, with the statechart before and after it. */
export interface PathStep {
  /** The event case: the type, and where a type has several cases, which: `token.loaded (late)`. */
  readonly name: string;
  readonly event: SessionEvent;
  readonly before: ModelState;
  readonly after: ModelState;
}

/** A way through the life of a session, from its start. Also a path of `xstate/graph`, with its `test()`. */
export interface LifecyclePath<Step extends PathStep = PathStep> extends TestPath<SessionSnapshot, SessionEvent> {
  /** `connected → loses the socket → waiting → the network returns → …`; unique among the paths of a cover. */
  readonly name: string;
  readonly input: SessionInput;
  readonly start: Step['before'];
  /** Each event, with the states before and after. (`steps` is what `xstate/graph` calls steps.) */
  readonly events: readonly Step[];
}

/**
 * What the paths take all of.
 *
 * - `transitions`: every branch that the statechart declares. A few dozen paths.
 * - `events`: every state with every event case that can happen there, ignored ones too, with every result that it can
 *   have. Some dozens of long paths.
 */
export type Cover = 'transitions' | 'events';

/** The paths as they are kept: what happens on them. The states follow when they are replayed. */
export interface PathData {
  /** The names of all event cases. */
  readonly names: readonly string[];
  /** Every event of a path, with the index of its name. */
  readonly events: readonly { readonly name: number; readonly event: SessionEvent }[];
  /** `steps` are indices of events. */
  readonly paths: Readonly<
    Record<Cover, readonly { readonly name: string; readonly restorable: boolean; readonly steps: readonly number[] }[]>
  >;
}

const data = json as unknown as PathData;

/** A client with a token source that starts with a network and in the foreground. */
export const DEFAULT_INPUT: SessionInput = {
  timing: DEFAULT_TIMING,
  restorable: true,
  seed: 1,
  online: true,
  foreground: true,
};

/** The names of all event cases. */
export const EVENT_NAMES: readonly string[] = data.names;

const COVER: Check = [(value) => value === 'transitions' || value === 'events', "'transitions' or 'events'"];

/**
 * The paths of a cover, which were generated from the statechart. The same ones each time.
 *
 * @param options.cover Default `transitions`.
 * @throws SessionError `invalidArgument` that names the option.
 */
export function lifecyclePaths(options: { readonly cover?: Cover } = {}): LifecyclePath[] {
  const { cover = 'transitions' } = readMembers(options, { cover: COVER });
  const routes = data.paths[cover].map(({ name, restorable, steps }) => {
    const input = { ...DEFAULT_INPUT, restorable };
    const [snapshot] = initialTransition(sessionMachine, input);
    let before: ModelState = { snapshot };
    const events = steps.flatMap((index): PathStep[] => {
      const taken = data.events[index];
      if (taken === undefined) return [];
      const [next] = transition(sessionMachine, before.snapshot, taken.event);
      const step = { name: data.names[taken.name] ?? '', event: taken.event, before, after: { snapshot: next } };
      before = step.after;
      return [step];
    });
    return { name, input, start: { snapshot }, events };
  });
  return toTestPaths(routes);
}

/** Makes paths of `xstate/graph` out of what happens on them. */
export function toTestPaths<Step extends PathStep>(
  routes: readonly Omit<LifecyclePath<Step>, keyof TestPath<SessionSnapshot, SessionEvent>>[],
  machine: typeof sessionMachine = sessionMachine,
): LifecyclePath<Step>[] {
  const init = { type: 'xstate.init' } as unknown as SessionEvent;
  const statePaths = routes.map(({ start, events }) => {
    const steps = events.map(({ event, after }) => ({ state: after.snapshot, event }));
    const states = [{ state: start.snapshot, event: init }, ...steps];
    return { state: states.at(-1)?.state ?? start.snapshot, steps: states, weight: events.length };
  });
  const paths = createTestModel(machine).getPaths(() => statePaths, { allowDuplicatePaths: true });
  return routes.flatMap((route, index) => {
    const path = paths[index];
    return path === undefined ? [] : [{ ...path, ...route }];
  });
}

/** The innermost state, as a path: `connecting.waiting`. */
export const leafOf = ({ value }: SessionSnapshot): string => stateName(value);
