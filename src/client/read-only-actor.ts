import type { AnyActor, AnyActorRef, Observer, SnapshotFrom } from 'xstate';
import { callSafely } from '../input.ts';
import type { sessionMachine } from '../machines/session.ts';
import type { SessionEmitted, SessionEvent } from '../machines/types.ts';
import { freezePlain, plainCopy } from './plain.ts';
import type { SessionActor } from './running-chart.ts';

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

type Callback = (...args: unknown[]) => unknown;

/**
 * Views of one session's actors and snapshots. They are built from named members: what is not named here cannot be
 * reached through them, so an app and its inspectors see everything and can do nothing (law 10). The same actor always
 * has the same view. The faults of subscribers are reported and go no further (law 11).
 */
export class ReadOnlyViews {
  readonly #views = new WeakMap<object, object>();
  #snapshots = new WeakMap<object, object>();
  #areClosed = false;
  readonly #report: (cause: unknown) => void;

  constructor(report: (cause: unknown) => void) {
    this.#report = report;
  }

  /** No session runs any more, also where the actor was never started: XState shows that one as active for ever. */
  close(): void {
    this.#areClosed = true;
    this.#snapshots = new WeakMap();
  }

  actor<Ref extends object>(actorRef: Ref): Ref {
    const known = this.#views.get(actorRef);
    if (known !== undefined) return known as Ref;
    const view = this.#viewOf(actorRef as unknown as AnyActorRef);
    this.#views.set(actorRef, view);
    this.#views.set(view, view);
    return view as Ref;
  }

  snapshot(snapshot: object): unknown {
    const known = this.#snapshots.get(snapshot);
    if (known !== undefined) return known;
    const view = 'children' in snapshot ? this.#chart(snapshot as MachineSnapshot) : plainCopy(snapshot);
    this.#snapshots.set(snapshot, view as object);
    return view;
  }

  /**
   * The snapshot of the statechart: copies and views only, because machine and nodes lead to the guards and actions of every
   * client, which are given the real actor.
   */
  #chart(snapshot: MachineSnapshot): object {
    const { context, machine } = snapshot;
    const status = this.#areClosed ? 'stopped' : snapshot.status;
    const isActive = status === 'active';
    const children = Object.entries(snapshot.children).map(([id, child]) => [id, child && this.actor(child)]);
    return Object.freeze({
      status,
      error: plainCopy(snapshot.error),
      // Once an actor was stopped XState shows its last state for ever, in which nothing is any more (law 10).
      value: isActive ? plainCopy(snapshot.value) : 'loggedOut',
      tags: new Set(isActive ? snapshot.tags : ['idle']),
      context: freezePlain(isActive ? context : Object.assign({}, context, { connectionId: null })),
      historyValue: {},
      machine: Object.freeze({ id: machine.id, config: freezePlain(machine.config) }),
      _nodes: snapshot._nodes.map(nodeView),
      children: Object.fromEntries(children),
      matches: snapshot.matches,
      hasTag: snapshot.hasTag,
      toJSON: snapshot.toJSON,
      can: (event: SessionEvent) => snapshot.can(event),
      getMeta: () => plainCopy(snapshot.getMeta()),
    });
  }

  #viewOf(actor: AnyActorRef): object {
    const { id, sessionId, src } = actor;
    const { config } = ((actor as Partial<AnyActor>).logic ?? {}) as { readonly config?: object };
    const views = this;
    const view: object = {
      id,
      sessionId,
      src: typeof src === 'string' ? src : undefined,
      // What inspectors draw. The logic of the children is code, and is not shown.
      logic: Object.freeze({ config: freezePlain(config) }),
      get _parent() {
        return actor._parent && views.actor(actor._parent);
      },
      get ref() {
        return view;
      },
      getSnapshot: () => this.snapshot(actor.getSnapshot()),
      getPersistedSnapshot: () => plainCopy((actor as AnyActor).getPersistedSnapshot()),
      subscribe: (next?: Callback | Observing, error?: Callback, complete?: Callback) =>
        actor.subscribe(
          this.#guardObserver(
            typeof next === 'function' ? { next, error, complete } : (next ?? {}),
          ) as Observer<unknown>,
        ),
      on: (type: string, listener: Callback) => actor.on(type, this.#guard(listener)),
      toJSON: () => ({ id, sessionId }),
      [observableSymbol()]: () => view,
    };
    return Object.freeze(view);
  }

  #guardObserver({ next, error, complete }: Observing): Observing {
    return {
      next: next && this.#guard((snapshot) => next(this.snapshot(snapshot as object))),
      // Without it XState throws the error of an actor at the code that runs it; the session reports it by its status.
      error: this.#guard((cause) => error?.(cause)),
      complete: complete && this.#guard(() => complete()),
    };
  }

  #guard(callback: Callback): Callback {
    return (...args) => callSafely(() => callback(...args), this.#report);
  }
}

type MachineSnapshot = SnapshotFrom<typeof sessionMachine>;
type StateNode = MachineSnapshot['_nodes'][number];
type Transition = NonNullable<StateNode['always']>[number];

/** Of nodes and transitions, which are the same for every session. */
const definitions = /* @__PURE__ */ new WeakMap<object, object>();

function definitionOf<Part extends StateNode | Transition>(part: Part, make: (part: Part) => object): object {
  const view = definitions.get(part) ?? Object.freeze(make(part));
  definitions.set(part, view);
  return view;
}

const nodeView = (node: StateNode): object =>
  definitionOf(node, ({ id, key, path, always }) => ({
    id,
    key,
    path: plainCopy(path),
    always: always?.map(transitionView),
    get transitions() {
      return new Map([...node.transitions].map(([event, transitions]) => [event, transitions.map(transitionView)]));
    },
  }));

export const transitionView = (transition: Transition): object =>
  definitionOf(transition, ({ eventType, guard, actions, source, target }) => ({
    eventType,
    guard: plainCopy(guard),
    actions: plainCopy(actions),
    get source() {
      return nodeView(source);
    },
    target: target?.map(nodeView),
  }));

/** As RxJS and others ask for it. */
const observableSymbol = () => (Symbol as { readonly observable?: symbol }).observable ?? '@@observable';

interface Observing {
  readonly next?: Callback | undefined;
  readonly error?: Callback | undefined;
  readonly complete?: Callback | undefined;
}
