import type { AnyActor, AnyActorRef, InspectionEvent, Observer, SnapshotFrom } from 'xstate';
import type { sessionMachine } from '../machines/session.ts';
import type { SessionEmitted } from '../machines/types.ts';
import { callSafely } from './call-safely.ts';
import type { Inspect, SessionActor } from './session-actor.ts';

/**
 * The session's actor as an app gets it: to select from, to subscribe to, to inspect. It cannot send: commands go
 * through the client's methods, and facts are stated by actors only (law 10).
 */
export interface ReadOnlySessionActor {
  readonly id: string;
  readonly sessionId: string;
  /** After `dispose()` its `status` is `stopped`, and its value `loggedOut`: no session runs any more. */
  getSnapshot(): SnapshotFrom<typeof sessionMachine>;
  subscribe: SessionActor['subscribe'];
  on<Type extends SessionEmitted['type'] | '*'>(
    type: Type,
    listener: (emitted: Type extends '*' ? SessionEmitted : Extract<SessionEmitted, { type: Type }>) => void,
  ): { unsubscribe(): void };
}

type Report = (cause: unknown) => void;
type Callback = (...args: unknown[]) => unknown;

/**
 * Views of one session's actors and snapshots that show everything and can do nothing. The same actor always gives the
 * same view. What is subscribed by way of a view is guarded: its faults are reported and go no further (law 11).
 */
export class ReadOnlyViews {
  readonly #views = new WeakMap<object, object>();
  readonly #snapshots = new WeakMap<object, object>();
  readonly #report: Report;

  constructor(report: Report) {
    this.#report = report;
  }

  actor<Ref extends object>(actorRef: Ref): Ref {
    const known = this.#views.get(actorRef);
    if (known !== undefined) return known as Ref;
    const view = this.#viewOf(actorRef as unknown as AnyActorRef);
    this.#views.set(actorRef, view);
    this.#views.set(view, view);
    return view as Ref;
  }

  /** A snapshot holds references to the chart's children: those become views too. */
  snapshot(snapshot: unknown): unknown {
    if (typeof snapshot !== 'object' || snapshot === null || !('children' in snapshot)) return snapshot;
    const known = this.#snapshots.get(snapshot);
    if (known !== undefined) return known;
    const children = Object.fromEntries(
      Object.entries(snapshot.children as Record<string, object | undefined>).map(([id, child]) => [
        id,
        child && this.actor(child),
      ]),
    );
    // A copy, since serializers look at own properties only.
    const view = { ...snapshot, ...whatIsLeft(snapshot), children };
    this.#snapshots.set(snapshot, view);
    return view;
  }

  /** What an inspector is shown. */
  inspection(event: InspectionEvent): InspectionEvent {
    const copy: Record<string, unknown> = { ...event };
    for (const key of ['actorRef', 'sourceRef', 'targetRef']) {
      const ref = copy[key];
      if (typeof ref === 'object' && ref !== null) copy[key] = this.actor(ref);
    }
    if ('snapshot' in copy) copy.snapshot = this.snapshot(copy.snapshot);
    return copy as unknown as InspectionEvent;
  }

  /** An object of its own with what may be known: nothing else of the actor can be reached through it. */
  #viewOf(actor: AnyActorRef): object {
    const { id, sessionId, src } = actor;
    const views = this;
    const view: object = {
      id,
      sessionId,
      src,
      logic: (actor as Partial<AnyActor>).logic,
      get _parent() {
        return actor._parent && views.actor(actor._parent);
      },
      get ref() {
        return view;
      },
      getSnapshot: () => this.snapshot(actor.getSnapshot()),
      getPersistedSnapshot: () => (actor as AnyActor).getPersistedSnapshot(),
      subscribe: (next?: Callback | Observing, error?: Callback, complete?: Callback) =>
        actor.subscribe(
          this.#guardObserver(
            typeof next === 'function' ? { next, error, complete } : (next ?? {}),
          ) as Observer<unknown>,
        ),
      on: (type: string, listener: Callback) => actor.on(type, this.#guard(listener)),
      toJSON: () => actor.toJSON?.(),
      [OBSERVABLE]: () => view,
    };
    return Object.freeze(view);
  }

  #guardObserver({ next, error, complete }: Observing): Observing {
    return {
      next: next && this.#guard((snapshot) => next(this.snapshot(snapshot))),
      // Without it XState throws the error of an actor at whoever runs it; the session tells of it by its status.
      error: this.#guard((cause) => error?.(cause)),
      complete: complete && this.#guard(() => complete()),
    };
  }

  #guard(callback: Callback): Callback {
    return (...args) => callSafely(() => callback(...args), this.#report);
  }
}

/** As RxJS and others ask for it. */
const OBSERVABLE = (Symbol as { readonly observable?: symbol }).observable ?? '@@observable';

/** Once an actor was stopped XState shows its last state for ever, in which nothing is any more (law 10). */
function whatIsLeft(snapshot: object): object {
  if (!('status' in snapshot && 'tags' in snapshot && 'context' in snapshot) || snapshot.status === 'active') return {};
  return {
    value: 'loggedOut',
    tags: new Set(['idle']),
    context: Object.assign({}, snapshot.context, { connectionId: null }),
  };
}

interface Observing {
  readonly next?: Callback | undefined;
  readonly error?: Callback | undefined;
  readonly complete?: Callback | undefined;
}

/** Shows an inspector the system without the power to act on it, and keeps the system safe from its faults (law 11). */
export function guardInspector(
  inspect: Inspect,
  views: ReadOnlyViews,
  report: Report,
): (event: InspectionEvent) => void {
  const tell = typeof inspect === 'function' ? inspect : (event: InspectionEvent) => inspect.next?.(event);
  return (event) => {
    callSafely(() => tell(views.inspection(event)), report);
  };
}
