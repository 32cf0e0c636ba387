import type { InspectionEvent } from 'xstate';
import { callSafely } from './call-safely.ts';
import { plainCopy } from './plain.ts';
import type { ReadOnlyViews } from './read-only-actor.ts';
import type { Inspect } from './session-actor.ts';

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
    const { type, rootId } = inspection;
    const common = { type, rootId, actorRef: views.actor(inspection.actorRef) };
    switch (inspection.type) {
      case '@xstate.actor':
        return common;
      case '@xstate.event': {
        const { sourceRef, event } = inspection;
        return { ...common, sourceRef: sourceRef && views.actor(sourceRef), event: copyOf(event) };
      }
      case '@xstate.snapshot':
      case '@xstate.transition':
        return { ...common, event: copyOf(inspection.event), snapshot: views.snapshot(inspection.snapshot) };
      case '@xstate.microstep': {
        const { event, snapshot, _transitions } = inspection;
        return { ...common, event: copyOf(event), snapshot: views.snapshot(snapshot), _transitions: [..._transitions] };
      }
      case '@xstate.action': {
        const { action } = inspection;
        return { ...common, action: { type: action.type, params: copyOf(action.params) } };
      }
    }
  };
  return (inspection) => callSafely(() => notify(viewOf(inspection) as InspectionEvent), inspectorThrew);
}
