import type { InspectionEvent } from 'xstate';
import { callSafely } from '../input.ts';
import type { Inspect } from './options.ts';
import { plainCopy } from './plain.ts';
import { type ReadOnlyViews, transitionView } from './read-only-actor.ts';

/**
 * Shows an inspector the system without the power to act on it (law 10), and keeps the system safe from its faults (law
 * 11). Each event is built from its named members: actors become views, events and parameters copies of their plain data.
 */
export function guardInspector(
  inspect: Inspect,
  views: ReadOnlyViews,
  inspectorThrew: (cause: unknown) => void,
): (event: InspectionEvent) => void {
  const notify = typeof inspect === 'function' ? inspect : (event: InspectionEvent) => inspect.next?.(event);
  /** The same event is inspected on its way and in the steps that it causes. */
  const copies = new WeakMap<object, unknown>();
  const copyOf = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return plainCopy(value);
    const copy = copies.get(value) ?? plainCopy(value);
    copies.set(value, copy);
    return copy;
  };

  const viewOf = (inspection: InspectionEvent): unknown => {
    const { type, rootId, actorRef, sourceRef, event, snapshot, action, _transitions } = inspection as AnyInspection;
    return {
      type,
      rootId,
      actorRef: views.actor(actorRef),
      ...(sourceRef !== undefined && { sourceRef: views.actor(sourceRef) }),
      ...(event !== undefined && { event: copyOf(event) }),
      ...(snapshot !== undefined && { snapshot: views.snapshot(snapshot) }),
      ...(action !== undefined && { action: { type: action.type, params: copyOf(action.params) } }),
      ...(_transitions !== undefined && { _transitions: _transitions.map(transitionView) }),
    };
  };
  return (inspection) => callSafely(() => notify(viewOf(inspection) as InspectionEvent), inspectorThrew);
}

type AnyInspection = Pick<InspectionEvent, 'type' | 'rootId' | 'actorRef'> & {
  readonly sourceRef?: InspectionEvent['actorRef'];
  readonly event?: object;
  readonly snapshot?: object;
  readonly action?: { readonly type: string; readonly params: unknown };
  readonly _transitions?: readonly Parameters<typeof transitionView>[0][];
};
