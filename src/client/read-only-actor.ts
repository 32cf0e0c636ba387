import type { ActorRef, InspectionEvent, SnapshotFrom } from 'xstate';
import type { sessionMachine } from '../machines/session.ts';
import type { SessionEmitted } from '../machines/vocabulary.ts';
import type { Inspect, SessionActor } from './session-actor.ts';

/**
 * The session's actor as an app gets it: to select from, to subscribe to, to inspect. It cannot send: commands go
 * through the client's methods, and facts are stated by actors only (law 10).
 */
export interface ReadOnlySessionActor {
  readonly id: string;
  readonly sessionId: string;
  getSnapshot(): SnapshotFrom<typeof sessionMachine>;
  subscribe: SessionActor['subscribe'];
  on<Type extends SessionEmitted['type'] | '*'>(
    type: Type,
    listener: (emitted: Type extends '*' ? SessionEmitted : Extract<SessionEmitted, { type: Type }>) => void,
  ): { unsubscribe(): void };
}

type AnyRef = ActorRef<never, never>;

/** What would let a holder act on the session, or reach something that can. */
const WITHHELD: ReadonlySet<PropertyKey> = new Set([
  'send',
  '_send',
  'start',
  'stop',
  '_stop',
  'update',
  'system',
  'trigger',
]);

const viewOf = new WeakMap<object, object>();

/** A view of an actor without its powers. The same actor always gives the same view. */
export function readOnly<Ref extends object>(actorRef: Ref): Ref {
  const known = viewOf.get(actorRef);
  if (known !== undefined) return known as Ref;
  const view = new Proxy(actorRef, {
    get(target, key) {
      if (WITHHELD.has(key)) return undefined;
      const value: unknown = Reflect.get(target, key, target);
      if (key === '_parent' || key === 'ref')
        return typeof value === 'object' && value !== null ? readOnly(value) : value;
      if (key === 'getSnapshot') return () => readOnlySnapshot((value as () => unknown).call(target));
      if (key === 'subscribe') return subscribeReadOnly(target as unknown as AnyRef);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    has: (target, key) => !WITHHELD.has(key) && key in target,
    set: () => false,
    defineProperty: () => false,
    deleteProperty: () => false,
    setPrototypeOf: () => false,
  });
  viewOf.set(actorRef, view);
  viewOf.set(view, view);
  return view;
}

const snapshotViews = new WeakMap<object, object>();

/** A snapshot holds references to the chart's children: those become views too. */
export function readOnlySnapshot(snapshot: unknown): unknown {
  if (typeof snapshot !== 'object' || snapshot === null || !('children' in snapshot)) return snapshot;
  const known = snapshotViews.get(snapshot);
  if (known !== undefined) return known;
  const children = Object.fromEntries(
    Object.entries(snapshot.children as Record<string, object | undefined>).map(([id, child]) => [
      id,
      child === undefined ? child : readOnly(child),
    ]),
  );
  const view = Object.create(snapshot, { children: { value: children, enumerable: true } }) as object;
  snapshotViews.set(snapshot, view);
  return view;
}

function subscribeReadOnly(target: AnyRef) {
  type Observe = (snapshot: unknown) => void;
  return (
    observer: Observe | { next?: Observe; error?: (error: unknown) => void; complete?: () => void },
    ...rest: never[]
  ) => {
    const subscribe = target.subscribe.bind(target) as (...all: unknown[]) => { unsubscribe(): void };
    if (typeof observer === 'function')
      return subscribe((snapshot: unknown) => observer(readOnlySnapshot(snapshot)), ...rest);
    return subscribe({ ...observer, next: (snapshot: unknown) => observer.next?.(readOnlySnapshot(snapshot)) });
  };
}

/** Shows an inspector the system without the power to act on it, and keeps the system safe from its faults (law 11). */
export function guardInspector(inspect: Inspect, report: (cause: unknown) => void): (event: InspectionEvent) => void {
  const tell = typeof inspect === 'function' ? inspect : (event: InspectionEvent) => inspect.next?.(event);
  return (event) => {
    try {
      tell(readOnlyInspection(event));
    } catch (cause) {
      report(cause);
    }
  };
}

function readOnlyInspection(event: InspectionEvent): InspectionEvent {
  const copy: Record<string, unknown> = { ...event };
  for (const key of ['actorRef', 'sourceRef', 'targetRef']) {
    const ref = copy[key];
    if (typeof ref === 'object' && ref !== null) copy[key] = readOnly(ref);
  }
  if ('snapshot' in copy) copy.snapshot = readOnlySnapshot(copy.snapshot);
  return copy as unknown as InspectionEvent;
}
